"""What is written to Retailys: the bodies, each in the form of the specification.

ASSUMED, since the specification has none for items: `name`, `count`, the `price` of one piece, `article`, and
the item's own `id` where it is edited.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from infra.sandbox.messages import Json
from infra.sandbox.retailys_listing import ParameterError, read_time

TEXTS = (
    *("email", "name", "street", "city", "zip", "state_code", "phone"),
    *("delivery_name", "delivery_street", "delivery_city", "delivery_zip"),
    *("delivery_state_code", "delivery_phone", "delivery_email", "ip", "domain"),
)
HISTORY_TYPES = ("order", "email", "apps", "status")
PAYMENT_STATUSES = ("success", "denied", "canceled", "unknown")

Check = Callable[[Any], bool]


class BodyError(ValueError):
    """A body is refused; the message says why."""


def is_text(value: Any) -> bool:
    """Say whether a value is a text with something in it."""
    return isinstance(value, str) and bool(value.strip())


def is_id(value: Any) -> bool:
    """Say whether a value is an id, which is a number here."""
    return type(value) is int and value > 0


def is_number(value: Any) -> bool:
    """Say whether a value is a number."""
    return type(value) in {int, float}


NEW_ORDER: Mapping[str, Check] = {
    "channel": is_id,
    "date_order": is_text,
    "order_currency_code": is_text,
    **{name: lambda value: isinstance(value, str) for name in TEXTS},
}
NEW_ITEM: Mapping[str, Check] = {"name": is_text, "count": is_id, "price": is_number, "article": is_id}
EDITED_ITEM: Mapping[str, Check] = {"id": is_id, **NEW_ITEM}
STATUS: Mapping[str, Check] = {"status_id": is_id}
TRACKING: Mapping[str, Check] = {"shipper_id": is_id, "tracking_number": is_text}
HISTORY: Mapping[str, Check] = {
    "type": lambda value: value in HISTORY_TYPES,
    "record": lambda value: (
        isinstance(value, dict)
        and value.keys() == {"name", "status"}
        and all(isinstance(each, str) for each in value.values())
    ),
}
PAYMENT: Mapping[str, Check] = {
    "paid": is_number,
    "payment_id": is_text,
    "status": lambda value: value in PAYMENT_STATUSES,
    "url": is_text,
}


def read_body(text: bytes, checks: Mapping[str, Check], *, needed: tuple[str, ...] = ()) -> Json:
    """Read a body that has these fields and no others.

    Raises:
        BodyError: It is not a JSON object, has another field, lacks one, or one has another form.
    """
    try:
        body = json.loads(text or b"{}")
    except ValueError as error:
        raise BodyError("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise BodyError("The body must be a JSON object.")
    for name in needed:
        if name not in body:
            raise BodyError(f"{name}: missing")
    for name, value in body.items():
        if name not in checks:
            raise BodyError(f"{name}: unknown")
        if not checks[name](value):
            raise BodyError(f"{name}: not in its form")
    return body


def read_new_order(text: bytes) -> Json:
    """Read an order that is to be created.

    Raises:
        BodyError: It is refused.
    """
    body = read_body(text, NEW_ORDER)
    if "date_order" in body:
        try:
            read_time("date_order", body["date_order"])
        except ParameterError as error:
            raise BodyError(str(error)) from error
    return body
