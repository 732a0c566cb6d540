"""Starting one invocation for each connection: none waits for another, however many there are."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from orderbus.aws.connections import ParameterConnections
from orderbus.domain.connections import Connection, refuse_same_account
from orderbus.domain.errors import ConfigurationError, OrderBusError
from orderbus.providers.registry import addressed
from orderbus.runtime import clients
from orderbus.runtime.observability import count, logger

# As many as boto3 keeps connections for.
_AT_ONCE = 10


def start_each(
    connections: ParameterConnections, function: str, wanted: Callable[[Connection], bool]
) -> dict[str, Any]:
    """Start a function for each wanted connection that is not off; return which, and which were refused."""
    found, errors = connections.all()
    # Of a public root, told or left out, there is one account.
    chosen = [addressed(each) for each in found if each.mode != "off" and wanted(each)]
    try:
        refuse_same_account(chosen)
    except ConfigurationError as error:
        errors.append(error)
        chosen = without_same_account(chosen)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        failures = list(pool.map(lambda each: _start_one(function, each), chosen))
    started = [each.name for each, failed in zip(chosen, failures, strict=True) if failed is None]
    errors += [failed for failed in failures if failed is not None]
    for refused in errors:
        logger.error("connection refused", extra={"error": refused.as_answer()})
    count(ConnectionsStarted=len(started), ConnectionsRefused=len(errors))
    answer: dict[str, Any] = {"started": started}
    return answer | {"refused": [refused.as_answer() for refused in errors]} if errors else answer


def start(function: str, event: dict[str, Any]) -> None:
    """Start a function, and do not wait for it.

    Args:
        function: Its whole name. Not the context's, which is the template's own under `sam local invoke`.
        event: What it is given.

    Raises:
        ClientError: It was not started.
    """
    clients.functions().invoke(
        FunctionName=function, InvocationType="Event", Payload=json.dumps(event).encode()
    )


def without_same_account(connections: Collection[Connection]) -> list[Connection]:
    """Return the connections whose account no other one has: of a pair nobody can say which is meant."""
    accounts = [connection.account() for connection in connections]
    return [each for each in connections if accounts.count(each.account()) == 1]


def _start_one(function: str, connection: Connection) -> OrderBusError | None:
    try:
        start(function, {"connection": connection.name, "scheduled": True})
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return ConfigurationError(f"connection {connection.name!r} could not be started ({code})")
    return None
