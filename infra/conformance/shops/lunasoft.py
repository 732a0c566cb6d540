"""LunaSoft: a list by ascending id that shows whole orders again, and a detail with the history beside it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from infra.conformance.shop import SECRET, Json, Lines, Need, Shop
from infra.sandbox.amounts import DEFAULT_LINES
from infra.sandbox.lunasoft import LunaSoftSandbox, make_order


class LunaShop(Shop[LunaSoftSandbox]):
    """A LunaSoft site."""

    provider = "lunasoft"
    list_request = "GET /orders"
    credentials: ClassVar = {"api_key": SECRET}
    secret_of = "api_key"  # noqa: S105 - its name
    late_by = timedelta(minutes=50)
    reads = ("GET /orders",)
    lacks: ClassVar = {
        Need.DETAIL_EACH: "its list has the orders themselves",
        Need.STATUSES: "a site names its own statuses, and none is unknown there",
        Need.TEST_ORDERS: "no order says that it is a test",
        Need.CURRENCY: "no order names a currency; it is an option of the connection",
    }
    # Beside a list without orders, as an answer may have both what it shows and what went wrong.
    error_body: ClassVar = {"errors": [{"code": "500"}], "orders": [], "next_page": False}
    spoiled: ClassVar = {"total": "free"}
    spoiled_field = "total"
    short: ClassVar = {"total": "1.00"}
    odd: ClassVar = {
        "an unknown country": {"billing_country": "Atlantis", "shipping_country": "ZZ"},
        "a date in another form": {"created": "27.04.2015 23:34"},
        "no lines": {"line_items": []},
        "lines that are no list": {"line_items": "none"},
        "a line without an id": {"line_items": [{"cost": "1.00", "quantity": "1"}]},
        "an endless amount": {"total": "1e999"},
    }
    identity = ("id",)
    cancelled: ClassVar = {"current_status": "Cancelled"}
    held: ClassVar = {"current_status": "On Hold"}
    released: ClassVar = {"current_status": "Processing"}
    detail_request = "GET /orders/"

    @classmethod
    def open(cls, *, page_size: int) -> LunaShop:
        """Open a site without orders."""
        return cls(LunaSoftSandbox(key=SECRET, page_size=page_size))

    def order(self, number: int, placed: datetime, *, lines: Lines = DEFAULT_LINES) -> Json:
        """Return an order; LunaSoft writes an offset without a colon."""
        return make_order(number, created=placed.strftime("%Y-%m-%dT%H:%M:%S%z"), lines=lines)

    def put(self, order: Any, number: int, placed: datetime) -> None:  # noqa: ARG002 - its id says where it is
        """Let an order come in, or replace the one with the number."""
        self.sandbox.place(order, order_id=number)

    def with_note(self, order: Json, text: str) -> Json:
        """Return the order with what the customer wrote."""
        return {**order, "customer_note": text}

    def nameless(self, order: Json) -> Json:
        """Return the order without its id."""
        return {key: value for key, value in order.items() if key != "id"}

    def edit(self, number: int, fields: Json) -> None:
        """Change fields of an order."""
        self.sandbox.edit(number, **fields)

    def change(self, number: int) -> None:
        """Change the note of an order."""
        self.edit(number, {"customer_note": "changed"})

    def remove(self, number: int) -> None:
        """Delete an order."""
        self.sandbox.remove(number)

    def reversed_list(self, body: Json) -> Json:
        """Return an answer of the list with its orders the other way round."""
        return {**body, "orders": body["orders"][::-1]}


SHOP = LunaShop
