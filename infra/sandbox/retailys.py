"""A Retailys instance over HTTP: every endpoint of its page, and those that these need.

From the provider's page: the endpoints. From the specification 1.1.02: parameters, bodies, HTTP statuses, the
error form; from its pages for developers: the header `token`, and 429 with `Retry-After`. What is SYNTHETIC
or ASSUMED stands in the modules beside this one, and: setting an amount paid without naming it pays all.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from re import compile as pattern
from typing import Any

from infra.sandbox import retailys_bodies as bodies
from infra.sandbox.base import Route
from infra.sandbox.messages import Answer, Json, Request, json_answer
from infra.sandbox.retailys_instance import RetailysInstance, dated_as_newest
from infra.sandbox.retailys_listing import (
    ListQuery,
    ParameterError,
    answer_page,
    list_rows,
    read_boolean,
    read_query,
)
from infra.sandbox.retailys_orders import add_up, format_time, make_item, make_order, stub
from infra.sandbox.retailys_states import StateError

__all__ = ["RetailysSandbox", "make_order"]

ME = {"id": 1, "name": "OrderBus", "system_instance_path": "sandbox", "app_id": 46}

OrderAnswer = Callable[..., Answer]


class RetailysSandbox(RetailysInstance):
    """A merchant's Retailys instance; `statuses` and the other arguments beside these are the instance's.

    Args:
        key: The application's token.
        page_size: How many orders a page of the list has at most, whatever `per_page` asks for.
        arrive_during_read: Before how many of the next requests for the list an order comes in that is
            dated as the newest one, and so shifts the pages.
        repeat_page: Whether the list repeats the first page that it answers with, as if there were
            always a next one.
        instance: The statuses, shippers and habits of the instance.
    """

    def __init__(
        self,
        *,
        key: str = "test-key",
        page_size: int = 250,
        arrive_during_read: int = 0,
        repeat_page: bool = False,
        **instance: Any,
    ) -> None:
        super().__init__(key=key, **instance)
        self.page_size = page_size
        self.arrive_during_read = arrive_during_read
        self.repeat_page = repeat_page
        self._repeated: list[int] = []
        self._next_row_id = 900_001
        order = r"/System/Orders/(?P<order_id>\d+)"
        self.routes = (
            Route("GET", pattern(r"/System/Me"), lambda _: json_answer(200, ME)),
            Route("GET", pattern(r"/System/Lists/Shippers"), self._refusing(self._list_shippers)),
            Route("GET", pattern(r"/System/Orders/Statuses"), self._refusing(self._list_statuses)),
            Route("GET", pattern(r"/System/Orders"), self._refusing(self._list_orders)),
            Route("POST", pattern(r"/System/Orders"), self._refusing(self._create_order)),
            *(
                Route(method, pattern(order + path), self._refusing(answer))
                for method, path, answer in (
                    ("GET", "", self._show_order),
                    ("POST", "/item", self._add_item),
                    ("PUT", "/item", self._edit_item),
                    ("DELETE", r"/item/(?P<item_id>\d+)", self._delete_item),
                    ("PATCH", "/status", self._set_status),
                    ("POST", "/tracking", self._add_tracking),
                    ("POST", "/history", self._add_history),
                    ("PATCH", "/paid", self._set_paid),
                    ("PATCH", "/(?P<state>done|cancel|sent|delivered)", self._set_state),
                )
            ),
        )

    def _refusing(self, answer: OrderAnswer) -> OrderAnswer:
        """Let an endpoint answer 404 for an unknown order, and what else it refuses as it says."""

        def answer_or_refuse(request: Request, **named: str) -> Answer:
            if "order_id" in named and int(named["order_id"]) not in self.orders:
                return self.error(404, "The order was not found.")
            numbers = {key: int(value) if value.isdecimal() else value for key, value in named.items()}
            try:
                return answer(request, **numbers)
            except (ParameterError, bodies.BodyError) as error:
                return self.error(400, str(error))
            except StateError as error:
                return self.error(error.status, str(error))

        return answer_or_refuse

    def _list_shippers(self, request: Request) -> Answer:
        return list_rows("shippers", list(self.shippers), request)

    def _list_statuses(self, request: Request) -> Answer:
        return list_rows("statuses", list(self.statuses), request)

    def _list_orders(self, request: Request) -> Answer:
        query = read_query(request.parameters)
        if self.arrive_during_read:
            self.arrive_during_read -= 1
            self.place(make_order(self.next_id(), placed=dated_as_newest(self)))
        paging = query.paging.at_most(self.page_size)
        ids, total = self.orders.select(query, paging)
        pages = None
        if self.repeat_page:
            ids = self._repeated = self._repeated or ids
            pages = paging.page + 1
        self.rows_listed += len(ids)
        rows = [self._row(i, query) for i in ids]
        tells_total = self.orders.habits.tells_total
        return answer_page("orders", rows, paging, total, pages=pages, tells_total=tells_total)

    def _row(self, order_id: int, query: ListQuery) -> bytes:
        if not query.expanded:
            return self.orders.get(order_id).encoded
        return json.dumps(self.show(order_id, expanded=True)).encode()

    def _show_order(self, request: Request, order_id: int) -> Answer:
        expanded = read_boolean("expanded", request.parameters.get("expanded", "false"))
        return json_answer(200, self.show(order_id, expanded=expanded))

    def _create_order(self, request: Request) -> Answer:
        fields = bodies.read_new_order(request.body)
        order_id = self.next_id()
        channel = stub("channel", fields.pop("channel", 3))
        currency = fields.pop("order_currency_code", "CZK")
        placed = fields.pop("date_order", None) or format_time(datetime.now(UTC))
        empty = dict.fromkeys(("email", "phone", "name", "street", "city", "zip", "state_code"), "")
        given = {"channel": channel, "shipping": None, "payment": None, **empty, **fields}
        self.place(make_order(order_id, lines=(), currency=currency, placed=placed, **given))
        self.created.append(str(order_id))
        return json_answer(201, {"id": order_id})

    def _add_item(self, request: Request, order_id: int) -> Answer:
        body = bodies.read_body(request.body, bodies.NEW_ITEM, needed=("name", "count", "price"))
        item_id = self._new_row_id()
        self._put_items(order_id, lambda items: [*items, self._make_item(order_id, item_id, body)])
        return json_answer(201, {"id": item_id})

    def _edit_item(self, request: Request, order_id: int) -> Answer:
        body = bodies.read_body(request.body, bodies.EDITED_ITEM, needed=("id", "name", "count", "price"))
        item_id = body["id"]
        if item_id not in self._item_ids(order_id):
            return self.error(404, "The item was not found.")
        new = self._make_item(order_id, item_id, body)
        self._put_items(order_id, lambda items: [new if each["id"] == item_id else each for each in items])
        return json_answer(201, {"id": item_id})

    def _delete_item(self, _request: Request, order_id: int, item_id: int) -> Answer:
        if item_id not in self._item_ids(order_id):
            return self.error(404, "The item was not found.")
        self._put_items(order_id, lambda items: [each for each in items if each["id"] != item_id])
        return json_answer(200, {"id": item_id})

    def _item_ids(self, order_id: int) -> list[int]:
        return [item["id"] for item in self.orders.read(order_id)["items"]]

    def _make_item(self, order_id: int, item_id: int, body: Json) -> Json:
        currency = self.orders.read(order_id)["order_currency_code"]
        article = {"article": body["article"]} if "article" in body else {}
        return make_item(
            item_id, str(body["price"]), body["count"], name=body["name"], currency=currency, **article
        )

    def _put_items(self, order_id: int, change: Callable[[list[Json]], list[Json]]) -> None:
        order = self.orders.read(order_id)
        if order["canceled"] or order["sent"]:
            raise StateError(400, "The order is canceled or sent.")
        items = change(order["items"])
        self.edit(order_id, items=items, money=add_up(items))

    def _set_status(self, request: Request, order_id: int) -> Answer:
        body = bodies.read_body(request.body, bodies.STATUS, needed=("status_id",))
        status = next((each for each in self.statuses if each["id"] == body["status_id"]), None)
        if status is None:
            return self.error(404, "The status was not found.")
        self.set_status(order_id, status)
        return json_answer(200, self.show(order_id, expanded=False))

    def _add_tracking(self, request: Request, order_id: int) -> Answer:
        body = bodies.read_body(request.body, bodies.TRACKING, needed=("shipper_id", "tracking_number"))
        if body["shipper_id"] not in [shipper["id"] for shipper in self.shippers]:
            return self.error(404, "The shipper was not found.")
        number = body["tracking_number"]
        row = {**body, "tracking_url": f"https://tracking.example/{number}"}
        self.edit(order_id, trackings=[*self.orders.read(order_id)["trackings"], row])
        self.trackings.append((str(order_id), number))
        return json_answer(201, {"id": self._new_row_id()})

    def _add_history(self, request: Request, order_id: int) -> Answer:
        body = bodies.read_body(request.body, bodies.HISTORY, needed=("type", "record"))
        record = body["record"]
        self.history.append((str(order_id), body["type"], record["name"], record["status"]))
        return json_answer(201, {"id": self._new_row_id()})

    def _set_paid(self, request: Request, order_id: int) -> Answer:
        body = bodies.read_body(request.body, bodies.PAYMENT)
        order = self.orders.read(order_id)
        changes = {
            "external_payment_id": body.get("payment_id", order["external_payment_id"]),
            "external_payment_url": body.get("url", order["external_payment_url"]),
        }
        if body.get("status", "success") == "success":
            changes |= {"paid": body.get("paid", order["money"]), "date_paid": format_time(datetime.now(UTC))}
        return json_answer(200, self.edit(order_id, **changes))

    def _set_state(self, _request: Request, order_id: int, state: str) -> Answer:
        self.set_state(order_id, state)
        return json_answer(200, self.show(order_id, expanded=False))

    def _new_row_id(self) -> int:
        self._next_row_id += 1
        return self._next_row_id
