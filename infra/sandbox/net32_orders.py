"""Orders in the form that the Net32 sandbox hands out.

SYNTHETIC: no page and no client of Net32 shows an order. The names are those that OrderBus assumes
by default; what they hold is invented. Numbers are JSON numbers, as in Net32's products API.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from infra.sandbox.amounts import DEFAULT_LINES, DEFAULT_SHIPPING, add_up
from infra.sandbox.messages import Json

ORDER_DATE = "2026-01-05T16:30:00Z"
CUSTOMER = {
    "name": "Bright Smile Dental",
    "email": "office@bright-smile.example",
    "phone": "555-0142",
}
SHIPPING_ADDRESS = {
    "name": "Bright Smile Dental",
    "address1": "12 Molar Street",
    "address2": "Suite 4",
    "city": "Springfield",
    "state": "IL",
    "zip": "62701",
    "country": "US",
}
ORDER_ID_NAMES = ("orderId", "id", "orderNumber", "orderNum")
LINES_NAMES = ("lineItems", "orderLineItems", "items")
LINE_ID_NAMES = ("lineItemId", "id")
PRICE_NAMES = ("unitPrice", "price")


def make_order(
    number: int | str,
    *,
    lines: Sequence[tuple[str, int]] = DEFAULT_LINES,
    shipping: str = DEFAULT_SHIPPING,
    tax: str | None = None,
    order_date: str = ORDER_DATE,
    **fields: Any,
) -> Json:
    """Make an order whose amounts add up: the same arguments give the same order.

    Args:
        number: The order id.
        lines: Unit price and quantity of each line.
        shipping: What the shipping costs.
        tax: The tax; without it, a fixed rate of the items.
        order_date: When it was placed.
        fields: Any field of the order, to stand instead of the one made here.
    """
    totals = add_up(lines, shipping=shipping, tax=tax)
    order = {
        "orderId": int(number),
        "orderDate": order_date,
        "customer": dict(CUSTOMER),
        "shippingAddress": dict(SHIPPING_ADDRESS),
        "lineItems": [_make_line(int(number), i, *line) for i, line in enumerate(lines, 1)],
        "shipping": float(totals.shipping),
        "tax": float(totals.tax),
        "total": float(totals.total),
    }
    return {**order, **fields}


def _make_line(number: int, position: int, unit_price: str, quantity: int) -> Json:
    return {
        # Line ids are unique across orders, and no line id is another order's id.
        "lineItemId": number * 10_000 + position,
        "vpCode": f"VP-{100 + position}",
        "mpid": 70_000 + position,
        "description": f"Nitrile gloves, box {position}",
        "quantity": quantity,
        "unitPrice": float(unit_price),
    }


def first_present(fields: Json, names: Iterable[str]) -> object:
    """Find the first of these fields that there is."""
    return next((fields[name] for name in names if name in fields), None)
