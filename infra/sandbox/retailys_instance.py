"""A Retailys instance in memory: its orders, what they refer to, and what was done with them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from re import compile as pattern
from typing import Any, ClassVar

from infra.sandbox.base import Sandbox
from infra.sandbox.messages import Answer, Json, json_answer
from infra.sandbox.retailys_listing import BEFORE_ALL, OrderShelf, ParameterError, read_time
from infra.sandbox.retailys_orders import REFERENCES, format_time, is_stub, make_object, make_order, stub
from infra.sandbox.retailys_states import (
    DEFAULT_MAILING_STATUSES,
    DEFAULT_SHIPPERS,
    DEFAULT_STATUSES,
    change_state,
)

FIRST_GENERATED_ID = 80_001
ORDER_ID_SHAPE = pattern(r"[0-9]{1,18}")


class RetailysInstance(Sandbox):
    """What a merchant's instance holds, and what its staff can do there."""

    base_path: ClassVar[str] = "/v1"

    def __init__(
        self,
        *,
        key: str,
        statuses: tuple[Json, ...] = DEFAULT_STATUSES,
        mailing_statuses: frozenset[int] = DEFAULT_MAILING_STATUSES,
        shippers: tuple[Json, ...] = DEFAULT_SHIPPERS,
        refuse_repeats: bool = False,
    ) -> None:
        super().__init__(key=key)
        self.statuses = statuses
        self.mailing_statuses = mailing_statuses
        self.shippers = shippers
        self.refuse_repeats = refuse_repeats
        self.orders = OrderShelf()
        self.statuses_set: list[tuple[str, int]] = []
        "Order id and status id of each status that was set."
        self.status_mails: list[tuple[str, int]] = []
        "Order id and status id of each mail to a customer."
        self.trackings: list[tuple[str, str]] = []
        "Order id and tracking number of each row that was added."
        self.history: list[tuple[str, str, str, str]] = []
        "Order id, type, name and status of each record that was added; no endpoint shows them."
        self.created: list[str] = []
        "The ids of the orders that were created over the API."
        self.rows_listed = 0
        self._objects: dict[tuple[str, int], Json] = {}

    def place(self, order: Json, *, order_id: int | None = None, placed: datetime | None = None) -> Json:
        """Let an order come in, or replace the one with its id.

        Args:
            order: The order, well-formed or not; an object it refers to may be whole.
            order_id: What it is found by, where that shall not be its own `id`; one without a number for
                an `id` comes after the greatest.
            placed: When it counts as placed, where that shall not be its own `date_order`; one whose date
                cannot be read counts as placed now.
        """
        with self.lock:
            number = self._place_of(order) if order_id is None else order_id
            status = self.orders.get(number).status_id if number in self.orders else None
            when = placed or _placed(order)
            self.orders.put(number, self._with_stubs(order), placed=when, status_id=status)
        return order

    def place_generated(self) -> Json:
        """Let a new order of the moment come in, with the id after the greatest."""
        with self.lock:
            return self.place(make_order(self.next_id(), placed=format_time(datetime.now(UTC))))

    def place_late(self, placed: datetime) -> Json:
        """Let an order become visible only now that is dated before others, as marketplaces bring them.

        Raises:
            ValueError: No order is dated later.
        """
        with self.lock:
            if placed >= self.orders.newest:
                raise ValueError("the order would not be late: none is dated later")
            return self.place(make_order(self.next_id(), placed=format_time(placed)))

    def edit(self, order_id: int, **fields: Any) -> Json:
        """Change fields of an order, and return it.

        Raises:
            KeyError: There is no such order.
        """
        with self.lock:
            placed = None if "date_order" in fields else self.orders.get(order_id).placed
            self.place({**self.orders.read(order_id), **fields}, order_id=order_id, placed=placed)
            return self.orders.read(order_id)

    def remove(self, order_id: int) -> None:
        """Delete an order.

        Raises:
            KeyError: There is no such order.
        """
        with self.lock:
            self.orders.remove(order_id)

    def change_object(self, kind: str, object_id: int, **fields: Any) -> None:
        """Change an object that orders refer to, such as the name of a channel."""
        with self.lock:
            self._objects[kind, object_id] = {**self._object(kind, object_id), **fields}

    def set_state(self, order_id: int, state: str) -> None:
        """Set a state: done, cancel, sent or delivered.

        Raises:
            KeyError: There is no such order.
            StateError: The order is not in a state that it can be set from.
        """
        with self.lock:
            order = self.orders.read(order_id)
            self.edit(order_id, **change_state(order, state, refuse_repeats=self.refuse_repeats))

    def set_status(self, order_id: int, status: Json) -> None:
        """Set one of the statuses, which may complete or cancel the order, and mail, each time.

        Raises:
            KeyError: There is no such order.
            StateError: It completes or cancels an order that cannot be.
        """
        with self.lock:
            order = self.orders.read(order_id)
            for effect, state in (("complete_order", "done"), ("cancel_order", "cancel")):
                if status[effect]:
                    order |= change_state(order, state, refuse_repeats=False)
            placed = self.orders.get(order_id).placed
            self.orders.put(order_id, order, placed=placed, status_id=status["id"])
            self.statuses_set.append((str(order_id), status["id"]))
            if status["id"] in self.mailing_statuses:
                self.status_mails.append((str(order_id), status["id"]))

    def next_id(self) -> int:
        """Return the id after the greatest."""
        return max(self.orders.greatest_id + 1, FIRST_GENERATED_ID)

    def show(self, order_id: int, *, expanded: bool) -> Json:
        """Return an order as the API shows it.

        Raises:
            KeyError: There is no such order.
        """
        order = self.orders.read(order_id)
        return self._expand(order) if expanded else order

    def counts(self) -> dict[str, int]:
        """Count orders, and what was done with them."""
        with self.lock:
            return {
                "placed": len(self.orders),
                "handed_out": self.rows_listed,
                "created": len(self.created),
                "statuses_set": len(self.statuses_set),
                "status_mails": len(self.status_mails),
                "trackings": len(self.trackings),
                "history": len(self.history),
            }

    def error(self, status: int, message: str) -> Answer:
        """Answer with Retailys' error body."""
        return json_answer(status, {"message": message, "detail": ""})

    def rate_limited(self, seconds: int) -> Answer:
        """Answer 429, spelled as there, with a `Retry-After`."""
        answer = self.error(429, "Too Many Requets")
        return replace(answer, headers={**answer.headers, "Retry-After": str(seconds)})

    def refuse_key(self, headers: Mapping[str, str]) -> Answer | None:
        """Answer 401 where the token is missing or wrong."""
        return None if headers.get("token") == self._key else self.error(401, "Unauthorized")

    def _place_of(self, order: Json) -> int:
        named = str(order.get("id"))
        return int(named) if ORDER_ID_SHAPE.fullmatch(named) else self.next_id()

    def _with_stubs(self, order: Json) -> Json:
        """Put what an order refers to aside, so that both ways of showing it are made from one."""
        stored = dict(order)
        for name in REFERENCES:
            value = order.get(name)
            if isinstance(value, dict) and isinstance(value.get("id"), int) and not is_stub(value):
                self._objects[name, value["id"]] = value
                stored[name] = stub(name, value["id"])
        return stored

    def _expand(self, order: Json) -> Json:
        whole = {name: self._whole(name, order.get(name)) for name in REFERENCES if name in order}
        items = order.get("items")
        if isinstance(items, list):
            whole["items"] = [self._expand_item(item) for item in items]
        return {**order, **whole}

    def _expand_item(self, item: Any) -> Any:
        article = item.get("article") if isinstance(item, dict) else None
        if not isinstance(article, dict) or "family" not in article:
            return item
        return {**item, "article": {**article, "family": self._whole("family", article["family"])}}

    def _whole(self, name: str, value: Any) -> Any:
        return self._object(name, value["id"]) if is_stub(value) else value

    def _object(self, name: str, object_id: int) -> Json:
        return self._objects.get((name, object_id)) or make_object(name, object_id)


def _placed(order: Json) -> datetime:
    try:
        return read_time("date_order", str(order.get("date_order")))
    except ParameterError:
        return datetime.now(UTC)


def dated_as_newest(instance: RetailysInstance) -> str:
    """Return the date of the newest order, or now where there is none."""
    newest = instance.orders.newest
    return format_time(datetime.now(UTC) if newest == BEFORE_ALL else newest)
