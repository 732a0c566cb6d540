"""The doors of import_order: the public one says nothing but thank you; behind it one invocation asks.

What a stranger is answered, and when, is the same whether the order is known, new, unknown or failed: the
request only starts another invocation, which nobody hears of.
"""

from __future__ import annotations

import re
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from orderbus.aws.limits import DynamoLimit
from orderbus.domain.connections import Connection
from orderbus.domain.errors import ConfigurationError, OrderBusError
from orderbus.intake.hints import Hints
from orderbus.providers.registry import profile_of
from orderbus.runtime import clients
from orderbus.runtime.door import Handler, door
from orderbus.runtime.fetch import Services
from orderbus.runtime.observability import Context, count, count_received, done, logger
from orderbus.runtime.settings import FetchSettings, from_environment
from orderbus.runtime.start import start

# With the store's id in front, which names the connection, or, where the connection is named, without. No
# number begins with a zero: to the ledger it would be another order, to a provider perhaps the same.
_NUMBER = "(?:0|[1-9][0-9]{0,17})"
_FULL_ID = re.compile(f"[0-9]{{1,18}}-{_NUMBER}")
_ANY_ID = re.compile(f"(?:[0-9]{{1,18}}-)?{_NUMBER}")
_NAME = re.compile(r"[a-z0-9-]{1,40}")
# All connections are read to find the one that an order id belongs to; hundreds are dozens of calls.
_CACHE_SECONDS = 300.0

_ACCEPTED: dict[str, Any] = {
    "statusCode": 202,
    "headers": {"content-type": "application/json", "cache-control": "no-store"},
    "body": '{"message":"Accepted."}',
}
_MALFORMED = _ACCEPTED | {
    "statusCode": 400,
    "body": '{"message":"orderId is not an order id as 999-99999."}',
}


class ImportDoor:
    """Answers requests, and follows the hints that they left."""

    def __init__(self) -> None:
        # Both are made at first use, then kept for the life of the process.
        self._services: Services | None = None
        self._all: tuple[float, list[Connection]] = (0.0, [])

    def handle(self, event: dict[str, Any], context: Context) -> dict[str, Any]:
        """Answer an HTTP request, or follow a hint: `{"order_id": ..., "connection": ...}`."""
        return self._request(event) if "requestContext" in event else self._follow(event, context)

    def _request(self, event: dict[str, Any]) -> dict[str, Any]:
        asked = event.get("queryStringParameters") or {}
        order_id, name = str(asked.get("orderId", "")), asked.get("connection")
        if not (_FULL_ID if name is None else _ANY_ID).fullmatch(order_id):
            count(HintsMalformed=1)
            return _MALFORMED
        count(HintsAccepted=1)
        hint = {"order_id": order_id} | ({"connection": name} if name is not None else {})
        if name is not None and not _NAME.fullmatch(str(name)):
            return _ACCEPTED
        try:
            start(f"{self._stack().settings.stack_name}-import-order", hint)
        except (OrderBusError, ClientError, BotoCoreError) as error:
            # The fetch brings the order; the stranger hears nothing of our troubles.
            logger.error("not started", extra={"error": type(error).__name__})
            count(HintsFailed=1)
        return _ACCEPTED

    def _follow(self, event: dict[str, Any], _context: Context) -> dict[str, Any]:
        order_id = str(event.get("order_id", ""))
        if not _ANY_ID.fullmatch(order_id):
            raise ConfigurationError('order_id is not an order id as "999-99999"')
        services = self._stack()
        name = event.get("connection")
        connection = services.connections.get(str(name)) if name else self._claiming(order_id)
        if connection.mode == "off":
            raise ConfigurationError(f"connection {connection.name!r} is off")
        profile = profile_of(connection.provider)
        order_id = profile.full_id(connection, order_id)
        source = profile.make_source(connection, services.clock)
        hints = Hints(
            source,
            profile.find,
            services.orders,
            services.receiver(source, "live"),
            services.progress(source),
            DynamoLimit(clients.dynamodb(), services.settings.ledger_table),
            services.clock,
        )
        outcome, tally = hints.follow(order_id)
        answer = {"connection": connection.name, "order_id": order_id, "outcome": outcome}
        count_received(tally)
        count(HintsLimited=int(outcome == "limited"))
        done("followed", **answer)
        return answer

    def _claiming(self, order_id: str) -> Connection:
        """Return the one connection that an order id belongs to.

        Raises:
            ConfigurationError: There is none, or more than one.
        """
        claiming = [each for each in self._connections() if _claims(each, order_id)]
        if len(claiming) != 1:
            raise ConfigurationError(f"{len(claiming)} connections claim the order id; name one of them")
        return claiming[0]

    def _connections(self) -> list[Connection]:
        until, found = self._all
        if time.monotonic() >= until:
            found, _ = self._stack().connections.all()
            self._all = (time.monotonic() + _CACHE_SECONDS, found)
        return found

    def _stack(self) -> Services:
        self._services = self._services or Services(from_environment(FetchSettings))
        return self._services


def _claims(connection: Connection, order_id: str) -> bool:
    try:
        return connection.mode != "off" and profile_of(connection.provider).claims(connection, order_id)
    except ConfigurationError:
        return False  # one that is malformed does not stop the others


def import_order() -> Handler:
    """Return the handler."""
    return door(ImportDoor().handle)
