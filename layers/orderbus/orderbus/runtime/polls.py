"""One poll of one connection, by each way of reading; where its orders are kept is the caller's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from orderbus.domain.events import Intake
from orderbus.intake.days import DaysPoll, DaysSource
from orderbus.intake.drain import DestructiveSource, DrainPoll
from orderbus.intake.keyset import KeysetPoll, KeysetSource
from orderbus.intake.list_poll import Kind, ListPoll, ListRun
from orderbus.intake.progress import Progress, Report
from orderbus.intake.receive import Receiver
from orderbus.intake.window import WindowPoll
from orderbus.intake.window_pages import WindowSource
from orderbus.ports import Clock, Inbox, Orders, Quarantine, States
from orderbus.providers.profile import Read


class Stores(Protocol):
    """What all polls of a stack share."""

    @property
    def orders(self) -> Orders:
        """Return the orders of the ledger."""

    @property
    def states(self) -> States:
        """Return where the connections stand."""

    @property
    def quarantine(self) -> Quarantine:
        """Return the quarantine."""

    @property
    def inbox(self) -> Inbox:
        """Return the inbox."""


@dataclass(frozen=True, slots=True)
class Run:
    """One invocation that polls one connection.

    Attributes:
        forced: Whether a backoff is no matter.
        out_of_time: Says whether the run may begin nothing more.
        lease: How long the run may have left.
    """

    forced: bool
    clock: Clock
    out_of_time: Callable[[], bool]
    lease: timedelta


def keyset_poll(stores: Stores, source: KeysetSource, run: Run) -> Report:
    """Poll a provider that lists by ascending id."""
    return _poll_list(stores, source, run, KeysetPoll)


def window_poll(stores: Stores, source: WindowSource, run: Run) -> Report:
    """Poll a provider that lists by when orders were placed."""
    return _poll_list(stores, source, run, WindowPoll)


def days_poll(stores: Stores, source: DaysSource, run: Run) -> Report:
    """Poll a provider that lists whole days, and shows each order by itself."""
    return _poll_list(stores, source, run, DaysPoll)


def _poll_list(
    stores: Stores, source: Kind, run: Run, poll: Callable[[ListRun[Kind]], ListPoll[Kind]]
) -> Report:
    """Poll a list that can be asked for again, unless the connection waits after a failure."""
    progress = Progress(stores.states, source.connection, source.provider, run.clock)
    state = progress.load()
    if not run.forced and state.not_before is not None and run.clock() < state.not_before:
        return Report(source.connection, cursor=state.cursor, waits="backoff")
    intake: Intake = "live" if state.completed_at else "start"
    receiver = Receiver(source, stores.orders, stores.quarantine, stores.inbox, run.clock, intake)
    return poll(ListRun(source, stores.orders, receiver, progress, run.clock, run.out_of_time)).run()


def drain_poll(stores: Stores, source: DestructiveSource, run: Run) -> Report:
    """Poll a provider that hands each order out once."""
    return DrainPoll(
        source,
        Receiver(source, stores.orders, stores.quarantine, stores.inbox, run.clock, "live"),
        Progress(stores.states, source.connection, source.provider, run.clock),
        stores.states,
        stores.inbox,
        stores.quarantine,
        run.clock,
        lease=run.lease,
        out_of_time=run.out_of_time,
    ).run(forced=run.forced)


POLLS: dict[Read, Callable[[Stores, Any, Run], Report]] = {
    "drain": drain_poll,
    "keyset": keyset_poll,
    "window": window_poll,
    "days": days_poll,
}
