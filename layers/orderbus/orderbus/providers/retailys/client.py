"""The endpoints of the Retailys REST API, each a method.

Sources: the provider's page "Orders" (tests/samples/providers/retailys-orders.txt) for the endpoints; for
their parameters and bodies the specification 1.1.02 in github.com/retailyscom/retailys-sdk-php. A write is
sent once and its answer is returned as it came: 201 or 200 with `{"id"}`, or 200 with the order; 422 is a
refused change of state.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote

from orderbus.domain.errors import UnclearError
from orderbus.providers.answers import Arrived
from orderbus.providers.http import ProviderHttp
from orderbus.providers.retailys.lists import ListReader, RetailysPage, read_as
from orderbus.providers.retailys.options import BooleanForm
from orderbus.providers.retailys.wire import Me, OrderStatus, Shipper

DEFAULT_BASE_URL = "https://api.retailys.com/v1"
_BOOLEANS: Mapping[BooleanForm, tuple[str, str]] = {"true_false": ("false", "true"), "one_zero": ("0", "1")}

HistoryType = Literal["order", "email", "apps", "status"]
PaymentStatus = Literal["success", "denied", "canceled", "unknown"]


class RetailysClient:
    """One instance, as the application whose token it is sees it."""

    def __init__(
        self, connection: str, http: ProviderHttp, *, boolean_form: BooleanForm = "true_false"
    ) -> None:
        self._connection = connection
        self._http = http
        self._lists = ListReader(connection, http)
        self._booleans = _BOOLEANS[boolean_form]

    def list_orders(
        self,
        *,
        channel_id: int | None = None,
        company_id: int | None = None,
        customer_id: int | None = None,
        status_id: int | None = None,
        done: bool | None = None,
        canceled: bool | None = None,
        from_: datetime | None = None,
        to: datetime | None = None,
        tracking: str | None = None,
        page: int = 1,
        per_page: int | None = None,
        expanded: bool | None = None,
    ) -> RetailysPage:
        """Return a page of orders; nothing says in which order they come.

        Args:
            channel_id: Only orders of that channel.
            company_id: Only orders of that company.
            customer_id: Only orders of that customer.
            status_id: Only orders in that status, which no order shows.
            done: Only orders that are, or are not, done.
            canceled: Only orders that are, or are not, cancelled.
            from_: Only orders placed then or later.
            to: Only orders placed then or earlier.
            tracking: Only orders with that tracking number.
            page: Which page, from 1 on.
            per_page: 10 to 250 orders a page; without it 10.
            expanded: Whether what an order refers to is shown whole.

        Raises:
            ProviderError: By what the answer means.
        """
        asked = {
            "channel_id": channel_id,
            "company_id": company_id,
            "customer_id": customer_id,
            "status_id": status_id,
            "done": done,
            "canceled": canceled,
            "from": from_,
            "to": to,
            "tracking": tracking,
            "page": page,
            "per_page": per_page,
            "expanded": expanded,
        }
        return self._lists.page("/System/Orders", "orders", page, self._texts(asked))

    def get_order(self, order_id: str, *, expanded: bool = False) -> dict[str, Any]:
        """Return one order; `expanded` shows what it refers to whole.

        Raises:
            NotFoundError: There is no such order.
            ProviderError: By what the answer means.
        """
        answer = self._http.read(_order(order_id), self._texts({"expanded": expanded}))
        if not isinstance(answer, dict) or str(answer.get("id")).strip() != order_id:
            raise UnclearError(f"{self._connection}: the answer is not the order that was asked for")
        return answer

    def list_statuses(self) -> list[OrderStatus]:
        """Return all statuses that this instance defines.

        Raises:
            ProviderError: By what the answer means.
        """
        return self._lists.all("/System/Orders/Statuses", "statuses", OrderStatus)

    def list_shippers(self) -> list[Shipper]:
        """Return all carriers, under the ids that tracking numbers are added with.

        Raises:
            ProviderError: By what the answer means.
        """
        return self._lists.all("/System/Lists/Shippers", "shippers", Shipper)

    def who_am_i(self) -> Me:
        """Return whose token it is: a check of the credentials that needs no right on orders.

        Raises:
            ProviderError: By what the answer means.
        """
        return read_as(Me, self._http.read("/System/Me"), f"{self._connection}: whose token it is")

    def create_order(self, order: Mapping[str, Any]) -> Arrived:
        """Create an order, without items; a repeat creates another one.

        Args:
            order: Of channel, name, street, city, zip, state_code, phone, email, the same with `delivery_`
                before them, ip, domain, date_order, order_currency_code.

        Raises:
            ProviderError: Nothing happened (not sent, 401, 403, 429), or it is unclear.
        """
        return self._http.send_once("POST", "/System/Orders", order)

    def add_item(self, order_id: str, item: Mapping[str, Any]) -> Arrived:
        """Add an item to an order; a repeat adds another one. No page shows the body: it is sent as given.

        Raises:
            ProviderError: Nothing happened (not sent, 401, 403, 429), or it is unclear.
        """
        return self._http.send_once("POST", f"{_order(order_id)}/item", item)

    def edit_item(self, order_id: str, item: Mapping[str, Any]) -> Arrived:
        """Edit an item of an order. No page shows the body, nor where the item's id is: it is sent as given.

        Raises:
            ProviderError: Nothing happened (not sent, 401, 403, 429), or it is unclear.
        """
        return self._http.send_once("PUT", f"{_order(order_id)}/item", item)

    def delete_item(self, order_id: str, item_id: str) -> Arrived:
        """Take an item out of an order.

        Raises:
            ProviderError: Nothing happened (not sent, 401, 403, 429), or it is unclear.
        """
        return self._http.send_once("DELETE", f"{_order(order_id)}/item/{quote(item_id, safe='')}")

    def set_status(self, order_id: str, status_id: int) -> Arrived:
        """Set one of the instance's statuses, which may complete or cancel the order, and mail, each time.

        Raises:
            ProviderError: Nothing happened (not sent, 401, 403, 429), or it is unclear.
        """
        return self._http.send_once("PATCH", f"{_order(order_id)}/status", {"status_id": status_id})

    def add_tracking(self, order_id: str, *, shipper_id: int, tracking_number: str) -> Arrived:
        """Add a tracking number; a repeat adds another one.

        Raises:
            ProviderError: Nothing happened (not sent, 401, 403, 429), or it is unclear.
        """
        body = {"shipper_id": shipper_id, "tracking_number": tracking_number}
        return self._http.send_once("POST", f"{_order(order_id)}/tracking", body)

    def add_history(self, order_id: str, *, type_: HistoryType, name: str, status: str) -> Arrived:
        """Add a record to an order's history, which nothing shows; a repeat adds another one.

        Raises:
            ProviderError: Nothing happened (not sent, 401, 403, 429), or it is unclear.
        """
        body = {"type": type_, "record": {"name": name, "status": status}}
        return self._http.send_once("POST", f"{_order(order_id)}/history", body)

    def set_paid(
        self,
        order_id: str,
        *,
        paid: Decimal | None = None,
        payment_id: str | None = None,
        status: PaymentStatus | None = None,
        url: str | None = None,
    ) -> Arrived:
        """Say what of an order is paid.

        Args:
            order_id: The order.
            paid: The amount, in the order's currency.
            payment_id: The payment's id at whom it was paid through.
            status: How the payment ended.
            url: Where the customer can try the payment again.

        Raises:
            ProviderError: Nothing happened (not sent, 401, 403, 429), or it is unclear.
        """
        told = {"paid": paid, "payment_id": payment_id, "status": status, "url": url}
        body = {key: value for key, value in told.items() if value is not None}
        return self._http.send_once("PATCH", f"{_order(order_id)}/paid", body)

    def set_done(self, order_id: str) -> Arrived:
        """Mark an order as done.

        Raises:
            ProviderError: Nothing happened (not sent, 401, 403, 429), or it is unclear.
        """
        return self._http.send_once("PATCH", f"{_order(order_id)}/done")

    def cancel(self, order_id: str) -> Arrived:
        """Cancel an order.

        Raises:
            ProviderError: Nothing happened (not sent, 401, 403, 429), or it is unclear.
        """
        return self._http.send_once("PATCH", f"{_order(order_id)}/cancel")

    def set_sent(self, order_id: str) -> Arrived:
        """Mark an order as sent.

        Raises:
            ProviderError: Nothing happened (not sent, 401, 403, 429), or it is unclear.
        """
        return self._http.send_once("PATCH", f"{_order(order_id)}/sent")

    def set_delivered(self, order_id: str) -> Arrived:
        """Mark an order as delivered.

        Raises:
            ProviderError: Nothing happened (not sent, 401, 403, 429), or it is unclear.
        """
        return self._http.send_once("PATCH", f"{_order(order_id)}/delivered")

    def _texts(self, asked: Mapping[str, Any]) -> dict[str, str]:
        return {key: self._text(value) for key, value in asked.items() if value is not None}

    def _text(self, value: Any) -> str:
        if isinstance(value, bool):
            return self._booleans[value]
        if isinstance(value, datetime):
            # An offset with a colon, in the form of the specification's example; its + is sent as %2B.
            return value.isoformat(timespec="seconds")
        return str(value)


def _order(order_id: str) -> str:
    return f"/System/Orders/{quote(order_id, safe='')}"
