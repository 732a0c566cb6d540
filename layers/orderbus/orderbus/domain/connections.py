"""A connection: one merchant account at one provider, as `orderbus connections put` stores it."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    SecretStr,
    StringConstraints,
    ValidationError,
)

from orderbus.domain.errors import ConfigurationError

NAME_PATTERN = r"^[a-z0-9-]{1,40}$"
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]


def _pasted(value: SecretStr) -> SecretStr:
    # White space round a pasted key is never meant (providers.md 4.7).
    stripped = value.get_secret_value().strip()
    if not stripped:
        raise ValueError("is empty")
    return SecretStr(stripped)


def _web_address(value: str) -> str:
    try:
        address = urlsplit(value)
        named = (address.hostname or "").encode("idna")
        _ = address.port  # raises where it is no port
    except ValueError:
        named = b""
    if not (named and value.lower().startswith(("http://", "https://"))) or set(value) & set("@?# \t\r\n"):
        raise ValueError("is not a web address as https://host/path, without a user, query or fragment")
    return value


Secret = Annotated[SecretStr, AfterValidator(_pasted)]
BaseUrl = Annotated[str, AfterValidator(_web_address)]


class Connection(BaseModel):
    """One merchant account at one provider.

    `mode` stops it: `read_only` sends nothing to the provider, `off` is not even read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    provider: str
    base_url: BaseUrl | None = None
    mode: Literal["live", "read_only", "off"] = "live"
    credentials: dict[str, Secret] = {}
    options: dict[str, Any] = {}

    def secret(self, key: str) -> str:
        """Return one credential.

        Raises:
            ConfigurationError: The connection has no such credential.
        """
        try:
            return self.credentials[key].get_secret_value()
        except KeyError:
            raise ConfigurationError(
                f"connection {self.name!r} ({self.provider}) has no credential {key!r};"
                " put it into its [credentials] and run `orderbus connections put`"
            ) from None

    def account(self) -> str:
        """Return a fingerprint of the provider account: two with the same one read the same orders."""
        parts = [self.provider, (self.base_url or "").rstrip("/").lower()]
        parts += [f"{key}={self.secret(key)}" for key in sorted(self.credentials)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def parse_connection(name: str, fields: dict[str, Any]) -> Connection:
    """Return the connection of that name from its stored or typed fields.

    Raises:
        ConfigurationError: Naming the connection and every wrong key, never a value.
    """
    try:
        return Connection.model_validate({**fields, "name": name})
    except ValidationError as error:
        raise ConfigurationError(f"connection {name[:60]!r}: {describe(error)}") from None


def describe(error: ValidationError, *within: str) -> str:
    """Return every wrong key with what is wrong about it, and no value: values may be secrets.

    Args:
        error: What pydantic found.
        within: Where the keys are, e.g. `"options"`.
    """
    return "; ".join(
        f"{'.'.join(map(str, (*within, *found['loc']))) or 'the whole'}: {_said(found['msg'])}"
        for found in error.errors(include_url=False, include_input=False, include_context=False)
    )


def _said(message: str) -> str:
    return message.removeprefix("Value error, ")


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
