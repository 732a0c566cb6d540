"""How far a connection has come, and how it fares: cursor, backoff, degraded and recovered.

The cursor only moves forward, and each write of the state is conditioned on the one it follows from: of two
overlapping runs the slower one reads the state again and can only add to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from orderbus.domain.errors import (
    ContendedError,
    CredentialsError,
    OrderBusError,
    ProviderError,
)
from orderbus.domain.events import EventType, event_id
from orderbus.domain.times import stamp
from orderbus.intake.receive import Tally
from orderbus.ports import Clock, ConnectionState, OutboxEntry, States

# A connection that did not complete a poll for so long is silent, and the sweep says so.
SILENT_AFTER = timedelta(minutes=15)
# So many failed polls in a row make a connection degraded; refused credentials do so at once.
_DEGRADED_AFTER = 3
_FIRST_BACKOFF_SECONDS = 60
_LONGEST_BACKOFF_SECONDS = 15 * 60
_TRIES = 8


@dataclass(slots=True)
class Report:
    """What a poll did, as the fetch function answers it.

    Attributes:
        watched: How many orders were read again, since no list shows them any more.
        not_answered: Which of them the provider gave no answer for, and why.
    """

    connection: str
    tally: Tally = field(default_factory=Tally)
    cursor: str | None = None
    complete: bool = False
    error: OrderBusError | None = None
    interrupted: int = 0
    acknowledged: int = 0
    not_acknowledged: int = 0
    watched: int = 0
    not_answered: list[tuple[str, ProviderError]] = field(default_factory=list)
    degraded: bool = False
    waits: str | None = None

    def as_answer(self) -> dict[str, object]:
        """Return the answer, with an `error` or what it `waits` for where there is one."""
        tally = self.tally
        answer: dict[str, object] = {
            "connection": self.connection,
            "read": tally.read,
            "created": tally.created,
            "updated": tally.updated,
            "unchanged": tally.unchanged,
            "quarantined": tally.quarantined,
            "cursor": self.cursor,
            "complete": self.complete,
        }
        if self.acknowledged or self.not_acknowledged:
            answer |= {"acknowledged": self.acknowledged, "not_acknowledged": self.not_acknowledged}
        if self.error is not None:
            answer["error"] = self.error.as_answer()
        if self.waits is not None:
            answer["waits"] = self.waits
        return answer


Step = Callable[[ConnectionState], ConnectionState | None]
"""Returns the next state, or None where there is nothing to do any more."""

CursorKey = Callable[[str], Any]
"""What cursors are compared by: `int` for ids, `str` for days, and for times as `stamp` writes them."""


class Progress:
    """Moves the state of one connection."""

    def __init__(self, states: States, connection: str, provider: str, clock: Clock) -> None:
        self._states = states
        self._connection = connection
        self._provider = provider
        self._clock = clock
        self.state = ConnectionState()

    def load(self) -> ConnectionState:
        """Read where the connection stands."""
        self.state = self._states.get(self._connection)
        return self.state

    def claim(self, state: ConnectionState) -> None:
        """Go on from a state that was read elsewhere."""
        self.state = state

    def move(
        self,
        step: Step,
        *,
        events: Sequence[OutboxEntry] = (),
        silent_at: datetime | None = None,
    ) -> bool:
        """Write the state that a step makes of the present one, again where another run was faster.

        Args:
            step: Makes the next state of the present one.
            events: Published with it.
            silent_at: When the connection counts as silent; by default so long after its last complete poll.

        Returns:
            Whether it was written, and the events with it.

        Raises:
            ContendedError: Others were faster, several times.
        """
        for _ in range(_TRIES):
            after = step(self.state)
            if after is None:
                return False
            more = [*events, *self._health_events(self.state, after)]
            expected = silent_at or (after.completed_at or self._clock()) + SILENT_AFTER
            written = self._states.move(self._connection, self.state, after, silent_at=expected, events=more)
            if written is not None:
                self.state = written
                return True
            self.load()
        raise ContendedError(
            f"the state of connection {self._connection!r} is written by others again and again"
        )

    def advance(self, cursor: str | None, floor: str | None, *, key: CursorKey) -> None:
        """Move the cursor forward; one that is already further stays, and costs no write."""

        def moved(state: ConnectionState) -> ConnectionState | None:
            after = forward(state, cursor, floor, key)
            return after if after != state else None

        self.move(moved)

    def complete(self, cursor: str | None, floor: str | None, *, key: CursorKey) -> None:
        """Note a complete poll, in one write with the cursor."""
        self.move(lambda state: completed(forward(state, cursor, floor, key), self._clock()))

    def fail(self, error: OrderBusError) -> None:
        """Note a failed poll: when to come again, and whether the connection is degraded now."""
        self.move(lambda state: failed(state, error, self._clock()))

    def event(self, type_: EventType, key: str, data: dict[str, object]) -> OutboxEntry:
        """Return an event about this connection."""
        return OutboxEntry(
            id=event_id(self._connection, type_, key),
            type=type_,
            subject=self._connection,
            time=stamp(self._clock()),
            provider=self._provider,
            connection=self._connection,
            data=data,
        )

    def _health_events(self, before: ConnectionState, after: ConnectionState) -> list[OutboxEntry]:
        if before.degraded == after.degraded:
            return []
        last = stamp(before.completed_at) if before.completed_at else None
        type_: EventType = "connection.degraded.v1" if after.degraded else "connection.recovered.v1"
        data: dict[str, object] = {
            "failed_polls": after.failures or before.failures,
            "last_complete_poll": last,
        }
        return [self.event(type_, str(after.number), data)]


def forward(state: ConnectionState, cursor: str | None, floor: str | None, key: CursorKey) -> ConnectionState:
    """Return the state with the greater of two cursors, and of two floors, by that key.

    The floor moves by itself: with an order far above the rest the cursor stands still, and only the floor
    says how far a poll has come that ran out of time.
    """
    return replace(state, cursor=greater(state.cursor, cursor, key), floor=greater(state.floor, floor, key))


def greater(one: str | None, other: str | None, key: CursorKey) -> str | None:
    """Return the greater of two cursors, either of which may not be there yet."""
    return max(one, other, key=key) if one is not None and other is not None else one or other


def completed(state: ConnectionState, now: datetime) -> ConnectionState:
    """Return the state after a complete poll."""
    return replace(
        state,
        completed_at=now,
        not_before=None,
        failures=0,
        degraded=False,
        number=state.number + state.degraded,
    )


def failed(state: ConnectionState, error: OrderBusError, now: datetime) -> ConnectionState:
    """Return the state after a failed poll."""
    failures = state.failures + 1
    degraded = state.degraded or failures >= _DEGRADED_AFTER or isinstance(error, CredentialsError)
    return replace(
        state,
        failures=failures,
        not_before=now + timedelta(seconds=_wait(error, failures)),
        degraded=degraded,
        number=state.number + (degraded and not state.degraded),
    )


def _wait(error: OrderBusError, failures: int) -> float:
    """Return for how long scheduled polls wait: the provider's own hint, else a growing time."""
    if isinstance(error, ProviderError) and error.retry_after is not None:
        return error.retry_after
    return min(_FIRST_BACKOFF_SECONDS * 2.0 ** min(failures - 1, 10), _LONGEST_BACKOFF_SECONDS)
