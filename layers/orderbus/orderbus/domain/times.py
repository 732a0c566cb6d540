"""Aware UTC times, and the two texts we write them in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo


def parse_time(text: str, *, zone: tzinfo = UTC) -> datetime:
    """Return an ISO 8601 text as an aware UTC time; `zone` is used where the text names none.

    Raises:
        ValueError: The text is not ISO 8601, or the time cannot be told in UTC.
    """
    parsed = datetime.fromisoformat(text.strip())
    try:
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise ValueError("the time is out of range") from None


def stamp(moment: datetime) -> str:
    """Return a text of fixed width, so that texts sort as their times do (conditions, index keys)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def later(moment: datetime, seconds: float) -> datetime:
    """Return the moment so many seconds after another."""
    return moment + timedelta(seconds=seconds)
