"""What a provider tells the shared intake about itself, and about one order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from orderbus.domain.orders import Order


@dataclass(frozen=True, slots=True)
class View:
    """One way of asking a provider for orders.

    Attributes:
        name: What the ledger calls it.
        unseen: Dotted paths of the normalized order that this view never has.
        repeats: Whether the same order is shown again, so that it is worth asking the ledger first.
        names_only: Whether it shows that there is an order, and too little to make one.
    """

    name: str
    unseen: frozenset[str] = frozenset()
    repeats: bool = True
    names_only: bool = False


class RawOrder(Struct, frozen=True, gc=False):
    """An order as a provider sent it, whatever it is, and when the request for it was sent.

    Attributes:
        marker: What a list shows of the order as it is here: while it shows that, reading it again is no use.
    """

    value: Any
    view: View
    read_at: datetime
    marker: str | None = None


class Source(Protocol):
    """One connection to one provider, as the intake sees it."""

    @property
    def provider(self) -> str:
        """Return the provider's name."""

    @property
    def connection(self) -> str:
        """Return the connection's name."""

    @property
    def views(self) -> Mapping[str, View]:
        """Return the provider's views by name."""

    @property
    def start_at(self) -> datetime | None:
        """Return from when on orders are wanted, or None for all."""

    @property
    def ship_test_orders(self) -> bool:
        """Return whether test orders may be shipped."""

    def external_id(self, value: Any) -> str:
        """Return the provider's id of a raw order.

        Raises:
            NotNormalizableError: It has none that can be used.
        """

    def normalize(self, value: Any, *, now: datetime) -> Order:
        """Return the normalized order of a raw one.

        Raises:
            NotNormalizableError: Naming the field and what is wrong with it, never its value.
        """

    def read_again(self, external_id: str) -> RawOrder | None:
        """Ask the provider for one order now; None where it has no such question.

        Raises:
            NotFoundError: The provider does not know the order.
            ProviderError: The provider did not answer with the order.
        """

    def watch_from(self, placed_at: datetime | None, now: datetime) -> datetime | None:
        """Return when an order leaves the list's window; None where no order can be read again.

        Now, where its time does not say: what a poll's list shows is not read beside it. A list by change
        shows it again when it changes: some days from now, then, as a net.
        """
