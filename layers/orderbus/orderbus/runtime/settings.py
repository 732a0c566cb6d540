"""What a function is told by its environment; template.yaml sets each of these, and a test compares them."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import TypeVar

from orderbus.domain.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """Of the fetch functions."""

    stack_name: str
    ledger_table: str
    inbox_bucket: str


@dataclass(frozen=True, slots=True)
class PublishSettings:
    """Of publish_events."""

    ledger_table: str
    inbox_bucket: str
    bus_name: str


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """Of sweep_due."""

    stack_name: str
    ledger_table: str
    bus_name: str
    preauthorize_queue: str
    ship_queue: str
    update_queue: str
    settle_queue: str


@dataclass(frozen=True, slots=True)
class CommandSettings:
    """Of the functions that carry out commands; the queues are URLs."""

    stack_name: str
    ledger_table: str
    inbox_bucket: str
    own_queue: str
    settle_queue: str


Settings = TypeVar("Settings", FetchSettings, PublishSettings, SweepSettings, CommandSettings)


def from_environment(kind: type[Settings]) -> Settings:
    """Return the settings; a variable is named as its field, in capitals.

    Raises:
        ConfigurationError: Naming every variable that is missing.
    """
    names = [field.name for field in fields(kind)]
    missing = [name.upper() for name in names if not os.environ.get(name.upper())]
    if missing:
        raise ConfigurationError(
            f"environment variables are missing: {', '.join(missing)}; deploy template.yaml as it is"
        )
    return kind(**{name: os.environ[name.upper()] for name in names})
