"""The desk: each command that comes in, or is due again, and what becomes of it.

What needs nobody's answer is decided here: identity, age, arguments, whether the order is known, whether the
connection may be told anything. The rest is an attempt (attempt.py), under the order's lock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

from orderbus.commands.adapter import Adapter, Succeeded
from orderbus.commands.attempt import AttemptRun
from orderbus.commands.ledger import Attempt, CommandLedger, CommandRecord, Due, Lock
from orderbus.commands.outcomes import rejection, unknown
from orderbus.commands.planning import Assignment
from orderbus.commands.resolve import resolve
from orderbus.commands.work import (
    GRACE,
    Later,
    Office,
    Taken,
    queue_of,
)
from orderbus.domain.commands import ARGUMENTS, ArgumentsError, Command, Rejection, Resolve
from orderbus.domain.connections import Connection
from orderbus.domain.errors import ConfigurationError, NotFoundError, OrderBusError
from orderbus.ports import Orders

# How old a command may be when it is first seen, and how long it waits until it can be sent.
_LONGEST_AGE = timedelta(hours=24)
# A message that was lost before anything was done: the sweep finds the command then.
_FIRST_DUE = timedelta(minutes=2)
# No process of this attempt lives longer than the time that it has left, and this.
_LEASE_MARGIN = timedelta(seconds=5)
# Who waits for another command of the order looks again so soon, and so soon at the latest.
_LOCK_SECONDS, _LONGEST_LOCK_SECONDS = 1.0, 20.0
_PAUSED_SECONDS = 300.0


class Places(Protocol):
    """What the desk finds its way by."""

    def connection(self, name: str) -> Connection:
        """Return a connection.

        Raises:
            ConfigurationError: There is none of that name, or it cannot be used.
        """

    def adapter(self, connection: Connection) -> Adapter:
        """Return what carries out a connection's commands.

        Raises:
            ConfigurationError: The connection cannot be used.
        """

    def refresh(self, connection: Connection, external_id: str) -> Succeeded | None:
        """Read an order now and bring it into the ledger; None where the provider has no such question.

        Raises:
            ProviderError: There is no answer.
        """


@dataclass(frozen=True, slots=True)
class Desk:
    """Takes commands in.

    Attributes:
        time_left: How long this process may still live.
    """

    office: Office
    orders: Orders
    places: Places
    time_left: Callable[[], timedelta]

    @property
    def _ledger(self) -> CommandLedger:
        return self.office.ledger

    def take(self, command: Command, receives: int = 1) -> Taken:
        """Take a command in that was sent, however often it was.

        Args:
            command: The command.
            receives: How often its message was received, so that who waits waits longer each time.
        """
        now = self.office.clock()
        fresh = CommandRecord(
            command, command.content_hash(), now, due=Due(queue_of(command.type), now + _FIRST_DUE)
        )
        there = self._ledger.add(fresh)
        if there is None:
            return self._proceed(fresh, receives)
        if there.content_hash != fresh.content_hash:
            told = self.office.teller(there).conflict(fresh.content_hash)
            key = f"CONFLICT#{command.id}#{fresh.content_hash}"
            self._ledger.tell(command.subject, key, told)
            return there
        return self._proceed(there, receives)

    def again(self, subject: str, command_id: str, receives: int = 1) -> Taken | None:
        """Take a command up again that the ledger says is due; None where there is no such command."""
        record = self._ledger.find(subject, command_id)
        return None if record is None else self._proceed(record, receives)

    def _proceed(self, record: CommandRecord, receives: int) -> Taken:
        now = self.office.clock()
        if record.is_final or record.state == "accepted":
            return record
        attempt = record.progress.attempt
        if attempt is not None and now < attempt.deadline:
            return Later((attempt.deadline - now).total_seconds())  # somebody is at it: nothing is said
        refusal = self._refusal(record, now)
        if refusal:
            return self._refused(record, refusal)
        not_before = record.progress.not_before
        if not_before is not None and now < not_before:
            return Later((not_before - now).total_seconds())
        return self._checked(record, receives)

    def _refusal(self, record: CommandRecord, now: datetime) -> Rejection | None:
        """Return why a command goes no further, whatever the order is."""
        command, attempt = record.command, record.progress.attempt
        if attempt is not None:
            over = now - attempt.deadline >= _LONGEST_AGE
            said = f"for 24 hours the provider could not be asked{_at_last(record)}"
            return Rejection("expired", said) if over else None
        if command.type not in ARGUMENTS:
            known = command.type.rpartition(".v")[0] + ".v1"
            return Rejection("unknown_type", f"this version of the command is not known; {known} is")
        if record.received_at - command.time > _LONGEST_AGE:
            return Rejection("expired", "the command was more than 24 hours old when it came")
        if now - record.received_at >= _LONGEST_AGE:
            return Rejection("expired", f"the command could not be sent for 24 hours{_at_last(record)}")
        return None

    def _refused(self, record: CommandRecord, why: Rejection) -> Taken:
        if record.sending:
            said = f"it was sent, and what came of it cannot be found out: {why.message}"
            return self.office.end(record, "unknown", unknown(record, "no_answer", said))
        if record.anything_done:
            said = f"some of it was done before, and the rest was not: {why.message}"
            return self.office.end(record, "unknown", unknown(record, "partly_applied", said))
        return self.office.end(record, "rejected", rejection(why), gives_back=True)

    def _checked(self, record: CommandRecord, receives: int) -> Taken:
        command = record.command
        try:
            arguments = command.arguments()
        except ArgumentsError as error:
            return self._refused(record, Rejection("invalid_arguments", str(error)))
        if isinstance(arguments, Resolve):
            return resolve(self.office, record, arguments)
        create = command.type == "order.create.v1"
        go_on = self._create if create else self._about_an_order
        return go_on(record, arguments, receives)

    def _about_an_order(self, record: CommandRecord, arguments: Any, receives: int) -> Taken:
        command = record.command
        stored = self.orders.find([command.subject], consistent=True).get(command.subject)
        if stored is None or stored.erased:
            said = "OrderBus knows no order of this subject; once it does, send the command under a new id"
            return self._refused(record, Rejection("unknown_order", said))
        name, _, external_id = command.subject.partition(":")
        try:
            connection = self.places.connection(name)
            adapter = self.places.adapter(connection)
        except ConfigurationError as error:
            return self.office.back(record, error)
        assignment = Assignment(arguments, connection, adapter, stored, external_id)
        if command.type == "order.refresh.v1":
            return self._refresh(record, assignment)
        return self._attempt(record, assignment, receives)

    def _create(self, record: CommandRecord, arguments: Any, receives: int) -> Taken:
        try:
            connection = self.places.connection(record.command.subject)
        except ConfigurationError as error:
            return self._refused(record, Rejection("unknown_connection", str(error)))
        try:
            adapter = self.places.adapter(connection)
        except ConfigurationError as error:
            return self.office.back(record, error)
        return self._attempt(record, Assignment(arguments, connection, adapter, None, ""), receives)

    def _refresh(self, record: CommandRecord, assignment: Assignment) -> Taken:
        """Read the order now, which changes nothing at the provider: it needs no lock and no sending."""
        if assignment.connection.mode == "off":
            return self._paused(record)
        try:
            answer = self.places.refresh(assignment.connection, assignment.external_id)
        except NotFoundError as error:
            return self._refused(record, Rejection("not_found", str(error)))
        except OrderBusError as error:
            return self.office.back(record, error, assignment.connection)
        if answer is None:
            said = f"{assignment.connection.provider} cannot be asked for one order"
            return self._refused(record, Rejection("not_supported", said))
        return self.office.succeed(record, answer.result)

    def _paused(self, record: CommandRecord) -> Taken:
        return self.office.wait(record, _PAUSED_SECONDS)

    def _attempt(self, record: CommandRecord, assignment: Assignment, receives: int) -> Taken:
        if assignment.connection.mode != "live":
            return self._paused(record)
        now = self.office.clock()
        attempt = Attempt(str(uuid4()), now + self.time_left() + _LEASE_MARGIN)
        lock = Lock(record.command.id, attempt.id, attempt.deadline, attempt.deadline + GRACE)
        if not self._ledger.lock(record.command.subject, lock, now):
            return Later(min(_LOCK_SECONDS * 2.0 ** min(receives - 1, 10), _LONGEST_LOCK_SECONDS))
        # Read again under the lock: what was read before may be what another process has finished since.
        present = self._ledger.find(record.command.subject, record.command.id)
        if present is None or present.version != record.version:
            self._ledger.unlock(record.command.subject, attempt.id)
            return Later(_LOCK_SECONDS)
        run = AttemptRun(self.office, assignment, attempt, self.time_left)
        taken = run.carry_out(record)
        if run.parked_until is None:
            self._ledger.unlock(record.command.subject, attempt.id)
        else:
            # Nothing else is done with the order until it is known what came of this.
            parked = Lock(record.command.id, attempt.id, now, run.parked_until + GRACE)
            self._ledger.keep_lock(record.command.subject, parked)
        return taken


def _at_last(record: CommandRecord) -> str:
    return f"; at last: {record.progress.hindrance}" if record.progress.hindrance else ""
