"""Watches: orders that a list no longer shows are read again, one by one, until they are final.

A poll makes a bounded number of such reads, the longest due first, after its list. What the list has shown is
passed over without a write, however long it is due.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from orderbus.domain.errors import (
    CredentialsError,
    ProviderError,
    RateLimitedError,
    RefusedError,
    SnapshotLostError,
)
from orderbus.domain.watches import LONGEST_DELAY, next_read
from orderbus.intake.progress import Report
from orderbus.intake.receive import Receiver
from orderbus.ports import Clock, Orders, StoredOrder

MOST_READS = 25
# After so many reads without an answer the others wait for the next poll: each may have taken its full time.
_MOST_FAILURES = 3


class Watches:
    """The watched orders of one connection."""

    def __init__(
        self,
        connection: str,
        receiver: Receiver,
        orders: Orders,
        clock: Clock,
        out_of_time: Callable[[], bool],
    ) -> None:
        self._connection = connection
        self._receiver = receiver
        self._orders = orders
        self._clock = clock
        self._out_of_time = out_of_time

    def run(self, listed: Collection[str], report: Report) -> None:
        """Read the orders that are due; one that gives no answer waits its turn again.

        Args:
            listed: Order ids that this poll's list has shown; each of them costs the ledger's query a row.
            report: Counts what was read, and what became of it.

        Raises:
            CredentialsError: The provider refused the connection.
            RateLimitedError: The provider asks to slow down.
        """
        now = self._clock()
        shown = set(listed)
        due = self._orders.due(self._connection, now, MOST_READS + len(shown))
        wanted = [each for each in due if each not in shown][:MOST_READS]
        found = self._orders.find(wanted) if wanted else {}
        for stored in (found[each] for each in wanted if each in found):
            if len(report.not_answered) >= _MOST_FAILURES or self._out_of_time():
                return
            if stored.erased:
                self._orders.watch(stored, None, 0)
            elif stored.watch_at is not None and stored.watch_at <= now:  # the index lags behind
                self._read(stored, report)

    def _read(self, stored: StoredOrder, report: Report) -> None:
        tally = report.tally
        before = tally.updated
        report.watched += 1
        try:
            self._receiver.read_again(stored, tally)
        except RateLimitedError:
            raise
        except ProviderError as error:
            report.not_answered.append((stored.order_id, error))
            # It moves back, so that the same few orders do not stand before all others in each poll; and a
            # refusal is an answer, which is asked for ever less often.
            self._wait(stored, stored.watch_reads + isinstance(error, RefusedError))
            if isinstance(error, CredentialsError):
                raise
            return
        if tally.updated == before:
            self._wait(stored, stored.watch_reads + 1)

    def _wait(self, stored: StoredOrder, reads: int) -> None:
        self._orders.watch(stored, self._next_read(stored, reads), reads)

    def _next_read(self, stored: StoredOrder, reads: int) -> datetime | None:
        now = self._clock()
        try:
            return next_read(stored.load(), reads=reads, now=now)
        except SnapshotLostError:
            # Whether it is final, or held, is not known; a change of it is set aside by name.
            return now + LONGEST_DELAY
