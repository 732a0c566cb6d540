"""Drains a backlog, one invocation of the function after the other in one process, and watches its memory."""

from __future__ import annotations

from orderbus.runtime import fetch  # noqa: F401 - what a function has imported before it begins
from orderbus.runtime.garbage import look_seldom_for_garbage

from infra.conformance.ledger import MemoryStates
from tests.benchmarks.commands import Figures, MemoryWatch, answer_commands, resident_mib
from tests.benchmarks.polls import UnwatchedOrders, poll, source_of


class Clock:
    """An invocation's time, counted in pages."""

    def __init__(self, pages: int) -> None:
        self._left = pages

    def out_of_time(self) -> bool:
        """Count a page, and say whether it was the last."""
        self._left -= 1
        return self._left <= 0


def answer(url: str, pages: int) -> Figures:
    """Poll until nothing is left, each time for so many pages at most."""
    # The overlap of an invocation with the one before it is compared; nothing older is asked for.
    orders, states = UnwatchedOrders(keep=1_000), MemoryStates()
    source = source_of(url)
    imports = resident_mib()
    invocations = created = again = 0
    complete = False
    with MemoryWatch() as watch:
        while not complete:
            report = poll(source, orders, states, Clock(pages).out_of_time)
            invocations += 1
            created += report.tally.created
            again += report.tally.unchanged
            complete = report.complete
    return {
        "invocations": invocations,
        "created": created,
        "again": again,
        "cursor": report.cursor,
        "imports_mib": imports,
        "resident_mib": watch.resident_mib,
    }


if __name__ == "__main__":
    look_seldom_for_garbage()  # as every function does
    answer_commands(answer)
