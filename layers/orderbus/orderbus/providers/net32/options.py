"""A Net32 connection's options: what the provider's page leaves open, each with the assumed default.

The page describes no JSON at all; the assumptions are those of field reports on its other APIs.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from orderbus.domain.connections import Connection, describe
from orderbus.domain.errors import ConfigurationError
from orderbus.providers.options import CurrencyCode, ZoneName

_FIELDS: dict[str, tuple[str, ...]] = {
    "number": ("orderNumber", "orderNum"),
    "placed_at": ("orderDate", "orderTime", "dateOrdered", "createdDate", "created"),
    "status": ("status", "orderStatus"),
    "total": ("total", "orderTotal"),
    "shipping": ("shipping", "shippingTotal"),
    "tax": ("tax", "taxTotal"),
    "lines": ("lineItems", "orderLineItems", "items"),
    "line.id": ("lineItemId", "id"),
    "line.sku": ("vpCode",),
    "line.product": ("mpid",),
    "line.name": ("description", "name"),
    "line.quantity": ("quantity", "qty"),
    "line.price": ("unitPrice", "price"),
    "customer": ("customer", "buyer"),
    "billing": ("billingAddress", "billTo"),
    "shipping_address": ("shippingAddress", "shipTo"),
    "note": ("note", "customerNote"),
}


class Net32Options(BaseModel):
    """What of Net32's JSON is assumed: the first key that is present counts.

    Attributes:
        charge_body: The body of a charge; a list of one entry is repeated for each line. `{line_id}`,
            `{quantity}`, `{order_id}`, `{carrier}` and `{tracking_numbers}` are filled in.
        charge_success: The states of a charge, in lower case, in which the money has moved; `charge_failed`
            where it has not, `charge_pending` where it is not known yet. Any other is pending, with an alarm.
        preauthorize_before_ship: Whether an order's payment is confirmed before its first charge.
        only_orders: The orders that commands may be about, e.g. the documented test numbers; all without it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    start_at: str = "all"
    currency: CurrencyCode = "USD"
    timezone: ZoneName = "UTC"
    min_interval_ms: int = Field(default=0, ge=0)
    page_size: int = Field(default=100, ge=1)
    orders_path: tuple[str, ...] = ()
    order_id_keys: tuple[str, ...] = ("orderId", "id", "orderNumber", "orderNum")
    charge_id_keys: tuple[str, ...] = ("chargeRequestId", "id")
    charge_body: dict[str, Any] = {"lineItems": [{"lineItemId": "{line_id}", "quantity": "{quantity}"}]}
    charge_status_keys: tuple[str, ...] = ("status", "state")
    charge_success: frozenset[str] = frozenset({"success", "succeeded", "completed", "charged"})
    charge_failed: frozenset[str] = frozenset({"failed", "declined", "rejected", "error"})
    charge_pending: frozenset[str] = frozenset({"pending", "processing"})
    payout_keys: tuple[str, ...] = ("payout", "payoutAmount", "vendorPayout")
    preauthorize_before_ship: bool = False
    only_orders: frozenset[str] | None = None
    field_map: dict[str, tuple[str, ...]] = {}

    @field_validator("field_map")
    @classmethod
    def _known_fields(cls, value: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(value.keys() - _FIELDS.keys())
        if unknown:
            raise ValueError(f"unknown fields {', '.join(unknown)}; known are {', '.join(_FIELDS)}")
        return value

    def keys(self, field: str) -> tuple[str, ...]:
        """Return the wire names under which a field may stand, in order of preference."""
        return self.field_map.get(field, _FIELDS[field])


def parse_options(connection: Connection) -> Net32Options:
    """Return the connection's options.

    Raises:
        ConfigurationError: Naming every wrong option.
    """
    try:
        options = Net32Options.model_validate(connection.options)
    except ValidationError as error:
        raise ConfigurationError(f"connection {connection.name!r}: {describe(error, 'options')}") from None
    if options.start_at != "all":
        raise ConfigurationError(
            f'connection {connection.name!r}: options.start_at can only be "all" for net32:'
            " what it hands out is gone there, so none of it may be left out"
        )
    return options
