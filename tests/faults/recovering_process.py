"""Makes the stack, or polls connections again when all deadlines are over and relays what there is.

    python -m tests.faults.recovering_process make
    python -m tests.faults.recovering_process recover QUEUE_URL RESULT_FILE CONNECTION ...

It talks to the AWS API that AWS_ENDPOINT_URL names.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

from infra.sandbox.lunasoft import LunaSoftSandbox
from infra.sandbox.net32 import Net32Sandbox
from infra.sandbox.server import Served
from tests.world import World, _make_stack

NOWHERE = Served("", "", 0)


def recover(queue_url: str, result: str, *connections: str) -> None:
    """Poll each connection once, relay, and write the answers and the events to a file."""
    later = datetime.now(UTC) + timedelta(minutes=16)
    with time_machine.travel(later, tick=True) as traveller:
        world = World(Net32Sandbox(), LunaSoftSandbox(), NOWHERE, NOWHERE, queue_url, traveller)
        answers = [world.poll(connection, scheduled=True) for connection in connections]
        world.relay()
        for _ in range(5):
            time.sleep(0.2)
            world.receive()
    Path(result).write_text(json.dumps({"answers": answers, "events": world.received}), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        sys.stdout.write(_make_stack())
    else:
        recover(*sys.argv[2:])
