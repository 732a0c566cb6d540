"""Charges that finish later: asked about with growing delays until the answer is definite.

After 24 hours in which the provider answered, and said nothing definite, the charge is unknown, and asked
about daily for 30 days more: a definite answer resolves it. After a week it is unknown in any case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from orderbus.commands.adapter import Adapter, Pending, Refused, Succeeded
from orderbus.commands.ledger import Charge, CommandRecord, Due
from orderbus.commands.outcomes import plain, rejection, results, success, unknown
from orderbus.commands.work import LOST_SECONDS, Later, Office, Taken, meant
from orderbus.domain.connections import Connection
from orderbus.domain.errors import ConfigurationError, OrderBusError, RefusedError

_FIRST_DELAY, _LONGEST_DELAY = timedelta(seconds=5), timedelta(minutes=15)
_PENDING_FOR = timedelta(hours=24)
_LONGEST_WITHOUT_AN_ANSWER = timedelta(days=7)
_DAILY, _DAYS = timedelta(days=1), timedelta(days=30)
_CLOCKS_DIFFER = timedelta(seconds=1)
# The sweep comes after the message that should have.
_SWEEP_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Settlements:
    """Asks what became of charges.

    Attributes:
        connection: Finds a connection by its name.
        adapter: Makes what asks a connection's provider.
        unrecognized: Told once for each answer whose state is none that is configured.
    """

    office: Office
    connection: Callable[[str], Connection]
    adapter: Callable[[Connection], Adapter]
    unrecognized: Callable[[CommandRecord], None]

    def ask(self, subject: str, command_id: str) -> Taken | None:
        """Ask about a command's charge, if it is time; None where there is no such command."""
        record = self.office.ledger.find(subject, command_id)
        if record is None or record.progress.charge is None or record.due is None:
            return record
        charge, now = record.progress.charge, self.office.clock()
        if now < charge.ask_at - _CLOCKS_DIFFER:
            return record  # a message too many: its own one is on the way, or the sweep comes
        connection = None
        try:
            with meant():
                connection = self._connection(subject)
                answer = self.adapter(connection).settle(subject.partition(":")[2], charge.id)
        except OrderBusError as error:
            # A refusal tells nothing of the charge, but it is an answer: its time counts.
            answered = isinstance(error, RefusedError)
            asked = _counted(charge, now) if answered else _asked(charge, now)
            taken = self._pending(record.hindered(str(error)), asked)
            self.office.failed(record, error, connection)
            return taken
        if isinstance(answer, Pending):
            if not answer.recognized:
                self.unrecognized(record)
            return self._pending(record.hindered(""), _counted(charge, now))
        return self._settled(record, answer)

    def _connection(self, subject: str) -> Connection:
        connection = self.connection(subject.partition(":")[0])
        if connection.mode == "off":
            raise ConfigurationError(f"connection {connection.name!r} is off")
        return connection

    def _pending(self, record: CommandRecord, charge: Charge) -> Taken:
        over = (
            charge.counted_seconds >= _PENDING_FOR.total_seconds()
            or charge.asked_at - record.received_at >= _LONGEST_WITHOUT_AN_ANSWER
        )
        if charge.until is None and not over:
            return self._ask_again(
                record, charge, min(_FIRST_DELAY * 2.0 ** min(charge.asked, 20), _LONGEST_DELAY)
            )
        if charge.until is None:
            return self._give_up(record, charge)
        if charge.asked_at >= charge.until:
            after = record.moved(record.state, None, charge=charge)
            return after if self.office.ledger.move((record, after)) else Later(LOST_SECONDS)
        return self._ask_again(record, charge, _DAILY)

    def _ask_again(self, record: CommandRecord, charge: Charge, delay: timedelta) -> Taken:
        charge = replace(charge, ask_at=charge.asked_at + delay)
        after = record.moved(record.state, _due(charge), charge=charge)
        return Later(delay.total_seconds() if self.office.ledger.move((record, after)) else LOST_SECONDS)

    def _give_up(self, record: CommandRecord, charge: Charge) -> Taken:
        """Say that a charge is unknown; it is asked about daily from now on."""
        charge = replace(charge, ask_at=charge.asked_at + _DAILY, until=charge.asked_at + _DAYS)
        why = record.progress.hindrance or "it is pending"
        said = (
            f"the provider took charge {charge.id}, and no definite answer came since; at last: {why};"
            " look at the provider, and answer with command.resolve.v1"
        )
        return self.office.end(
            record, "unknown", unknown(record, "not_settled", said), due=_due(charge), charge=charge
        )

    def _settled(self, record: CommandRecord, answer: Succeeded | Refused) -> Taken:
        by = "provider" if record.state == "unknown" else None
        if isinstance(answer, Succeeded):
            result = results(record) | plain(answer.result)
            return self.office.end(record, "succeeded", success(result, by))
        why = replace(answer, reason="not_applied") if by else answer
        return self.office.end(record, "rejected", rejection(why, by), gives_back=True)


def _counted(charge: Charge, now: datetime) -> Charge:
    """Return the charge with the time that the provider has answered for; a gap of our own is not its."""
    passed = min(now - charge.asked_at, 2 * _LONGEST_DELAY).total_seconds()
    return replace(_asked(charge, now), counted_seconds=charge.counted_seconds + passed)


def _asked(charge: Charge, now: datetime) -> Charge:
    return replace(charge, asked=charge.asked + 1, asked_at=now)


def _due(charge: Charge) -> Due:
    return Due("settle", charge.ask_at + _SWEEP_AFTER)
