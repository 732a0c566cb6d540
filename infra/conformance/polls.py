"""One poll of a provider's real source by its real way of reading, on a ledger in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from orderbus.domain.connections import Connection
from orderbus.intake.days import DaysPoll
from orderbus.intake.drain import DrainPoll
from orderbus.intake.keyset import KeysetPoll
from orderbus.intake.progress import Progress, Report
from orderbus.intake.receive import Receiver
from orderbus.intake.watches import Watches
from orderbus.intake.window import WindowPoll
from orderbus.ports import Clock
from orderbus.providers.profile import Read
from orderbus.providers.registry import profile_of

from infra.conformance.ledger import Ledger

LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of a fetch function has: a fresh source, and the ledger that all runs share."""

    source: Any
    receiver: Receiver
    progress: Progress
    ledger: Ledger
    clock: Clock
    out_of_time: Callable[[], bool]


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
    receiver = Receiver(source, ledger.orders, ledger.quarantine, ledger.inbox, clock)
    progress = Progress(ledger.states, source.connection, source.provider, clock)
    run = Run(source, receiver, progress, ledger, clock, out_of_time)
    if profile.read == "drain":
        return _drain(run, scheduled=scheduled)
    state = progress.load()
    if scheduled and state.not_before is not None and clock() < state.not_before:
        return Report(connection.name, cursor=state.cursor, waits="backoff")
    return _POLLS[profile.read](run)


def _drain(run: Run, *, scheduled: bool) -> Report:
    ledger = run.ledger
    return DrainPoll(
        run.source,
        run.receiver,
        run.progress,
        ledger.states,
        ledger.inbox,
        ledger.quarantine,
        run.clock,
        lease=LEASE,
        out_of_time=run.out_of_time,
    ).run(forced=not scheduled)


def _keyset(run: Run) -> Report:
    return KeysetPoll(run.source, run.receiver, run.progress, _watches(run), run.out_of_time).run()


def _window(run: Run) -> Report:
    return WindowPoll(run.source, run.receiver, run.progress, _watches(run), run.clock, run.out_of_time).run()


def _days(run: Run) -> Report:
    orders, watches = run.ledger.orders, _watches(run)
    return DaysPoll(run.source, orders, run.receiver, run.progress, watches, run.clock, run.out_of_time).run()


def _watches(run: Run) -> Watches:
    return Watches(run.source.connection, run.receiver, run.ledger.orders, run.clock, run.out_of_time)


_POLLS: dict[Read, Callable[[Run], Report]] = {"keyset": _keyset, "window": _window, "days": _days}
