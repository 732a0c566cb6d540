"""One attempt to carry a command out: `sending` is in the ledger before the provider is called.

What came of a step is written with the next one, or with the outcome. An unclear answer is read back at once
and once more at the deadline; then a set is sent once more, and everything else is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from orderbus.commands.adapter import Accepted, Answer, Finding, Live, Refused, Shipment
from orderbus.commands.ledger import Attempt, Book, Charge, CommandRecord, Due, StepRecord
from orderbus.commands.outcomes import plain, rejection, results, unknown
from orderbus.commands.planning import Assignment, overtaken, ready
from orderbus.commands.work import LOST_SECONDS, Later, Office, Taken, backed_off, meant, queue_of
from orderbus.domain.commands import AddTracking, Rejection, Ship, UnknownReason
from orderbus.domain.errors import (
    ConfigurationError,
    CredentialsError,
    NotFoundError,
    NotSentError,
    OrderBusError,
    RateLimitedError,
    RefusedError,
)

# A set that is not found is sent once more, so long after the deadline of the first.
RESEND_AFTER = timedelta(minutes=2)
# A request may take so long (to connect, to its first byte, for its body), and what is written after it.
REQUEST_TIME = timedelta(seconds=50)
_FIRST_ASK = timedelta(seconds=5)
_ASK_SWEPT_AFTER = timedelta(minutes=1)
_NOT_SENT = (NotSentError, RateLimitedError, CredentialsError, ConfigurationError)


class AttemptRun:
    """One attempt; `parked_until` is set where the order's lock must be kept after it."""

    def __init__(
        self, office: Office, assignment: Assignment, attempt: Attempt, time_left: Callable[[], timedelta]
    ) -> None:
        self.parked_until: datetime | None = None
        self._office = office
        self._given = assignment
        self._adapter = assignment.adapter
        self._attempt = attempt
        self._time_left = time_left
        self._book = Book()

    def carry_out(self, record: CommandRecord) -> Taken:
        """Go on from where the command stands; the order's lock is held."""
        step = record.sending
        if step is None:
            return self._begin(record)
        found = self._found_out(record, step)
        return self._begin(found) if isinstance(found, CommandRecord) and not found.is_final else found

    def _begin(self, record: CommandRecord) -> Taken:
        """Send what is not done, once nothing stands against it."""
        self._book = self._office.ledger.book(record.command.subject)
        if _is_done(record):
            return self._office.succeed(record, results(record), self._book, **_steps(record))
        against = overtaken(self._office.ledger, self._given, record, self._book)
        try:
            with meant():
                live = None if against else self._given.read_live()
                planned = against or ready(self._given, record, self._book, live)
        except NotFoundError as error:
            return self._refuse(record, Rejection("not_found", str(error)))
        except OrderBusError as error:
            return self._back(record, error)  # no live answer, no shipment
        if isinstance(planned, Rejection):
            return self._refuse(record, planned)
        if not planned.progress.steps:
            # What it ships is noted all the same: nothing of it may ship again.
            return self._office.succeed(planned, results(planned), self._book, entry=self._entry(planned))
        return self._send_all(planned, live)

    # ---- What became of a step that an earlier attempt sent

    def _found_out(self, record: CommandRecord, step: StepRecord) -> Taken:
        """Return the command with its step done, or as it is where the step is to be sent once more."""
        if self._read_back(record, step) == "happened":
            return _with(record, _done(step))
        if step.repeat != "set" or step.sent > 1 or record.progress.attempt is None:
            return self._unknown(record, "no_answer", _unheard_of(step))
        again_at = record.progress.attempt.deadline + RESEND_AFTER
        if self._office.clock() >= again_at:
            return record
        # Nothing else is done with the order until then.
        self.parked_until = again_at
        seconds = (again_at - self._office.clock()).total_seconds()
        return self._office.wait(record, seconds)

    def _read_back(self, record: CommandRecord, step: StepRecord) -> Finding | None:
        """Ask the provider whether a step has happened; None where there is no answer to that either."""
        try:
            with meant():
                return self._adapter.read_back(step.step(), step.baseline)
        except OrderBusError as error:
            self._office.hindered(record, error)
            return None

    # ---- Sending

    def _send_all(self, record: CommandRecord, live: Live | None) -> Taken:
        while not _is_done(record):
            if self._time_left() < REQUEST_TIME:
                return self._out_of_time(record)
            step = next(each for each in record.progress.steps if each.state != "done")
            taken = self._send(record, step, live)
            if isinstance(taken, Later) or taken.is_final or taken.state == "accepted":
                return taken
            record = taken
        return self._office.succeed(record, results(record), self._book, **_steps(record))

    def _send(self, record: CommandRecord, step: StepRecord, live: Live | None) -> Taken:
        """Send one step; return the command with it done, or what became of the command."""
        if step.state == "todo":
            try:
                with meant():
                    step = replace(step, baseline=plain(self._adapter.baseline(step.step(), live)))
            except OrderBusError as error:
                return self._back(record, error)
            if self._time_left() < REQUEST_TIME:
                return self._out_of_time(record)  # the baseline may have taken long
        under_way = replace(step, state="sending", sent=step.sent + 1)
        sending = self._write_sending(record, under_way)
        if sending is None:
            return Later(LOST_SECONDS)
        try:
            with meant():
                answer = self._adapter.send(under_way.step(), under_way.baseline)
        except _NOT_SENT as error:
            # As if this attempt had not been: what is unclear is so from the first on.
            return self._back(replace(sending, progress=record.progress), error)
        except RefusedError as error:
            answer = Refused(str(error))
        except OrderBusError as error:
            self._office.hindered(sending, error)
            return self._unclear(sending, under_way)
        return self._answered(sending, under_way, answer)

    def _write_sending(self, record: CommandRecord, step: StepRecord) -> CommandRecord | None:
        """Write that a step is about to be sent, and with it what the command reserves."""
        due = Due(queue_of(record.command.type), self._attempt.deadline)
        sending = _with(record, step).moved("sending", due, attempt=self._attempt)
        entry = self._entry(record)
        move = None
        if entry is not None and entry not in self._book.shipments:
            move = (self._book, self._book.with_(entry))
        if not self._office.ledger.move((record, sending), book=move):
            return None
        if move is not None:
            self._book = move[1]
        return sending

    def _entry(self, record: CommandRecord) -> Shipment | None:
        """Return what the command has in the order's book, if anything."""
        arguments, id_, ships = self._given.arguments, record.command.id, record.progress.ships
        if isinstance(arguments, Ship):
            return Shipment(id_, arguments.shipment_id, ships, arguments.carrier, arguments.tracking_numbers)
        if isinstance(arguments, AddTracking):
            return Shipment(id_, None, {}, arguments.carrier, (arguments.tracking_number,))
        return Shipment(id_, None, ships) if ships else None

    def _answered(self, record: CommandRecord, step: StepRecord, answer: Answer) -> Taken:
        if isinstance(answer, Refused):
            return self._refused(record, step, answer)
        done = _with(record, _done(step, plain(answer.result)))
        return self._accepted(done, answer) if isinstance(answer, Accepted) else done

    def _accepted(self, record: CommandRecord, answer: Accepted) -> Taken:
        """Write that the provider will finish a charge later; the ledger says when it is asked."""
        self._office.charged(record, answer.charge_id)  # so the id is somewhere if the write fails
        now = self._office.clock()
        charge = Charge(answer.charge_id, now + _FIRST_ASK, asked_at=now)
        due = Due("settle", charge.ask_at + _ASK_SWEPT_AFTER)
        after = record.moved("accepted", due, attempt=None, charge=charge)
        after = after.telling(self._office.teller(record).accepted(answer))
        return after if self._office.ledger.move((record, after)) else Later(LOST_SECONDS)

    # ---- What was not done, or may have been

    def _refused(self, record: CommandRecord, step: StepRecord, why: Refused) -> Taken:
        if step.sent > 1:
            # The first of the two may have been carried out, and this be refused for it.
            return self._unknown(record, "no_answer", why.message, why.provider)
        record = _with(record, replace(step, state="todo"))
        if record.anything_done:
            return self._unknown(record, "partly_applied", why.message, why.provider)
        return self._office.end(
            record, "rejected", rejection(why), gives_back=True, book=self._book, **_steps(record)
        )

    def _refuse(self, record: CommandRecord, why: Rejection) -> Taken:
        """Refuse a command before this attempt has sent anything."""
        if record.sending:
            return self._unknown(record, "no_answer", f"it was sent once, and not again: {why.message}")
        if record.anything_done:
            return self._unknown(record, "partly_applied", why.message, why.provider)
        return self._office.end(record, "rejected", rejection(why), gives_back=True, book=self._book)

    def _unclear(self, record: CommandRecord, step: StepRecord) -> Taken:
        """Read an unclear step back at once; where nothing is found, once more at the deadline."""
        finding = self._read_back(record, step)
        if finding == "happened":
            return _with(record, _done(step))
        if finding == "cannot_tell" and step.repeat != "set":
            return self._unknown(record, "no_answer", _unheard_of(step))
        self.parked_until = self._attempt.deadline
        return Later((self._attempt.deadline - self._office.clock()).total_seconds())

    def _unknown(
        self, record: CommandRecord, reason: UnknownReason, message: str, provider: Any = None
    ) -> Taken:
        data = unknown(record, reason, message, provider)
        return self._office.end(record, "unknown", data, **_steps(record))

    def _back(self, record: CommandRecord, error: OrderBusError) -> Taken:
        """Write that nothing was sent now; a step whose first sending is unclear stays so."""
        if record.sending is None:
            return self._office.back(
                record, error, self._given.connection, "received", attempt=None, **_steps(record)
            )
        seconds = backed_off(error, record.progress.waits)
        self.parked_until = self._office.clock() + timedelta(seconds=seconds)
        return self._office.back(record, error, self._given.connection, "sending", **_steps(record))

    def _out_of_time(self, record: CommandRecord) -> Taken:
        if record.sending is None:
            return self._office.wait(record, LOST_SECONDS, "received", attempt=None, **_steps(record))
        self.parked_until = self._office.clock() + timedelta(seconds=LOST_SECONDS)
        return Later(LOST_SECONDS)


def _with(record: CommandRecord, step: StepRecord) -> CommandRecord:
    """Return the command with this step in the place of the one of its name; nothing is written."""
    steps = tuple(step if each.name == step.name else each for each in record.progress.steps)
    return replace(record, progress=replace(record.progress, steps=steps))


def _steps(record: CommandRecord) -> dict[str, Any]:
    return {"steps": record.progress.steps}


def _is_done(record: CommandRecord) -> bool:
    """Say whether a command has a plan, and nothing of it is left to send."""
    steps = record.progress.steps
    return bool(steps) and all(step.state == "done" for step in steps)


def _done(step: StepRecord, result: dict[str, Any] | None = None) -> StepRecord:
    return replace(step, state="done", result=result or {})


def _unheard_of(step: StepRecord) -> str:
    return (
        f"{step.name}: it was sent, and no answer says what came of it; look at the provider, and answer with"
        " command.resolve.v1"
    )
