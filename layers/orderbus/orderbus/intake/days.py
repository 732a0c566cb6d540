"""A poll of a provider that lists whole days by their order numbers, and shows each order only by itself.

One list of the days since the cursor, less an overlap; then, several at once, the details of the orders that
the ledger does not have, or has otherwise than they are listed. A backlog is listed in spans of days, each of
which may be read over several runs: an order that the ledger has costs no detail. The cursor, a day, follows
when all of a span's orders are durable or set aside, and never comes from an order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol, TypeVar

from orderbus.domain.errors import ProviderError
from orderbus.domain.orders import order_id
from orderbus.intake.at_once import ask_at_once, raise_what_is_of_all
from orderbus.intake.list_poll import ListPoll, ListRun
from orderbus.intake.source import RawOrder, Source
from orderbus.ports import StoredOrder

OVERLAP = timedelta(days=2)
# A time that a provider lost may be one of 1970; the empty years before its first order cost a few lists.
_FIRST_DAY = date(1970, 1, 1)
# The days of a poll's first list. An outage of weeks is one list, too.
_SPAN_DAYS = 32
# Fewer rows than this, and the next span is four times as long.
_FEW_ROWS = 250
# More details than these would hardly be read in one run: of the span a half is taken.
_MOST_DETAILS = 2_000
# What one BatchGetItem compares with the ledger at once.
_BATCH = 100
# So many failed polls a detail that cannot be read may cost; where none of several can be read, it is
# rather the provider that fails, and its orders wait longer (more than an hour) before they are set aside.
_PATIENCE, _LONG_PATIENCE = 2, 8


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the list of order numbers.

    Attributes:
        external_id: The order's id, or None where the row has none that can be used.
        marker: What of the row tells of a change: a detail is worth reading where the ledger has another one.
        acknowledged: Whether the provider knows that the order has arrived.
        row: The row as it came; without an id the receiver sets it aside.
    """

    external_id: str | None
    marker: str
    acknowledged: bool
    row: RawOrder


class DaysSource(Source, Protocol):
    """A source that lists whole days."""

    @property
    def acknowledges(self) -> bool:
        """Return whether the provider is told that an order has arrived."""

    @property
    def at_once(self) -> int:
        """Return how many orders may be asked for at once."""

    def list_days(self, since: date, through: date | None) -> list[Listed]:
        """Return the rows of whole UTC days, both included; without an end also those dated in the future."""

    def read_again(self, external_id: str, listed: Listed | None = None) -> RawOrder:
        """Ask for one order now; several threads may do so at once."""

    def read_listed(self, row: Any) -> RawOrder:
        """Ask for the order that a row names, as it was set aside."""

    def acknowledge(self, external_id: str) -> None:
        """Tell the provider that the order has arrived; a repeat changes nothing."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An order whose detail is worth reading.

    Attributes:
        external_id: Its id.
        listed: Its row.
        is_known: Whether the ledger has it.
        stored: What the ledger has of it, if that is kept until then.
    """

    external_id: str
    listed: Listed
    is_known: bool
    stored: StoredOrder | None


_Failed = tuple[_Wanted, ProviderError]
Item = TypeVar("Item")


class DaysPoll(ListPoll[DaysSource]):
    """One poll of one connection."""

    def __init__(self, run: ListRun[DaysSource]) -> None:
        super().__init__(run)
        self._orders = run.orders
        self._failures = run.progress.state.failures

    def _read(self) -> bool:
        today = self._clock().date()
        since = self._begin(today)
        # A list that failed may have been too long to be answered in time.
        days = max(1, _SPAN_DAYS >> self._failures)
        while True:
            days = min(days, max(1, (today - since).days + 1))
            through = since + timedelta(days=days - 1)
            # The last list has no end, so that an order dated in the future is in it.
            rows = self._source.list_days(since, through if through < today else None)
            wanted = self._wanted(rows, at_most=_MOST_DETAILS if days > 1 else len(rows))
            if wanted is None:
                days //= 2
                del rows  # two lists of 100,000 orders at once are more memory than a poll may take
                continue
            if not self._take_in(rows, wanted):
                return False
            if through >= today:
                self._read_watched(rows, today)
                self._progress.complete(today.isoformat(), None, key=str)
                return True
            self._progress.advance(through.isoformat(), None, key=str)
            if self._out_of_time():
                return False
            since = through + timedelta(days=1)
            days *= 4 if len(rows) < _FEW_ROWS else 1

    def _read_watched(self, rows: Sequence[Listed], today: date) -> None:
        try:
            self._watches.run([self._order_id(row) for row in rows if row.external_id], self._report)
        except ProviderError:
            self._progress.advance(today.isoformat(), None, key=str)  # the days were read whole
            raise

    def _begin(self, today: date) -> date:
        cursor, start = self._progress.state.cursor, self._source.start_at
        if cursor is not None:
            # A clock that once was ahead does not leave out what came in before it.
            return min(date.fromisoformat(cursor), today) - OVERLAP
        # In the provider's time zone, which it is not sure to have told, it may be the day before.
        return _FIRST_DAY if start is None else (start - timedelta(days=1)).date()

    def _wanted(self, rows: Sequence[Listed], *, at_most: int) -> list[_Wanted] | None:
        """Return the orders that are not in the ledger as they are listed, or None if these are more."""
        wanted: dict[str, _Wanted] = {}
        for some in _batches([row for row in rows if row.external_id is not None]):
            known = self._orders.find([self._order_id(row) for row in some])
            for row in some:
                stored = known.get(self._order_id(row))
                if stored is not None and (stored.erased or stored.marker == row.marker):
                    continue
                # What the ledger has is whole orders: they are kept of as many as a run may come to.
                kept = stored if len(wanted) < _MOST_DETAILS else None
                # The same order may be listed twice: it is asked for where either row tells of a change.
                external_id = str(row.external_id)
                wanted[external_id] = _Wanted(external_id, row, stored is not None, kept)
            if len(wanted) > at_most:
                return None
        return list(wanted.values())

    def _take_in(self, rows: Sequence[Listed], wanted: Sequence[_Wanted]) -> bool:
        """Read the details of a span and acknowledge its orders; False if the time runs out before."""
        self._count(rows, wanted)
        if nameless := [row.row for row in rows if row.external_id is None]:
            self._receiver.receive(nameless, self._report.tally)
        failed: list[_Failed] = []
        read, in_time = 0, True
        for some in _batches(self._turned(wanted)):
            answers = ask_at_once(self._detail, some, self._out_of_time, self._source.at_once)
            read += self._receive(some, [answer for answer in answers if isinstance(answer, RawOrder)])
            for each, answer in zip(some, answers, strict=True):
                if isinstance(answer, ProviderError):
                    failed.append((each, answer))
            raise_what_is_of_all(answers)
            if None in answers:
                in_time = False
                break
        in_time = in_time and self._acknowledge(rows)
        if failed:
            self._judge(failed, patience=_PATIENCE if read or len(failed) == 1 else _LONG_PATIENCE)
        return in_time

    def _count(self, rows: Sequence[Listed], wanted: Sequence[_Wanted]) -> None:
        """Count the orders that are in the ledger as they are listed."""
        unchanged = len({row.external_id for row in rows} - {None}) - len(wanted)
        self._report.tally.read += unchanged
        self._report.tally.unchanged += unchanged

    def _turned(self, wanted: Sequence[_Wanted]) -> list[_Wanted]:
        """Return them beginning elsewhere each minute, so that some that hang do not always come first."""
        at = int(self._clock().timestamp()) // 60 % len(wanted) if wanted else 0
        return [*wanted[at:], *wanted[:at]]

    def _detail(self, each: _Wanted) -> RawOrder:
        return self._source.read_again(each.external_id, each.listed)

    def _receive(self, asked: Sequence[_Wanted], raws: list[RawOrder]) -> int:
        if not raws:
            return 0
        known = {each.stored.order_id: each.stored for each in asked if each.stored is not None}
        if forgotten := [each.listed for each in asked if each.is_known and each.stored is None]:
            known |= self._orders.find([self._order_id(row) for row in forgotten])
        self._receiver.receive(raws, self._report.tally, known)
        return len(raws)

    def _acknowledge(self, rows: Sequence[Listed]) -> bool:
        """Tell the provider of orders that the ledger has; one that fails comes again with the next list."""
        if not self._source.acknowledges:
            return True
        waiting = {
            self._order_id(row): row.external_id
            for row in rows
            if row.external_id is not None and not row.acknowledged
        }
        for some in _batches(list(waiting)):
            there = self._orders.find(some, consistent=True)
            durable = [waiting[each] for each in some if each in there and not there[each].erased]
            answers = ask_at_once(self._acknowledged, durable, self._out_of_time, self._source.at_once)
            self._report.acknowledged += answers.count(True)
            self._report.not_acknowledged += sum(isinstance(each, ProviderError) for each in answers)
            raise_what_is_of_all(answers)
            if None in answers:
                return False
        return True

    def _acknowledged(self, external_id: str) -> bool:
        self._source.acknowledge(external_id)
        return True

    def _judge(self, failed: Sequence[_Failed], *, patience: int) -> None:
        """Let the poll fail for details that could not be read, or set them aside by their rows.

        Raises:
            ProviderError: One of them could not be read for the first time, or not often enough.
        """
        new = self._receiver.not_aside([each.listed.row for each, _ in failed])
        if new and self._failures < patience:
            each, error = next((each, error) for each, error in failed if each.listed.row in new)
            said = f"order {self._order_id(each.listed)} cannot be read: {error}"
            raise type(error)(said, retry_after=error.retry_after, words=error.words) from None
        unreadable = [
            (each.listed.row, self._order_id(each.listed), f"its detail cannot be read: {error}")
            for each, error in failed
        ]
        self._receiver.set_aside(unreadable, self._report.tally)

    def _order_id(self, row: Listed) -> str:
        return order_id(self._source.connection, str(row.external_id))


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]
