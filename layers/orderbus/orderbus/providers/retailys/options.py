"""A Retailys connection's options: what the provider's pages leave open, each with the assumed default."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from orderbus.domain.connections import Connection
from orderbus.domain.typed import Typed
from orderbus.providers.options import Milliseconds, StartAt, ZoneName, read_options

BooleanForm = Literal["true_false", "one_zero"]
"""How a query says yes or no: the specification has a boolean, and no client shows its form."""

PriceReading = Literal["per_unit", "per_line"]
QuantityField = Literal["ordered", "count"]


class RetailysOptions(Typed, frozen=True, kw_only=True):
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

    start_at: StartAt = "all"
    min_interval_ms: Milliseconds = 0
    per_page: Annotated[int, Meta(ge=10, le=250)] = 250
    timezone: ZoneName = "UTC"
    boolean_form: BooleanForm = "true_false"
    quantity: Annotated[tuple[QuantityField, ...], Meta(min_length=1)] = ("ordered", "count")
    final_price: Literal["by_sum", "per_unit", "per_line"] = "by_sum"


def parse_options(connection: Connection) -> RetailysOptions:
    """Return the connection's options.

    Raises:
        ConfigurationError: Naming every wrong option.
    """
    return read_options(RetailysOptions, connection)
