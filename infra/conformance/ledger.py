"""The ledger's ports in memory, with the conditions that the tables have: a poll runs on it as on AWS."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import msgspec
from orderbus.domain.content import compact
from orderbus.ports import (
    ConnectionState,
    Json,
    OrderRecord,
    OutboxEntry,
    Quarantined,
    Reading,
    StoredOrder,
)

from infra.conformance.journal import Journal


class MemoryOrders:
    """Orders by id, each as a text, as in the table.

    Args:
        journal: Notes the writes and what they publish; nothing does without it.
        keep: How many orders are remembered, the newest; all without it.
    """

    def __init__(self, journal: Journal | None = None, *, keep: int | None = None) -> None:
        self._orders: OrderedDict[str, StoredOrder] = OrderedDict()
        self._journal = journal or Journal(keeps=False)
        self._keep = keep

    def find(self, order_ids: Sequence[str], *, consistent: bool = False) -> dict[str, StoredOrder]:  # noqa: ARG002 - memory always is
        """Return which of the orders are known."""
        return {each: self._orders[each] for each in order_ids if each in self._orders}

    def all(self) -> dict[str, StoredOrder]:
        """Return every order by its id."""
        return dict(self._orders)

    def add(self, record: OrderRecord) -> StoredOrder | None:
        """Keep an order first seen; return the one that was there instead."""
        with self._journal.write("add order", record.outbox) as write:
            there = self._orders.get(record.order_id)
            write.refused = there is not None
            if there is None:
                self._put(record)
        return there

    def change(self, previous: StoredOrder, record: OrderRecord) -> bool:
        """Keep the next revision; False if another write was faster, or this read is the older one."""
        with self._journal.write("change order", record.outbox) as write:
            now = self._orders[record.order_id]
            write.refused = now.revision != previous.revision or now.read_at >= record.read_at
            if not write.refused:
                self._put(record)
        return not write.refused

    def mark(self, stored: StoredOrder, marker: str) -> None:
        """Note another marker of this revision."""
        with self._journal.write("mark order") as write:
            now = self._orders[stored.order_id]
            write.refused = now.revision != stored.revision
            if not write.refused:
                self._orders[stored.order_id] = msgspec.structs.replace(now, marker=marker)

    def due(self, connection: str, now: datetime, most: int) -> list[str]:
        """Return ids of orders that are to be read again by now, the longest due first."""
        prefix = f"{connection}:"
        watched = [each for each in self._orders.values() if each.order_id.startswith(prefix)]
        due = [(each.watch_at, each.order_id) for each in watched if each.watch_at and each.watch_at <= now]
        return [order_id for _, order_id in sorted(due)[:most]]

    def watch(self, stored: StoredOrder, at: datetime | None, reads: int) -> None:
        """Note when to read an unchanged order again, or never; nothing if it has changed meanwhile."""
        with self._journal.write("watch") as write:
            now = self._orders[stored.order_id]
            write.refused = now.revision != stored.revision or now.watch_at is None
            if not write.refused:
                self._orders[stored.order_id] = msgspec.structs.replace(now, watch_at=at, watch_reads=reads)

    def erase(self, order_id: str) -> None:
        """Leave a tombstone of an order."""
        self._orders[order_id] = msgspec.structs.replace(self._orders[order_id], erased=True)

    def _put(self, record: OrderRecord) -> None:
        self._orders[record.order_id] = StoredOrder(
            order_id=record.order_id,
            revision=record.revision,
            raw_hashes=record.raw_hashes,
            unseen=record.unseen,
            read_at=record.read_at,
            load=self._loader(record),
            as_stored={},
            watch_at=record.watch_at,
            marker=record.marker,
        )
        if self._keep is not None and len(self._orders) > self._keep:
            self._orders.popitem(last=False)

    def _loader(self, record: OrderRecord) -> Callable[[], Json]:
        return partial(json.loads, compact(record.order))


class MemoryStates:
    """The state of one connection."""

    def __init__(self, journal: Journal | None = None) -> None:
        self.state = ConnectionState()
        self._journal = journal or Journal(keeps=False)

    def get(self, connection: str) -> ConnectionState:  # noqa: ARG002 - there is one
        """Return where the connection stands."""
        return self.state

    def move(
        self,
        connection: str,  # noqa: ARG002 - there is one
        before: ConnectionState,
        after: ConnectionState,
        *,
        silent_at: datetime,  # noqa: ARG002 - nobody asks
        events: Sequence[OutboxEntry] = (),
    ) -> ConnectionState | None:
        """Keep a state that follows from another; None if it is no longer the other."""
        with self._journal.write("move connection", events) as write:
            write.refused = self.state.version != before.version
            moved = replace(after, version=before.version + 1)
            if not write.refused:
                self.state = moved
        return None if write.refused else moved

    def begin_reading(
        self,
        connection: str,  # noqa: ARG002 - there is one
        reading: Reading,
        *,
        now: datetime,
        forced: bool,
    ) -> tuple[ConnectionState, bool]:
        """Claim the connection for a destructive read; return its state, and whether it is claimed."""
        with self._journal.write("claim connection") as write:
            state = self.state
            waits = not forced and state.not_before is not None and state.not_before > now
            write.refused = state.reading is not None or state.stored is not None or waits
            if not write.refused:
                state = self.state = replace(state, reading=reading, version=state.version + 1)
        return state, not write.refused


class MemoryQuarantine:
    """What was set aside, by its hash."""

    def __init__(self, journal: Journal | None = None) -> None:
        self.entries: dict[str, Quarantined] = {}
        self._journal = journal or Journal(keeps=False)

    def known(self, connection: str, hashes: Sequence[str]) -> set[str]:  # noqa: ARG002 - there is one
        """Return which raw inputs are in quarantine already."""
        return self.entries.keys() & set(hashes)

    def add(self, entry: Quarantined, event: OutboxEntry) -> None:
        """Set an input aside, with its event; once, however often it is read."""
        with self._journal.write("set aside", [event]) as write:
            write.refused = entry.sha256 in self.entries
            self.entries.setdefault(entry.sha256, entry)

    def waiting(self, connection: str) -> list[Quarantined]:  # noqa: ARG002 - there is one
        """Return what waits to be redriven."""
        return list(self.entries.values())

    def redriven(self, entry: Quarantined, at: datetime) -> None:  # noqa: ARG002 - nobody asks
        """Forget an entry."""
        del self.entries[entry.sha256]


class MemoryInbox:
    """Raw bytes by key."""

    def __init__(self, journal: Journal | None = None) -> None:
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}
        self._journal = journal or Journal(keeps=False)

    def put(self, key: str, body: bytes, about: Mapping[str, str]) -> None:
        """Keep bytes under a key."""
        with self._journal.write("put in inbox"):
            self.objects[key] = body, dict(about)

    def get(self, key: str) -> tuple[bytes, dict[str, str]] | None:
        """Return the bytes of a key, or None."""
        return self.objects.get(key)


class Ledger:
    """All of it: one merchant's ledger, quarantine and inbox, which outlive every run."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.orders = MemoryOrders(self.journal)
        self.states = MemoryStates(self.journal)
        self.quarantine = MemoryQuarantine(self.journal)
        self.inbox = MemoryInbox(self.journal)
