"""A Zonos store with orders that are known, changed, late, new and bad, and what must come of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from orderbus.intake import days

from infra.sandbox.zonos import make_order
from infra.sandbox.zonos_orders import format_time
from tests.world import ZONOS, World, a_world

KNOWN = (101, 105)
HELD, LATE, BAD = 105, 104, 107
"Known and under review since; visible only now, two days back; without lines."
NEW = (106, 108)


@dataclass
class Case:
    """The store, polled once on the day before, when only the known orders were there."""

    world: World
    cursors: list[date] = field(default_factory=list)
    "Each cursor that was written, in order."

    def poll(self) -> dict[str, Any]:
        """Poll as the schedule does, in a process of its own."""
        self.world.restart()
        return self.world.poll(ZONOS, scheduled=True)

    def poll_later(self) -> dict[str, Any]:
        """Poll when any backoff is over."""
        self.world.pass_time(minutes=16)
        return self.poll()

    def relay(self) -> list[dict[str, Any]]:
        """Publish what the stream has, and note the cursors in it; return what the subscriber got."""
        records = self.world.records()
        self.cursors += [date.fromisoformat(cursor) for record in records if (cursor := cursor_in(record))]
        self.world.invoke("publish_events", {"Records": records})
        return self.world.receive()

    def check_cursor(self) -> None:
        """Check that the cursor has not passed an order that is not durable, and none is acknowledged."""
        items = [(item["pk"]["S"], item["sk"]["S"], item) for item in self.world.items()]
        cursor = date.fromisoformat(next(item["cursor"]["S"] for _, sort, item in items if sort == "STATE"))
        durable = {int(key.rsplit("-", 1)[1]) for key, _, _ in items if key.startswith("ORDER#")}
        told = {int(order.rsplit("-", 1)[1]) for order, _ in self.world.zonos.updates.merchant_order_ids}
        assert told <= durable
        durable |= {BAD for _, sort, _ in items if sort.startswith("QUARANTINE#")}
        if cursor >= datetime.now(UTC).date():
            assert {*NEW, LATE, BAD} <= durable

    def check_events(self) -> None:
        """Check what the subscriber got since the first poll: each fact once, and the cursor never back.

        That Zonos has the merchant order id of an order is a change there, too, whenever it is read.
        """
        events = self.relay()
        assert len({event["id"] for event in events}) == len(events)
        told = sorted((event["type"], int(event["subject"].rsplit("-", 1)[1])) for event in events)
        assert [each for each in told if each[0] != "order.updated.v1"] == [
            *(("order.created.v1", order) for order in sorted((*NEW, LATE))),
            ("order.held.v1", HELD),
            ("order.quarantined.v1", BAD),
        ]
        assert self.cursors == sorted(self.cursors)

    def check_acknowledged(self) -> None:
        """Check that Zonos was told of each new order, and of no other."""
        told = {order for order, _ in self.world.zonos.updates.merchant_order_ids}
        assert told == {f"999-{order}" for order in (*NEW, LATE)}


def cursor_in(record: dict[str, Any]) -> str:
    """Return the cursor of the connection's state in a stream record, if it is one."""
    image: dict[str, Any] = record["dynamodb"].get("NewImage", {})
    cursor: str = image.get("cursor", {}).get("S", "")
    return cursor


@contextmanager
def a_case() -> Iterator[Case]:
    """Give a store after its first poll, with more to be read than before it."""
    with pytest.MonkeyPatch.context() as patch, a_world() as world:
        patch.setattr(days, "_BATCH", 3)  # so that orders become durable in the middle of a poll
        start = (datetime.now(UTC) - timedelta(days=9)).isoformat()
        world.zonos.counts()
        options = {"acknowledge": True, "start_at": start}
        world.connect(ZONOS, "zonos", world.zonos_at.url, options=options)
        for order in KNOWN:
            world.zonos.place(make_order(order, merchantOrderId="m-1"))
        world.poll(ZONOS)
        world.records()  # what the first poll told is not told again here
        world.zonos.set_status(HELD, "IGLOBAL_FRAUD_REVIEW")
        world.pass_time(days=1)
        two_days_back = format_time(datetime.now(UTC) - timedelta(days=2))
        world.zonos.place(make_order(LATE), timestamp=two_days_back)
        for order in NEW:
            world.zonos.place(make_order(order))
        world.zonos.place(make_order(BAD) | {"items": []})
        yield Case(world)
