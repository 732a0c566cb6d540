"""One window of a list by date, read page by page until it is whole.

The order in which a list comes is not relied on: pages that are turned in one run are whole if they have as
many different orders as the list says. A window that cannot be halved may be more than one run can read. Then
the next run begins with the last page that was read; where that shows anything else, with the first one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

from orderbus.domain.content import fingerprint
from orderbus.domain.errors import NotNormalizableError, UnclearError
from orderbus.intake.receive import Receiver, Tally
from orderbus.intake.source import RawOrder, Source
from orderbus.ports import Clock, PageMark

# Above this a window is halved: by its pages, and by how long they would take at the speed of the first.
MOST_PAGES = 10
PATIENCE = timedelta(seconds=30)

# Where halving begins; what is dated before it is one window.
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
# Halves overlap by a second, so that it does not matter on which side a provider counts the boundary.
_SHORTEST = 2 * SECOND
# How often a window that cannot be halved is read again when it changed meanwhile.
_TRIES = 3

Outcome = Literal["whole", "too_large", "changed", "out_of_time"]
Keep = Callable[[PageMark | None], None]


@dataclass(frozen=True, slots=True)
class WindowPage:
    """One page of a window, how many pages the window has, and how many orders where that is said."""

    rows: list[RawOrder]
    pages: int
    total: int | None = None

    @property
    def is_of_too_many(self) -> bool:
        """Whether the window is halved for its pages: without a total nothing tells if several are whole."""
        return self.pages > (1 if self.total is None else MOST_PAGES)


class WindowSource(Source, Protocol):
    """A source that lists by when orders were placed."""

    def list_window(self, begin: datetime | None, end: datetime | None, page: int) -> WindowPage:
        """Return a page of the orders placed from begin to end, in any order; None leaves a side open."""


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time in whole seconds; None leaves a side open."""

    begin: datetime | None
    end: datetime | None

    def halves(self, now: datetime) -> tuple[Window, Window] | None:
        """Return its two halves, or None where it has none; what is open is cut off first."""
        cut = self._cut(now)
        if cut is None:
            return None
        later, earlier = self.cut_at(cut)
        return earlier, later

    def cut_at(self, moment: datetime | None) -> list[Window]:
        """Return its two parts, the later one first, or itself where the moment is not within it."""
        begins_before = moment is not None and (self.begin is None or self.begin < moment)
        if moment is None or not begins_before or (self.end is not None and moment >= self.end):
            return [self]
        return [Window(moment - SECOND, self.end), Window(self.begin, moment)]

    def _cut(self, now: datetime) -> datetime | None:
        if self.begin is None:
            return _EARLIEST if self.end is None or self.end > _EARLIEST else None
        if self.end is None:
            return now if now - self.begin > _SHORTEST else None
        seconds = (self.end - self.begin) // SECOND
        return self.begin + (seconds + 1) // 2 * SECOND if seconds * SECOND > _SHORTEST else None


class WindowPages:
    """Brings the orders of one connection's windows into the ledger."""

    def __init__(
        self,
        source: WindowSource,
        receiver: Receiver,
        tally: Tally,
        clock: Clock,
        out_of_time: Callable[[], bool],
    ) -> None:
        self._source = source
        self._receiver = receiver
        self._tally = tally
        self._clock = clock
        self._out_of_time = out_of_time

    def read(self, window: Window, at: PageMark | None, keep: Keep | None) -> Outcome:
        """Read a window.

        Args:
            window: The window.
            at: How far an earlier run has come with it.
            keep: Told how far this one comes, None for nothing; without it the window can be halved.

        Raises:
            UnclearError: It cannot be halved, and changes each time it is read.
        """
        if keep is None:
            return self._turn_pages(window, None, None)
        for _ in range(_TRIES):
            outcome = self._turn_pages(window, at, keep)
            if outcome != "changed":
                return outcome
            at = None
            keep(None)
        raise UnclearError(
            f"{self._source.connection}: the list of orders changes each time it is read; nothing is skipped"
        )

    def _turn_pages(self, window: Window, at: PageMark | None, keep: Keep | None) -> Outcome:
        number, before = (at.page, at.before) if at else (1, 0)
        asked = self._clock()
        first = page = self._source.list_window(window.begin, window.end, number)
        if keep is None and self._is_too_large(first, self._clock() - asked):
            return "too_large"
        if at is not None and _shown(first, self._identities(first)) != at.shown:
            return "changed"
        seen: set[str] = set()
        while (page.pages, page.total) == (first.pages, first.total):
            self._receiver.receive(page.rows, self._tally)
            ids, on_pages_before = self._identities(page), before + len(seen)
            seen.update(ids)
            if number >= first.pages:
                # One page is of one moment. Several are whole if no order moved from one to another.
                return "whole" if number == 1 or first.total in (None, before + len(seen)) else "changed"
            if keep is not None:
                keep(PageMark(number, on_pages_before, _shown(page, ids)))
            # A run that goes on reads one page more, however short its time: it must come further.
            if (at is None or number > at.page) and self._out_of_time():
                return "out_of_time"
            number += 1
            page = self._source.list_window(window.begin, window.end, number)
        return "changed"

    def _is_too_large(self, first: WindowPage, took: timedelta) -> bool:
        return first.is_of_too_many or (first.pages > 1 and first.pages * took > PATIENCE)

    def _identities(self, page: WindowPage) -> list[str]:
        return [self._identity(row) for row in page.rows]

    def _identity(self, row: RawOrder) -> str:
        try:
            return self._source.external_id(row.value)
        except NotNormalizableError:
            return fingerprint(row.value)


def _shown(page: WindowPage, ids: Sequence[str]) -> str:
    return fingerprint([page.pages, page.total, ids])
