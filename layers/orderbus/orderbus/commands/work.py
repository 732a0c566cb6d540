"""What desk, attempts and settlements share: how a command ends, goes back, or waits."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

from orderbus.commands.adapter import Shipment
from orderbus.commands.ledger import Book, CommandLedger, CommandRecord, Due, Queue
from orderbus.commands.outcomes import Outcome, Teller, success
from orderbus.domain.commands import State
from orderbus.domain.connections import Connection
from orderbus.domain.errors import CredentialsError, OrderBusError, RateLimitedError, UnexpectedError
from orderbus.ports import Clock

Json = dict[str, Any]

# The sweep takes a command up a little after its message should have come, and its lock is kept for that.
GRACE = timedelta(minutes=2)
_SWEEP_AFTER = timedelta(seconds=30)
_FIRST_BACKOFF, _LONGEST_BACKOFF = 5.0, 300.0
_FIRST_MENDING, _LONGEST_MENDING = 60.0, 900.0
_TRIES = 5
# A write that lost to another process is looked at again.
LOST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing is final: the message comes again after so many seconds, or the sweep finds the command."""

    seconds: float


Taken = CommandRecord | Later
"""The command as it stands now, or that it is to be looked at again."""


@dataclass(frozen=True, slots=True)
class Office:
    """The ledger, and who is told what.

    Attributes:
        provider_of: The provider of a connection, or an empty text where there is none.
        degrade: Tells that a connection's credentials were refused; it raises nothing.
        ended: Told of each command that ended, once that is written.
        hindered: Told of each error for which a command waits, or a charge is not known.
        charged: Told of each charge that a provider took, by its id, before that is written.
    """

    ledger: CommandLedger
    clock: Clock
    provider_of: Callable[[str], str]
    degrade: Callable[[Connection, CredentialsError], None]
    ended: Callable[[CommandRecord], None]
    hindered: Callable[[CommandRecord, OrderBusError], None]
    charged: Callable[[CommandRecord, str], None]

    def teller(self, record: CommandRecord) -> Teller:
        """Return what makes a command's events."""
        connection = record.command.subject.partition(":")[0]
        return Teller(record, self.provider_of(connection), self.clock())

    def end(
        self,
        record: CommandRecord,
        state: Outcome,
        data: Json,
        *,
        gives_back: bool = False,
        book: Book | None = None,
        entry: Shipment | None = None,
        due: Due | None = None,
        **changed: Any,
    ) -> Taken:
        """Write how a command ended, and with it what it reserved or set.

        Args:
            record: The command as it is in the ledger.
            state: How it ended.
            data: What its outcome tells.
            gives_back: Whether what it reserved is free again.
            book: The order's book, where it was read already.
            entry: What it has in the book from now on.
            due: When something is still to be done.
            changed: Fields of its progress.
        """
        after = self.teller(record).ended(state, data, due=due, **changed)
        sets = state == "succeeded" and after.progress.sets_state
        if not (sets or entry or (gives_back and record.progress.steps)):
            return self._noted(after) if self.ledger.move((record, after)) else Later(LOST_SECONDS)
        for _ in range(_TRIES):
            before = book or self.ledger.book(record.command.subject)
            kept = before.without(record.command.id) if gives_back else before
            kept = kept.with_(entry) if entry else kept
            kept = kept.set_at(effective_time(record)) if sets else kept
            if self.ledger.move((record, after), book=(before, kept)):
                return self._noted(after)
            book = None  # another command may have moved it: a charge that has settled, a person's answer
        return Later(LOST_SECONDS)

    def _noted(self, after: CommandRecord) -> CommandRecord:
        self.ended(after)
        return after

    def succeed(self, record: CommandRecord, result: Json, book: Book | None = None, **changed: Any) -> Taken:
        """Write that a command is done."""
        return self.end(record, "succeeded", success(result), book=book, **changed)

    def back(
        self,
        record: CommandRecord,
        error: OrderBusError,
        connection: Connection | None = None,
        state: State | None = None,
        **changed: Any,
    ) -> Taken:
        """Write that nothing could be sent: it is tried again after the provider's hint or a growing time."""
        seconds = backed_off(error, record.progress.waits)
        hindered = record.hindered(str(error))
        taken = self.wait(hindered, seconds, state, waits=record.progress.waits + 1, **changed)
        self.failed(record, error, connection)
        return taken

    def failed(self, record: CommandRecord, error: OrderBusError, connection: Connection | None) -> None:
        """Tell of an error, once what follows from it for the command is written."""
        self.hindered(record, error)
        if isinstance(error, CredentialsError) and connection is not None:
            self.degrade(connection, error)

    def wait(
        self, record: CommandRecord, seconds: float, state: State | None = None, **changed: Any
    ) -> Taken:
        """Write when a command is taken up again; in the state that it has, unless told otherwise."""
        at = self.clock() + timedelta(seconds=seconds)
        due = Due(queue_of(record.command.type), at + _SWEEP_AFTER)
        after = record.moved(state or record.state, due, not_before=at, **changed)
        return Later(seconds if self.ledger.move((record, after)) else LOST_SECONDS)


def backed_off(error: OrderBusError, waits: int) -> float:
    """Return how many seconds to wait after an error: the provider's own hint, else a growing time."""
    if isinstance(error, RateLimitedError) and error.retry_after is not None:
        return max(1.0, error.retry_after)
    # Credentials are mended by a person.
    first, longest = (
        (_FIRST_MENDING, _LONGEST_MENDING)
        if isinstance(error, CredentialsError)
        else (_FIRST_BACKOFF, _LONGEST_BACKOFF)
    )
    return min(first * 2.0 ** min(waits, 10), longest)


@contextmanager
def meant() -> Iterator[None]:
    """Let every error of an adapter be one that is raised on purpose, so that a fault ends as others do.

    Raises:
        UnexpectedError: In the place of any that is not an `OrderBusError`.
    """
    try:
        yield
    except OrderBusError:
        raise
    except Exception as error:
        at = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{PurePath(at.filename).name}:{at.lineno}"
        raise UnexpectedError(f"{type(error).__name__} at {place}, a fault of OrderBus") from error


def effective_time(record: CommandRecord) -> datetime:
    """Return when a command was sent, by its sender's clock, which may be wrong but not in the future."""
    return min(record.command.time, record.received_at)


def queue_of(type_: str) -> Queue:
    """Return whose queue takes a type of command."""
    name = type_.rpartition(".v")[0]
    queues: dict[str, Queue] = {"order.preauthorize": "preauthorize", "order.ship": "ship"}
    return queues.get(name, "update")
