"""OrderBus's side of the orders a second: a whole list, first all new, then all seen."""

from __future__ import annotations

import time
from functools import cache

from orderbus.providers.lunasoft.source import LunaSource
from orderbus.runtime.garbage import look_seldom_for_garbage

from infra.conformance.ledger import MemoryStates
from tests.benchmarks.commands import Figures, answer_commands
from tests.benchmarks.polls import UnwatchedOrders, poll, source_of

_connected = cache(source_of)
_ledgers: list[UnwatchedOrders] = []


def answer(url: str, what: str) -> Figures:
    """Read all orders of a site; `what` is "new" with an empty ledger, "seen" with that of the last time."""
    if what == "new":
        _ledgers[:] = [UnwatchedOrders()]
    return _measure(_connected(url), _ledgers[0], what)


def _measure(source: LunaSource, orders: UnwatchedOrders, what: str) -> Figures:
    # Without a cursor the list is read from its beginning.
    states = MemoryStates()
    begun, cpu = time.perf_counter(), time.process_time()
    report = poll(source, orders, states, lambda: False)
    seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - cpu
    expected = report.tally.created if what == "new" else report.tally.unchanged
    return {"orders": expected, "read": report.tally.read, "seconds": seconds, "cpu_seconds": cpu_seconds}


if __name__ == "__main__":
    look_seldom_for_garbage()  # as every function does
    answer_commands(answer)
