"""Carries out commands in processes of their own: one kills itself at a step, a later one finds what is left.

    python -m tests.faults.killed_command make CONNECTION ...
    python -m tests.faults.killed_command carry-out MESSAGE_FILE before|after CALL
    python -m tests.faults.killed_command recover QUEUE_URL RESULT_FILE

It talks to the AWS API that AWS_ENDPOINT_URL names.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine
from orderbus.runtime import clients

from infra.sandbox.lunasoft import LunaSoftSandbox
from infra.sandbox.net32 import Net32Sandbox
from infra.sandbox.server import Served
from tests.command_world import QUEUES, Commands, command_queues, function_of
from tests.faults.steps import Step, each_step
from tests.world import World, _make_stack

NOWHERE = Served("", "", 0)
# When no attempt is alive any more, and when a set may be sent once more, and a charge has settled.
LATER_MINUTES = (4, 10, 30)


def a_world(queue_url: str, traveller: Any = None) -> World:
    """Give the stack that there is; the providers are served by another process."""
    return World(Net32Sandbox(), LunaSoftSandbox(), NOWHERE, NOWHERE, queue_url, traveller)


def make(*connections: str) -> None:
    """Make the stack and its queues, and bring the orders of these connections into the ledger."""
    queue_url = _make_stack()
    world = a_world(queue_url)
    with command_queues(world):
        for connection in connections:
            world.poll(connection)
    sys.stdout.write(queue_url)


def carry_out(message: str, side: str, call: str) -> None:
    """Hand a command to its function until a step, and there be killed."""

    def act(step: Step) -> None:
        if step.side == side and step.call.startswith(call):
            os.kill(os.getpid(), signal.SIGKILL)

    envelope = json.loads(Path(message).read_text("utf-8"))
    function = function_of(envelope["detail-type"])
    tell_queues(own=function)
    record = {"messageId": "m", "receiptHandle": "r", "body": json.dumps(envelope), "attributes": {}}
    with each_step(act):
        a_world("").invoke(function, {"Records": [record]})


def tell_queues(own: str) -> dict[str, str]:
    """Put into the environment what template.yaml tells the functions of their queues; return the URLs."""
    urls = {
        function: clients.sqs().get_queue_url(QueueName=name)["QueueUrl"] for function, name in QUEUES.items()
    }
    os.environ |= {f"{function.partition('_')[0]}_queue".upper(): url for function, url in urls.items()}
    os.environ["OWN_QUEUE"] = urls[own]
    return urls


def recover(queue_url: str, result: str) -> None:
    """Let the sweep find what is left, and write what was told to a file."""
    told: list[dict[str, Any]] = []
    for minutes in LATER_MINUTES:
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=minutes), tick=True) as traveller:
            commands = Commands(a_world(queue_url, traveller), tell_queues(own="update_order"))
            told += commands.sweep()
    Path(result).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    parts: dict[str, Callable[..., None]] = {"make": make, "carry-out": carry_out, "recover": recover}
    parts[sys.argv[1]](*sys.argv[2:])
