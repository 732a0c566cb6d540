"""The JSON of a Zonos order, and of its row in the list of order numbers.

Sources: for the row the page "Order numbers" (tests/samples/providers/zonos-order-numbers.it.txt). No page
shows a detail; its keys are those that the provider's public plug-ins read (providers.md 4.3).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated, Any

from orderbus.domain.times import parse_time
from orderbus.providers.fields import Amount, Flag, Number, Reader, Text, Wire, list_of, object_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _or_none(read: Reader) -> Reader:
    """Return a reader of an object or a list which comes as a text, too, where it is empty."""
    return lambda value: read(value) if value and str(value).strip() else None


class ZonosWire(Wire, rename="camel"):
    """A JSON object whose keys are in camel case."""


class ZonosItem(ZonosWire, kw_only=True):
    """One of an order's `items`: a product, or a discount where the price is below zero."""

    product_id: Text = None
    sku: Text = None
    description: Text = None
    quantity: Amount = None
    unit_price: Number


class ZonosPromo(ZonosWire, kw_only=True):
    """A promotion code and what it takes off."""

    code: Text = None
    amount: Amount = None


class ZonosPayment(ZonosWire, kw_only=True):
    """How the customer paid; the gateways, cards and types are open lists."""

    payment_gateway: Text = None
    payment_processor: Text = None
    card_type: Text = None
    transaction_id: Text = None
    transaction_type: Text = None


class ZonosNote(ZonosWire, kw_only=True):
    """A note, of the customer or of others."""

    customer_note: Flag = None
    note: Text = None


class ZonosOrder(ZonosWire, kw_only=True):
    """An order's detail: the ship-to has no prefix, the bill-to has one; a name is one text."""

    order_status: Text = None
    test_order: Flag = None
    name: Text = None
    company: Text = None
    email: Text = None
    phone: Text = None
    address1: Text = None
    address2: Text = None
    city: Text = None
    state: Text = None
    zip: Text = None
    country_code: Text = None
    billing_name: Text = None
    billing_company: Text = None
    billing_email: Text = None
    billing_phone: Text = None
    billing_address1: Text = None
    billing_address2: Text = None
    billing_city: Text = None
    billing_state: Text = None
    billing_zip: Text = None
    billing_country_code: Text = None
    shipping_total: Amount = None
    duty_taxes_total: Amount = None
    grand_total: Amount = None
    promo_code: Annotated[ZonosPromo | None, _or_none(object_of(ZonosPromo))] = None
    customer_selected_shipping_name: Text = None
    po_number: Text = None
    payment_processing: Annotated[ZonosPayment | None, _or_none(object_of(ZonosPayment))] = None
    items: Annotated[list[ZonosItem] | None, _or_none(list_of(ZonosItem))] = None
    notes: Annotated[list[ZonosNote] | None, _or_none(list_of(ZonosNote))] = None


# Mapped whole. All else goes to `provider_data` as it came, and so do those of which only a part is mapped:
# the promotion, the payment, the notes, the grand total, the discounts among the items.
MAPPED_ORDER = frozenset(
    {"orderId", "items", "testOrder", "orderStatus"}
    | {"name", "company", "email", "phone", "address1", "address2", "city", "state", "zip", "countryCode"}
    | {"billingName", "billingCompany", "billingEmail", "billingPhone", "billingAddress1", "billingAddress2"}
    | {"billingCity", "billingState", "billingZip", "billingCountryCode"}
    | {"shippingTotal", "dutyTaxesTotal", "customerSelectedShippingName"}
)
MAPPED_ITEM = frozenset({"productId", "sku", "description", "quantity", "unitPrice"})


def moment(value: Any, zone: tzinfo) -> datetime | None:
    """Return the time that milliseconds since 1970, or a text as `2015-01-01 00:33:14.0`, mean; else None."""
    try:
        if isinstance(value, str):
            return parse_time(value, zone=zone)
        if isinstance(value, int) and not isinstance(value, bool):
            return _EPOCH + timedelta(milliseconds=value)
    except (ValueError, OverflowError):
        pass
    return None
