"""A Zonos connection's options: what the provider's pages leave open, each with its default."""

from __future__ import annotations

from string import Formatter

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from orderbus.domain.connections import Connection, describe
from orderbus.domain.errors import ConfigurationError
from orderbus.providers.options import CurrencyCode, ZoneName

_PLACEHOLDERS = frozenset({"external_id", "number"})


class ZonosOptions(BaseModel):
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

    model_config = ConfigDict(frozen=True, extra="forbid")

    start_at: str = "all"
    currency: CurrencyCode = "USD"
    timezone: ZoneName = "UTC"
    ship_test_orders: bool = False
    acknowledge: bool = False
    merchant_order_id: str = "{external_id}"
    min_interval_ms: int = Field(default=0, ge=0)

    @field_validator("merchant_order_id")
    @classmethod
    def _differs_by_order(cls, value: str) -> str:
        named = {name for _, name, _, _ in Formatter().parse(value) if name is not None}
        if not named or named - _PLACEHOLDERS:
            raise ValueError("needs {external_id} or {number}, and nothing else in braces")
        return value


def parse_options(connection: Connection) -> ZonosOptions:
    """Return the connection's options.

    Raises:
        ConfigurationError: Naming every wrong option.
    """
    try:
        return ZonosOptions.model_validate(connection.options)
    except ValidationError as error:
        raise ConfigurationError(f"connection {connection.name!r}: {describe(error, 'options')}") from None
