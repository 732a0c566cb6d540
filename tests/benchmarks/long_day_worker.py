"""Polls a day of which every order has changed since the ledger last saw it, and watches its memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import count

from orderbus.domain.connections import parse_connection
from orderbus.domain.content import compact
from orderbus.domain.orders import checked_json
from orderbus.intake.days import OVERLAP, DaysPoll
from orderbus.intake.list_poll import ListRun
from orderbus.intake.progress import Progress
from orderbus.intake.receive import Receiver
from orderbus.ports import ConnectionState, OrderRecord, StoredOrder
from orderbus.providers.zonos.source import ZonosSource
from orderbus.runtime import fetch  # noqa: F401 - what a function has imported before it begins
from orderbus.runtime.garbage import look_seldom_for_garbage

from infra.conformance.ledger import MemoryInbox, MemoryOrders, MemoryQuarantine, MemoryStates
from infra.sandbox.zonos import make_order
from infra.sandbox.zonos_orders import STORE
from tests.benchmarks.commands import Figures, MemoryWatch, answer_commands, resident_mib
from tests.benchmarks.long_day import DAY

NAME = "zonos-main"


class ChangedOrders(MemoryOrders):
    """A ledger that has every order, each in another status and whole, as a table's answer has it."""

    def __init__(self, source: ZonosSource) -> None:
        super().__init__()
        was = make_order(1, status="IGLOBAL_FRAUD_REVIEW")
        order = checked_json(source.normalize({"order": was}, now=_now()))
        self._text = compact({**order, "revision": 1, "content_hash": ""})
        self.changed = 0

    def find(self, order_ids: Sequence[str], *, consistent: bool = False) -> dict[str, StoredOrder]:  # noqa: ARG002
        """Return each order in memory of its own."""
        return {each: self._stored(each) for each in order_ids}

    def change(self, previous: StoredOrder, record: OrderRecord) -> bool:  # noqa: ARG002 - all are changed
        """Count a change."""
        self.changed += 1
        return True

    def due(self, connection: str, now: datetime, most: int) -> list[str]:  # noqa: ARG002
        """Return that no order is due."""
        return []

    def _stored(self, order_id: str) -> StoredOrder:
        text = self._text.replace(f"{NAME}:{STORE}-1", order_id)
        item = {"order": text, "outbox": text[: len(text) // 4]}
        return StoredOrder(order_id, 1, {}, frozenset(), DAY, partial(json.loads, text), item)


def answer(url: str, details: int) -> Figures:
    """Poll once, with time for so many details."""
    fields = {"provider": "zonos", "base_url": url, "credentials": {"store": STORE, "secret": "test-secret"}}
    source = ZonosSource(parse_connection(NAME, fields), _now)
    orders, asked = ChangedOrders(source), count(1)
    receiver = Receiver(source, orders, MemoryQuarantine(), MemoryInbox(), _now)
    progress = Progress(MemoryStates(), source.connection, source.provider, _now)
    # The day is asked for by itself, as after lists of several days that failed.
    progress.claim(ConnectionState(cursor=(DAY.date() + OVERLAP).isoformat(), failures=5))

    def out_of_time() -> bool:
        return next(asked) > details

    imports = resident_mib()
    with MemoryWatch() as watch:
        report = DaysPoll(ListRun(source, orders, receiver, progress, _now, out_of_time)).run()
    if report.error is not None:
        raise report.error
    return {"changed": orders.changed, "imports_mib": imports, "resident_mib": watch.resident_mib}


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    look_seldom_for_garbage()  # as every function does
    answer_commands(answer)
