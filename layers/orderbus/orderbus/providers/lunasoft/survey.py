"""What a LunaSoft site has, by the time of creation; the fetch asks by id."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from orderbus.domain.errors import UnclearError
from orderbus.domain.times import parse_time
from orderbus.intake.source import RawOrder
from orderbus.intake.survey import Batch, shown_whole
from orderbus.providers.lunasoft.source import LunaSource

# On a site's own clock an hour comes twice in autumn, and it may sort by that.
_TWICE = timedelta(hours=1)


def survey(source: LunaSource, since: datetime, until: datetime) -> Iterator[Batch]:
    """Yield what was created from `since` on, earliest first, until all of the span was shown.

    Raises:
        UnclearError: The list repeats a page, or is not in the order that was asked for.
    """
    number: int | None = 1
    before: list[Any] | None = None
    upto = since
    while number is not None:
        page = source.list_created(since, number)
        rows = [row.value for row in page.rows]
        if rows and rows == before:
            raise UnclearError(f"{source.connection}: the list by time repeats a page; nothing is skipped")
        before, number = rows, page.next_page
        times = [created for row in page.rows if (created := _created(row)) is not None]
        if any(
            created < latest - _TWICE for created, latest in zip(times, accumulate(times, max), strict=True)
        ):
            # By another order the end of the span says nothing of what comes after it.
            raise UnclearError(
                f"{source.connection}: the list is not sorted by ascending time as it was asked to be"
            )
        if times == sorted(times):
            upto = max([upto, *times])
        if upto >= until:
            number = None
        shown = [each for row in page.rows if (each := shown_whole(source, row)) is not None]
        yield Batch(shown, until if number is None else upto)


def _created(row: RawOrder) -> datetime | None:
    value = row.value.get("created") if isinstance(row.value, dict) else None
    try:
        return parse_time(value, zone=UTC) if isinstance(value, str) else None
    except ValueError:
        return None
