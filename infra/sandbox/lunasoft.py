"""A LunaSoft site: its orders, listed and one by one, and the statuses added to them.

From LunaSoft's pages: the endpoints, sort, filters, pages, all JSON forms, the error form.
ASSUMED: the key stands in `Authorization` as it is; a refused status answers with HTTP 400.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from re import compile as pattern
from typing import Any, ClassVar

from infra.sandbox.base import Route, Sandbox
from infra.sandbox.lunasoft_listing import OrderShelf, ParameterError, read_query
from infra.sandbox.lunasoft_orders import format_time, make_order
from infra.sandbox.lunasoft_sample import SAMPLE_ORDER
from infra.sandbox.lunasoft_statuses import PostedStatusError, make_status, read_posted_status
from infra.sandbox.messages import Answer, Json, Request, encoded_answer, json_answer

__all__ = ["DEFAULT_STATUSES", "LunaSoftSandbox", "make_order"]

DEFAULT_STATUSES = (
    "Pending",
    "Processing",
    "Partially Shipped",
    "Shipped",
    "Complete",
    "Cancelled",
)
FIRST_GENERATED_ID = 60_001
ORDER_ID_SHAPE = pattern(r"[0-9]{1,18}")


class LunaSoftSandbox(Sandbox):
    """A merchant's LunaSoft site.

    Args:
        key: The API key.
        page_size: How many orders a page of the list has at most.
        statuses: The names of the site's order statuses.
        errors_as_200: Whether the HTTP status of an error is 200, its code standing in the body.
        arrive_during_read: Before how many of the next requests for the list an order comes in.
        repeat_page: Whether the list repeats the first page that it answers with, as if there
            were always a next one.
    """

    base_path: ClassVar[str] = "/site_api/shopping_cart"

    def __init__(
        self,
        *,
        key: str = "test-key",
        page_size: int = 50,
        statuses: tuple[str, ...] = DEFAULT_STATUSES,
        errors_as_200: bool = False,
        arrive_during_read: int = 0,
        repeat_page: bool = False,
    ) -> None:
        super().__init__(key=key)
        self.page_size = page_size
        self.statuses = statuses
        self.errors_as_200 = errors_as_200
        self.arrive_during_read = arrive_during_read
        self.repeat_page = repeat_page
        self.status_mails: list[tuple[str, str]] = []
        "Order id and status of each mail to a customer."
        self.statuses_added: list[tuple[str, str]] = []
        "Order id and name of each status that came in over the API."
        self.rows_listed = 0
        self._orders = OrderShelf()
        self._repeated: list[bytes] = []
        self._next_status_id = 1_000_000_001
        one_order = pattern(r"/orders/(?P<order_id>\d+)")
        self.routes = (
            Route("GET", pattern(r"/orders"), self._list_orders),
            Route("GET", one_order, self._show_order),
            Route("POST", one_order, self._take_status),
        )

    def place(self, order: Json, *, order_id: int | None = None) -> Json:
        """Let an order come in, or replace the one with its id.

        Args:
            order: The order, well-formed or not.
            order_id: What it is sorted and found by, where that shall not be its own `id`; one
                without a number for an `id` comes after the greatest.
        """
        with self.lock:
            self._orders.put(self._place_of(order) if order_id is None else order_id, order)
        return order

    def place_generated(self) -> Json:
        """Let a new order of the moment come in, with the id after the greatest."""
        with self.lock:
            return self.place(make_order(self._next_id(), created=_now()))

    def place_seed_order(self) -> Json:
        """Let order 54123 of LunaSoft's page come in, as it stands there."""
        return self.place(deepcopy(SAMPLE_ORDER))

    def place_late(self, order_id: int) -> Json:
        """Let an order become visible only now, after others with greater ids.

        Raises:
            ValueError: No order has a greater id, or one has this id.
        """
        with self.lock:
            if order_id >= self._orders.greatest_id or order_id in self._orders:
                raise ValueError(f"order {order_id} would not be late: no greater id, or not new")
            return self.place(make_order(order_id))

    def edit(self, order_id: int, **fields: Any) -> None:
        """Change fields of an order at the site.

        Raises:
            KeyError: There is no such order.
        """
        with self.lock:
            self.place({**self._orders.read(order_id), **fields}, order_id=order_id)

    def remove(self, order_id: int) -> None:
        """Delete an order at the site.

        Raises:
            KeyError: There is no such order.
        """
        with self.lock:
            self._orders.remove(order_id)

    def add_status(
        self, order_id: int, status: str, *, notes: str = "", notify_customer: bool = False
    ) -> None:
        """Add a status, as the merchant's staff does on the site.

        Raises:
            KeyError: There is no such order.
        """
        with self.lock:
            order = self._orders.read(order_id)
            row = make_status(
                self._next_status_id,
                status,
                created=_now(),
                notes=notes,
                notify_customer=notify_customer,
            )
            self._next_status_id += 1
            rows = [row, *order["statuses"]]
            self.edit(order_id, current_status=status, statuses=rows)
            if notify_customer:
                self.status_mails.append((str(order_id), status))

    def counts(self) -> dict[str, int]:
        """Count orders, and what was done with them."""
        with self.lock:
            return {
                "placed": len(self._orders),
                "handed_out": self.rows_listed,
                "statuses_added": len(self.statuses_added),
                "status_mails": len(self.status_mails),
            }

    def error(self, status: int, message: str) -> Answer:
        """Answer with LunaSoft's list of errors."""
        return json_answer(status, {"errors": [_describe_error(status, message)]})

    def rate_limited(self, seconds: int) -> Answer:
        """Answer 429 with a `Retry-After`."""
        answer = self.error(429, "Too Many Requests")
        return replace(answer, headers={**answer.headers, "Retry-After": str(seconds)})

    def refuse_key(self, headers: Mapping[str, str]) -> Answer | None:
        """Answer 401 where the key is missing or wrong."""
        if headers.get("Authorization") == self._key:
            return None
        return self._refuse(401, "Unauthorized")

    def not_found(self) -> Answer:
        """Answer 404 for a wrong path, or an order that is no longer there."""
        return self._refuse(404, "Not Found")

    def _place_of(self, order: Json) -> int:
        named = str(order.get("id"))
        return int(named) if ORDER_ID_SHAPE.fullmatch(named) else self._next_id()

    def _next_id(self) -> int:
        return max(self._orders.greatest_id + 1, FIRST_GENERATED_ID)

    def _refuse(self, code: int, message: str) -> Answer:
        answer = self.error(code, message)
        return replace(answer, status=200) if self.errors_as_200 else answer

    def _list_orders(self, request: Request) -> Answer:
        try:
            query = read_query(request.parameters)
        except ParameterError as error:
            return self._refuse(400, str(error))
        if self.arrive_during_read:
            self.arrive_during_read -= 1
            self.place_generated()
        page, next_page = self._orders.select(query, self.page_size)
        if self.repeat_page:
            page = self._repeated = self._repeated or page
            next_page = query.page + 1
        self.rows_listed += len(page)
        after = b'], "next_page": ' + json.dumps(next_page or False).encode() + b"}"
        return encoded_answer(200, b'{"orders": [' + b", ".join(page) + after)

    def _show_order(self, _request: Request, order_id: str) -> Answer:
        if int(order_id) not in self._orders:
            return self.not_found()
        return json_answer(200, self._orders.read(int(order_id)))

    def _take_status(self, request: Request, order_id: str) -> Answer:
        if int(order_id) not in self._orders:
            return self.not_found()
        try:
            posted = read_posted_status(request.body, self.statuses)
        except PostedStatusError as error:
            return self._refuse_status(int(order_id), str(error))
        self.add_status(int(order_id), **posted._asdict())
        self.statuses_added.append((order_id, posted.status))
        return json_answer(200, self._orders.read(int(order_id)))

    def _refuse_status(self, order_id: int, message: str) -> Answer:
        errors = [_describe_error(400, message)]
        status = 200 if self.errors_as_200 else 400
        return json_answer(status, {**self._orders.read(order_id), "errors": errors})


def _describe_error(code: int, message: str) -> Json:
    return {
        "internal_message": message,
        "user_message": "An error occurred",
        "code": str(code),
        "more_info": "http://www.lunasoft.com/api.php",
    }


def _now() -> str:
    return format_time(datetime.now(UTC))
