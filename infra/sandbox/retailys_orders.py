"""Orders in Retailys' form, and what they refer to.

SYNTHETIC: the names of all fields are those of the specification 1.1.02; no page and no client shows an
order, so what the fields hold is invented. Numbers are JSON numbers, as the specification has them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from infra.sandbox.amounts import to_cents
from infra.sandbox.messages import Json

CZECH_TIME = timezone(timedelta(hours=1))
FIRST_PLACED = datetime(2026, 1, 5, 9, tzinfo=CZECH_TIME)
DEFAULT_LINES = (("249.50", 2), ("72.50", 1))
VAT = Decimal(21)
SOURCE_PATHS = {
    "customer": "/System/People",
    "company": "/System/Settings/Companies",
    "channel": "/System/Channels",
    "shipping": "/System/Channels/3/Shippings",
    "payment": "/System/Channels/3/Payments",
    "family": "/System/Content/Families",
}
REFERENCES = ("customer", "company", "channel", "shipping", "payment")


def make_order(
    order_id: int | str,
    *,
    lines: Sequence[tuple[str, int]] = DEFAULT_LINES,
    currency: str = "CZK",
    placed: str | None = None,
    **fields: Any,
) -> Json:
    """Make an order whose amounts add up: the same arguments give the same order.

    Args:
        order_id: Its id.
        lines: Price of one piece, VAT included, and quantity of each line.
        currency: What it is paid in.
        placed: When it was placed; without it, a greater id is a later time.
        fields: Any field of the order, to stand instead of the one made here.
    """
    number = int(order_id)
    items = [make_item(number * 1_000 + i, *line, currency=currency) for i, line in enumerate(lines, 1)]
    order = {
        "id": number,
        "customer": stub("customer", 7),
        "company": stub("company", 1),
        "channel": stub("channel", 3),
        "date_order": placed or format_time(FIRST_PLACED + timedelta(seconds=number % 10_000_000)),
        "date_maturity": None,
        "email": "jan.novak@example.cz",
        "phone": "+420 601 000 000",
        "name": "Jan Novák",
        "street": "Dlouhá 1",
        "city": "Praha",
        "zip": "11000",
        "state_code": "CZ",
        "company_nr": "",
        "company_vat": "",
        "delivery_email": "",
        "delivery_phone": "",
        "delivery_name": "",
        "delivery_street": "",
        "delivery_city": "",
        "delivery_zip": "",
        "delivery_state_code": "",
        "note": "",
        "our_note": "",
        "hash": f"synthetic-{number}",
        "main_currency_code": "CZK",
        "order_currency_code": currency,
        "currency_rate": 1.0,
        "money": add_up(items),
        "paid": 0.0,
        "date_paid": None,
        "items": items,
        "weight": 0.5,
        "shipping": stub("shipping", 2),
        "payment": stub("payment", 4),
        "trackings": [],
        "sent": False,
        "delivered": False,
        "done": False,
        "canceled": False,
        "order_url": None,
        "invoice_url": None,
        "ip": "127.0.0.1",
        "external_order_prefix": None,
        "external_order_id": None,
        "external_payment_id": None,
        "external_payment_url": None,
    }
    return {**order, **fields}


def make_item(
    item_id: int,
    price: str,
    count: int,
    *,
    name: str | None = None,
    article: int | None = None,
    currency: str,
) -> Json:
    """Make an item; its article and name follow from its id where they are not given."""
    final = Decimal(price)
    base = to_cents(final / (1 + VAT / 100))
    article_id = 5_000 + item_id % 1_000 if article is None else article
    return {
        "id": item_id,
        "article": {
            "id": article_id,
            "default_name": f"Zboží {article_id}",
            "family": stub("family", 9),
            "idents": [
                {"type": "internal_catalogid", "value": f"SKU-{article_id}"},
                {"type": "ean", "value": f"859{article_id:010}"},
            ],
        },
        "name": name or f"Zboží {article_id}",
        "count": count,
        "ordered": count,
        "waiting_count": 0,
        "note": "",
        "price": {
            "base_price": float(base),
            "final_price": float(final),
            "vat": float(VAT),
            "vat_value": float(final - base),
            "currency": currency,
        },
        "price_original": None,
    }


def add_up(items: Sequence[Json]) -> float:
    """Add up what items cost."""
    prices = (Decimal(str(item["price"]["final_price"])) * item["count"] for item in items)
    return float(sum(prices, Decimal(0)))


def format_time(moment: datetime) -> str:
    """Write a time in the specification's form: an offset with a colon."""
    return moment.astimezone(CZECH_TIME).isoformat(timespec="seconds")


def stub(name: str, object_id: int) -> Json:
    """Make what stands for an object in an order that is not expanded."""
    return {"id": object_id, "api_link": f"{SOURCE_PATHS[name]}/{object_id}"}


def is_stub(value: object) -> bool:
    """Say whether a value stands for an object."""
    return isinstance(value, dict) and value.keys() == {"id", "api_link"}


def make_object(name: str, object_id: int) -> Json:
    """Make what an order refers to, as an expanded order shows it."""
    more: dict[str, Json] = {
        "customer": {"first_name": "Jan", "surname": "Novák", "newsletter": False},
        "channel": {"type": "eshop", "active": True, "currency": "CZK", "state_code": "CZ"},
        "shipping": {"price": 99.0, "currency": "CZK", "time_from": 1, "time_to": 3},
        "payment": {"price": 0.0, "currency": "CZK"},
    }
    return {"id": object_id, "name": f"{name.capitalize()} {object_id}", **more.get(name, {})}
