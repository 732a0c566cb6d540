"""An order as its provider has it now."""

from __future__ import annotations

from orderbus.commands.adapter import Adapter, Live


def live_order(adapter: Adapter, external_id: str) -> Live:
    """Ask a provider that has the question, as all but Net32 have."""
    live = adapter.read_live(external_id)
    assert live is not None
    return live
