"""P1 for polls by date, at random: killed, failing, out of time, within each other, while orders come late.

What is random follows from a seed, which is in a failure's name. Whatever happened, the polls of the hours
after it bring every order that is dated within the three days of the look back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest
from orderbus.domain.connections import Connection, parse_connection
from orderbus.domain.errors import UnclearError
from orderbus.intake.progress import Report
from orderbus.intake.source import RawOrder
from orderbus.intake.window_pages import WindowPage
from orderbus.ports import ConnectionState
from orderbus.providers.retailys.source import LIST, RetailysSource
from orderbus.runtime.polls import Run, window_poll

from infra.conformance.ledger import Ledger, MemoryStates
from infra.sandbox.retailys import make_order

PAGE = 3
"With more than thirty orders a window is halved."
ENOUGH = 60
"So often a run that is let be asks for the time before it is over."


class KilledError(BaseException):
    """The process ends here; nothing may catch it."""


class Shop:
    """A shop, its polls, and what goes wrong with them until it is calm."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - no secret
        self.now = datetime(2026, 10, 24, 12, tzinfo=UTC)  # a night when clocks change is to come
        self.orders: dict[int, tuple[datetime, Any]] = {}
        self.ledger = Ledger()
        self.ledger.states = _States(self)
        self.calm = False
        self._depth = 0
        self._ids = count(1)
        fields = {"provider": "retailys", "base_url": "http://shop.test", "credentials": {"token": "key"}}
        self._source = _Source(parse_connection("retailys-main", fields), self)

    def place(self, most: int) -> None:
        """Let orders come in, most of them new, some back-dated, some dated in the future."""
        for number in range(self.random.randint(0, most)):
            back = timedelta(seconds=self.random.choice([60, 200_000, -30_000_000][: 2 + (number % 9 == 0)]))
            placed = (self.now - back * self.random.random()).replace(microsecond=0)
            order = next(self._ids)
            self.orders[order] = placed, make_order(order, placed=placed.isoformat(), lines=[("10.00", 1)])

    def poll(self, asks: int | None = None) -> Report | None:
        """Poll with so much time; None if the run was killed."""
        self._depth += 1
        left = iter(range(asks or self.random.choice([1, 2, 4, 8, 200])))
        run = Run(True, lambda: self.now, lambda: next(left, None) is None, timedelta(minutes=2))
        try:
            return window_poll(self.ledger, self._source, run)
        except KilledError:
            return None
        finally:
            self._depth -= 1

    def anything(self, of: str) -> None:
        """Let happen what may, at a step of a poll."""
        self.now += timedelta(seconds=self.random.random() * 3)
        chance = 1.0 if self.calm else self.random.random()
        if chance < 0.015:
            raise KilledError
        if chance < 0.03 and of == "list":
            raise UnclearError("retailys-main: no answer")
        if chance < 0.05:
            self.place(3)
        elif chance < 0.09 and self._depth < 3:
            self.poll()

    def settle(self) -> None:
        """Poll on until a whole look back has begun and ended after all that happened."""
        self.calm = True
        for _ in range(2):
            self.now += timedelta(minutes=61)
            for _ in self._polls():
                self.now += timedelta(minutes=1)

    def _polls(self) -> Iterator[None]:
        for _ in range(400):
            report = self.poll(ENOUGH)
            assert report is not None
            if report.complete and self.ledger.states.get("retailys-main").looking_back is None:
                return
            yield
        raise AssertionError("the polls come to no end")


class _Source(RetailysSource):
    def __init__(self, connection: Connection, shop: Shop) -> None:
        super().__init__(connection, lambda: shop.now)
        self._shop = shop

    def list_window(self, begin: datetime | None, end: datetime | None, page: int) -> WindowPage:
        self._shop.anything("list")
        sent = self._shop.now
        found = [
            (placed, order)
            for placed, order in self._shop.orders.values()
            if (begin is None or placed >= begin) and (end is None or placed <= end)
        ]
        found.sort(key=lambda each: (each[0], each[1]["id"]), reverse=True)
        rows = [RawOrder(order, LIST, sent) for _, order in found[(page - 1) * PAGE : page * PAGE]]
        self._shop.anything("list")
        return WindowPage(rows, max(1, -(-len(found) // PAGE)), len(found))


class _States(MemoryStates):
    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self._shop = shop

    def move(
        self, connection: str, before: ConnectionState, after: ConnectionState, **more: Any
    ) -> ConnectionState | None:
        self._shop.anything("write")
        moved = super().move(connection, before, after, **more)
        self._shop.anything("written")
        return moved


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.exhaustive) for seed in range(2, 60))]
)
def test_whatever_happens_to_polls_every_order_comes(seed: int) -> None:
    shop = Shop(seed)
    shop.place(60)
    for _ in range(shop.random.randint(5, 20)):
        shop.now += timedelta(minutes=shop.random.choice([1, 1, 5, 61, 1_500]))
        shop.place(40)
        shop.poll()

    shop.settle()

    assert {int(order.split(":")[1]) for order in shop.ledger.orders.all()} == shop.orders.keys()
