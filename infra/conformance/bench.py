"""Where a case runs: a shop without orders, served over HTTP, and an OrderBus without any history."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

from orderbus.domain.connections import Connection, parse_connection
from orderbus.intake.progress import Report
from orderbus.intake.receive import Receiver, Tally
from orderbus.ports import StoredOrder
from orderbus.providers.registry import profile_of

from infra.conformance.clock import SteppingClock
from infra.conformance.expecting import same, true
from infra.conformance.ledger import Ledger
from infra.conformance.polls import poll_once
from infra.conformance.shop import Json, Lines, Shop
from infra.sandbox.amounts import DEFAULT_LINES
from infra.sandbox.faults import Fault, Meanwhile
from infra.sandbox.server import Served, serve

CONNECTION = "kit-main"
PAGE_SIZE = 4
BEGIN = datetime(2026, 6, 10, 8, tzinfo=UTC)
"""When order 0 is placed; each number more is a minute later."""

_MINUTE = timedelta(minutes=1)
_NONE: Mapping[str, Any] = MappingProxyType({})
# Polls that any provider needs at most to get over what went wrong.
_MOST_POLLS = 8


@dataclass
class Bench:
    """A shop and OrderBus, as a case finds and uses them."""

    shop: Shop[Any]
    served: Served
    clock: SteppingClock = field(default_factory=lambda: SteppingClock(BEGIN))
    ledger: Ledger = field(default_factory=Ledger)
    reports: list[Report] = field(default_factory=list)

    def at(self, number: int) -> datetime:
        """Return when an order is placed."""
        return BEGIN + number * _MINUTE

    def __post_init__(self) -> None:
        """Give the shop the time."""
        self.shop.clock = self.clock

    def order(self, number: int, placed: datetime | None = None, *, lines: Lines = DEFAULT_LINES) -> Json:
        """Return an order in the provider's form."""
        return self.shop.order(number, placed or self.at(number), lines=lines)

    def put(self, order: Any, number: int, placed: datetime | None = None) -> None:
        """Let an order come in as it is; the clock goes on to the minute after."""
        placed = placed or self.at(number)
        self.shop.put(order, number, placed)
        if placed > self.clock() and placed.year < BEGIN.year + 1:
            self.clock.put(placed + timedelta(seconds=1))

    def place(self, *numbers: int, fields: Mapping[str, Any] = _NONE, lines: Lines = DEFAULT_LINES) -> None:
        """Let orders come in, each in its minute, with some fields instead of the good ones."""
        for number in numbers:
            self.put({**self.order(number, lines=lines), **fields}, number)

    def connection(self, *, mode: str = "live", **changed: Any) -> Connection:
        """Return the connection, with some of its credentials, options or other keys changed."""
        shop = self.shop
        given = {
            "provider": shop.provider,
            "base_url": changed.get("base_url", self.served.url),
            "credentials": {**shop.credentials, **changed.get("credentials", {})},
            "options": {**shop.options(), **changed.get("options", {})},
            "mode": mode,
        }
        return parse_connection(CONNECTION, given)

    def poll(
        self,
        connection: Connection | None = None,
        *,
        scheduled: bool = False,
        out_of_time: Callable[[], bool] = lambda: False,
    ) -> Report:
        """Poll once, in a process of its own."""
        report = poll_once(
            connection or self.connection(),
            self.ledger,
            self.clock,
            scheduled=scheduled,
            out_of_time=out_of_time,
        )
        self.reports.append(report)
        return report

    def poll_until_complete(self, most: int = _MOST_POLLS) -> Report:
        """Poll each minute until a poll is complete, or has been tried so often."""
        for _ in range(most):
            report = self.poll()
            if report.complete:
                break
            self.clock.pass_time(_MINUTE)
        return report

    def read_detail(self, number: int) -> Tally:
        """Read one order by itself, as a watch does."""
        source: Any = profile_of(self.shop.provider).make_source(self.connection(), self.clock)
        ledger, tally = self.ledger, Tally()
        receiver = Receiver(source, ledger.orders, ledger.quarantine, ledger.inbox, self.clock)
        receiver.receive([source.read_again(self.shop.external_id(number))], tally)
        return tally

    def fail(self, fault: Fault, *, times: int = 1, match: str | None = None) -> None:
        """Let the next requests for new orders go wrong, or those that match."""
        self.shop.sandbox.fail_next(fault, times=times, match=match or self.shop.list_request)

    def meanwhile(self, action: Callable[[], object], match: str | None = None) -> None:
        """Let something happen just before the next request for new orders is answered."""
        self.fail(Meanwhile(action), match=match)

    def order_id(self, number: int) -> str:
        """Return the id that an order has in OrderBus."""
        return f"{CONNECTION}:{self.shop.external_id(number)}"

    def stored(self, number: int) -> StoredOrder | None:
        """Return what the ledger has of an order."""
        return self.ledger.orders.all().get(self.order_id(number))

    def normalized(self, number: int) -> Json:
        """Return an order as it would be published now."""
        stored = self.stored(number)
        return stored.load() if stored is not None else {}

    def told(self, type_: str, number: int | None = None) -> int:
        """Count the events of a type, of one order or of all."""
        subject = None if number is None else self.order_id(number)
        events = [each for each in self.ledger.journal.events if each.type == type_]
        return sum(subject is None or each.subject == subject for each in events)

    def calls(self) -> list[str]:
        """Return the request lines of all calls to the provider so far."""
        return [f"{call.method} {call.path}" for call in self.shop.sandbox.calls]

    def writes(self, kind: Literal["order", "any"] = "any") -> list[str]:
        """Return what was written so far, refused writes included."""
        writes = self.ledger.journal.writes
        return [each for each in writes if kind == "any" or " order" in each or each.startswith("set aside")]

    def expect_orders(self, *numbers: int) -> None:
        """Expect exactly these orders in the ledger, each told of as created once.

        Raises:
            NotHeldError: One is missing, was told of more than once, or is too much.
        """
        created = Counter(
            each.subject for each in self.ledger.journal.events if each.type == "order.created.v1"
        )
        same("orders told of as created", dict(created), {self.order_id(each): 1 for each in numbers})
        same("orders in the ledger", set(self.ledger.orders.all()), {self.order_id(each) for each in numbers})
        ids = Counter(each.id for each in self.ledger.journal.events)
        same("event ids that occur twice", [each for each, times in ids.items() if times > 1], [])

    def expect_no_order(self) -> None:
        """Expect that nothing was read.

        Raises:
            NotHeldError: An order is in the ledger.
        """
        self.expect_orders()

    def expect_failed(self, report: Report, *codes: str) -> None:
        """Expect that a poll failed, and with which of these codes.

        Raises:
            NotHeldError: It is complete, or failed otherwise.
        """
        code = report.error.code if report.error is not None else "none"
        true(f"the poll fails with {' or '.join(codes)}, not {_end_of(report)}", found=code in codes)
        true("a poll that fails is not complete", found=not report.complete)

    def expect_complete(self, report: Report) -> None:
        """Expect that a poll has read all there is.

        Raises:
            NotHeldError: It failed, or its time ran out.
        """
        true(f"the poll is complete, not {_end_of(report)}", found=report.complete)

    def everything_said(self) -> str:
        """Return all that OrderBus has said: answers, events without their orders, reasons."""
        events = [[each.data, each.attributes, each.subject] for each in self.ledger.journal.events]
        reasons = [each.reason for each in self.ledger.quarantine.entries.values()]
        answers = [each.as_answer() for each in self.reports]
        return json.dumps([events, reasons, answers])


@contextmanager
def a_bench(shop: type[Shop[Any]], *, page_size: int = PAGE_SIZE) -> Iterator[Bench]:
    """Give a bench for one case."""
    opened = shop.open(page_size=page_size)
    with serve(opened.sandbox) as served:
        yield Bench(opened, served)


def _end_of(report: Report) -> str:
    if report.error is not None:
        return f"{report.error.code} ({report.error})"
    return "complete" if report.complete else "ended before the end of the list"
