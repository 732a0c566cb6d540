"""Orders in the form of Zonos's detail.

The keys are those that public plug-ins of Zonos read; SYNTHETIC is what they hold, and that a detail has all
of them: no page and no captured answer shows one.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from infra.sandbox.amounts import DEFAULT_LINES, DEFAULT_SHIPPING, add_up
from infra.sandbox.messages import Json

STORE = "999"
SHIP_TO = {
    "name": "Ana Maria da Silva",
    "company": None,
    "email": "ana@example.com",
    "phone": "+55 11 5555 0142",
    "address1": "Rua das Laranjeiras 12",
    "address2": "ap. 4",
    "city": "São Paulo",
    "state": "São Paulo",
    "zip": "01000-000",
    "countryCode": "BR",
}
BILL_TO = {
    "billingName": "Ana Maria da Silva",
    "billingEmail": "ana@example.com",
    "billingPhone": "+55 11 5555 0142",
    "billingAddress1": "Rua das Laranjeiras 12",
    "billingAddress2": "ap. 4",
    "billingCity": "São Paulo",
    "billingState": "São Paulo",
    "billingZip": "01000-000",
    "billingCountryCode": "BR",
}


def make_order(
    number: int,
    *,
    lines: Sequence[tuple[str, int]] = DEFAULT_LINES,
    shipping: str = DEFAULT_SHIPPING,
    duties: str | None = None,
    discount: str | None = None,
    status: str = "IGLOBAL_ORDER_IN_PROCESS",
    test: bool = False,
    store: str = STORE,
    **fields: Any,
) -> Json:
    """Make an order whose amounts add up: the same arguments give the same order.

    Args:
        number: Its number, without the store's id.
        lines: Unit price and quantity of each product.
        shipping: What the shipping costs.
        duties: Duties and taxes; without them, a fixed rate of the items.
        discount: What is taken off, as an item with a price below zero.
        status: Its status.
        test: Whether it is a test order.
        store: The store's id.
        fields: Any field of the order, to stand instead of the one made here.
    """
    totals = add_up(lines, shipping=shipping, tax=duties)
    off = Decimal(discount or 0)
    items = [_make_item(i, *line) for i, line in enumerate(lines, 1)]
    order: Json = {
        "orderId": f"{store}-{number}",
        "merchantOrderId": None,
        "referenceId": f"cart-{number}",
        "orderStatus": status,
        "testOrder": test,
        **SHIP_TO,
        **BILL_TO,
        "itemsTotal": float(totals.items - off),
        "shippingTotal": float(totals.shipping),
        "dutyTaxesTotal": float(totals.tax),
        "grandTotal": float(totals.total - off),
        "foreignCurrencyCode": "BRL",
        "shippingCarrierServiceLevel": "UPS_EXPRESS_SAVER",
        "customerSelectedShippingName": "Express",
        "paymentProcessing": {
            "paymentGateway": "STRIPE",
            "cardType": "VISA",
            "transactionId": f"ch_{number}",
            "transactionType": "AUTH_CAPTURE",
        },
        "items": items if discount is None else [*items, _make_discount(discount)],
        "notes": [{"customerNote": True, "note": "Leave it at the door."}],
        "birthDate": None,
        "nationalIdentifier": "CPF 000.000.000-00",
        "boxCount": 1,
    }
    return {**order, **fields}


def format_time(moment: datetime) -> str:
    """Write a time as Zonos does: in UTC, with at least one digit of a second's fraction."""
    moment = moment.astimezone(UTC)
    fraction = f"{moment.microsecond:06}".rstrip("0") or "0"
    return f"{moment:%Y-%m-%d %H:%M:%S}.{fraction}"


def _make_item(position: int, unit_price: str, quantity: int) -> Json:
    return {
        "productId": f"17898-{675_233 + position}",
        "sku": f"SUN-{position}",
        "description": f"Sunglasses {position}",
        "quantity": quantity,
        "unitPrice": float(unit_price),
    }


def _make_discount(amount: str) -> Json:
    return {
        "productId": None,
        "sku": None,
        "description": "SUMMER",
        "quantity": 1,
        "unitPrice": -float(amount),
    }
