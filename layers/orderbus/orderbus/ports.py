"""What the use cases need of the world, each behind a small protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec

from orderbus.domain.events import Event, EventType

Clock = Callable[[], datetime]
"""Returns now, aware and in UTC."""

Json = dict[str, Any]


class OutboxEntry(msgspec.Struct, frozen=True):
    """An event as the ledger keeps it until the relay has sent it; the order beside it completes it."""

    id: str
    type: EventType
    subject: str
    time: str
    provider: str
    connection: str
    data: Json = msgspec.field(default_factory=dict)
    attributes: Json = msgspec.field(default_factory=dict)


class OrderRecord(msgspec.Struct, frozen=True):
    """One revision of an order, as it is written.

    Attributes:
        raw_hashes: SHA-256 of the raw order by the view it was last read in.
        unseen: Dotted paths that no read has shown yet.
        read_at: When the request was sent that showed this revision.
        marker: What a list shows of the order as it is in this revision, where a list tells of changes.
        watch_at: When to read the order again, or None when it is final.
    """

    order_id: str
    connection: str
    revision: int
    order: Json
    raw_hashes: Mapping[str, str]
    unseen: frozenset[str]
    read_at: datetime
    outbox: Sequence[OutboxEntry]
    changes: Sequence[Json] = ()
    watch_at: datetime | None = None
    marker: str | None = None


class StoredOrder(msgspec.Struct, frozen=True):
    """What the ledger has of an order; `load` gives the order itself, which may be large.

    Attributes:
        as_stored: The ledger's own form, which `change` puts aside; opaque to others.
        watch_at: When to read the order again, or None when it is final.
        watch_reads: How many such reads since its last change have shown nothing new.
    """

    order_id: str
    revision: int
    raw_hashes: Mapping[str, str]
    unseen: frozenset[str]
    read_at: datetime
    load: Callable[[], Json]
    as_stored: Mapping[str, Any]
    erased: bool = False
    watch_at: datetime | None = None
    watch_reads: int = 0
    marker: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A destructive read under way: nothing else may read the connection before its deadline."""

    id: str
    since: datetime
    deadline: datetime


@dataclass(frozen=True, slots=True)
class PageMark:
    """How far the pages of a list are turned.

    Attributes:
        page: The last page that was read.
        before: How many orders are on the pages before it.
        shown: A fingerprint of what it showed: while it shows the same, nothing has moved past it.
    """

    page: int
    before: int
    shown: str


@dataclass(frozen=True, slots=True)
class Pass:
    """A pass over a list by date that goes on in the next poll.

    Attributes:
        began: When it began.
        begin: Where the part begins that is read next; None where that side is open.
        end: Where it ends, so that the next poll need not find its size again.
        at: How far its pages are turned, where it cannot be divided and is more than a poll can read.
    """

    began: datetime
    begin: datetime | None
    end: datetime | None
    at: PageMark | None = None


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """Where a connection stands.

    Attributes:
        version: Counts the writes of this state; each write is conditioned on it.
        cursor: What is durable up to here, in the provider's own terms.
        floor: Where the overlap below the cursor begins, in the same terms.
        reading_on: A pass over a list by date that is not at its end.
        looked_back_at: When the last look back over the long overlap began.
        looking_back: That look back, where it is not at its end.
        reading: A destructive read under way, or the one that brought the page that is stored.
        stored: The inbox key of a page that is not yet in the ledger.
        completed_at: The last complete poll.
        not_before: A scheduled poll waits until then (a provider's hint, a backoff).
        failures: Polls that failed since the last complete one.
        degraded: Whether `connection.degraded.v1` was published and not recovered from.
        number: Counts the changes between degraded and recovered.
    """

    version: int = 0
    cursor: str | None = None
    floor: str | None = None
    reading_on: Pass | None = None
    looked_back_at: datetime | None = None
    looking_back: Pass | None = None
    reading: Reading | None = None
    stored: str | None = None
    completed_at: datetime | None = None
    not_before: datetime | None = None
    failures: int = 0
    degraded: bool = False
    number: int = 0


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An input that could not be normalized: where its raw bytes are, and why it is set aside."""

    connection: str
    provider: str
    sha256: str
    key: str
    reason: str
    subject: str
    view: str
    read_at: datetime
    whole_page: bool = False


class Orders(Protocol):
    """The orders of the ledger: seen ids, snapshots and outbox in one."""

    def find(self, order_ids: Sequence[str], *, consistent: bool = False) -> dict[str, StoredOrder]:
        """Return which of the orders are known; may miss one just written unless `consistent`."""

    def add(self, record: OrderRecord) -> StoredOrder | None:
        """Write an order first seen, in one conditional Put; return the one that was there instead."""

    def change(self, previous: StoredOrder, record: OrderRecord) -> bool:
        """Write the next revision and put the previous one aside; False if another write was faster."""

    def mark(self, stored: StoredOrder, marker: str) -> None:
        """Note another marker of this revision; that is no event, and nothing where there is a later one."""

    def due(self, connection: str, now: datetime, most: int) -> list[str]:
        """Return ids of orders that are to be read again by now, the longest due first."""

    def watch(self, stored: StoredOrder, at: datetime | None, reads: int) -> None:
        """Note when to read an unchanged order again, or never; nothing if it has changed meanwhile."""


class States(Protocol):
    """Where each connection stands."""

    def get(self, connection: str) -> ConnectionState:
        """Return where a connection stands."""

    def begin_reading(
        self, connection: str, reading: Reading, *, now: datetime, forced: bool
    ) -> tuple[ConnectionState, bool]:
        """Claim a connection for a destructive read; return its state, and whether it is claimed.

        It is not where a reading or a stored page is in the way, or `not_before` (unless forced).
        """

    def move(
        self,
        connection: str,
        before: ConnectionState,
        after: ConnectionState,
        *,
        silent_at: datetime,
        events: Sequence[OutboxEntry] = (),
    ) -> ConnectionState | None:
        """Write a state that follows from another, with its events; None if it is no longer the other.

        Args:
            connection: The connection's name.
            before: The state that was read.
            after: What it becomes.
            silent_at: When a connection that was not heard of again counts as silent.
            events: Published if, and only if, the state is written.
        """


class Quarantine(Protocol):
    """Inputs that could not be normalized, kept until they can."""

    def known(self, connection: str, hashes: Sequence[str]) -> set[str]:
        """Return which raw inputs are in quarantine already."""

    def add(self, entry: Quarantined, event: OutboxEntry) -> None:
        """Set an input aside, with its event; once, however often it is read."""

    def waiting(self, connection: str) -> list[Quarantined]:
        """Return what waits to be redriven."""

    def redriven(self, entry: Quarantined, at: datetime) -> None:
        """Mark an entry as redriven."""


class Inbox(Protocol):
    """Raw bytes, durable before anything is done with them."""

    def put(self, key: str, body: bytes, about: Mapping[str, str]) -> None:
        """Store bytes under a key, with a few facts beside them."""

    def get(self, key: str) -> tuple[bytes, dict[str, str]] | None:
        """Return the bytes of a key and the facts beside them, or None."""


class Bus(Protocol):
    """The merchant's event bus."""

    def send(self, events: Sequence[Event]) -> list[Refusal]:
        """Send events, at most what one request takes; return which of them the bus refused."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event the bus did not take; `final` when sending it again cannot help."""

    event: Event
    code: str
    final: bool
