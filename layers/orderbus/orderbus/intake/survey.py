"""What a provider has, asked for in another way than the fetch does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orderbus.domain.errors import NotNormalizableError
from orderbus.intake.source import RawOrder, Source


@dataclass(frozen=True, slots=True)
class Shown:
    """An order that a provider has.

    Attributes:
        external_id: Its id.
        read: Returns the whole order, and may have to ask for it.
        acknowledge: Tells the provider that the order has arrived, where it waits for that.
    """

    external_id: str
    read: Callable[[], RawOrder]
    acknowledge: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Some of the orders; all that were placed before `upto` are in this batch or in one before it."""

    shown: Sequence[Shown]
    upto: datetime


Survey = Callable[[Any, datetime, datetime], Iterator[Batch]]
"""Yields what a source's provider has of a span of order dates, from the earliest on, or more than that.

The last batch is up to the end of the span, and no other one: a run goes on from where another has come to.
Raises ProviderError by what an answer means.
"""


def shown_whole(source: Source, row: RawOrder) -> Shown | None:
    """Return a row that is the whole order; None where it has no id, which the fetch sets aside."""
    try:
        return Shown(source.external_id(row.value), lambda: row)
    except NotNormalizableError:
        return None
