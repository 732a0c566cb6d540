"""What a Retailys instance has, in windows of its own; the fetch asks from its cursor on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from orderbus.intake.source import RawOrder
from orderbus.intake.survey import Batch, Shown, shown_whole
from orderbus.providers.retailys.source import RetailysSource

_WINDOW = timedelta(hours=6)


def survey(source: RetailysSource, since: datetime, until: datetime) -> Iterator[Batch]:
    """Yield what was placed in the span, window by window, each page of it."""
    begin = since
    while begin < until:
        end = min(begin + _WINDOW, until)
        number, pages = 1, 1
        while number <= pages:
            page = source.list_window(begin, end, number)
            pages = page.pages
            yield Batch(_shown(source, page.rows), end if number >= pages else begin)
            number += 1
        begin = end


def _shown(source: RetailysSource, rows: list[RawOrder]) -> list[Shown]:
    return [each for row in rows if (each := shown_whole(source, row)) is not None]
