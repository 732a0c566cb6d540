"""An order that a success page names, with its row in the list, which has the time of the order."""

from __future__ import annotations

from datetime import datetime, timedelta

from orderbus.domain.connections import Connection
from orderbus.domain.errors import ConfigurationError
from orderbus.intake.source import RawOrder
from orderbus.providers.zonos.ids import full_order_id
from orderbus.providers.zonos.source import ZonosSource


def find(source: ZonosSource, external_id: str, now: datetime) -> RawOrder | None:
    """Return an order as it is now.

    Without its row nobody knows when it was placed: where that matters, it is left to the fetch. So is one
    of which neither its row nor its detail says whether it is a test.

    Raises:
        ProviderError: By what the answers mean.
    """
    # A success page is of this moment, which in the provider's time zone may be yesterday.
    yesterday = (now - timedelta(days=1)).date()
    rows = source.list_days(yesterday, None)
    row = next((row for row in rows if row.external_id == external_id), None)
    if row is None and source.start_at is not None:
        return None
    raw = source.read_again(external_id, row, must_name=row is None)
    return None if "test" in raw.view.unseen else raw


def full_id(connection: Connection, external_id: str) -> str:
    """Return a hint's order id with the store in front, as the ledger has it.

    Raises:
        ConfigurationError: It is of another store.
    """
    full = full_order_id(connection.unspaced("store"), external_id)
    if not claims(connection, full):
        raise ConfigurationError(f"connection {connection.name!r}: the order id is of another store")
    return full


def claims(connection: Connection, external_id: str) -> bool:
    """Say whether an order id is one of the connection's store."""
    return external_id.partition("-")[0] == connection.unspaced("store")
