"""A Zonos store with one very long day, whose orders are made when they are asked for."""

from __future__ import annotations

from datetime import UTC, datetime

from infra.sandbox.zonos import ZonosSandbox, make_order
from infra.sandbox.zonos_book import BookedOrder, NumbersQuery, OrderBook, booked
from infra.sandbox.zonos_orders import format_time

DAY = datetime(2026, 1, 5, 12, tzinfo=UTC)
# What the list shows of an order is all that a row is made of.
_SHOWN = ("orderId", "testOrder", "merchantOrderId", "orderStatus")


class _LongDay(OrderBook):
    def __init__(self, store: str, count: int) -> None:
        super().__init__(store)
        self._count = count

    def __len__(self) -> int:
        return self._count

    def find(self, order_id: object, not_there: str) -> BookedOrder:  # noqa: ARG002 - all are there
        """Make an order."""
        return booked(make_order(self.number_of(order_id)), format_time(DAY))

    def select(self, query: NumbersQuery, *, missing_days: int) -> list[BookedOrder]:  # noqa: ARG002
        """Make what the list shows, if the day is asked for."""
        day = DAY.date()
        if not (query.since and query.since <= day and (query.through is None or day <= query.through)):
            return []
        shown = {name: make_order(1)[name] for name in _SHOWN}
        rows = ({**shown, "orderId": f"{self._store}-{number}"} for number in range(1, self._count + 1))
        return [booked(row, format_time(DAY)) for row in rows]


class LongDaySite(ZonosSandbox):
    """A store with so many orders of one day."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._book = _LongDay(self.store, count)
