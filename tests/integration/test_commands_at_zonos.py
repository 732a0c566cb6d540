"""P5 at Zonos, where a hold is a status and a flag: no command of ours undoes either."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.sandbox.zonos import make_order
from tests.command_world import Commands, a_command_world
from tests.world import ZONOS

ORDER = f"{ZONOS}:999-7"


@pytest.fixture
def commands() -> Iterator[Commands]:
    with a_command_world() as made:
        yield made


def outcome(commands: Commands, type_: str, data: dict[str, Any]) -> tuple[str, str | None]:
    """Send a command; return how it ended, and why."""
    commands.send(type_, ORDER, data)
    (told,) = [each for each in commands.work() if each["type"].startswith("command.")]
    return told["type"], told["data"].get("reason")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("IGLOBAL_FRAUD_REVIEW", "held"),
        ("IGLOBAL_EXPORT_REVIEW", "held"),  # as Zonos may add any day, and lets the vendor leave
        ("IGLOBAL_ORDER_CANCELLED", "cancelled"),
    ],
)
@pytest.mark.parametrize("wanted", ["VENDOR_PREPARING_ORDER", "VENDOR_SHIPMENT_READY"])
def test_no_status_of_the_vendor_is_set_over_one_that_holds_the_order(
    commands: Commands, status: str, reason: str, wanted: str
) -> None:
    commands.world.zonos.place(make_order(7))
    commands.world.poll(ZONOS)
    # Only Zonos knows: the ledger has not seen it yet.
    commands.world.zonos.set_status(7, status)

    ended = outcome(commands, "order.set_status.v1", {"status": wanted})

    assert ended == ("command.rejected.v1", reason)
    assert commands.world.zonos.updates.statuses == []


def test_a_test_order_is_not_shipped_where_only_its_row_says_that_it_is_one(commands: Commands) -> None:
    world = commands.world
    world.zonos.place(make_order(7, test=True))
    world.poll(ZONOS)
    (created,) = world.relay()
    world.zonos.edit(7, testOrder=None)
    lines = [{"line_id": line["line_id"], "quantity": 1} for line in created["data"]["order"]["lines"]]

    ended = outcome(commands, "order.ship.v1", {"shipment_id": "s-1", "lines": lines})

    assert ended == ("command.rejected.v1", "test_order")
    assert world.zonos.updates.statuses == []
