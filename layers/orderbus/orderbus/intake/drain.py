"""A poll of a provider that hands each order out once: what arrives is durable before it is looked at.

The read is a state of its connection: idle → reading → stored → idle. A run that finds a live reading leaves
the connection alone. One that was cut off between request and inbox may have taken orders with it, and nobody
can ask for them again: that is published, with the time span to look at in the provider's portal, and never
retried in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol
from uuid import uuid4

from orderbus.domain.errors import NotNormalizableError, OrderBusError, ProviderError, UnclearError
from orderbus.domain.times import stamp
from orderbus.intake.aside import quarantine_event
from orderbus.intake.progress import Progress, Report, completed, failed
from orderbus.intake.receive import Receiver
from orderbus.intake.source import RawOrder, Source
from orderbus.ports import (
    Clock,
    ConnectionState,
    Inbox,
    OutboxEntry,
    Quarantine,
    Quarantined,
    Reading,
    States,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes that a destructive read brought.

    Attributes:
        body: Everything that arrived, as it arrived.
        trouble: Why this may not be all that was handed out (cut off, a server error), or empty.
        may_hold_orders: False for a server error's own page, which is kept but not read.
        retry_after: Seconds to wait, where a server error named them.
    """

    body: bytes
    trouble: str = ""
    may_hold_orders: bool = True
    retry_after: float | None = None


class DestructiveSource(Source, Protocol):
    """A source whose read marks orders as seen."""

    @property
    def page_size(self) -> int:
        """Return how many orders a full page has; a shorter one is the last."""

    def take_page(self) -> Answer:
        """Send the request once and return what arrived.

        Raises:
            UnclearError: The request was sent and nothing arrived.
            ProviderError: Nothing was handed out (not sent, 401, 403, 429, refused).
        """

    def is_empty(self, body: bytes) -> bool:
        """Say whether an answer holds no order, without a doubt."""

    def orders_of(self, body: bytes, read_at: datetime) -> list[RawOrder]:
        """Return the orders of an answer.

        Raises:
            NotNormalizableError: The answer cannot be read.
        """


class DrainPoll:
    """One poll of one connection: pages are taken until one is short or the time runs out."""

    def __init__(
        self,
        source: DestructiveSource,
        receiver: Receiver,
        progress: Progress,
        states: States,
        inbox: Inbox,
        quarantine: Quarantine,
        clock: Clock,
        *,
        lease: timedelta,
        out_of_time: Callable[[], bool],
    ) -> None:
        self._source = source
        self._receiver = receiver
        self._progress = progress
        self._states = states
        self._inbox = inbox
        self._quarantine = quarantine
        self._clock = clock
        self._lease = lease
        self._out_of_time = out_of_time
        self._report = Report(source.connection)

    def run(self, *, forced: bool) -> Report:
        """Take what waits; a failure of the provider is noted and reported, not raised.

        Args:
            forced: Whether to poll in spite of a backoff.
        """
        report = self._report
        try:
            more = True
            while more and not self._out_of_time():
                more = self._step(forced=forced)
        except ProviderError as error:
            report.error = error
        report.degraded = self._progress.state.degraded
        return report

    def _step(self, *, forced: bool) -> bool:
        """Claim and take one page, or clear what is in the way; return whether to go on."""
        now = self._clock()
        reading = Reading(uuid4().hex, since=now, deadline=now + self._lease)
        state, claimed = self._states.begin_reading(self._source.connection, reading, now=now, forced=forced)
        self._progress.claim(state)
        if claimed:
            return self._take(reading)
        if state.stored is not None:
            # A state of an earlier version has no reading beside the page.
            since = state.completed_at or now
            return self._ingest_left(state.stored, state.reading or replace(reading, since=since))
        if state.reading is not None and state.reading.deadline <= now:
            return self._settle(state.reading)
        self._report.waits = _in_the_way(state, now, forced=forced)
        return False

    def _take(self, reading: Reading) -> bool:
        key = inbox_key(self._source.connection, reading.id)
        try:
            answer = self._source.take_page()
        except UnclearError as error:
            self._end(
                key, error, self._interruption(reading.id, reading.since, self._clock(), str(error), None)
            )
            raise
        except OrderBusError as error:
            # Nothing was handed out: the connection is idle again, and there is nothing to look for.
            self._end(key, error)
            raise
        if not answer.trouble and self._source.is_empty(answer.body):
            self._move(key, lambda state: completed(state, self._clock()))
            self._report.complete = True
            return False
        about = {
            "read-at": stamp(reading.since),
            "may-hold-orders": "yes" if answer.may_hold_orders else "no",
            # No empty value: metadata are HTTP headers.
            **({"trouble": answer.trouble[:500]} if answer.trouble else {}),
        }
        self._inbox.put(key, answer.body, about)
        if not answer.may_hold_orders:
            server_error = UnclearError(answer.trouble, retry_after=answer.retry_after)
            event = self._interruption(reading.id, reading.since, self._clock(), answer.trouble, key)
            self._end(key, server_error, event)
            raise server_error
        self._move(key, lambda state: replace(state, reading=reading, stored=key))
        return self._ingest(key, answer.body, about)

    def _ingest_left(self, key: str, reading: Reading) -> bool:
        """Bring a page into the ledger that an earlier run left in the inbox, and go on."""
        found = self._inbox.get(key)
        if found is None:
            return self._give_up(key, reading, "the stored answer is not in the inbox bucket any more", key)
        with suppress(UnclearError):  # what the earlier run did not get is published; this run goes on
            self._ingest(key, *found)
        return True

    def _settle(self, reading: Reading) -> bool:
        """Find out what became of a reading whose run died: it is in the inbox, or was lost on the way."""
        key = inbox_key(self._source.connection, reading.id)
        if self._inbox.get(key) is not None:
            self._move(key, lambda state: replace(state, reading=reading, stored=key))
            return self._ingest_left(key, reading)
        return self._give_up(key, reading, "the run that read ended before the answer was stored", None)

    def _give_up(self, key: str, reading: Reading, reason: str, stored: str | None) -> bool:
        """Publish that what a reading was handed out is not to be had, and go on."""
        id_ = key.rsplit("/", 1)[1]
        event = self._interruption(id_, reading.since, reading.deadline, reason, stored)
        self._report.interrupted += self._move(key, lambda state: state, event)
        return True

    def _ingest(self, key: str, body: bytes, about: Mapping[str, str]) -> bool:
        """Bring a stored page into the ledger; return whether there may be more.

        Raises:
            UnclearError: Not all that was handed out could be read; what could is in the ledger.
        """
        read_at = datetime.fromisoformat(about["read-at"])
        trouble = about.get("trouble", "")
        rows: list[RawOrder] = []
        try:
            if about["may-hold-orders"] == "yes":
                rows = self._source.orders_of(body, read_at)
        except NotNormalizableError as reason:
            trouble = trouble or str(reason)
            self._set_page_aside(body, str(reason), read_at)
        self._receiver.receive(rows, self._report.tally)
        if trouble:
            error = UnclearError(f"{self._source.connection}: {trouble}")
            event = self._interruption(key.rsplit("/", 1)[1], read_at, self._clock(), trouble, key)
            self._end(key, error, event)
            raise error
        last = len(rows) < self._source.page_size
        self._move(key, lambda state: completed(state, self._clock()) if last else state)
        self._report.complete = last
        return not last

    def _set_page_aside(self, body: bytes, reason: str, read_at: datetime) -> None:
        digest = sha256(body).hexdigest()
        connection = self._source.connection
        key = f"quarantine/{connection}/{digest}.page"
        self._inbox.put(key, body, {"view": "page"})
        entry = Quarantined(
            connection=connection,
            provider=self._source.provider,
            sha256=digest,
            key=key,
            reason=reason,
            subject=connection,
            view="page",
            read_at=read_at,
            whole_page=True,
        )
        quarantine_event(self._quarantine, entry, stamp(self._clock()), "live")
        self._report.tally.quarantined += 1
        self._report.tally.set_aside += 1

    def _end(self, key: str, error: OrderBusError, event: OutboxEntry | None = None) -> None:
        """Make the connection idle after a failure, together with what must be published of it."""
        written = self._move(key, lambda state: failed(state, error, self._clock()), event)
        self._report.interrupted += written and event is not None

    def _move(
        self,
        key: str,
        step: Callable[[ConnectionState], ConnectionState],
        event: OutboxEntry | None = None,
    ) -> bool:
        """Go on from our own reading or page; one that another run has taken over is left to it."""

        def ours(state: ConnectionState) -> ConnectionState | None:
            reading = state.reading and inbox_key(self._source.connection, state.reading.id)
            return step(replace(state, reading=None, stored=None)) if key in {reading, state.stored} else None

        return self._progress.move(ours, events=[event] if event else [])

    def _interruption(
        self, reading_id: str, since: datetime, until: datetime, reason: str, key: str | None
    ) -> OutboxEntry:
        data: dict[str, object] = {
            "reading_id": reading_id,
            "since": stamp(since),
            "until": stamp(until),
            "reason": reason,
            "key": key,
        }
        return self._progress.event("connection.read_interrupted.v1", reading_id, data)


def _in_the_way(state: ConnectionState, now: datetime, *, forced: bool) -> str:
    """Say why a connection was not claimed, as far as its state tells."""
    if state.reading is not None:
        return "another run is reading"
    if state.not_before is not None and state.not_before > now and not forced:
        return "backoff"
    return "another run was faster"  # it was writing at that moment, and may have ended since


def inbox_key(connection: str, reading_id: str) -> str:
    """Return where the bytes of a reading go: known before they are there, so that they are found again."""
    return f"inbox/{connection}/{reading_id}"
