"""A Retailys connection's options: what the provider's pages leave open, each with the assumed default."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from orderbus.domain.connections import Connection, describe
from orderbus.domain.errors import ConfigurationError
from orderbus.domain.times import parse_time

BooleanForm = Literal["true_false", "one_zero"]
"""How a query says yes or no: the specification has a boolean, and no client shows its form."""

PriceReading = Literal["per_unit", "per_line"]
QuantityField = Literal["ordered", "count"]


class RetailysOptions(BaseModel):
    """What of the API is assumed.

    Attributes:
        start_at: From when on orders are wanted: `all`, or an ISO 8601 time.
        min_interval_ms: The least time between two requests, in milliseconds.
        per_page: How many orders a page is asked for.
        timezone: Whose time a date without an offset is.
        boolean_form: How a query's booleans are written.
        quantity: The item's field that counts: the first of these that is not null.
        final_price: What an item's `final_price` is the price of; `by_sum` tries both (see mapping.py).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    start_at: str = "all"
    min_interval_ms: int = Field(default=0, ge=0)
    per_page: int = Field(default=250, ge=10, le=250)
    timezone: str = "UTC"
    boolean_form: BooleanForm = "true_false"
    quantity: Annotated[tuple[QuantityField, ...], Field(min_length=1)] = ("ordered", "count")
    final_price: Literal["by_sum", "per_unit", "per_line"] = "by_sum"

    @field_validator("start_at")
    @classmethod
    def _all_or_a_time(cls, value: str) -> str:
        try:
            _ = value == "all" or parse_time(value)
        except ValueError:
            raise ValueError('neither "all" nor an ISO 8601 time') from None
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("not a name of the IANA time zone database") from None
        return value

    @property
    def starts(self) -> datetime | None:
        """From when on orders are wanted, or None for all."""
        return None if self.start_at == "all" else parse_time(self.start_at)


def parse_options(connection: Connection) -> RetailysOptions:
    """Return the connection's options.

    Raises:
        ConfigurationError: Naming every wrong option.
    """
    try:
        return RetailysOptions.model_validate(connection.options)
    except ValidationError as error:
        raise ConfigurationError(f"connection {connection.name!r}: options.{describe(error)}") from None
