"""Options that several providers' connections have, checked in one place."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta

from orderbus.domain.connections import Connection
from orderbus.domain.errors import ConfigurationError, NotNormalizableError
from orderbus.domain.money import exponent
from orderbus.domain.times import parse_time
from orderbus.domain.typed import MistypedError, Typed, read_typed


def _known_currency(value: str) -> None:
    try:
        exponent(value)
    except NotNormalizableError as error:
        raise ValueError(str(error)) from None


def _known_zone(value: str) -> None:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("not a name of the IANA time zone database") from None


def _all_or_a_time(value: str) -> None:
    try:
        start_of(value)
    except ValueError:
        raise ValueError('neither "all" nor an ISO 8601 time') from None


StartAt = Annotated[str, _all_or_a_time]
CurrencyCode = Annotated[str, _known_currency]
ZoneName = Annotated[str, _known_zone]
# A run lives for two minutes, and must not spend them waiting.
LONGEST_INTERVAL_MS = 5_000
Milliseconds = Annotated[int, Meta(ge=0, le=LONGEST_INTERVAL_MS)]

Options = TypeVar("Options", bound=Typed)


def read_options(kind: type[Options], connection: Connection) -> Options:
    """Return a connection's options.

    Raises:
        ConfigurationError: Naming every wrong option.
    """
    try:
        return read_typed(kind, connection.options)
    except MistypedError as error:
        told = "; ".join(f"options.{key}: {wrong}" for key, wrong in error.found)
        raise ConfigurationError(f"connection {connection.name!r}: {told}") from None


def start_of(text: str) -> datetime | None:
    """Return from when on orders are wanted, or None for `all`; other texts are refused with the options."""
    return None if text == "all" else parse_time(text)
