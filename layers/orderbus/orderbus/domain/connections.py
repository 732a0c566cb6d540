"""A connection: one merchant account at one provider, as `orderbus connections put` stores it."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from msgspec import field

from orderbus.domain.errors import ConfigurationError
from orderbus.domain.typed import MistypedError, Secret, Typed, read_typed


def is_name(text: str) -> bool:
    """Say whether a connection can have this name."""
    return re.fullmatch(r"[a-z0-9-]{1,40}", text) is not None


def _name(value: str) -> None:
    if not is_name(value):
        raise ValueError("has other characters than a-z, 0-9 and -, or not 1 to 40 of them")


def _web_address(value: str | None) -> None:
    if value is None:
        return
    try:
        address = urlsplit(value)
        named = (address.hostname or "").encode("idna")
        _ = address.port  # raises where it is no port
    except ValueError:
        named = b""
    if not (named and value.lower().startswith(("http://", "https://"))) or set(value) & set("@?# \t\r\n"):
        raise ValueError("is not a web address as https://host/path, without a user, query or fragment")


def _place(base_url: str) -> str:
    """Return an address in the one way of many that it can be written in."""
    address = urlsplit(base_url.rstrip("/").lower())
    port = address.port or {"http": 80, "https": 443}.get(address.scheme)
    return f"{address.scheme}://{address.hostname}:{port}{address.path}"


class Connection(Typed, frozen=True, kw_only=True):
    """One merchant account at one provider.

    `mode` stops it: `read_only` sends nothing to the provider, `off` is not even read.
    """

    name: Annotated[str, _name]
    provider: str
    base_url: Annotated[str | None, _web_address] = None
    mode: Literal["live", "read_only", "off"] = "live"
    credentials: dict[str, Secret] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    def secret(self, key: str) -> str:
        """Return one credential.

        Raises:
            ConfigurationError: The connection has no such credential.
        """
        try:
            return self.credentials[key].reveal()
        except KeyError:
            raise ConfigurationError(
                f"connection {self.name!r} ({self.provider}) has no credential {key!r};"
                " put it into its [credentials] and run `orderbus connections put`"
            ) from None

    def unspaced(self, key: str) -> str:
        """Return one credential without the white space in it, which was only ever pasted (providers.md 4.7).

        Raises:
            ConfigurationError: The connection has no such credential.
        """
        return "".join(self.secret(key).split())

    def account(self) -> str:
        """Return a fingerprint of the provider account: two with the same one read the same orders."""
        parts = [self.provider, _place(self.base_url or "")]
        parts += [f"{key}={self.unspaced(key)}" for key in sorted(self.credentials)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def parse_connection(name: str, fields: dict[str, Any]) -> Connection:
    """Return the connection of that name from its stored or typed fields.

    Raises:
        ConfigurationError: Naming the connection and every wrong key, never a value.
    """
    try:
        return read_typed(Connection, {**fields, "name": name})
    except MistypedError as error:
        raise ConfigurationError(f"connection {name[:60]!r}: {error}") from None


def refuse_same_account(connections: list[Connection]) -> None:
    """Refuse two connections to one account: two readers of one destructive queue each get half.

    Raises:
        ConfigurationError: Naming both connections.
    """
    known: dict[str, str] = {}
    for connection in connections:
        other = known.setdefault(connection.account(), connection.name)
        if other != connection.name:
            raise ConfigurationError(
                f"connections {other!r} and {connection.name!r} are the same {connection.provider} account;"
                " remove one: each would get only a part of the orders"
            )
