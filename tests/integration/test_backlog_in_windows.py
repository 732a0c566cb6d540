"""A backlog of 100,000 orders in one date range, at Retailys over HTTP: in several runs, each order once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from orderbus.domain.connections import parse_connection

from infra.conformance.ledger import Ledger, MemoryOrders
from infra.conformance.polls import poll_once
from infra.sandbox.retailys import RetailysSandbox, make_order
from infra.sandbox.server import serve

ORDERS = 100_000
CALLS_A_RUN = 60
DAY = datetime(2026, 1, 5, tzinfo=UTC)


def times_asked() -> Callable[[], bool]:
    """Return what says that the time is over when it was asked so often: about once a page."""
    asked = count(1)
    return lambda: next(asked) > CALLS_A_RUN


@pytest.mark.exhaustive
@pytest.mark.timeout(900)
def test_a_backlog_of_100_000_orders_of_one_day_is_read_in_several_runs_each_order_once() -> None:
    sandbox = RetailysSandbox()
    for number in range(ORDERS):
        placed = DAY + timedelta(seconds=number * 86_400 // ORDERS)
        sandbox.place(make_order(number + 1, lines=[("10.00", 1)], placed=placed.isoformat()))
    ledger = Ledger()
    orders = ledger.orders = MemoryOrders()
    cursors: list[str] = []
    created = runs = 0
    with serve(sandbox) as served:
        fields = {"provider": "retailys", "base_url": served.url, "credentials": {"token": "test-key"}}
        connection = parse_connection("retailys-main", fields)
        complete = False
        while not complete:
            report = poll_once(
                connection,
                ledger,
                lambda: datetime.now(UTC),
                scheduled=False,
                out_of_time=times_asked(),
            )
            assert report.error is None
            runs, created, complete = runs + 1, created + report.tally.created, report.complete
            cursors += [report.cursor] if report.cursor else []

    assert (created, len(orders.all())) == (ORDERS, ORDERS)
    assert runs > 3
    assert cursors == sorted(cursors)
