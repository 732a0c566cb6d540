"""A Zonos store: its order numbers, their details, and what the vendor may update.

From Zonos's pages: the endpoints, the credentials in the body, the list with its five forms and its counts,
the documented errors (v1 with HTTP 200, v2 with 400, HTML where a header is wrong), the statuses and which of
them the vendor may leave. From public plug-ins: the keys of a detail.

ASSUMED: with `sinceDate` the window of `missingMerchantOrderId` does not count; a status update answers with
the order; a tracking list replaces the one before; the words of errors that no page shows.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from re import compile as pattern
from re import escape
from typing import Any

from infra.sandbox.base import Route, Sandbox
from infra.sandbox.messages import Answer, Json, Request, encoded_answer, json_answer
from infra.sandbox.zonos_book import BookedOrder, OrderBook, RequestError, booked, read_number, read_query
from infra.sandbox.zonos_orders import STORE, format_time, make_order
from infra.sandbox.zonos_sample import SAMPLE_ROWS, SAMPLE_STATUSES
from infra.sandbox.zonos_updates import VendorUpdates

__all__ = ["ZonosSandbox", "make_order"]

FIRST_GENERATED_NUMBER = 100_001
# The HTTP status of all errors, and what is said of a body that is no JSON object.
MALFORMED = {"/v1": (200, "could not parse input"), "/v2": (400, "Invalid post body")}
HTML_ERRORS = {406: "Not Acceptable", 415: "Unsupported Media Type"}

Act = Callable[[Json], Json]


class ZonosSandbox(Sandbox):
    """A merchant's Zonos store.

    Args:
        store: The store's id.
        secret: The API secret.
        missing_days: How many days back `missingMerchantOrderId` looks; the translations of the page differ.
        through_is_included: Whether `throughDate` includes its day, which no page says.
        encoding: What answers are encoded in.
    """

    def __init__(
        self,
        *,
        store: str = STORE,
        secret: str = "test-secret",  # noqa: S107 - the sandbox's own
        missing_days: int = 7,
        through_is_included: bool = True,
        encoding: str = "utf-8",
    ) -> None:
        super().__init__(key=secret)
        self.store = store
        self.missing_days = missing_days
        self.through_is_included = through_is_included
        self.encoding = encoding
        self.rows_listed = 0
        self.details_shown = 0
        self._book = OrderBook(store)
        self.updates = VendorUpdates(self._book)
        self.routes = (
            self._route("/v1/orderNumbers", self._list_numbers),
            self._route("/v2/orderDetail", self._show_order),
            self._route("/v1/updateMerchantOrderId", self.updates.set_merchant_order_id),
            self._route("/v1/updateVendorOrderStatus", self.updates.set_status),
            self._route("/v2/setShipmentTracking", self.updates.set_trackings),
        )

    def place(self, order: Json, *, timestamp: str | None = None, number: int | None = None) -> Json:
        """Let an order come in, or replace the one with its number.

        Args:
            order: The order's detail, well-formed or not.
            timestamp: When it was placed, as the list shows it; now, where it is new and this is not given.
            number: What it is sorted and found by, where that shall not be the number in its own id; one
                without a number comes after the greatest.
        """
        with self.lock:
            place = self._place_of(order) if number is None else number
            if timestamp is None and place in self._book:
                self._book[place].detail = order
            else:
                self._book.put(place, booked(order, timestamp or format_time(datetime.now(UTC))))
        return order

    def place_generated(self) -> Json:
        """Let a new order of the moment come in, with the number after the greatest."""
        with self.lock:
            return self.place(make_order(self._next_number(), store=self.store))

    def place_seed_orders(self, count: int = len(SAMPLE_ROWS)) -> None:
        """Let the first orders of Zonos's page come in: its samples show six, and two with statuses."""
        for row in SAMPLE_ROWS[:count]:
            told = SAMPLE_STATUSES.get(row["id"], {})
            number = read_number(row["id"], self.store)
            order = make_order(number, test=row["testOrder"], merchantOrderId=told.get("merchantOrderId"))
            order["orderStatus"] = told.get("orderStatus", order["orderStatus"])
            with self.lock:
                self.place(order, timestamp=row["timestamp"], number=number)
                placed = self._book[number]
                placed.status_date = told.get("orderStatusDate", placed.status_date)
                placed.status_date_string = told.get("orderStatusDateString", placed.status_date_string)

    def edit(self, number: int, **fields: Any) -> None:
        """Change fields of an order's detail, at Zonos.

        Raises:
            KeyError: There is no such order.
        """
        with self.lock:
            order = self._book[number]
            order.detail = {**order.detail, **fields}

    def remove(self, number: int) -> None:
        """Delete an order at Zonos.

        Raises:
            KeyError: There is no such order.
        """
        with self.lock:
            self._book.remove(number)

    def set_status(self, number: int, status: str) -> None:
        """Set any status, as Zonos itself does.

        Raises:
            KeyError: There is no such order.
        """
        with self.lock:
            self._book[number].set_status(status, datetime.now(UTC))

    def finish_review(self, number: int, *, passed: bool) -> None:
        """End the fraud review of an order: it goes on, or is cancelled.

        Raises:
            KeyError: There is no such order.
            ValueError: It is not under review.
        """
        with self.lock:
            if self._book[number].detail["orderStatus"] != "IGLOBAL_FRAUD_REVIEW":
                raise ValueError(f"order {number} is not under review")
            self.set_status(number, "IGLOBAL_ORDER_IN_PROCESS" if passed else "IGLOBAL_ORDER_CANCELLED")

    def counts(self) -> dict[str, int]:
        """Count orders, and what was done with them."""
        with self.lock:
            return {
                "placed": len(self._book),
                "handed_out": self.details_shown,
                "rows_listed": self.rows_listed,
                "merchant_order_ids_set": len(self.updates.merchant_order_ids),
                "statuses_set": len(self.updates.statuses),
                "trackings_set": self.updates.trackings_set,
            }

    def error(self, status: int, message: str) -> Answer:
        """Answer with Zonos's error."""
        return json_answer(status, {"error": message})

    def rate_limited(self, seconds: int) -> Answer:
        """Answer 429 with a `Retry-After`; ASSUMED, since no limit is documented."""
        answer = self.error(429, "Too Many Requests")
        return replace(answer, headers={**answer.headers, "Retry-After": str(seconds)})

    def refuse_key(self, headers: Mapping[str, str]) -> Answer | None:
        """Answer with a page where a header is wrong; the credentials are in the body, not in a header."""
        if "application/json" not in headers.get("Accept", ""):
            return _page(406)
        if not headers.get("Content-Type", "").startswith("application/json"):
            return _page(415)
        return None

    def _place_of(self, order: Json) -> int:
        with suppress(RequestError):
            if (number := read_number(order.get("orderId"), self.store)) >= 0:
                return number
        return self._next_number()

    def _next_number(self) -> int:
        return max(self._book.greatest + 1, FIRST_GENERATED_NUMBER)

    def _route(self, path: str, act: Act) -> Route:
        refused_with, malformed = MALFORMED[path[:3]]
        return Route("POST", pattern(escape(path)), partial(self._carry_out, act, refused_with, malformed))

    def _carry_out(self, act: Act, refused_with: int, malformed: str, request: Request) -> Answer:
        try:
            return self._json(200, act(self._read(request.body, malformed)))
        except RequestError as refusal:
            return self._json(refused_with, {"error": str(refusal)})

    def _json(self, status: int, content: Json) -> Answer:
        return encoded_answer(status, json.dumps(content, ensure_ascii=False).encode(self.encoding))

    def _read(self, text: bytes, malformed: str) -> Json:
        try:
            body = json.loads(text)
        except ValueError as error:
            raise RequestError(malformed) from error
        if not isinstance(body, dict):
            raise RequestError(malformed)
        if (str(body.get("store")), body.get("secret")) != (self.store, self._key):
            raise RequestError("Invalid security credentials")
        return body

    def _list_numbers(self, body: Json) -> Json:
        query = read_query(body, self.store)
        if query.after is not None and query.after not in self._book:
            raise RequestError(f"Couldn't find order for sinceOrderId: {body['sinceOrderId']}")
        if query.through is not None and not self.through_is_included:
            query = replace(query, through=query.through - timedelta(days=1))
        found = self._book.select(query, missing_days=self.missing_days)
        self.rows_listed += len(found)
        tests = sum(order.is_test for order in found)
        return {
            "totalCount": len(found),
            "orderCount": len(found) - tests,
            "testOrderCount": tests,
            "orders": [order.row(statuses=query.statuses) for order in found],
        }

    def _show_order(self, body: Json) -> Json:
        order_id, reference_id = body.get("orderId"), body.get("referenceId")
        if order_id is not None and reference_id is not None:
            raise RequestError("Cannot specify both Parameters orderId and referenceId")
        if order_id is None and reference_id is None:
            raise RequestError("Parameter orderId or referenceId is required")
        if order_id is None:
            order = self._find_reference(reference_id)
        else:
            order = self._book.find(order_id, f"Could not find an order with orderId: {order_id}")
        self.details_shown += 1
        return {"order": order.detail}

    def _find_reference(self, reference_id: object) -> BookedOrder:
        for order in self._book:
            if order.detail.get("referenceId") == reference_id:
                return order
        raise RequestError(f"Could not find an order with referenceId: {reference_id}")


def _page(status: int) -> Answer:
    """Answer with a page for people, as Zonos does where a header is wrong."""
    title = f"HTTP Status {status} - {HTML_ERRORS[status]}"
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Answer(status, page.encode(), {"Content-Type": "text/html;charset=utf-8"})
