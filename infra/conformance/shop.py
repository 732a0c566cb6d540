"""What a provider declares to the kit: its sandbox, how orders come about there, and what it has not."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from orderbus.ports import Clock

from infra.sandbox.amounts import DEFAULT_LINES
from infra.sandbox.base import Sandbox

Json = dict[str, Any]
Lines = Sequence[tuple[str, int]]
SandboxT = TypeVar("SandboxT", bound=Sandbox)

SECRET = "kit-s3cr3t-9f2c"  # noqa: S105 - of the sandbox, and looked for wherever it must not be


class Need(StrEnum):
    """Something that not every provider has, in the words of the report."""

    SHOWN_AGAIN = "orders that are shown again"
    PAGES = "a list in pages"
    PAGE_NUMBERS = "pages by their number"
    ASCENDING = "a list that is asked for by ascending id"
    DETAIL = "a detail beside the list"
    DETAIL_EACH = "a list without the orders themselves"
    START = "a place where a new connection begins"
    STATUSES = "a closed list of statuses"
    CANCELLATION = "orders that are cancelled at the provider"
    HOLDS = "orders that are held at the provider"
    TEST_ORDERS = "a test flag"
    CURRENCY = "a currency that the order names"
    EMPTY_IS_WRONG = "an answer that cannot be empty"
    LISTED_CHANGES = "a list that shows every change"


class Shop(ABC, Generic[SandboxT]):
    """One merchant's account in the provider's sandbox; each order has a number, and its own minute.

    Attributes:
        provider: The provider's name.
        list_request: The beginning of the request line that asks for new orders.
        credentials: What the sandbox takes.
        secret_of: The credential that is secret.
        late_by: How much earlier than the newest order another one may be dated that becomes visible late.
        reads: The beginnings of all request lines that change nothing at the provider.
        lacks: What the provider has not, each with the reason why.
        error_body: The body of its errors.
        spoiled: Fields of an order that cannot be normalized.
        spoiled_field: What the reason names then.
        short: Fields of an order whose amounts do not add up.
        odd: Fields of orders that are bad in a way of their own, by what is wrong.
        identity: Fields without which an order is another one, or none.
        unknown_status: Fields of an order whose status nobody knows.
        cancelled: Fields of one that is cancelled.
        held: Fields of one that is held.
        strange_currency: Fields of one in a currency that does not exist.
        released: Fields of one that was held and no longer is.
        telling: Options with which a poll tells the provider something, where there are any.
        detail_request: The beginning of the request line that asks for one order.
        clock: Tells the time, to a provider that notes when an order last changed.
    """

    provider: ClassVar[str]
    list_request: ClassVar[str]
    credentials: ClassVar[Mapping[str, str]]
    secret_of: ClassVar[str]
    late_by: ClassVar[timedelta]
    reads: ClassVar[tuple[str, ...]]
    lacks: ClassVar[Mapping[Need, str]]
    error_body: ClassVar[Json]
    spoiled: ClassVar[Json]
    spoiled_field: ClassVar[str]
    short: ClassVar[Json]
    odd: ClassVar[Mapping[str, Json]]
    identity: ClassVar[tuple[str, ...]]
    unknown_status: ClassVar[Json] = {}
    cancelled: ClassVar[Json] = {}
    held: ClassVar[Json] = {}
    strange_currency: ClassVar[Json] = {}
    released: ClassVar[Json] = {}
    telling: ClassVar[Json] = {}
    detail_request: ClassVar[str] = ""

    def __init__(self, sandbox: SandboxT) -> None:
        self.sandbox = sandbox
        self.clock: Clock = lambda: datetime.now(UTC)

    @classmethod
    @abstractmethod
    def open(cls, *, page_size: int) -> Shop[Any]:
        """Open an account without orders."""

    def options(self) -> Json:
        """Return the options of its connection."""
        return {}

    def external_id(self, number: int) -> str:
        """Return the provider's id of an order."""
        return str(number)

    @abstractmethod
    def order(self, number: int, placed: datetime, *, lines: Lines = DEFAULT_LINES) -> Json:
        """Return an order in the provider's form, its lines as unit price and quantity."""

    @abstractmethod
    def put(self, order: Any, number: int, placed: datetime) -> None:
        """Let an order come in, or replace the one with the number."""

    @abstractmethod
    def with_note(self, order: Json, text: str) -> Json:
        """Return the order with what the customer wrote."""

    def with_test_flag(self, order: Json, flag: object) -> Json:
        """Return the order with a test flag."""
        raise NotImplementedError

    @abstractmethod
    def nameless(self, order: Json) -> Json:
        """Return the order without its id."""

    def edit(self, number: int, fields: Json) -> None:
        """Change fields of an order."""
        raise NotImplementedError

    def change(self, number: int) -> None:
        """Change something of an order that a poll's list shows."""
        raise NotImplementedError

    def remove(self, number: int) -> None:
        """Delete an order."""
        raise NotImplementedError

    def reversed_list(self, body: Json) -> Json:
        """Return an answer of the list with its orders the other way round."""
        raise NotImplementedError
