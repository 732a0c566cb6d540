"""A poll of a provider that lists orders by when they were placed: windows of time, each read whole.

A poll reads from 15 minutes below the cursor to whatever is dated last, so that an order of the future comes
too. Once an hour it also looks back over three days, since marketplace orders arrive back-dated. No cursor
comes from an order, and none is later than the start of its pass: one dated 2099 moves nothing.

A window with too many orders, or one that changes while its pages are turned, is halved. The order in which a
list comes is not relied on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

from orderbus.domain.content import fingerprint
from orderbus.domain.errors import NotNormalizableError, ProviderError, UnclearError
from orderbus.domain.times import stamp
from orderbus.intake.progress import Progress, Report, completed, failed, greater
from orderbus.intake.receive import Receiver
from orderbus.intake.source import RawOrder, Source
from orderbus.intake.watches import Watches
from orderbus.ports import Clock, ConnectionState, Pass

OVERLAP = timedelta(minutes=15)
LOOK_BACK = timedelta(days=3)
LOOK_BACK_EVERY = timedelta(hours=1)
# Above this a window is halved: by its pages, and by how long they would take at the speed of the first.
MOST_PAGES = 10
PATIENCE = timedelta(seconds=30)

# Where halving begins; what is dated before it is one window.
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
# Halves overlap by a second, so that it does not matter on which side a provider counts the boundary.
_SHORTEST = 2 * _SECOND
# How often a window that cannot be halved is read again when it changed meanwhile.
_TRIES = 3

_Outcome = Literal["whole", "too_large", "changed", "out_of_time"]


@dataclass(frozen=True, slots=True)
class WindowPage:
    """One page of a window, how many pages the window has, and how many orders where that is said."""

    rows: list[RawOrder]
    pages: int
    total: int | None = None


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
        return [Window(moment - _SECOND, self.end), Window(self.begin, moment)]

    def _cut(self, now: datetime) -> datetime | None:
        if self.begin is None:
            return _EARLIEST if self.end is None or self.end > _EARLIEST else None
        if self.end is None:
            return now if now - self.begin > _SHORTEST else None
        seconds = (self.end - self.begin) // _SECOND
        return self.begin + (seconds + 1) // 2 * _SECOND if seconds * _SECOND > _SHORTEST else None


class WindowPoll:
    """One poll of one connection."""

    def __init__(
        self,
        source: WindowSource,
        receiver: Receiver,
        progress: Progress,
        watches: Watches,
        clock: Clock,
        out_of_time: Callable[[], bool],
    ) -> None:
        self._source = source
        self._receiver = receiver
        self._progress = progress
        self._watches = watches
        self._clock = clock
        self._out_of_time = out_of_time
        self._began = clock().replace(microsecond=0)
        self._pass: Pass | None = None
        self._is_whole = False
        self._looked_back: tuple[datetime, datetime | None] | None = None
        self._report = Report(source.connection)

    def run(self) -> Report:
        """Read what is new and what overlaps; a failure of the provider is noted and reported, not raised."""
        report = self._report
        try:
            report.complete = self._read()
        except ProviderError as error:
            report.error = error
            reason = error
            self._progress.move(lambda state: failed(self._noted(state), reason, self._clock()))
        report.cursor = self._progress.state.cursor
        report.degraded = self._progress.state.degraded
        return report

    def _read(self) -> bool:
        state = self._progress.state
        self._pass = state.reading_on
        began = self._pass.began if self._pass else self._began
        begin = self._begin(state)
        window = Window(begin, None)

        def read_to(reached: datetime | None, until: datetime | None) -> None:
            self._pass = Pass(began, reached and min(reached, began), until)

        self._is_whole = self._walk(window.cut_at(self._pass.until if self._pass else None), read_to)
        if not self._is_whole:
            self._note()
            return False
        if begin is not None:
            self._look_back(state, began, begin)
        # What the list shows is not due: it is watched from where the look back ends.
        self._watches.run((), self._report)
        self._progress.move(lambda state: completed(self._noted(state), self._clock()))
        return True

    def _begin(self, state: ConnectionState) -> datetime | None:
        start = self._start()
        begin = self._resumed(state)
        return max(begin, start) if begin and start else begin or start

    def _resumed(self, state: ConnectionState) -> datetime | None:
        if state.reading_on is not None:
            # With the overlap in each poll, one that holds more than a poll can read would have no end.
            return state.reading_on.reached and state.reading_on.reached - _SECOND
        if state.cursor is None:
            return None
        # A clock that once was ahead does not leave out what was placed before it.
        return min(datetime.fromisoformat(state.cursor), self._began) - OVERLAP

    def _start(self) -> datetime | None:
        start = self._source.start_at
        return None if start is None else start.replace(microsecond=0) - _SECOND

    def _look_back(self, state: ConnectionState, began: datetime, until: datetime) -> None:
        """Read again what is older, once an hour; where the time ends, the next poll goes on with it."""
        last = state.looked_back_at
        if last is None or (state.floor is None and self._began - last < LOOK_BACK_EVERY):
            return
        # What came in since the last time is dated at most so long before that.
        # Where one was cut, the boundary is read again, as between halves.
        begin = last - LOOK_BACK if state.floor is None else datetime.fromisoformat(state.floor) - _SECOND
        start = self._start()
        begin = begin if start is None else max(begin, start)
        since = began if state.floor is None else last

        def read_to(reached: datetime | None, _: datetime | None) -> None:
            self._looked_back = (since, reached)

        if begin >= until or self._walk([Window(begin, until + _SECOND)], read_to):
            self._looked_back = (since, None)

    def _walk(self, todo: list[Window], read_to: Callable[[datetime | None, datetime | None], None]) -> bool:
        """Read windows, the last of the list first, in parts where need be.

        Args:
            todo: What to read.
            read_to: Told up to where it is whole, and where the part ends that is next.

        Returns:
            Whether all was read; False when the time ran out.
        """
        reached = todo[-1].begin
        while todo:
            window = todo.pop()
            halves = window.halves(self._began)
            outcome = self._read_window(window, most_pages=MOST_PAGES if halves else None)
            if outcome == "out_of_time":
                return False
            if outcome == "whole":
                reached = window.end or self._began
            elif halves:
                todo += reversed(halves)
            read_to(reached, todo[-1].end if todo else None)
            if todo and outcome == "whole":
                self._note()
            if todo and self._out_of_time():
                return False
        return True

    def _read_window(self, window: Window, *, most_pages: int | None) -> _Outcome:
        for _ in range(1 if most_pages else _TRIES):
            outcome = self._turn_pages(window, most_pages)
            if outcome != "changed" or most_pages:
                return outcome
        raise UnclearError(
            f"{self._source.connection}: the list of orders changes each time it is read; nothing is skipped"
        )

    def _turn_pages(self, window: Window, most_pages: int | None) -> _Outcome:
        asked = self._clock()
        first = page = self._source.list_window(window.begin, window.end, 1)
        if most_pages and self._is_too_large(first.pages, self._clock() - asked, most_pages):
            return "too_large"
        seen: set[str] = set()
        for number in range(1, max(first.pages, 1) + 1):
            if number > 1:
                if self._out_of_time():
                    return "out_of_time"
                page = self._source.list_window(window.begin, window.end, number)
            if (page.pages, page.total) != (first.pages, first.total):
                return "changed"
            self._receiver.receive(page.rows, self._report.tally)
            seen.update(self._identity(row) for row in page.rows)
        # One page is of one moment. Several are whole if no order moved from one to another meanwhile.
        return "whole" if first.pages <= 1 or first.total in (None, len(seen)) else "changed"

    def _is_too_large(self, pages: int, took: timedelta, most_pages: int) -> bool:
        return pages > most_pages or (pages > 1 and pages * took > PATIENCE)

    def _identity(self, row: RawOrder) -> str:
        try:
            return self._source.external_id(row.value)
        except NotNormalizableError:
            return fingerprint(row.value)

    def _note(self) -> None:
        """Write how far this poll has come, where that is further than what is written."""

        def noted(state: ConnectionState) -> ConnectionState | None:
            after = self._noted(state)
            return after if after != state else None

        self._progress.move(noted)

    def _noted(self, state: ConnectionState) -> ConnectionState:
        """Return the state with how far this poll has come: true as well beside what another run notes."""
        reached = self._pass and self._pass.reached
        # The first pass reads all there is; what comes in behind it came after it began.
        since, floor = min(state.looked_back_at or self._began, self._began), state.floor
        if self._looked_back is not None:
            since, looked = self._looked_back
            floor = None if looked is None else stamp(looked)
        return replace(
            state,
            cursor=greater(state.cursor, stamp(reached), str) if reached else state.cursor,
            floor=floor,
            looked_back_at=since,
            reading_on=None if self._is_whole else self._pass,
        )
