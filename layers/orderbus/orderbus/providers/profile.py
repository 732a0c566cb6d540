"""What a provider declares of itself; shared code derives from it what it does, and names no provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from orderbus.domain.connections import Connection
from orderbus.intake.hints import Find
from orderbus.intake.source import RawOrder, Source
from orderbus.intake.survey import Survey
from orderbus.ports import Clock

Read = Literal["drain", "keyset", "window", "days"]
"""How new orders are asked for: a destructive queue, ascending ids, windows by date, whole days."""

MakeSource = Callable[[Connection, Clock], Any]
"""Makes a connection's source, which checks its options, its credentials and its base_url.

It raises ConfigurationError, naming what is wrong. The source is the provider's own kind of
`orderbus.intake.source.Source`.
"""


def _read_again(source: Source, external_id: str, _now: datetime) -> RawOrder | None:
    return source.read_again(external_id)


def _as_it_is(_connection: Connection, external_id: str) -> str:
    return external_id


def _never(_connection: Connection, _external_id: str) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One provider.

    Attributes:
        provider: Its name, which is also that of its package.
        read: How new orders are asked for.
        default_base_url: Its public root, or None where each account has one of its own.
        credentials: The names of the credentials that a connection needs.
        make_source: Makes the source of a connection.
        has_start: Whether a connection can begin elsewhere than with all that there is.
        find: Asks for one order that is not in the ledger.
        claims: Says whether an order id can only be one of that connection's, where ids tell that.
        full_id: Returns an order id that a person or a page wrote as the ledger has it.
        survey: How a reconciliation asks what there is, in another way than the fetch; None where there is
            none.
    """

    provider: str
    read: Read
    default_base_url: str | None
    credentials: tuple[str, ...]
    make_source: MakeSource
    has_start: bool = True
    find: Find = _read_again
    claims: Callable[[Connection, str], bool] = _never
    full_id: Callable[[Connection, str], str] = _as_it_is
    survey: Survey | None = None
