"""Net32: a queue that hands each order out once, and can be asked for none of them again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from infra.conformance.shop import SECRET, Json, Lines, Need, Shop
from infra.sandbox.amounts import DEFAULT_LINES
from infra.sandbox.net32 import Net32Sandbox, make_order

_ONCE = "an order is handed out once, and there is no way to ask for it again"


class Net32Shop(Shop[Net32Sandbox]):
    """A Net32 vendor's account."""

    provider = "net32"
    list_request = "GET /orders/"
    credentials: ClassVar = {"subscription_key": SECRET}
    secret_of = "subscription_key"  # noqa: S105 - its name
    late_by = timedelta(days=365)
    reads = ("GET /orders/",)
    lacks: ClassVar = {
        Need.SHOWN_AGAIN: _ONCE,
        Need.LISTED_CHANGES: _ONCE,
        Need.DETAIL: _ONCE,
        Need.DETAIL_EACH: _ONCE,
        Need.PAGE_NUMBERS: "the next page is the next read",
        Need.ASCENDING: "it hands out in an order of its own",
        Need.START: "what it hands out is gone there, so none of it may be left out",
        Need.STATUSES: "an order that is handed out is pending, and none of its statuses is documented",
        Need.CANCELLATION: _ONCE,
        Need.HOLDS: _ONCE,
        Need.TEST_ORDERS: "a test is a key of its own, not a mark of an order",
        Need.CURRENCY: "no order names a currency; it is an option of the connection",
        Need.EMPTY_IS_WRONG: "an answer without a body may be how it says that there is no order",
    }
    error_body: ClassVar = {"statusCode": 500, "message": "broken", "payload": []}
    spoiled: ClassVar = {"total": "free"}
    spoiled_field = "total"
    short: ClassVar = {"total": 1.0}
    odd: ClassVar = {
        "an unknown country": {"shippingAddress": {"name": "A", "country": "Atlantis"}},
        "a date in another form": {"orderDate": "27.04.2015 23:34"},
        "no lines": {"lineItems": []},
        "lines that are no list": {"lineItems": "none"},
        "a line without an id": {"lineItems": [{"unitPrice": 1.0, "quantity": 1}]},
        "an endless amount": {"total": "1e999"},
    }

    identity = ("orderId",)

    def __init__(self, sandbox: Net32Sandbox) -> None:
        super().__init__(sandbox)
        self._page_size = sandbox.page_size

    @classmethod
    def open(cls, *, page_size: int) -> Net32Shop:
        """Open an account without orders."""
        return cls(Net32Sandbox(key=SECRET, page_size=page_size))

    def options(self) -> Json:
        """Return how many orders a full page has."""
        return {"page_size": self._page_size}

    def order(self, number: int, placed: datetime, *, lines: Lines = DEFAULT_LINES) -> Json:
        """Return an order."""
        return make_order(number, order_date=placed.astimezone(UTC).isoformat(), lines=lines)

    def put(self, order: Any, number: int, placed: datetime) -> None:  # noqa: ARG002 - a queue
        """Let an order come in."""
        self.sandbox.place(order)

    def with_note(self, order: Json, text: str) -> Json:
        """Return the order with what the customer wrote."""
        return {**order, "note": text}

    def nameless(self, order: Json) -> Json:
        """Return the order without its id."""
        return {key: value for key, value in order.items() if key != "orderId"}


SHOP = Net32Shop
