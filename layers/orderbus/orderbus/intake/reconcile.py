"""Reconciliation: what a provider has, compared with the ledger; what is missing is taken in, and counted.

An order that the last complete poll should have seen, and did not, is a hole in the fetch. One that is
younger is not, nor is one in quarantine, nor one placed before the connection's start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from orderbus.domain.errors import (
    CredentialsError,
    NotNormalizableError,
    NotSentError,
    ProviderError,
    RateLimitedError,
    UnclearError,
)
from orderbus.domain.orders import order_id
from orderbus.domain.times import stamp
from orderbus.intake.receive import Receiver, Tally
from orderbus.intake.source import RawOrder, Source
from orderbus.intake.survey import Batch, Shown, Survey
from orderbus.ports import Clock, Orders, Quarantine

SPAN = timedelta(days=7)
# A fetch sees an order within a minute or two; so long before its last complete poll it must have been there.
DELAY = timedelta(minutes=10)
# An answer names so many ids; the ledger's events name them all, with `intake` reconcile.
_MOST_NAMED = 100
# These fail for everything that is asked.
_OF_ALL = (CredentialsError, NotSentError, RateLimitedError)


@dataclass(slots=True)
class Reconciled:
    """What a reconciliation found.

    Attributes:
        compared: Orders of the provider that were looked for in the ledger.
        missed: Those that the fetch should have had.
        missing: Ids of those that the ledger did not have; the first hundred.
        unread: Missing ones that could not be read.
        acknowledged: Orders whose arrival the provider was told.
        not_acknowledged: Orders whose arrival the provider could not be told.
        next: Where to go on from.
    """

    connection: str
    since: datetime
    until: datetime
    tally: Tally = field(default_factory=Tally)
    compared: int = 0
    missed: int = 0
    missing: list[str] = field(default_factory=list)
    unread: int = 0
    acknowledged: int = 0
    not_acknowledged: int = 0
    next: datetime | None = None
    error: ProviderError | None = None

    def as_answer(self) -> dict[str, object]:
        """Return the answer, with `next` where time ran out, and an `error` where there was one."""
        answer: dict[str, object] = {
            "connection": self.connection,
            "since": stamp(self.since),
            "until": stamp(self.until),
            "compared": self.compared,
            "created": self.tally.created,
            "quarantined": self.tally.set_aside,
            "missed": self.missed,
            "missing": self.missing,
            "unread": self.unread,
            "complete": self.next is None,
        }
        if self.next is not None:
            answer["next"] = stamp(self.next)
        if self.error is not None:
            answer["error"] = self.error.as_answer()
        return answer


class Reconciliation:
    """Reconciles one connection."""

    def __init__(
        self,
        source: Source,
        survey: Survey,
        orders: Orders,
        receiver: Receiver,
        quarantine: Quarantine,
        clock: Clock,
        completed_at: datetime | None,
        out_of_time: Callable[[], bool],
    ) -> None:
        self._source = source
        self._survey = survey
        self._orders = orders
        self._receiver = receiver
        self._quarantine = quarantine
        self._clock = clock
        self._seen_until = None if completed_at is None else completed_at - DELAY
        self._out_of_time = out_of_time

    def run(self, since: datetime, until: datetime) -> Reconciled:
        """Compare a span, and take in what is missing; a provider's failure is reported, not raised.

        So is a run in which nothing could be done.
        """
        found = Reconciled(self._source.connection, since, until)
        reached = since
        try:
            for batch in self._survey(self._source, since, until):
                if not self._take(batch, found):
                    found.next = reached
                    break
                reached = batch.upto
                if reached < until and self._out_of_time():
                    found.next = reached
                    break
        except ProviderError as error:
            found.error, found.next = error, reached
        done = found.tally.created + found.tally.set_aside + found.acknowledged
        if found.error is None and found.next == since and not done:
            # The same again would end in the same way.
            found.error = UnclearError(
                f"{found.connection}: the time of a run was over before one order more was taken in"
            )
        return found

    def _take(self, batch: Batch, found: Reconciled) -> bool:
        """Take in what is missing of a batch; False if the time runs out before."""
        shown = {self._order_id(each): each for each in batch.shown}
        known = self._orders.find(list(shown))
        found.compared += len(shown)
        for name in [name for name in shown if name not in known]:
            if name in self._waiting:
                continue
            if self._out_of_time():
                return False
            self._take_in(shown[name], found)
        return self._acknowledge(shown, found)

    def _take_in(self, each: Shown, found: Reconciled) -> None:
        try:
            raw = each.read()
        except ProviderError as error:
            if isinstance(error, _OF_ALL):
                raise
            found.unread += 1
            return
        placed_at = self._placed_at(raw)
        if placed_at is not None and placed_at > found.until:
            return
        before = found.tally.created + found.tally.set_aside
        self._receiver.receive([raw], found.tally)
        if found.tally.created + found.tally.set_aside == before:
            return  # placed before the start, or a fetch was faster
        found.missed += self._should_be_there(placed_at)
        if len(found.missing) < _MOST_NAMED:
            found.missing.append(each.external_id)

    def _should_be_there(self, placed_at: datetime | None) -> bool:
        return self._seen_until is not None and (placed_at is None or placed_at <= self._seen_until)

    def _placed_at(self, raw: RawOrder) -> datetime | None:
        try:
            return self._source.normalize(raw.value, now=self._clock()).placed_at
        except NotNormalizableError:
            return None

    def _acknowledge(self, shown: dict[str, Shown], found: Reconciled) -> bool:
        """Tell the provider of what the ledger has; False if the time runs out before."""
        waiting = [name for name, each in shown.items() if each.acknowledge is not None]
        there = self._orders.find(waiting, consistent=True) if waiting else {}
        for name in waiting:
            acknowledge = shown[name].acknowledge
            if acknowledge is None or name not in there or there[name].erased:
                continue
            if self._out_of_time():
                return False
            try:
                acknowledge()
                found.acknowledged += 1
            except _OF_ALL:
                raise
            except ProviderError:
                found.not_acknowledged += 1
        return True

    @cached_property
    def _waiting(self) -> set[str]:
        """What is in quarantine, by order id; read once something is missing."""
        return {entry.subject for entry in self._quarantine.waiting(self._source.connection)}

    def _order_id(self, each: Shown) -> str:
        return order_id(self._source.connection, each.external_id)
