"""Redriving what is in quarantine: after a fix, each input gives its order exactly once."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from orderbus.domain.errors import NotNormalizableError, ProviderError
from orderbus.intake.receive import Receiver, Tally
from orderbus.intake.source import RawOrder, Source
from orderbus.ports import Clock, Inbox, Quarantine, Quarantined

ReadPage = Callable[[bytes, datetime], list[RawOrder]]
"""Returns the orders of a whole page, or raises NotNormalizableError."""
Ask = Callable[[Any], RawOrder]
"""Asks the provider for the order that a raw value names; raises ProviderError or NotNormalizableError."""


@dataclass(slots=True)
class Redriven:
    """What a redrive did.

    Attributes:
        still: What was tried and still waits, each with the reason.
        next: The SHA-256 to go on with, where the time ran out before.
    """

    tally: Tally = field(default_factory=Tally)
    still: list[Quarantined] = field(default_factory=list)
    next: str | None = None


class Redrive:
    """Redrives one connection's quarantine."""

    def __init__(
        self,
        source: Source,
        receiver: Receiver,
        quarantine: Quarantine,
        store: Inbox,
        clock: Clock,
        read_page: ReadPage | None,
        ask: Ask | None = None,
    ) -> None:
        self._source = source
        self._receiver = receiver
        self._quarantine = quarantine
        self._store = store
        self._clock = clock
        self._read_page = read_page
        self._ask = ask

    def run(self, wanted: Collection[str] | None, begin: str, out_of_time: Callable[[], bool]) -> Redriven:
        """Receive what waits again, with the time of its first read.

        Args:
            wanted: SHA-256 of the entries to redrive, or None for all.
            begin: The SHA-256 to begin with, where an earlier run was out of time, or an empty text.
            out_of_time: Says whether nothing more may be begun.
        """
        done = Redriven()
        waiting = sorted(self._quarantine.waiting(self._source.connection), key=lambda entry: entry.sha256)
        for entry in waiting:
            if entry.sha256 < begin or (wanted is not None and entry.sha256 not in wanted):
                continue
            if out_of_time():
                done.next = entry.sha256
                break
            reason = self._still_waits(entry, done.tally)
            if reason is None:
                self._quarantine.redriven(entry, self._clock())
            else:
                done.still.append(replace(entry, reason=reason))
        return done

    def _still_waits(self, entry: Quarantined, total: Tally) -> str | None:
        """Receive an entry again; return why it still waits, or None where it does not."""
        found = self._store.get(entry.key)
        if found is None:
            return f"{entry.key} is not in the inbox bucket any more"
        before = total.quarantined
        try:
            self._receiver.receive(self._rows(entry, found[0]), total)
        except (NotNormalizableError, ProviderError) as reason:
            # The provider is asked for what has only a name, and where the ledger has a later read.
            total.quarantined += 1
            return str(reason)
        # Of a page, each order that is still bad has an entry of its own by now.
        return None if entry.whole_page or total.quarantined == before else entry.reason

    def _rows(self, entry: Quarantined, body: bytes) -> list[RawOrder]:
        if entry.whole_page:
            if self._read_page is None:
                raise NotNormalizableError("this provider has no pages that are read again")
            return self._read_page(body, entry.read_at)
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            raise NotNormalizableError("what is kept of it is not JSON that can be read") from None
        view = self._source.views[entry.view]
        if view.names_only and self._ask is not None:
            return [self._ask(value)]
        return [RawOrder(value, view, entry.read_at)]
