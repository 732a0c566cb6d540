"""The orders of a Zonos store, and what a request for order numbers asks of them."""

from bisect import bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from re import compile as pattern

from infra.sandbox.messages import Json
from infra.sandbox.zonos_orders import format_time

DAY_SHAPE = pattern(r"[0-9]{8}")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ORDER_ID_SHAPE = pattern(r"(?:([0-9]{1,18})-)?([0-9]{1,18})")


class RequestError(ValueError):
    """A request is refused; the message is Zonos's own."""


@dataclass(slots=True)
class BookedOrder:
    """An order: its detail, and what only the list shows of it; `day` is the UTC day it is found by."""

    detail: Json
    timestamp: str
    day: date
    status_date: int
    status_date_string: str

    @property
    def is_test(self) -> bool:
        """Whether it counts as a test order."""
        return str(self.detail.get("testOrder")).lower() == "true"

    def set_status(self, status: str, now: datetime) -> None:
        """Set the status, whoever sets it."""
        self.detail = {**self.detail, "orderStatus": status}
        self.status_date = epoch_ms(now)
        self.status_date_string = format_time(now)

    def row(self, *, statuses: bool) -> Json:
        """Return its row in the list of order numbers."""
        detail = self.detail
        row = {
            "testOrder": detail.get("testOrder"),
            "id": detail.get("orderId"),
            "timestamp": self.timestamp,
        }
        if not statuses:
            return row
        return row | {
            "merchantOrderId": detail.get("merchantOrderId"),
            "orderStatus": detail.get("orderStatus"),
            "orderStatusDate": self.status_date,
            "orderStatusDateString": self.status_date_string,
        }


def booked(detail: Json, timestamp: str) -> BookedOrder:
    """Book an order; one whose time cannot be read is found by the present day."""
    try:
        placed = datetime.fromisoformat(timestamp).replace(tzinfo=UTC)
    except ValueError:
        placed = datetime.now(UTC)
    return BookedOrder(detail, timestamp, placed.date(), epoch_ms(placed), format_time(placed))


def epoch_ms(moment: datetime) -> int:
    """Return whole milliseconds since 1970."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class NumbersQuery:
    """What a request asks of the list."""

    after: int | None
    since: date | None
    through: date | None
    missing: bool
    statuses: bool


def read_query(body: Json, store: str) -> NumbersQuery:
    """Read a request for order numbers.

    Raises:
        RequestError: A parameter is malformed, missing, or excluded by another one.
    """
    if body.get("sinceOrderId") is not None and body.get("sinceDate") is not None:
        raise RequestError("Cannot specify both Parameters sinceOrderId and sinceDate")
    query = NumbersQuery(
        after=read_number(body["sinceOrderId"], store) if "sinceOrderId" in body else None,
        since=_read_day(body.get("sinceDate")),
        through=_read_day(body.get("throughDate")),
        missing=body.get("missingMerchantOrderId") is True,
        # Whatever its value: that it is there counts.
        statuses="statuses" in body,
    )
    if query.through is not None and query.since is None:
        raise RequestError("Parameter throughDate requires Parameter sinceDate")
    if query.after is None and query.since is None and not query.missing:
        raise RequestError("Parameter sinceOrderId or sinceDate is required")
    return query


def read_number(order_id: object, store: str) -> int:
    """Read an order id, with or without the store's id; one of another store is no order's number.

    Raises:
        RequestError: It has another form.
    """
    found = ORDER_ID_SHAPE.fullmatch(str(order_id))
    if not found:
        raise RequestError(f"orderId: {order_id} is not a valid orderId")
    return -1 if found[1] not in (None, store) else int(found[2])


def _read_day(value: object) -> date | None:
    if value is None:
        return None
    if isinstance(value, str) and DAY_SHAPE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise RequestError("could not parse input")


class OrderBook:
    """The orders by number."""

    def __init__(self, store: str) -> None:
        self._store = store
        self._orders: dict[int, BookedOrder] = {}
        self._numbers: list[int] = []

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, number: int) -> bool:
        return number in self._orders

    def __getitem__(self, number: int) -> BookedOrder:
        return self._orders[number]

    def __iter__(self) -> Iterator[BookedOrder]:
        return (self._orders[number] for number in self._numbers)

    @property
    def greatest(self) -> int:
        """The greatest number, 0 where there is no order."""
        return self._numbers[-1] if self._numbers else 0

    def number_of(self, order_id: object) -> int:
        """Return the number in an order id.

        Raises:
            RequestError: It is none.
        """
        return read_number(order_id, self._store)

    def find(self, order_id: object, not_there: str) -> BookedOrder:
        """Return an order.

        Raises:
            RequestError: The id is none, or there is no such order: then in these words.
        """
        number = self.number_of(order_id)
        if number not in self._orders:
            raise RequestError(not_there)
        return self._orders[number]

    def put(self, number: int, order: BookedOrder) -> None:
        """Add an order, or put it in place of the one with its number."""
        if number not in self._orders:
            insort(self._numbers, number)
        self._orders[number] = order

    def remove(self, number: int) -> None:
        """Take an order away for good.

        Raises:
            KeyError: There is no such order.
        """
        del self._orders[number]
        self._numbers.remove(number)

    def select(self, query: NumbersQuery, *, missing_days: int) -> list[BookedOrder]:
        """Select orders by ascending number; the last days' alone where no other bound is given."""
        numbers = self._numbers
        if query.after is not None:
            numbers = numbers[bisect_right(numbers, query.after) :]
        since = query.since
        if query.missing and since is None:
            since = datetime.now(UTC).date() - timedelta(days=missing_days)
        found = (self._orders[number] for number in numbers)
        return [
            order
            for order in found
            if (since is None or order.day >= since)
            and (query.through is None or order.day <= query.through)
            and not (query.missing and order.detail.get("merchantOrderId"))
        ]
