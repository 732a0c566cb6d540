"""The order as its provider shows it now, before anything irreversible is done with it."""

from __future__ import annotations

from orderbus.commands.adapter import Live
from orderbus.intake.source import Source


def read_live(source: Source, external_id: str) -> Live | None:
    """Ask for an order now; None where the provider has no such question.

    Raises:
        NotFoundError: The provider does not know the order.
        ProviderError: There is no answer.
        NotNormalizableError: What it answered cannot be read.
    """
    raw = source.read_again(external_id)
    if raw is None:
        return None
    return Live(source.normalize(raw.value, now=raw.read_at), raw.value, raw.read_at)
