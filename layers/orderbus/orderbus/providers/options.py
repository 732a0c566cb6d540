"""Options that several providers' connections have, checked in one place."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator

from orderbus.domain.errors import ConfigurationError, NotNormalizableError
from orderbus.domain.money import exponent
from orderbus.domain.times import parse_time


def _known_currency(value: str) -> str:
    try:
        exponent(value)
    except NotNormalizableError as error:
        raise ValueError(str(error)) from None
    return value


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("not a name of the IANA time zone database") from None
    return value


CurrencyCode = Annotated[str, AfterValidator(_known_currency)]
ZoneName = Annotated[str, AfterValidator(_known_zone)]


def start_time(connection: str, text: str) -> datetime | None:
    """Return from when on orders are wanted, or None for `all`.

    Raises:
        ConfigurationError: The text is neither `all` nor a time.
    """
    if text == "all":
        return None
    try:
        return parse_time(text)
    except ValueError:
        raise ConfigurationError(
            f'connection {connection!r}: options.start_at is neither "all" nor an ISO 8601 time'
        ) from None
