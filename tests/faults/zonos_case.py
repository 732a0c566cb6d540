"""A Zonos store with orders that are known, changed, late, new and bad, and what must come of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from orderbus.intake import days

from infra.sandbox.zonos import make_order
from infra.sandbox.zonos_orders import format_time
from tests.faults.polled_case import ListCase
from tests.world import ZONOS, a_world

KNOWN = (101, 105)
HELD, LATE, BAD = 105, 104, 107
"Known and under review since; visible only now, two days back; without lines."
NEW = (106, 108)


class Case(ListCase):
    """The store, polled once on the day before, when only the known orders were there."""

    connection = ZONOS
    created = (*NEW, LATE)
    changed, bad = HELD, BAD

    def read_cursor(self, text: str) -> date:
        """Return what cursors are compared by."""
        return date.fromisoformat(text)

    def check_cursor(self) -> None:
        """Check that the cursor has not passed an order that is not durable, and none is acknowledged."""
        cursor, stored, aside = self.cursor_and_orders()
        told = {int(order.rsplit("-", 1)[1]) for order, _ in self.world.zonos.updates.merchant_order_ids}
        assert told <= stored
        if cursor >= datetime.now(UTC).date():
            assert {*NEW, LATE, BAD} <= stored | aside

    def check_events(self, *, updates: int = 0) -> None:  # noqa: ARG002 - there may be any number
        """Check what the subscriber got since the first poll.

        That Zonos has the merchant order id of an order is a change there, too, whenever it is read.
        """
        told = [(type_, order) for type_, order, _ in self.told() if type_ != "order.updated.v1"]
        assert told == [
            *(("order.created.v1", order) for order in sorted(self.created)),
            ("order.held.v1", HELD),
            ("order.quarantined.v1", BAD),
        ]

    def check_acknowledged(self) -> None:
        """Check that Zonos was told of each new order, and of no other."""
        told = {order for order, _ in self.world.zonos.updates.merchant_order_ids}
        assert told == {f"999-{order}" for order in (*NEW, LATE)}


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
