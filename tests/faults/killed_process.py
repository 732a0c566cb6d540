"""Polls a connection until a step, and there kills itself, as a process does whose machine is gone.

    python -m tests.faults.killed_process CONNECTION before|after CALL

It talks to the AWS API that AWS_ENDPOINT_URL names.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from pathlib import Path

from tests.faults.steps import Step, each_step

FUNCTIONS = Path(__file__).parents[2] / "functions"


class Invocation:
    """What the functions use of a Lambda context."""

    function_name = "orderbus-fetch"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:test"
    aws_request_id = "00000000-0000-4000-8000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return 120_000


def main(connection: str, side: str, call: str) -> None:
    def act(step: Step) -> None:
        if (step.side, step.call) == (side, call):
            os.kill(os.getpid(), signal.SIGKILL)

    function = "fetch_net32" if connection.startswith("net32") else "fetch_lunasoft"
    sys.path.insert(0, str(FUNCTIONS / function))
    handler = import_module("app").handler
    with each_step(act):
        handler({"connection": connection}, Invocation())


if __name__ == "__main__":
    main(*sys.argv[1:])
