"""What the adapters of all providers do alike: they read an order as it is now, by the source they have."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from orderbus.commands.adapter import Live, Settlement, Situation
from orderbus.domain.commands import Command, Rejection
from orderbus.intake.raw_forms import raw_form, refuse_unstorable
from orderbus.intake.source import Source

AnySource = TypeVar("AnySource", bound=Source)


class LiveAdapter(Generic[AnySource]):
    """One connection; where a provider takes charges, its adapter says what became of them."""

    def __init__(self, source: AnySource) -> None:
        self.provider = source.provider
        self.connection = source.connection
        self.ship_test_orders = source.ship_test_orders
        self._source = source

    def read_live(self, external_id: str) -> Live | None:
        """Ask for an order now; None where the provider has no such question.

        Raises:
            NotFoundError: The provider does not know the order.
            ProviderError: There is no answer.
            NotNormalizableError: What it answered cannot be read.
        """
        raw = self._source.read_again(external_id)
        if raw is None:
            return None
        refuse_unstorable(raw.value, raw_form(raw.value))
        order = self._source.normalize(raw.value, now=raw.read_at)
        return Live(order, raw.value, raw.read_at, raw.view.unseen)

    def settle(self, external_id: str, charge_id: str) -> Settlement:
        """Raise: the provider takes no charges."""
        raise NotImplementedError(f"{self.provider} has no charge {charge_id} of {external_id}")


class NoCommands(LiveAdapter[Source]):
    """The adapter of a provider without `commands.py`: it takes none, and nothing is ever sent."""

    def plan(self, command: Command, arguments: Any, situation: Situation) -> Rejection:  # noqa: ARG002
        """Return that there is no such command here."""
        return Rejection("not_supported", f"{self.provider} has nothing that {command.type} could mean")
