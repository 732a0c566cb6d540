"""A poll of a LunaSoft site without AWS: all of OrderBus between the provider's answer and the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from orderbus.domain.connections import parse_connection
from orderbus.intake.keyset import KeysetPoll
from orderbus.intake.list_poll import ListRun
from orderbus.intake.progress import Progress, Report
from orderbus.intake.receive import Receiver
from orderbus.ports import OrderRecord, StoredOrder
from orderbus.providers.lunasoft.source import LunaSource

from infra.conformance.ledger import MemoryInbox, MemoryOrders, MemoryQuarantine, MemoryStates

NAME = "luna-main"
_NOTHING: dict[str, str] = {}


class UnwatchedOrders(MemoryOrders):
    """What a poll compares with, and nothing that costs time of its own: no order is kept, or read again."""

    def add(self, record: OrderRecord) -> StoredOrder | None:
        """Keep what tells an order that has not changed."""
        self._remember(
            StoredOrder(
                order_id=record.order_id,
                revision=record.revision,
                raw_hashes=record.raw_hashes,
                unseen=record.unseen,
                read_at=record.read_at,
                load=dict,
                as_stored=_NOTHING,
            )
        )
        return None

    def due(self, connection: str, now: datetime, most: int) -> list[str]:  # noqa: ARG002
        """Return that no order is due."""
        return []


def source_of(url: str) -> LunaSource:
    """Return a connection to a sandbox."""
    fields = {"provider": "lunasoft", "base_url": url, "credentials": {"api_key": "test-key"}}
    return LunaSource(parse_connection(NAME, fields), _now)


def poll(
    source: LunaSource, orders: MemoryOrders, states: MemoryStates, out_of_time: Callable[[], bool]
) -> Report:
    """Poll once, as one invocation of the function does; a failure is raised."""
    receiver = Receiver(source, orders, MemoryQuarantine(), MemoryInbox(), _now)
    progress = Progress(states, source.connection, source.provider, _now)
    progress.load()
    report = KeysetPoll(ListRun(source, orders, receiver, progress, _now, out_of_time)).run()
    if report.error is not None:
        raise report.error
    if report.tally.quarantined:
        raise AssertionError(f"{report.tally.quarantined} orders of the sandbox are in quarantine")
    return report


def _now() -> datetime:
    return datetime.now(UTC)
