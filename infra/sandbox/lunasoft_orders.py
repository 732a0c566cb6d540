"""Orders in LunaSoft's form: the fields of its sample order, numbers as text."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from infra.sandbox.amounts import DEFAULT_LINES, DEFAULT_SHIPPING, add_up
from infra.sandbox.lunasoft_sample import SAMPLE_ORDER
from infra.sandbox.lunasoft_statuses import make_status
from infra.sandbox.messages import Json

TIME_FORM = "%Y-%m-%dT%H:%M:%S%z"
MOUNTAIN_TIME = timezone(timedelta(hours=-6))
FIRST_CREATED = datetime(2026, 1, 5, 9, tzinfo=MOUNTAIN_TIME)


def make_order(
    order_id: int | str,
    *,
    lines: Sequence[tuple[str, int]] = DEFAULT_LINES,
    shipping: str = DEFAULT_SHIPPING,
    tax: str | None = None,
    created: str | None = None,
    status: str = "Processing",
    **fields: Any,
) -> Json:
    """Make an order whose amounts add up: the same arguments give the same order.

    Args:
        order_id: Its id.
        lines: Unit price and quantity of each line.
        shipping: What the shipping costs.
        tax: The tax; without it, a fixed rate of the items.
        created: When it was placed; without it, a greater id is a later time.
        status: Its one status so far.
        fields: Any field of the order, to stand instead of the one made here.
    """
    number = int(order_id)
    totals = add_up(lines, shipping=shipping, tax=tax)
    placed = created or format_time(FIRST_CREATED + timedelta(seconds=number % 10_000_000))
    order = SAMPLE_ORDER | {
        "id": str(number),
        "order_num": str(number),
        "current_status": status,
        "total": str(totals.total),
        "tax": str(totals.tax),
        "shipping_cost": str(totals.shipping),
        "created": placed,
        "line_items": [_make_line(number, i, *line) for i, line in enumerate(lines, 1)],
        "statuses": [make_status(number * 10, status, created=placed)],
    }
    return {**order, **fields}


def format_time(moment: datetime) -> str:
    """Write a time in the one form that LunaSoft shows: an offset without a colon."""
    return moment.astimezone(MOUNTAIN_TIME).strftime(TIME_FORM)


def _make_line(number: int, position: int, unit_price: str, quantity: int) -> Json:
    line: Json = SAMPLE_ORDER["line_items"][0]
    return line | {
        "id": str(number * 1_000 + position),
        "product_id": str(16_000 + position),
        "name": f"Test Product {position}",
        "sku": f"SKU-{position}",
        "cost": unit_price,
        "quantity": str(quantity),
        "total_cost": str(Decimal(unit_price) * quantity),
    }
