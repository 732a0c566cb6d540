"""Where the bucket keeps what is of one order, so that all of it is found again when the order is erased."""

from __future__ import annotations

from orderbus.domain.content import fingerprint


def snapshots_of(order_id: str) -> str:
    """Return the folder of an order's revisions that are too large for an item."""
    return f"snapshots/{fingerprint(order_id)}/"


def refused_of(subject: str) -> str:
    """Return the folder of the events about a subject that the bus does not take."""
    return f"refused/{fingerprint(subject)}/"
