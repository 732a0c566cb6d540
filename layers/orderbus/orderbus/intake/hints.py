"""A hint that an order exists, from whoever: the provider is asked for it, and its answer alone counts.

The scheduled fetch brings every order anyway; a hint only brings it sooner. So it gives way: to a connection
that waits after a failure, and to a limit, since anyone may send any number of hints.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from orderbus.domain.errors import NotFoundError, ProviderError
from orderbus.domain.orders import order_id
from orderbus.intake.progress import Progress
from orderbus.intake.receive import Receiver, Tally
from orderbus.intake.source import RawOrder, Source
from orderbus.ports import Clock, ConnectionState, Orders

# What reaches a provider; a shop that sells more than this in a minute waits for its fetch, a minute.
IMPORTS_A_MINUTE = 30
# For what an answer to a hint says, polls wait no longer: anyone may send one, and a poll is told itself.
_LONGEST_WAIT = timedelta(minutes=15)

Outcome = Literal["known", "waits", "limited", "not_found", "imported", "set_aside", "before_start"]

Find = Callable[[Any, str, datetime], RawOrder | None]
"""Asks a source's provider now for an order that is not in the ledger; None where it has none to show.

Raises ProviderError by what the answer means.
"""


class Limit(Protocol):
    """How often something may be done."""

    def take(self, connection: str, now: datetime, most: int) -> bool:
        """Count one more of this minute, unless there were as many; return whether there were not."""


class Hints:
    """Follows hints for one connection."""

    def __init__(
        self,
        source: Source,
        find: Find,
        orders: Orders,
        receiver: Receiver,
        progress: Progress,
        limit: Limit,
        clock: Clock,
    ) -> None:
        self._source = source
        self._find = find
        self._orders = orders
        self._receiver = receiver
        self._progress = progress
        self._limit = limit
        self._clock = clock

    def follow(self, external_id: str) -> tuple[Outcome, Tally]:
        """Bring an order into the ledger if the provider has it; a known one costs the provider nothing.

        Raises:
            ProviderError: The provider did not answer with the order; the fetch will ask again.
        """
        tally = Tally()
        if self._orders.find([order_id(self._source.connection, external_id)]):
            return "known", tally
        now = self._clock()
        not_before = self._progress.load().not_before
        if not_before is not None and now < not_before:
            return "waits", tally
        if not self._limit.take(self._source.connection, now, IMPORTS_A_MINUTE):
            return "limited", tally
        raw = self._ask(external_id)
        if raw is None:
            return "not_found", tally
        self._receiver.receive([raw], tally)
        if tally.quarantined:
            return "set_aside", tally
        return ("before_start" if tally.skipped else "imported"), tally

    def _ask(self, external_id: str) -> RawOrder | None:
        try:
            return self._find(self._source, external_id, self._clock())
        except NotFoundError:
            return None
        except ProviderError as error:
            if error.retry_after is not None:
                self._wait(self._clock() + min(timedelta(seconds=error.retry_after), _LONGEST_WAIT))
            raise

    def _wait(self, until: datetime) -> None:
        """Let scheduled polls wait, too, as long as the provider has asked for."""

        def later(state: ConnectionState) -> ConnectionState | None:
            waits = state.not_before is not None and state.not_before >= until
            return None if waits else replace(state, not_before=until)

        self._progress.move(later)
