"""One poll of a provider's real source by its real way of reading, on a ledger in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from orderbus.domain.connections import Connection
from orderbus.intake.progress import Report
from orderbus.ports import Clock
from orderbus.providers.registry import profile_of
from orderbus.runtime.polls import POLLS, Run

from infra.conformance.ledger import Ledger

LEASE = timedelta(minutes=2)


def poll_once(
    connection: Connection,
    ledger: Ledger,
    clock: Clock,
    *,
    scheduled: bool,
    out_of_time: Callable[[], bool],
) -> Report:
    """Poll once, as one invocation of the fetch function does.

    Args:
        connection: What is polled.
        ledger: What is known so far.
        clock: Tells the time.
        scheduled: Whether the poll waits where the connection backs off.
        out_of_time: Says whether the run may begin nothing more.
    """
    profile = profile_of(connection.provider)
    source = profile.make_source(connection, clock)
    return POLLS[profile.read](ledger, source, Run(not scheduled, clock, out_of_time, LEASE))
