"""LunaSoft's list of orders: its filters, its sort, its pages."""

import json
import re
from bisect import bisect_left, insort
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from infra.sandbox.messages import Json

TIME_SHAPE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}")
SORT_SHAPE = re.compile(r"(?P<sign>[+-]?)(?P<field>id|created)")
BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


class ParameterError(ValueError):
    """A parameter of the list is refused; the message says which."""


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order in the list's form, encoded, and what is known of it beside."""

    encoded: bytes
    created: datetime
    statuses: list[Json]


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a request asks of the list; each sort is a field and whether it descends."""

    sort: tuple[tuple[str, bool], ...]
    page: int
    least_id: int
    created_on_after: datetime


def read_query(parameters: Mapping[str, str]) -> ListQuery:
    """Read a list's parameters.

    Raises:
        ParameterError: One is not in the form that LunaSoft documents.
    """
    created_after = parameters.get("created_on_after")
    return ListQuery(
        sort=tuple(_read_sort(word) for word in parameters.get("sort", "-id").split(",")),
        page=max(1, _read_number("page", parameters.get("page", "1"))),
        least_id=_read_number("id", parameters.get("id", "0")),
        created_on_after=BEFORE_ALL if created_after is None else _read_time(created_after),
    )


class OrderShelf:
    """The orders of a site, by id; each is encoded once, so that a long list is served fast."""

    def __init__(self) -> None:
        self._orders: dict[int, StoredOrder] = {}
        self._ids: list[int] = []

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, order_id: int) -> bool:
        return order_id in self._orders

    @property
    def greatest_id(self) -> int:
        """The greatest id, 0 where there is no order."""
        return self._ids[-1] if self._ids else 0

    def put(self, order_id: int, order: Json) -> None:
        """Add an order, or put it in place of the one with its id."""
        listed = {name: value for name, value in order.items() if name != "statuses"}
        if order_id not in self._orders:
            insort(self._ids, order_id)
        self._orders[order_id] = StoredOrder(
            json.dumps(listed).encode(),
            _read_created(order.get("created")),
            order.get("statuses", []),
        )

    def read(self, order_id: int) -> Json:
        """Read an order with its statuses.

        Raises:
            KeyError: There is no such order.
        """
        stored = self._orders[order_id]
        return {**json.loads(stored.encoded), "statuses": stored.statuses}

    def remove(self, order_id: int) -> None:
        """Take an order away for good.

        Raises:
            KeyError: There is no such order.
        """
        del self._orders[order_id]
        self._ids.remove(order_id)

    def select(self, query: ListQuery, size: int) -> tuple[list[bytes], int | None]:
        """Select a page of encoded orders, and the number of the next page if there is one."""
        ids = self._ids[bisect_left(self._ids, query.least_id) :]
        if query.created_on_after > BEFORE_ALL:
            ids = [i for i in ids if self._orders[i].created >= query.created_on_after]
        for field, descends in reversed(query.sort):
            key = None if field == "id" else self._created
            ids.sort(key=key, reverse=descends)
        start = (query.page - 1) * size
        page = [self._orders[i].encoded for i in ids[start : start + size]]
        return page, query.page + 1 if start + size < len(ids) else None

    def _created(self, order_id: int) -> datetime:
        return self._orders[order_id].created


def _read_sort(word: str) -> tuple[str, bool]:
    found = SORT_SHAPE.fullmatch(word)
    if not found:
        # An unencoded + arrives as a space, and is refused here.
        raise ParameterError(f"sort: {word!r} is not id or created, with + or - before it")
    return found["field"], found["sign"] == "-"


def _read_number(name: str, text: str) -> int:
    if not re.fullmatch(r"\d{1,18}", text):
        raise ParameterError(f"{name}: {text!r} is not a number")
    return int(text)


def _read_time(text: str) -> datetime:
    if TIME_SHAPE.fullmatch(text):
        with suppress(ValueError):
            return datetime.fromisoformat(text)
    raise ParameterError(f"created_on_after: {text!r} is not as 2015-07-14T02:00:00-0600")


def _read_created(text: object) -> datetime:
    try:
        return _read_time(str(text))
    except ParameterError:
        # An order whose time cannot be read is listed before all others.
        return BEFORE_ALL
