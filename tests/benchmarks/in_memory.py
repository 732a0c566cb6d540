"""The ledger's ports in memory, so that a poll can be measured without AWS."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from orderbus.ports import ConnectionState, OrderRecord, OutboxEntry, Quarantined, Reading, StoredOrder


class MemoryOrders:
    """Orders by id, each as a text, as in the ledger.

    Args:
        keep: How many are remembered, the newest; all without it.
    """

    def __init__(self, keep: int | None = None) -> None:
        self._orders: OrderedDict[str, StoredOrder] = OrderedDict()
        self._keep = keep

    def find(self, order_ids: Sequence[str], *, consistent: bool = False) -> dict[str, StoredOrder]:  # noqa: ARG002 - memory always is
        """Return which of the orders are known."""
        return {each: self._orders[each] for each in order_ids if each in self._orders}

    def add(self, record: OrderRecord) -> StoredOrder | None:
        """Keep an order first seen."""
        self._orders[record.order_id] = StoredOrder(
            order_id=record.order_id,
            revision=record.revision,
            raw_hashes=record.raw_hashes,
            unseen=record.unseen,
            read_at=record.read_at,
            load=partial(json.loads, json.dumps(record.order, separators=(",", ":"), ensure_ascii=False)),
            as_stored={},
        )
        if self._keep is not None and len(self._orders) > self._keep:
            self._orders.popitem(last=False)
        return None

    def change(self, previous: StoredOrder, record: OrderRecord) -> bool:
        """Refuse: the provider changes nothing while it is measured."""
        raise AssertionError(f"{previous.order_id} changed to revision {record.revision}")

    def due(self, connection: str, now: datetime, most: int) -> list[str]:  # noqa: ARG002 - a poll takes less than a minute
        """Return that no order is due."""
        return []

    def watch(self, stored: StoredOrder, at: datetime | None, reads: int) -> None:
        """Refuse: no order is due."""
        raise AssertionError(f"{stored.order_id} is watched until {at}, after {reads} reads")


class MemoryStates:
    """The state of one connection, which nobody else writes."""

    def __init__(self) -> None:
        self.state = ConnectionState()

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
        events: Sequence[OutboxEntry] = (),  # noqa: ARG002 - nobody listens
    ) -> ConnectionState | None:
        """Keep a state that follows from another."""
        self.state = replace(after, version=before.version + 1)
        return self.state

    def begin_reading(
        self, connection: str, reading: Reading, *, now: datetime, forced: bool
    ) -> tuple[ConnectionState, bool]:
        """Refuse: a list is read without a claim."""
        raise AssertionError(f"{connection}: {reading.id} at {now}, forced: {forced}")


class MemoryQuarantine:
    """What was set aside, by its hash."""

    def __init__(self) -> None:
        self.entries: dict[str, Quarantined] = {}

    def known(self, connection: str, hashes: Sequence[str]) -> set[str]:  # noqa: ARG002 - there is one
        """Return which raw inputs are in quarantine already."""
        return self.entries.keys() & set(hashes)

    def add(self, entry: Quarantined, event: OutboxEntry) -> None:  # noqa: ARG002 - nobody listens
        """Set an input aside."""
        self.entries.setdefault(entry.sha256, entry)

    def waiting(self, connection: str) -> list[Quarantined]:  # noqa: ARG002 - there is one
        """Return what waits to be redriven."""
        return list(self.entries.values())

    def redriven(self, entry: Quarantined, at: datetime) -> None:  # noqa: ARG002 - nobody asks
        """Forget an entry."""
        del self.entries[entry.sha256]


class MemoryInbox:
    """Raw bytes by key."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}

    def put(self, key: str, body: bytes, about: Mapping[str, str]) -> None:
        """Keep bytes under a key."""
        self.objects[key] = body, dict(about)

    def get(self, key: str) -> tuple[bytes, dict[str, str]] | None:
        """Return the bytes of a key, or None."""
        return self.objects.get(key)
