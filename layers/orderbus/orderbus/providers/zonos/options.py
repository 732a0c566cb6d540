"""A Zonos connection's options: what the provider's pages leave open, each with its default."""

from __future__ import annotations

from string import Formatter
from typing import Annotated

from orderbus.domain.connections import Connection
from orderbus.domain.typed import Typed
from orderbus.providers.options import CurrencyCode, Milliseconds, StartAt, ZoneName, read_options

_PLACEHOLDERS = frozenset({"external_id", "number"})


def _differs_by_order(value: str) -> None:
    named = {name for _, name, _, _ in Formatter().parse(value) if name is not None}
    if not named or named - _PLACEHOLDERS:
        raise ValueError("needs {external_id} or {number}, and nothing else in braces")


class ZonosOptions(Typed, frozen=True, kw_only=True):
    """How one store is read.

    Attributes:
        start_at: Where a new connection begins: `all`, or an ISO 8601 time.
        currency: The store's; an order names only the one that its customer saw.
        timezone: Of times that come as text; the pages say UTC, and their own sample contradicts them.
        ship_test_orders: Whether orders that Zonos marks as tests may be shipped.
        acknowledge: Whether Zonos is told a merchant order id once the ledger has the order.
        merchant_order_id: That id, from `{external_id}` (999-99991) or `{number}` (99991).
        min_interval_ms: Pause between two calls.
    """

    start_at: StartAt = "all"
    currency: CurrencyCode = "USD"
    timezone: ZoneName = "UTC"
    ship_test_orders: bool = False
    acknowledge: bool = False
    merchant_order_id: Annotated[str, _differs_by_order] = "{external_id}"
    min_interval_ms: Milliseconds = 0


def parse_options(connection: Connection) -> ZonosOptions:
    """Return the connection's options.

    Raises:
        ConfigurationError: Naming every wrong option.
    """
    return read_options(ZonosOptions, connection)
