"""A poll of a provider that lists orders by when they were placed, or changed: windows of time, read whole.

A poll reads from 15 minutes below the cursor to whatever is dated last, so that an order of the future comes
too. Once an hour it also looks back over three days, since marketplace orders arrive back-dated. No cursor
comes from an order, and none is later than the start of its pass: one dated 2099 moves nothing.

A window with too many orders, or one that changes while its pages are turned, is halved. What a run does not
come to, the next one goes on with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from orderbus.domain.errors import ProviderError
from orderbus.domain.times import stamp
from orderbus.intake.list_poll import ListPoll, ListRun
from orderbus.intake.progress import completed, failed, greater
from orderbus.intake.window_pages import SECOND, Window, WindowPages, WindowSource
from orderbus.ports import ConnectionState, PageMark, Pass

OVERLAP = timedelta(minutes=15)
LOOK_BACK = timedelta(days=3)
LOOK_BACK_EVERY = timedelta(hours=1)

_Tell = Callable[[datetime | None, Window | None, PageMark | None], None]


class WindowPoll(ListPoll[WindowSource]):
    """One poll of one connection."""

    def __init__(self, run: ListRun[WindowSource]) -> None:
        super().__init__(run)
        self._began = run.clock().replace(microsecond=0)
        self._reached: datetime | None = None
        self._pass: Pass | None = None
        self._looked_back: tuple[datetime, Pass | None] | None = None
        tally = self._report.tally
        self._pages = WindowPages(run.source, run.receiver, tally, run.clock, run.out_of_time)

    def _read(self) -> bool:
        state = self._progress.state
        self._pass = goes_on = state.reading_on
        began = goes_on.began if goes_on else self._began
        begin = self._begin(state)

        def tell(reached: datetime | None, part: Window | None, at: PageMark | None) -> None:
            self._reached = min(reached, began) if reached else None
            self._pass = _next(began, part, at)

        if not self._walk(Window(begin, None), goes_on, tell):
            self._note()
            return False
        if begin is not None:
            self._look_back(state, began, begin)
        # What the list shows is not due: it is watched from where the look back ends.
        self._watches.run((), self._report)
        self._progress.move(lambda state: completed(self._noted(state), self._clock()))
        return True

    def _fail(self, error: ProviderError) -> None:
        self._progress.move(lambda state: failed(self._noted(state), error, self._clock()))

    def _begin(self, state: ConnectionState) -> datetime | None:
        start = self._start()
        begin = self._resumed(state)
        return max(begin, start) if begin and start else begin or start

    def _resumed(self, state: ConnectionState) -> datetime | None:
        if state.reading_on is not None:
            # With the overlap in each poll, one that holds more than a poll can read would have no end.
            return state.reading_on.begin
        if state.cursor is None:
            return None
        # A clock that once was ahead does not leave out what was placed before it.
        return min(datetime.fromisoformat(state.cursor), self._began) - OVERLAP

    def _start(self) -> datetime | None:
        start = self._source.start_at
        return None if start is None else start.replace(microsecond=0) - SECOND

    def _look_back(self, state: ConnectionState, began: datetime, until: datetime) -> None:
        """Read again what is older, once an hour; where the time ends, the next poll goes on with it."""
        last, goes_on = state.looked_back_at, state.looking_back
        if last is None or (goes_on is None and self._began - last < LOOK_BACK_EVERY) or self._out_of_time():
            return
        # What came in since the last time is dated at most so long before that.
        begin = goes_on.begin if goes_on and goes_on.begin else last - LOOK_BACK
        start = self._start()
        begin = begin if start is None else max(begin, start)
        since = goes_on.began if goes_on else began

        def tell(_: datetime | None, part: Window | None, at: PageMark | None) -> None:
            self._looked_back = (since, _next(since, part, at))

        if begin < until:
            self._walk(Window(begin, until + SECOND), goes_on, tell)
        else:
            tell(None, None, None)

    def _walk(self, window: Window, goes_on: Pass | None, tell: _Tell) -> bool:
        """Read a window, from its beginning on, in parts where need be.

        Args:
            window: What to read.
            goes_on: Where an earlier poll has come to with it.
            tell: Told up to where it is whole, the part that is next, and how far its pages are turned.

        Returns:
            Whether all was read; False when the time ran out.
        """
        todo = window.cut_at(goes_on.end if goes_on else None)
        # Of another window, since the start was moved meanwhile, its page shows something else.
        at = goes_on.at if goes_on else None
        reached: datetime | None = None
        while todo:
            part = todo.pop()
            halves = part.halves(self._began)
            keep = None if halves and at is None else partial(tell, reached, part)
            outcome, at = self._pages.read(part, at, keep), None
            if outcome == "out_of_time":
                return False
            if outcome == "whole":
                reached = part.end or self._began
            elif halves:
                todo += reversed(halves)
            tell(reached, todo[-1] if todo else None, None)
            if todo and outcome == "whole":
                self._note()
            if todo and self._out_of_time():
                return False
        return True

    def _note(self) -> None:
        """Write how far this poll has come, where that is further than what is written."""

        def noted(state: ConnectionState) -> ConnectionState | None:
            after = self._noted(state)
            return after if after != state else None

        self._progress.move(noted)

    def _noted(self, state: ConnectionState) -> ConnectionState:
        """Return the state with how far this poll has come: true as well beside what another run notes."""
        # The first pass reads all there is; what comes in behind it came after it began.
        since, looking_back = min(state.looked_back_at or self._began, self._began), state.looking_back
        if self._looked_back is not None:
            since, looking_back = self._looked_back
        return replace(
            state,
            cursor=greater(state.cursor, stamp(self._reached) if self._reached else None, str),
            reading_on=self._pass,
            looked_back_at=since,
            looking_back=looking_back,
        )


def _next(began: datetime, part: Window | None, at: PageMark | None) -> Pass | None:
    return None if part is None else Pass(began, part.begin, part.end, at)
