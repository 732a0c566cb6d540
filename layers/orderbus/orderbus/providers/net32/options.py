"""A Net32 connection's options: what the provider's page leaves open, each with the assumed default.

The page describes no JSON at all; the assumptions are those of field reports on its other APIs.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, field

from orderbus.domain.connections import Connection
from orderbus.domain.errors import ConfigurationError
from orderbus.domain.typed import Typed
from orderbus.providers.options import CurrencyCode, Milliseconds, ZoneName, read_options

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

_OF_A_LINE = frozenset({"{line_id}", "{quantity}"})


def _known_fields(value: dict[str, Any]) -> None:
    unknown = sorted(value.keys() - _FIELDS.keys())
    if unknown:
        raise ValueError(f"unknown fields {', '.join(unknown)}; known are {', '.join(_FIELDS)}")


def _names_a_line(value: dict[str, Any]) -> None:
    if _OF_A_LINE - _texts(value) or _OF_A_LINE & _texts(value, repeated=False):
        raise ValueError(
            'needs "{line_id}" and "{quantity}" as texts of their own, and only in a list of one entry,'
            " which is repeated for each line"
        )


def _texts(template: Any, *, repeated: bool = True) -> set[str]:
    """Return the texts of a body's template, with or without those that are repeated for each line."""
    if isinstance(template, dict | list):
        if isinstance(template, list) and len(template) == 1 and not repeated:
            return set()
        inner = template.values() if isinstance(template, dict) else template
        return set().union(*(_texts(each, repeated=repeated) for each in inner))
    return {template} if isinstance(template, str) else set()


def _a_charge() -> dict[str, Any]:
    return {"lineItems": [{"lineItemId": "{line_id}", "quantity": "{quantity}"}]}


class Net32Options(Typed, frozen=True, kw_only=True):
    """What of Net32's JSON is assumed: the first key that is present counts.

    Attributes:
        charge_body: The body of a charge; a list of one entry is repeated for each line. `{line_id}`,
            `{quantity}`, `{order_id}`, `{carrier}` and `{tracking_numbers}` are filled in.
        charge_success: The states of a charge, in lower case, in which the money has moved; `charge_failed`
            where it has not, `charge_pending` where it is not known yet. Any other is pending, with an alarm.
        preauthorize_before_ship: Whether an order's payment is confirmed before its first charge.
        only_orders: The orders that commands may be about, e.g. the documented test numbers; all without it.
    """

    start_at: str = "all"
    currency: CurrencyCode = "USD"
    timezone: ZoneName = "UTC"
    min_interval_ms: Milliseconds = 0
    page_size: Annotated[int, Meta(ge=1)] = 100
    orders_path: tuple[str, ...] = ()
    order_id_keys: tuple[str, ...] = ("orderId", "id", "orderNumber", "orderNum")
    charge_id_keys: tuple[str, ...] = ("chargeRequestId", "id")
    charge_body: Annotated[dict[str, Any], _names_a_line] = field(default_factory=_a_charge)
    charge_status_keys: tuple[str, ...] = ("status", "state")
    charge_success: frozenset[str] = frozenset({"success", "succeeded", "completed", "charged"})
    charge_failed: frozenset[str] = frozenset({"failed", "declined", "rejected"})
    charge_pending: frozenset[str] = frozenset({"pending", "processing"})
    payout_keys: tuple[str, ...] = ("payout", "payoutAmount", "vendorPayout")
    preauthorize_before_ship: bool = False
    only_orders: frozenset[str] | None = None
    field_map: Annotated[dict[str, tuple[str, ...]], _known_fields] = field(default_factory=dict)

    def keys(self, name: str) -> tuple[str, ...]:
        """Return the wire names under which a field may stand, in order of preference."""
        return self.field_map.get(name, _FIELDS[name])


def parse_options(connection: Connection) -> Net32Options:
    """Return the connection's options.

    Raises:
        ConfigurationError: Naming every wrong option.
    """
    options = read_options(Net32Options, connection)
    if options.start_at != "all":
        raise ConfigurationError(
            f'connection {connection.name!r}: options.start_at can only be "all" for net32:'
            " what it hands out is gone there, so none of it may be left out"
        )
    return options
