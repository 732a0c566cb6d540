"""Connections as SSM SecureStrings `/<stack>/connections/<name>`, each a JSON text."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from orderbus.domain.connections import Connection, parse_connection
from orderbus.domain.errors import ConfigurationError, OrderBusError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

_CACHE_SECONDS = 300.0


class ParameterConnections:
    """The connections of one stack; one that was read is kept for a while, by default five minutes."""

    def __init__(self, client: SSMClient, stack: str, *, cache_seconds: float = _CACHE_SECONDS) -> None:
        self._client = client
        self._path = f"/{stack}/connections"
        self._cache_seconds = cache_seconds
        self._cache: dict[str, tuple[float, Connection]] = {}

    def get(self, name: str) -> Connection:
        """Return one connection.

        Raises:
            ConfigurationError: There is none of that name, or what is stored is not one.
        """
        kept = self._cache.get(name)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        try:
            answer = self._client.get_parameter(Name=f"{self._path}/{name}", WithDecryption=True)
        except ClientError as error:
            # A name that no parameter can have is refused as not valid.
            if error.response["Error"]["Code"] not in {"ParameterNotFound", "ValidationException"}:
                raise
            raise ConfigurationError(
                f"there is no connection {name[:60]!r} in this stack;"
                " `orderbus connections list` shows those there are"
            ) from None
        connection = _parse(name, answer["Parameter"]["Value"])
        self._cache[name] = (time.monotonic() + self._cache_seconds, connection)
        return connection

    def all(self) -> tuple[list[Connection], list[OrderBusError]]:
        """Return every connection that can be read, and why others cannot: one must not stop the rest."""
        connections: list[Connection] = []
        errors: list[OrderBusError] = []
        pages = self._client.get_paginator("get_parameters_by_path").paginate(
            Path=self._path, WithDecryption=True
        )
        for page in pages:
            for parameter in page["Parameters"]:
                name = parameter["Name"].rsplit("/", 1)[1]
                try:
                    connections.append(_parse(name, parameter["Value"]))
                except ConfigurationError as error:
                    errors.append(error)
        return connections, errors


def _parse(name: str, text: str) -> Connection:
    try:
        fields = json.loads(text)
    except ValueError:
        raise ConfigurationError(f"connection {name!r}: what is stored is not JSON; put it again") from None
    if not isinstance(fields, dict):
        raise ConfigurationError(f"connection {name!r}: what is stored is not a JSON object; put it again")
    return parse_connection(name, fields)
