"""Retailys: a list by date that shows whole orders again, and a detail that shows what they refer to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from infra.conformance.shop import SECRET, Json, Lines, Need, Shop
from infra.sandbox.amounts import DEFAULT_LINES
from infra.sandbox.retailys import RetailysSandbox, make_order


class RetailysShop(Shop[RetailysSandbox]):
    """A Retailys instance."""

    provider = "retailys"
    list_request = "GET /System/Orders?"
    credentials: ClassVar = {"token": SECRET}
    secret_of = "token"  # noqa: S105 - its name
    late_by = timedelta(minutes=14)
    reads = ("GET /System/Orders",)
    lacks: ClassVar = {
        Need.ASCENDING: "no page says in which order its list comes, and nothing is made of it",
        Need.DETAIL_EACH: "its list has the orders themselves",
        Need.STATUSES: "an instance names its own statuses, and no order shows which it is in",
        Need.HOLDS: "no order says that it is held; it is cancelled, or it is not",
        Need.TEST_ORDERS: "no order says that it is a test",
    }
    error_body: ClassVar = {"message": "broken", "detail": ""}
    spoiled: ClassVar = {"money": "free"}
    spoiled_field = "money"
    short: ClassVar = {"money": 1.0}
    odd: ClassVar = {
        "an unknown country": {"state_code": "XX", "delivery_state_code": "ZZ"},
        "a date in another form": {"date_order": "27.04.2015 23:34"},
        "no lines": {"items": []},
        "lines that are no list": {"items": "none"},
        "a line without an id": {"items": [{"name": "x", "count": 1, "price": {"final_price": 1.0}}]},
        "an endless amount": {"money": "1e999"},
    }
    identity = ("id",)
    cancelled: ClassVar = {"canceled": True}
    strange_currency: ClassVar = {"order_currency_code": "QQQ"}
    detail_request = "GET /System/Orders/"

    @classmethod
    def open(cls, *, page_size: int) -> RetailysShop:
        """Open an instance without orders."""
        return cls(RetailysSandbox(key=SECRET, page_size=page_size))

    def order(self, number: int, placed: datetime, *, lines: Lines = DEFAULT_LINES) -> Json:
        """Return an order; its prices are of one piece, VAT included."""
        return make_order(number, lines=lines, placed=placed.isoformat(timespec="seconds"))

    def put(self, order: Any, number: int, placed: datetime) -> None:
        """Let an order come in, or replace the one with the number."""
        self.sandbox.place(order, order_id=number, placed=placed)

    def with_note(self, order: Json, text: str) -> Json:
        """Return the order with what the customer wrote."""
        return {**order, "note": text}

    def nameless(self, order: Json) -> Json:
        """Return the order without its id."""
        return {key: value for key, value in order.items() if key != "id"}

    def edit(self, number: int, fields: Json) -> None:
        """Change fields of an order."""
        self.sandbox.edit(number, **fields)

    def change(self, number: int) -> None:
        """Change the note of an order."""
        self.edit(number, {"note": "changed"})

    def remove(self, number: int) -> None:
        """Delete an order."""
        self.sandbox.remove(number)


SHOP = RetailysShop
