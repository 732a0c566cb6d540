"""The JSON of Retailys: orders, and the lists that commands look names up in.

Source: the specification 1.1.02, where all fields are optional, as the provider's own SDK carries it
(github.com/retailyscom/retailys-sdk-php); the page "Orders" (tests/samples/providers/retailys-orders.txt)
shows no JSON.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from msgspec import field

from orderbus.providers.fields import (
    Amount,
    Flag,
    Id,
    Number,
    Reader,
    Text,
    UnreadableError,
    Wire,
    any_list,
    list_of,
    number,
    object_of,
)


def _or_empty(read: Reader) -> Reader:
    """Return a reader of a list which may be empty in other forms, too."""
    return lambda value: [] if value in (None, "", {}) else read(value)


any_rows = _or_empty(any_list)


def _whole(value: Any) -> int:
    found = number(value)
    if found != found.to_integral_value():
        raise UnreadableError(((), "not a whole number"))
    return int(found)


Whole = Annotated[int, _whole]


def _whole_or_none(value: Any) -> int | None:
    # Asked by type: 1 is equal to True, and 0 to False.
    return None if value is None or isinstance(value, bool) else _whole(value)


WholeOrNone = Annotated[int | None, _whole_or_none]


class RetailysPrice(Wire, kw_only=True):
    """What an item costs; the "words" beside the numbers are the same, for people."""

    final_price: Number
    currency: Text = None


class RetailysItem(Wire, kw_only=True):
    """One of an order's `items`."""

    id: Id
    name: Text = None
    count: Amount = None
    ordered: Amount = None
    price: Annotated[RetailysPrice, object_of(RetailysPrice)]


class RetailysOrder(Wire, kw_only=True):
    """An order, as the list and the detail show it, without what it refers to."""

    id: Id
    date_order: Text = None
    email: Text = None
    phone: Text = None
    name: Text = None
    street: Text = None
    city: Text = None
    zip: Text = None
    state_code: Text = None
    delivery_email: Text = None
    delivery_phone: Text = None
    delivery_name: Text = None
    delivery_street: Text = None
    delivery_city: Text = None
    delivery_zip: Text = None
    delivery_state_code: Text = None
    note: Text = None
    order_currency_code: Text = None
    money: Number
    paid: Amount = None
    external_payment_id: Text = None
    items: Annotated[list[RetailysItem], _or_empty(list_of(RetailysItem))] = field(default_factory=list)
    sent: Flag = None
    delivered: Flag = None
    done: Flag = None
    canceled: Flag = None


class ShownStates(Wire, kw_only=True):
    """What of an order a command can set."""

    sent: Flag = None
    delivered: Flag = None
    done: Flag = None
    canceled: Flag = None
    paid: Amount = None

    def has(self, flag: str) -> bool:
        """Say whether a flag is set; one that is not shown is not."""
        return bool(getattr(self, flag))


class Paginator(Wire, kw_only=True):
    """Where a page stands in its list; a list without rows may have one page or none."""

    page: WholeOrNone = None
    pages: Whole
    total: WholeOrNone = None


class OrderStatus(Wire, kw_only=True):
    """A status that this instance defines; setting it may complete or cancel an order, and mail."""

    id: Id
    name: Text = None
    complete_order: Flag = None
    cancel_order: Flag = None


class Shipper(Wire, kw_only=True):
    """A carrier, under the id that a tracking number is added with."""

    id: Id
    name: Text = None


class Me(Wire, kw_only=True):
    """Whose token it is."""

    id: Id
    name: Text = None
    system_instance_path: Text = None
    app_id: Text = None


# Objects beside the order that a view shows whole or as a stub, {"id", "api_link"}.
REFERENCES = ("customer", "company", "channel", "shipping", "payment")

# What the mapping puts into the normalized order. An amount that was paid, which counts are whose and a
# price before its VAT have no place in it, so these stay in `provider_data` too, with all else.
MAPPED_ORDER = (frozenset(RetailysOrder.__struct_fields__) | frozenset(REFERENCES)) - {"paid"}
MAPPED_ITEM = frozenset({"id", "name", "article"})


def reference_id(value: Any) -> str | None:
    """Return the id of something an order refers to: of a stub, of a whole object, or the bare id."""
    return text_of(value.get("id") if isinstance(value, dict) else value)


def text_of(value: Any) -> str | None:
    """Return a text or a number as text, or None where it is neither, or empty."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    return str(value).strip() or None


def shown_whole(value: Any) -> bool:
    """Say whether something an order refers to is more than its id and a link to it."""
    if isinstance(value, dict):
        return not value.keys() <= {"id", "api_link"}
    return bool(value) and not isinstance(value, int | str | Decimal)
