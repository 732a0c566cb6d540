"""An example of each event, as the code publishes it: `python -m tests.contract.event_examples` writes them.

The functions run as deployed, from the provider to a subscriber of the bus, at a time that stands still. The
examples in `samples/events` are those of today; the ones in `samples/events/v1` were published once, and are
never written again.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import tests.conftest  # noqa: F401 - no account and no region of the machine's own
from infra.sandbox.faults import Reset, Status
from infra.sandbox.lunasoft_orders import make_order
from infra.sandbox.net32_orders import make_order as make_net32_order
from tests.command_world import command_queues
from tests.world import LUNA, NET32, World, a_world

SAMPLES = Path(__file__).parents[1] / "samples" / "events"
RELEASED = SAMPLES / "v1"
NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
CLAIM_CHECK = "order.created.v1.claim_check"

Event = dict[str, Any]


def publish_all() -> list[Event]:
    """Return every event of a short day, in the order in which a subscriber receives them."""
    readings = count(1)
    with a_world() as world, patch("orderbus.intake.drain.uuid4", lambda: UUID(int=next(readings))):
        world.traveller.move_to(NOON, tick=False)
        for happens in (_orders_come_in, _an_order_changes, _an_order_has_its_day, _a_connection_has_trouble):
            happens(world)
        world.invoke("sweep_due", {})
        world.receive()
        _commands_are_sent(world)
        return world.received


def _orders_come_in(world: World) -> None:
    world.lunasoft.place_seed_order()
    world.lunasoft.place(make_order(54124))
    world.lunasoft.place(make_order(54125, lines=[("19.99", 2)] * 600))
    world.lunasoft.place(make_order(54126, total="12,50"))
    _poll(world, LUNA)


def _an_order_changes(world: World) -> None:
    world.lunasoft.edit(54123, customer_note="Ring twice", is_fulfilled=True)
    _poll(world, LUNA)


def _an_order_has_its_day(world: World) -> None:
    for status in ("On Hold", "Processing", "Cancelled"):
        world.lunasoft.edit(54124, current_status=status)
        _poll(world, LUNA)


def _commands_are_sent(world: World) -> None:
    placed = world.net32.place(make_net32_order(20000001))
    _poll(world, NET32)
    order = f"{NET32}:20000001"
    lines = [{"line_id": str(placed["lineItems"][0]["lineItemId"]), "quantity": 1}]
    ship = {"shipment_id": "parcel-1", "lines": lines, "carrier": "UPS", "tracking_numbers": ["1Z999"]}
    with command_queues(world) as commands:
        commands.send("order.ship.v1", order, ship, id="ship-1")
        commands.work()
        for _ in range(4):
            world.pass_time(seconds=20)
            commands.work()
        commands.send("order.ship.v1", order, ship, id="ship-2")
        commands.send("order.ship.v1", order, ship | {"shipment_id": "parcel-2"}, id="ship-1")
        commands.work()
        world.net32.fail_next(Reset(after_effect=True), match="POST /orders/")
        commands.send("order.ship.v1", order, ship | {"shipment_id": "parcel-3"}, id="ship-3")
        commands.work()


def _a_connection_has_trouble(world: World) -> None:
    world.lunasoft.fail_next(Status(401))
    _poll(world, LUNA)
    _poll(world, LUNA)
    world.net32.place(make_net32_order(19281414))
    world.net32.fail_next(Reset(after_effect=True))
    _poll(world, NET32)


def _poll(world: World, connection: str) -> None:
    world.pass_time(seconds=1)
    world.poll(connection)
    world.relay()


def examples(events: list[Event]) -> dict[str, Event]:
    """Return the first event of each type, and one of those that are too large for the bus."""
    found = {event["type"]: event for event in reversed(events) if "ref" not in event["data"]}
    return found | {CLAIM_CHECK: next(event for event in events if "ref" in event["data"])}


def as_text(event: Event) -> str:
    """Return an example as its file has it."""
    return json.dumps(event, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, event in examples(publish_all()).items():
        (SAMPLES / f"{name}.json").write_text(as_text(event))
