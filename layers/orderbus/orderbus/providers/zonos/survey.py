"""What a Zonos store has: its days one by one, then all that have no merchant order id."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from orderbus.intake.days import Listed
from orderbus.intake.survey import Batch, Shown
from orderbus.providers.zonos.source import ZonosSource

_DAY = timedelta(days=1)


def survey(source: ZonosSource, since: datetime, until: datetime) -> Iterator[Batch]:
    """Yield the whole days of the span, and at last the orders that Zonos itself calls missing."""
    # Whose days these are is not sure (providers.md 4.2): it may be the day before.
    day = (since - _DAY).date()
    before: set[str] = set()
    while day <= until.date():
        shown = _shown(source, source.list_days(day, day))
        day += _DAY
        # A list may have the next day's orders, too. To the end only with the last list.
        new = [each for each in shown if each.external_id not in before]
        before = {each.external_id for each in shown}
        yield Batch(new, max(since, min(datetime.combine(day, time(), UTC), until - timedelta.resolution)))
    yield Batch(_shown(source, source.list_missing()), until)


def _shown(source: ZonosSource, rows: list[Listed]) -> list[Shown]:
    return [_one(source, row, row.external_id) for row in rows if row.external_id is not None]


def _one(source: ZonosSource, row: Listed, external_id: str) -> Shown:
    waits = source.acknowledges and not row.acknowledged
    return Shown(
        external_id,
        lambda: source.read_again(external_id, row),
        (lambda: source.acknowledge(external_id)) if waits else None,
    )
