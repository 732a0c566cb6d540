"""Connections as TOML: read, checked as the functions will check them, and written to SSM."""

import copy
import json
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from orderbus.domain.connections import Connection, parse_connection, refuse_same_account
from orderbus.domain.errors import ConfigurationError
from orderbus.providers.registry import addressed, make_source, profile_of

from infra.cli.errors import CommandError

Fields = dict[str, Any]


def read_connections(path: Path) -> dict[str, Fields]:
    """The connections of a file, by name, each checked.

    Raises:
        CommandError: Naming the file, the line and the key that are wrong, never a value.
    """
    text = _read(path)
    try:
        found = tomllib.loads(text).get("connections")
    except tomllib.TOMLDecodeError as error:
        raise CommandError(f"{path} is not TOML: {error}") from error
    if not isinstance(found, dict) or not found:
        raise CommandError(f"{path} has no table [connections.<name>]; each connection is one.")
    for name, fields in found.items():
        try:
            found[name] = _plain(fields)
            check(name, found[name])
        except ConfigurationError as error:
            raise CommandError(f"{path} line {_line_of(text, name)}: {error}") from error
    return found


def check(name: str, fields: Fields) -> Connection:
    """The connection, if it is one that its provider's function can poll.

    Raises:
        ConfigurationError: Naming what is wrong.
    """
    if not isinstance(fields, dict):
        raise ConfigurationError(f"connection {name!r}: it is a table, [connections.{name}]")
    connection = parse_connection(name, fields)
    # Making its source checks its options, its credentials and its base_url.
    make_source(connection, lambda: datetime.now(UTC))
    return connection


def refuse_duplicates(wanted: Mapping[str, Fields], stored: Mapping[str, Connection]) -> None:
    """Refuses what would split one account over two connections, or one name over two providers.

    Raises:
        ConfigurationError: Naming the connections.
    """
    new = {name: check(name, fields) for name, fields in wanted.items()}
    for name, connection in new.items():
        if name in stored and stored[name].provider != connection.provider:
            raise ConfigurationError(
                f"connection {name!r} is one of {stored[name].provider} already;"
                f" a name is never used again, so choose another for {connection.provider}"
            )
    refuse_same_account([addressed(each) for each in {**stored, **new}.values()])


def store(parameters: Any, stack: str, name: str, fields: Fields) -> None:
    """Writes a connection where the functions read it, encrypted."""
    parameters.put_parameter(
        Name=f"/{stack}/connections/{name}",
        Description="An OrderBus connection",
        Type="SecureString",
        Value=json.dumps(fields, separators=(",", ":")),
        Overwrite=True,
    )


def with_start(fields: Fields, start_at: str) -> Fields:
    """The same connection, beginning there."""
    changed = copy.deepcopy(fields)
    changed.setdefault("options", {})["start_at"] = start_at
    return changed


def lacks_start(fields: Fields) -> bool:
    """Whether a new connection of this kind has to say where it begins, and does not."""
    return profile_of(fields["provider"]).has_start and "start_at" not in fields.get("options", {})


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise CommandError(f"{path} cannot be read: {reason}.") from error


def _plain(value: Any) -> Any:
    """TOML's own times as the texts that JSON can have."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def _line_of(text: str, name: str) -> int:
    """The line on which a connection begins; 1 where it is written in an unusual way."""
    header = re.compile(rf"\s*\[\s*connections\s*\.\s*[\"']?{re.escape(name)}[\"']?\s*[].]")
    lines = text.splitlines()
    return next((number for number, line in enumerate(lines, 1) if header.match(line)), 1)
