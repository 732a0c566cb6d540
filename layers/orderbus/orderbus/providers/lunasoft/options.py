"""A LunaSoft connection's options: what the provider's page leaves open, each with its default."""

from __future__ import annotations

from orderbus.domain.connections import Connection
from orderbus.domain.typed import Typed
from orderbus.providers.options import CurrencyCode, Milliseconds, StartAt, read_options


class LunaOptions(Typed, frozen=True, kw_only=True):
    """A LunaSoft connection's options: what the provider's page leaves open, each with its default.

    Status names are each site's own (its /admin/shopping_cart/status page) and case-sensitive.
    """

    start_at: StartAt = "all"
    currency: CurrencyCode = "USD"
    authorization_prefix: str = ""
    min_interval_ms: Milliseconds = 0
    shipped_statuses: frozenset[str] = frozenset({"Shipped"})
    completed_statuses: frozenset[str] = frozenset({"Complete", "Completed"})
    cancelled_statuses: frozenset[str] = frozenset({"Cancelled", "Canceled"})
    hold_statuses: frozenset[str] = frozenset({"On Hold"})
    # What `order.ship.v1` sets with the last line, and before it.
    ship_status: str = "Shipped"
    partial_status: str | None = None


def parse_options(connection: Connection) -> LunaOptions:
    """Return the connection's options.

    Raises:
        ConfigurationError: Naming every wrong option.
    """
    return read_options(LunaOptions, connection)
