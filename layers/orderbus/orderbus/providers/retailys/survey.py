"""What a Retailys instance has, in windows of its own; the fetch asks from its cursor on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from orderbus.domain.errors import UnclearError
from orderbus.intake.source import RawOrder
from orderbus.intake.survey import Batch, Shown, shown_whole
from orderbus.intake.window_pages import SECOND, WindowPage
from orderbus.providers.retailys.source import RetailysSource

_WINDOW = timedelta(hours=6)
# One with more pages than a run is sure to read is halved, and the next ones are longer again.
_SHORTEST = timedelta(minutes=1)


def survey(source: RetailysSource, since: datetime, until: datetime) -> Iterator[Batch]:
    """Yield what was placed in the span, window by window, each page of it.

    Raises:
        UnclearError: The orders of a window came and went while its pages were read.
    """
    begin, span = since, _WINDOW
    while begin < until:
        end = min(begin + span, until)
        # No page says whether a window has its ends in it; what is a second beside the span does no harm.
        turn = partial(source.list_window, begin - SECOND, end + SECOND)
        first = turn(1)
        if first.is_of_too_many and end - begin > _SHORTEST:
            span = (end - begin) / 2
            yield Batch((), begin)  # for a look at the time
            continue
        for shown, is_whole in _pages(source, first, turn):
            yield Batch(shown, end if is_whole else begin)
        begin, span = end, min(2 * span, _WINDOW)


def _pages(
    source: RetailysSource, first: WindowPage, turn: Callable[[int], WindowPage]
) -> Iterator[tuple[list[Shown], bool]]:
    """Yield what each page of a window shows, and whether it is the last one."""
    page, number = first, 1
    seen: set[str] = set()
    nameless = 0
    while True:
        shown = _shown(source, page.rows)
        seen.update(each.external_id for each in shown)
        nameless += len(page.rows) - len(shown)
        is_last = number >= page.pages
        lacks = is_last and _lacks(first, len(seen) + nameless)
        if lacks or (page.pages, page.total) != (first.pages, first.total):
            raise UnclearError(f"{source.connection}: the orders of a window changed while they were listed")
        yield shown, is_last
        if is_last:
            return
        number += 1
        page = turn(number)


def _lacks(first: WindowPage, seen: int) -> bool:
    """Say whether several pages showed fewer orders than there are: one moved to a page that was read."""
    return first.pages > 1 and first.total is not None and seen < first.total


def _shown(source: RetailysSource, rows: list[RawOrder]) -> list[Shown]:
    return [each for row in rows if (each := shown_whole(source, row)) is not None]
