"""Zonos: a list of whole days that has only ids and statuses, and each order by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from infra.conformance.shop import SECRET, Json, Lines, Need, Shop
from infra.sandbox.amounts import DEFAULT_LINES
from infra.sandbox.zonos import ZonosSandbox, make_order
from infra.sandbox.zonos_orders import STORE, format_time

# The list shows when an order was placed, its detail does not; here it stands in the order until it comes in.
_TIMESTAMP = "timestamp"


class ZonosShop(Shop[ZonosSandbox]):
    """A Zonos store."""

    provider = "zonos"
    list_request = "POST /v1/orderNumbers"
    detail_request = "POST /v2/orderDetail"
    credentials: ClassVar = {"store": STORE, "secret": SECRET}
    secret_of = "secret"  # noqa: S105 - its name
    late_by = timedelta(days=2)
    reads = (list_request, detail_request)
    lacks: ClassVar = {
        Need.PAGES: "it answers with one list, whatever its length",
        Need.PAGE_NUMBERS: "it answers with one list, whatever its length",
        Need.ASCENDING: "the list is of days, and nothing is made of its order",
        Need.CURRENCY: "its amounts are in the store's currency, an option; the foreign one is information",
    }
    # Beside a list without orders, as if the error was only a part of the answer.
    error_body: ClassVar = {"error": "broken", "orders": [], "totalCount": 0}
    spoiled: ClassVar = {"grandTotal": "free"}
    spoiled_field = "grandTotal"
    short: ClassVar = {"grandTotal": 1.0}
    odd: ClassVar = {
        "an unknown country": {"countryCode": "Atlantis", "billingCountryCode": "ZZ"},
        "a date in another form": {_TIMESTAMP: "27.04.2015 23:34"},
        "a detail without lines": {"items": []},
        "lines that are no list": {"items": "none"},
        "a line without a quantity": {"items": [{"productId": "1", "unitPrice": 1.0}]},
        "an endless amount": {"grandTotal": "1e999"},
        "a currency that does not exist": {"foreignCurrencyCode": "QQQ"},
    }
    identity = ("orderId",)
    unknown_status: ClassVar = {"orderStatus": "IGLOBAL_TELEPORTED"}
    cancelled: ClassVar = {"orderStatus": "IGLOBAL_ORDER_CANCELLED"}
    held: ClassVar = {"orderStatus": "IGLOBAL_FRAUD_REVIEW"}
    released: ClassVar = {"orderStatus": "IGLOBAL_ORDER_IN_PROCESS"}
    telling: ClassVar = {"acknowledge": True}

    @classmethod
    def open(cls, *, page_size: int) -> ZonosShop:  # noqa: ARG003 - it has no pages
        """Open a store without orders."""
        return cls(ZonosSandbox(store=STORE, secret=SECRET))

    def external_id(self, number: int) -> str:
        """Return the id with the store's in front."""
        return f"{STORE}-{number}"

    def order(self, number: int, placed: datetime, *, lines: Lines = DEFAULT_LINES) -> Json:
        """Return an order's detail, and when it was placed."""
        return {**make_order(number, lines=lines), _TIMESTAMP: format_time(placed)}

    def put(self, order: Any, number: int, placed: datetime) -> None:  # noqa: ARG002 - the order says when
        """Let an order come in, or replace the one with the number."""
        detail = {name: value for name, value in order.items() if name != _TIMESTAMP}
        self.sandbox.place(detail, number=number, timestamp=str(order.get(_TIMESTAMP)))

    def with_note(self, order: Json, text: str) -> Json:
        """Return the order with what the customer wrote."""
        return {**order, "notes": [{"customerNote": True, "note": text}]}

    def with_test_flag(self, order: Json, flag: object) -> Json:
        """Return the order with a test flag."""
        return {**order, "testOrder": flag}

    def nameless(self, order: Json) -> Json:
        """Return the order without its id."""
        return {key: value for key, value in order.items() if key != "orderId"}

    def edit(self, number: int, fields: Json) -> None:
        """Change fields of an order."""
        self.sandbox.edit(number, **fields)

    def change(self, number: int) -> None:
        """Change the status of an order, which its list shows."""
        self.edit(number, {"orderStatus": "VENDOR_PREPARING_ORDER"})

    def remove(self, number: int) -> None:
        """Delete an order."""
        self.sandbox.remove(number)


SHOP = ZonosShop
