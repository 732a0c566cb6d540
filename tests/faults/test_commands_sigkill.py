"""P2 and P3 with processes that are really killed, against an AWS API of a process of its own."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.local_cloud import cloud
from infra.sandbox.lunasoft import LunaSoftSandbox
from infra.sandbox.lunasoft import make_order as luna_order
from infra.sandbox.net32 import Net32Sandbox
from infra.sandbox.net32 import make_order as net32_order
from infra.sandbox.server import serve
from tests.command_world import event
from tests.faults.test_fetch_sigkill import child, connect, endpoint, finished

__all__ = ["endpoint"]

COMMANDS = "tests.faults.killed_command"
NUMBER = 20_000_001
LINE = f"{NUMBER}0001"

pytestmark = [
    pytest.mark.cloud,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not cloud.EMULATOR_PYTHON.exists() and not os.environ.get("CI"),
        reason="the local cloud is not set up; make setup does it",
    ),
]

SENDING = "dynamodb.TransactWriteItems"
SHIP = {"shipment_id": "s-1", "lines": [{"line_id": LINE, "quantity": 1}]}
STATUS = {"status": "Processing", "note": "packed"}


@dataclass(frozen=True)
class Death:
    """Where a command's process is killed, how the command ends all the same, and what has happened."""

    connection: str
    side: str
    call: str
    ends: str
    happened: int


DEATHS = (
    # Reserved and written as sending, and perhaps sent: nobody can ask Net32.
    Death("net32-written", "after", SENDING, "unknown", 0),
    Death("net32-charged", "after", "POST /", "unknown", 1),
    # A row that is not there is not added by a guess; one that is there is found.
    Death("luna-unsent", "before", "POST /", "unknown", 0),
    Death("luna-added", "after", "POST /", "succeeded", 1),
)

Sandbox = Net32Sandbox | LunaSoftSandbox


def site(connection: str) -> Sandbox:
    """Return a provider with one order."""
    if connection.startswith("net32"):
        vendor = Net32Sandbox()
        vendor.place(net32_order(NUMBER, lines=[("10.00", 2)]))
        return vendor
    shop = LunaSoftSandbox()
    shop.place(luna_order(NUMBER, lines=[("10.00", 2)]))
    return shop


def effects(sandbox: Sandbox) -> int:
    """Return how often what was asked for has happened."""
    return len(sandbox.charges if isinstance(sandbox, Net32Sandbox) else sandbox.statuses_added)


def command(death: Death) -> dict[str, Any]:
    """Return the command that the process carries out."""
    type_, data = (
        ("order.ship.v1", SHIP) if death.connection.startswith("net32") else ("order.set_status.v1", STATUS)
    )
    return event(type_, f"{death.connection}:{NUMBER}", data)


def test_a_command_whose_process_is_killed_has_one_effect_and_one_outcome(
    endpoint: str,
    tmp_path: Path,
) -> None:
    sandboxes: Mapping[Death, Sandbox] = {death: site(death.connection) for death in DEATHS}
    envelopes = {death: command(death) for death in DEATHS}
    result = tmp_path / "result.json"
    with ExitStack() as stack:
        for death, sandbox in sandboxes.items():
            connect(endpoint, death.connection, stack.enter_context(serve(sandbox)).url)
        queue_url = finished(child(endpoint, COMMANDS, "make", *(each.connection for each in DEATHS)))
        killed = [child(endpoint, *_arguments(death, envelopes[death], tmp_path)) for death in DEATHS]
        for process in killed:
            process.communicate(timeout=120)
        finished(child(endpoint, COMMANDS, "recover", queue_url.splitlines()[-1], str(result)))
    told = json.loads(result.read_text("utf-8"))

    assert [process.returncode for process in killed] == [-signal.SIGKILL] * len(DEATHS)
    assert {death: outcomes(told, envelopes[death]) for death in DEATHS} == {
        death: [f"command.{death.ends}.v1"] for death in DEATHS
    }
    assert {death: effects(sandbox) for death, sandbox in sandboxes.items()} == {
        death: death.happened for death in DEATHS
    }


def outcomes(told: list[dict[str, Any]], envelope: dict[str, Any]) -> list[str]:
    """Return what was told of a command; each relay that starts anew tells it again, with the same ids."""
    mine = {each["id"]: each["type"] for each in told if each.get("causationid") == envelope["detail"]["id"]}
    return [type_ for type_ in mine.values() if type_ != "command.accepted.v1"]


def _arguments(death: Death, envelope: dict[str, Any], folder: Path) -> tuple[str, ...]:
    message = folder / f"{death.connection}.json"
    message.write_text(json.dumps(envelope), encoding="utf-8")
    return (COMMANDS, "carry-out", str(message), death.side, death.call)
