"""What a Retailys instance has, in windows of its own; the fetch asks from its cursor on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from orderbus.domain.errors import UnclearError
from orderbus.intake.source import RawOrder
from orderbus.intake.survey import Batch, Shown, shown_whole
from orderbus.intake.window_pages import SECOND, WindowPage
from orderbus.providers.retailys.source import RetailysSource

_WINDOW = timedelta(hours=6)


def survey(source: RetailysSource, since: datetime, until: datetime) -> Iterator[Batch]:
    """Yield what was placed in the span, window by window, each page of it.

    Raises:
        UnclearError: The orders of a window came and went while its pages were read.
    """
    begin = since
    while begin < until:
        end = min(begin + _WINDOW, until)
        yield from _window(source, begin, end)
        begin = end


def _window(source: RetailysSource, begin: datetime, end: datetime) -> Iterator[Batch]:
    first: WindowPage | None = None
    seen: set[str] = set()
    nameless = 0
    number, pages = 1, 1
    while number <= pages:
        # No page says whether a window has its ends in it; what is a second beside the span does no harm.
        page = source.list_window(begin - SECOND, end + SECOND, number)
        first = first or page
        pages = page.pages
        shown = _shown(source, page.rows)
        seen.update(each.external_id for each in shown)
        nameless += len(page.rows) - len(shown)
        is_last = number >= pages
        lacks = is_last and _lacks(first, len(seen) + nameless)
        if lacks or (page.pages, page.total) != (first.pages, first.total):
            raise UnclearError(f"{source.connection}: the orders of a window changed while they were listed")
        yield Batch(shown, end if is_last else begin)
        number += 1


def _lacks(first: WindowPage, seen: int) -> bool:
    """Say whether several pages showed fewer orders than there are: one moved to a page that was read."""
    return first.pages > 1 and first.total is not None and seen < first.total


def _shown(source: RetailysSource, rows: list[RawOrder]) -> list[Shown]:
    return [each for row in rows if (each := shown_whole(source, row)) is not None]
