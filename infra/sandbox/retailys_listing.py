"""Retailys' lists: their parameters, their pages, and the orders by when they were placed.

From the specification: the parameters, 10 to 250 rows a page with 10 where nothing is said, the paginator.
ASSUMED: `from` and `to` are of the order's date and both inclusive; the newest order comes first. Nothing
says so, and a `Habits` can have it otherwise.
"""

import json
import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from infra.sandbox.messages import Answer, Json, Request, encoded_answer

TIME_SHAPE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
AFTER_ALL = datetime.max.replace(tzinfo=UTC)
NUMBERS = ("channel_id", "company_id", "customer_id", "status_id")
FLAGS = ("done", "canceled")


class ParameterError(ValueError):
    """A parameter of a list is refused; the message says which."""


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page of a list, and how many rows it has at most."""

    page: int
    per_page: int

    def at_most(self, rows: int) -> "Paging":
        """Return the same page of a list that gives no more rows at a time."""
        return Paging(self.page, min(self.per_page, rows))


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a request asks of the list of orders."""

    paging: Paging
    expanded: bool
    begin: datetime
    end: datetime
    filters: Mapping[str, int | bool | str]


@dataclass(frozen=True, slots=True)
class Habits:
    """What no page says of a list: whether both its ends are in it, in which order it comes, its total."""

    inclusive: bool = True
    tells_total: bool = True
    sequence: Literal["newest first", "oldest first", "mixed"] = "newest first"


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order, encoded, with when it was placed and which status of the instance it is in."""

    encoded: bytes
    placed: datetime
    status_id: int | None


def read_paging(parameters: Mapping[str, str]) -> Paging:
    """Read which page is asked for.

    Raises:
        ParameterError: One of the numbers is none, or out of its range.
    """
    page = _read_number("page", parameters.get("page", "1"))
    per_page = _read_number("per_page", parameters.get("per_page", "10"))
    if page < 1 or not 10 <= per_page <= 250:
        raise ParameterError("page: from 1 on; per_page: 10 to 250")
    return Paging(page, per_page)


def read_query(parameters: Mapping[str, str]) -> ListQuery:
    """Read the parameters of the list of orders.

    Raises:
        ParameterError: One is not in the form of the specification, or is not in it.
    """
    known = {*NUMBERS, *FLAGS, "from", "to", "tracking", "page", "per_page", "expanded"}
    if unknown := sorted(parameters.keys() - known):
        raise ParameterError(f"{', '.join(unknown)}: unknown")
    filters: dict[str, int | bool | str] = {
        name: _read_number(name, parameters[name]) for name in NUMBERS if name in parameters
    }
    filters |= {name: read_boolean(name, parameters[name]) for name in FLAGS if name in parameters}
    filters |= {name: parameters[name] for name in ("tracking",) if name in parameters}
    return ListQuery(
        paging=read_paging(parameters),
        expanded=read_boolean("expanded", parameters.get("expanded", "false")),
        begin=read_time("from", parameters["from"]) if "from" in parameters else BEFORE_ALL,
        end=read_time("to", parameters["to"]) if "to" in parameters else AFTER_ALL,
        filters=filters,
    )


def read_boolean(name: str, text: str) -> bool:
    """Read a boolean in either of its two forms.

    Raises:
        ParameterError: It is in another form.
    """
    if text not in BOOLEANS:
        raise ParameterError(f"{name}: {text!r} is not a boolean")
    return BOOLEANS[text]


def read_time(name: str, text: str) -> datetime:
    """Read a time.

    Raises:
        ParameterError: It is not in the form of the specification; an unencoded + arrives as a space.
    """
    if TIME_SHAPE.fullmatch(text):
        with suppress(ValueError):
            return datetime.fromisoformat(text)
    raise ParameterError(f"{name}: {text!r} is not as 2019-12-01T08:15:30+01:00")


def answer_page(
    key: str,
    rows: list[bytes],
    paging: Paging,
    total: int,
    *,
    pages: int | None = None,
    tells_total: bool = True,
) -> Answer:
    """Answer with a page of encoded rows; `pages` stands instead of how many there are."""
    paginator = {
        "page": paging.page,
        "per_page": paging.per_page,
        "pages": -(-total // paging.per_page) if pages is None else pages,
        "total": total if tells_total else None,
    }
    head = json.dumps({"paginator": paginator, key: []}).encode()
    return encoded_answer(200, head.removesuffix(b"]}") + b", ".join(rows) + b"]}")


def list_rows(key: str, rows: list[Json], request: Request) -> Answer:
    """Answer with a page of a short list.

    Raises:
        ParameterError: A parameter is refused.
    """
    paging = read_paging(request.parameters)
    start = (paging.page - 1) * paging.per_page
    page = [json.dumps(row).encode() for row in rows[start : start + paging.per_page]]
    return answer_page(key, page, paging, len(rows))


class OrderShelf:
    """An instance's orders by when they were placed; each is encoded once, so that a list is served fast."""

    def __init__(self) -> None:
        self._orders: dict[int, StoredOrder] = {}
        self._keys: list[tuple[datetime, int]] = []
        self.greatest_id = 0
        "The greatest id so far, 0 before the first order."
        self.habits = Habits()

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, order_id: int) -> bool:
        return order_id in self._orders

    @property
    def newest(self) -> datetime:
        """When the newest order was placed; before all times where there is no order."""
        return self._keys[-1][0] if self._keys else BEFORE_ALL

    def put(self, order_id: int, order: Json, *, placed: datetime, status_id: int | None) -> None:
        """Add an order, or put it in place of the one with its id."""
        if order_id in self._orders:
            self.remove(order_id)
        insort(self._keys, (placed, order_id))
        self.greatest_id = max(self.greatest_id, order_id)
        self._orders[order_id] = StoredOrder(json.dumps(order).encode(), placed, status_id)

    def get(self, order_id: int) -> StoredOrder:
        """Return an order as it is stored.

        Raises:
            KeyError: There is no such order.
        """
        return self._orders[order_id]

    def read(self, order_id: int) -> Json:
        """Read an order.

        Raises:
            KeyError: There is no such order.
        """
        order: Json = json.loads(self._orders[order_id].encoded)
        return order

    def remove(self, order_id: int) -> None:
        """Take an order away for good.

        Raises:
            KeyError: There is no such order.
        """
        key = (self._orders.pop(order_id).placed, order_id)
        del self._keys[bisect_left(self._keys, key)]

    def select(self, query: ListQuery, paging: Paging) -> tuple[list[int], int]:
        """Select the ids of a page, and say how many orders the list has."""
        first, last = (bisect_left, bisect_right) if self.habits.inclusive else (bisect_right, bisect_left)
        begin, end = first(self._keys, query.begin, key=_placed), last(self._keys, query.end, key=_placed)
        ids = [order_id for _, order_id in self._keys[begin:end]]
        if query.filters:
            ids = [order_id for order_id in ids if self._passes(order_id, query.filters)]
        if self.habits.sequence == "newest first":
            ids.reverse()
        elif self.habits.sequence == "mixed":
            ids.sort(key=lambda order_id: str(order_id)[::-1])
        skipped = (paging.page - 1) * paging.per_page
        return ids[skipped : skipped + paging.per_page], len(ids)

    def _passes(self, order_id: int, filters: Mapping[str, int | bool | str]) -> bool:
        order = self.read(order_id)
        has = {
            "status_id": [self._orders[order_id].status_id],
            "tracking": [row["tracking_number"] for row in order.get("trackings") or []],
            **{name: [order.get(name)] for name in FLAGS},
            **{
                f"{name}_id": [(order.get(name) or {}).get("id")]
                for name in ("channel", "company", "customer")
            },
        }
        return all(wanted in has[name] for name, wanted in filters.items())


def _placed(key: tuple[datetime, int]) -> datetime:
    return key[0]


def _read_number(name: str, text: str) -> int:
    if not re.fullmatch(r"\d{1,18}", text):
        raise ParameterError(f"{name}: {text!r} is not a number")
    return int(text)
