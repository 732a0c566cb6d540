"""The door of reconcile_orders: one invocation starts one for each connection, and that one compares."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from orderbus.domain.connections import Connection
from orderbus.domain.errors import ConfigurationError
from orderbus.domain.times import parse_time, stamp
from orderbus.intake.reconcile import DELAY, SPAN, Reconciled, Reconciliation
from orderbus.providers.registry import profile_of
from orderbus.runtime import clients
from orderbus.runtime.door import Handler, door
from orderbus.runtime.fetch import RESERVE_MS, Services
from orderbus.runtime.observability import Context, count, count_received, done, logged
from orderbus.runtime.settings import FetchSettings, from_environment
from orderbus.runtime.start import start, start_each


def reconcile_orders() -> Handler:
    """Return the handler: it starts a reconciliation of each connection, or reconciles one."""
    services: list[Services] = []  # built at first use, then kept for the life of the process

    def handle(event: dict[str, Any], context: Context) -> dict[str, Any]:
        if not services:
            services.append(Services(from_environment(FetchSettings)))
        return _handle(services[0], event, context)

    return door(handle)


def _handle(services: Services, event: dict[str, Any], context: Context) -> dict[str, Any]:
    function = f"{services.settings.stack_name}-reconcile-orders"
    if "connection" not in event:
        return start_each(services.connections, function, _can_be_reconciled)
    connection = services.connections.get(str(event["connection"]))
    if connection.mode == "off":
        raise ConfigurationError(
            f'connection {connection.name!r} is off; put it with mode "live" to reconcile it'
        )
    since, until = _span(event, clients.now())
    found = _reconcile(
        services, connection, since, until, lambda: context.get_remaining_time_in_millis() < RESERVE_MS
    )
    answer = _told(found)  # first: what was missed alarms, whatever becomes of the rest
    if event.get("scheduled") and found.error is None and found.next is not None:
        # Nobody waits for the answer of the schedule's own, to go on from its `next`.
        rest = {"since": stamp(found.next), "until": stamp(until)}
        start(function, {"connection": connection.name, "scheduled": True, **rest})
    return answer


def _reconcile(
    services: Services,
    connection: Connection,
    since: datetime,
    until: datetime,
    out_of_time: Callable[[], bool],
) -> Reconciled:
    profile = profile_of(connection.provider)
    if profile.survey is None:
        raise ConfigurationError(
            f"connection {connection.name!r} cannot be reconciled: {connection.provider} has no way to ask"
            " for orders that it has shown before"
        )
    source = profile.make_source(connection, services.clock)
    return Reconciliation(
        source,
        profile.survey,
        services.orders,
        services.receiver(source, "reconcile"),
        services.quarantine,
        services.clock,
        services.states.get(connection.name).completed_at,
        out_of_time,
    ).run(since, until)


def _can_be_reconciled(connection: Connection) -> bool:
    try:
        return profile_of(connection.provider).survey is not None
    except ConfigurationError:
        return False


def _span(event: dict[str, Any], now: datetime) -> tuple[datetime, datetime]:
    """Return the span that is asked for; without one, the last week, less what a fetch is about to see."""
    until = _time(event, "until", now - DELAY)
    since = _time(event, "since", until - SPAN)
    if since >= until:
        raise ConfigurationError("since is not before until; without until it is ten minutes ago")
    return since, until


def _time(event: dict[str, Any], name: str, default: datetime) -> datetime:
    if event.get(name) is None:
        return default
    try:
        return parse_time(event[name])
    except (ValueError, TypeError, AttributeError):
        raise ConfigurationError(f'{name} is not an ISO 8601 time, e.g. "2026-11-20T00:00:00Z"') from None


def _told(found: Reconciled) -> dict[str, Any]:
    """Log and count what was found, and return it."""
    answer = found.as_answer()
    count_received(found.tally)
    count(
        OrdersMissed=found.missed,
        OrdersUnread=found.unread,
        AcknowledgementsFailed=found.not_acknowledged,
        ReconciliationsCompleted=int(found.next is None),
        ReconciliationsFailed=int(found.error is not None or found.unread > 0),
    )
    done("reconciled", **logged(answer, found.error))
    return answer
