"""The providers that there are, each found by its package, and imported only when it is asked for."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

from msgspec.structs import replace

from orderbus import providers
from orderbus.commands.adapter import Adapter
from orderbus.domain.connections import Connection
from orderbus.domain.errors import ConfigurationError
from orderbus.intake.source import Source
from orderbus.ports import Clock
from orderbus.providers.profile import Profile


def provider_names() -> list[str]:
    """Return the names of all providers, sorted; none of them is imported for it."""
    return sorted(module.name for module in iter_modules(providers.__path__) if module.ispkg)


def profile_of(provider: str) -> Profile:
    """Return what a provider declares of itself.

    Raises:
        ConfigurationError: There is no such provider.
    """
    known = provider_names()
    if provider not in known:
        raise ConfigurationError(f"provider: not one of {', '.join(known)}")
    profile: Profile = import_module(f"{providers.__name__}.{provider}.profile").PROFILE
    return profile


def addressed(connection: Connection) -> Connection:
    """Return the connection as its provider is asked: where, and with which credentials alone."""
    if connection.provider not in provider_names():
        return connection
    profile = profile_of(connection.provider)
    used = {key: connection.credentials[key] for key in profile.credentials if key in connection.credentials}
    return replace(connection, base_url=connection.base_url or profile.default_base_url, credentials=used)


def make_adapter(connection: Connection, clock: Clock) -> Adapter:
    """Return what carries out a connection's commands, whatever its provider: its module's `ADAPTER`.

    Raises:
        ConfigurationError: Naming the connection and what is wrong with it.
    """
    source = make_source(connection, clock)
    adapter: Adapter = _adapter_of(connection.provider)(source)
    return adapter


def _adapter_of(provider: str) -> Any:
    module = f"{providers.__name__}.{provider}.commands"
    if find_spec(module):
        return import_module(module).ADAPTER
    from orderbus.providers.live import NoCommands  # noqa: PLC0415 - of the rare case

    return NoCommands


def make_source(connection: Connection, clock: Clock) -> Source:
    """Return the source of a connection, whatever its provider.

    Raises:
        ConfigurationError: Naming the connection and what is wrong with it.
    """
    try:
        profile = profile_of(connection.provider)
    except ConfigurationError as error:
        raise ConfigurationError(f"connection {connection.name!r}: {error}") from None
    source: Source = profile.make_source(connection, clock)
    return source
