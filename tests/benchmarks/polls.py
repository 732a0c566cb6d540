"""A poll of a LunaSoft site without AWS: all of OrderBus between the provider's answer and the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from orderbus.domain.connections import parse_connection
from orderbus.intake.progress import Report
from orderbus.ports import Json, OrderRecord, StoredOrder
from orderbus.providers.lunasoft.source import LunaSource
from orderbus.runtime.polls import Run, keyset_poll

from infra.conformance.ledger import Ledger, MemoryOrders, MemoryStates
from infra.conformance.polls import LEASE

NAME = "luna-main"


class UnwatchedOrders(MemoryOrders):
    """What a poll compares with, and nothing that costs time of its own: no order is kept, or read again."""

    def add(self, record: OrderRecord) -> StoredOrder | None:
        """Keep what tells an order that has not changed."""
        self._put(record)
        return None

    def _loader(self, record: OrderRecord) -> Callable[[], Json]:  # noqa: ARG002
        return dict

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
    ledger = Ledger()
    ledger.orders, ledger.states = orders, states
    report = keyset_poll(ledger, source, Run(True, _now, out_of_time, LEASE))
    if report.error is not None:
        raise report.error
    if report.tally.quarantined:
        raise AssertionError(f"{report.tally.quarantined} orders of the sandbox are in quarantine")
    return report


def _now() -> datetime:
    return datetime.now(UTC)
