"""The door of every fetch function: one invocation starts one for each connection, and that one polls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, TypeVar

from orderbus.aws.connections import ParameterConnections
from orderbus.aws.inbox import BucketInbox
from orderbus.aws.orders import DynamoOrders
from orderbus.aws.quarantine import DynamoQuarantine
from orderbus.aws.states import DynamoStates
from orderbus.domain.connections import Connection
from orderbus.domain.errors import ConfigurationError
from orderbus.domain.events import Intake
from orderbus.intake.days import DaysSource
from orderbus.intake.drain import DestructiveSource
from orderbus.intake.keyset import KeysetSource
from orderbus.intake.progress import Progress, Report
from orderbus.intake.receive import Receiver
from orderbus.intake.redrive import Ask, ReadPage, Redrive
from orderbus.intake.source import Source
from orderbus.intake.window_pages import WindowSource
from orderbus.ports import Clock
from orderbus.runtime import clients
from orderbus.runtime.door import Handler, door
from orderbus.runtime.observability import Context, count, count_received, done, logged, logger
from orderbus.runtime.polls import Run, days_poll, drain_poll, keyset_poll, window_poll
from orderbus.runtime.settings import FetchSettings, from_environment
from orderbus.runtime.start import start_each

# A run asks for no more so long before the function would be stopped: the longest that one read may take
# (5 s of pause, 3 s until its last try, 3 s to connect, 20 s to its first byte, 20 s for its body), and time
# to write what it brought.
RESERVE_MS = 55_000
# No invocation outlives a reading: the lease is the time it has left, and this.
_LEASE_MARGIN = timedelta(seconds=5)


@dataclass(frozen=True)
class Services:
    """The ledger, the inbox and the connections of this stack."""

    settings: FetchSettings
    clock: Clock = clients.now

    @cached_property
    def inbox(self) -> BucketInbox:
        """Return the inbox."""
        return BucketInbox(clients.s3(), self.settings.inbox_bucket)

    @cached_property
    def orders(self) -> DynamoOrders:
        """Return the orders of the ledger."""
        return DynamoOrders(
            clients.dynamodb(), self.settings.ledger_table, self.inbox, self.settings.inbox_bucket
        )

    @cached_property
    def states(self) -> DynamoStates:
        """Return where the connections stand."""
        return DynamoStates(clients.dynamodb(), self.settings.ledger_table)

    @cached_property
    def quarantine(self) -> DynamoQuarantine:
        """Return the quarantine."""
        return DynamoQuarantine(clients.dynamodb(), self.settings.ledger_table)

    @cached_property
    def connections(self) -> ParameterConnections:
        """Return the connections."""
        return ParameterConnections(clients.ssm(), self.settings.stack_name)

    def receiver(self, source: Source, intake: Intake) -> Receiver:
        """Return what receives the orders of a source."""
        return Receiver(source, self.orders, self.quarantine, self.inbox, self.clock, intake)

    def progress(self, source: Source) -> Progress:
        """Return what moves the state of a source's connection."""
        return Progress(self.states, source.connection, source.provider, self.clock)


Kind = TypeVar("Kind", bound=Source)
MakeRedrive = Callable[[Services, Kind], Redrive]


def keyset_fetch(provider: str, make_source: Callable[[Connection, Clock], KeysetSource]) -> Handler:
    """Return the handler of a provider that lists by ascending id."""
    return _handler(provider, make_source, keyset_poll, _redrive)


def window_fetch(provider: str, make_source: Callable[[Connection, Clock], WindowSource]) -> Handler:
    """Return the handler of a provider that lists by when orders were placed."""
    return _handler(provider, make_source, window_poll, _redrive)


def days_fetch(provider: str, make_source: Callable[[Connection, Clock], DaysSource]) -> Handler:
    """Return the handler of a provider that lists whole days, and shows each order by itself."""

    def redrive(services: Services, source: DaysSource) -> Redrive:
        return _redrive(services, source, ask=source.read_listed)

    return _handler(provider, make_source, days_poll, redrive)


def drain_fetch(provider: str, make_source: Callable[[Connection, Clock], DestructiveSource]) -> Handler:
    """Return the handler of a provider that hands each order out once."""

    def redrive(services: Services, source: DestructiveSource) -> Redrive:
        return _redrive(services, source, source.orders_of)

    return _handler(provider, make_source, drain_poll, redrive)


def _redrive(
    services: Services, source: Source, read_page: ReadPage | None = None, ask: Ask | None = None
) -> Redrive:
    receiver = services.receiver(source, "backfill")
    return Redrive(source, receiver, services.quarantine, services.inbox, services.clock, read_page, ask)


def _handler(
    provider: str,
    make_source: Callable[[Connection, Clock], Kind],
    poll: Callable[[Services, Kind, Run], Report],
    make_redrive: MakeRedrive[Kind],
) -> Handler:
    services: list[Services] = []  # built at first use, then kept for the life of the process

    def handle(event: dict[str, Any], context: Context) -> dict[str, Any]:
        if not services:
            services.append(Services(from_environment(FetchSettings)))
        if "connection" not in event:
            function = f"{services[0].settings.stack_name}-fetch-{provider}"
            return start_each(services[0].connections, function, lambda each: each.provider == provider)
        connection = _connection(services[0], provider, event["connection"])
        source = make_source(connection, services[0].clock)

        def out_of_time() -> bool:
            return context.get_remaining_time_in_millis() < RESERVE_MS

        if "redrive" in event:
            return _redriven(make_redrive(services[0], source), connection, event, out_of_time)
        run = Run(
            forced=not event.get("scheduled", False),
            clock=services[0].clock,
            out_of_time=out_of_time,
            lease=timedelta(milliseconds=context.get_remaining_time_in_millis()) + _LEASE_MARGIN,
        )
        return _told(poll(services[0], source, run))

    return door(handle)


def _redriven(
    work: Redrive, connection: Connection, event: dict[str, Any], out_of_time: Callable[[], bool]
) -> dict[str, Any]:
    """Redrive a connection's quarantine: `"all"`, or a list of SHA-256; `next` says where to go on.

    Raises:
        ConfigurationError: It is neither.
    """
    wanted = event["redrive"]
    if wanted != "all" and not (isinstance(wanted, list) and all(isinstance(each, str) for each in wanted)):
        raise ConfigurationError('redrive takes "all" or a list of the sha256 of quarantined events')
    found = work.run(None if wanted == "all" else wanted, str(event.get("next") or ""), out_of_time)
    tally, still = found.tally, found.still
    count(OrdersCreated=tally.created, OrdersUpdated=tally.updated, OrdersQuarantined=0)
    done("redriven", connection=connection.name, still=len(still), next=found.next, **asdict(tally))
    waiting = [{"sha256": each.sha256, "subject": each.subject, "reason": each.reason} for each in still]
    return {"connection": connection.name, **asdict(tally), "waiting": waiting, "next": found.next}


def _connection(services: Services, provider: str, name: Any) -> Connection:
    connection = services.connections.get(str(name))
    if connection.provider != provider:
        raise ConfigurationError(
            f"connection {connection.name!r} is of {connection.provider}, not of {provider};"
            f" invoke fetch-{connection.provider} for it"
        )
    if connection.mode == "off":
        raise ConfigurationError(f'connection {connection.name!r} is off; put it with mode "live" to poll it')
    return connection


def _told(report: Report) -> dict[str, Any]:
    """Log and count what a poll did, and return it."""
    tally = report.tally
    answer = report.as_answer()
    count_received(tally)
    count(
        OrdersRead=tally.read,
        AcknowledgementsFailed=report.not_acknowledged,
        PollsCompleted=int(report.complete),
        PollsFailed=int(report.error is not None),
        ReadsInterrupted=report.interrupted,
        WatchReads=report.watched,
        WatchReadsFailed=len(report.not_answered),
        ConnectionsDegraded=int(report.degraded),
    )
    for order, error in report.not_answered:
        logger.warning("watched order not read", extra={"order": order, "error": error.as_logged()})
    done("polled", **logged(answer, report.error))
    return answer
