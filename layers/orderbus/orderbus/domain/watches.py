"""When an order is read again: soon after its last change, then ever less often, until it is final."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, get_args

from orderbus.domain.orders import BlockedBy, Hold

_DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240, 360))
LONGEST_DELAY = _DELAYS[-1]
_LONGEST = timedelta(days=60)
# An order without a time, or with one that lies ahead, has no age; so many reads take as long.
_MOST_READS = 250


def is_final(order: Mapping[str, Any]) -> bool:
    """Say whether nothing more is expected of an order; a held one is never final."""
    over = order["lifecycle"] in {"completed", "cancelled"} or order["fulfilment"] == "delivered"
    return over and not order["holds"]


def next_read(
    order: Mapping[str, Any], *, reads: int, now: datetime, begin: datetime | None = None
) -> datetime | None:
    """Return when to read an order again, or None when its watch has come to an end.

    Args:
        order: The published form.
        reads: How many reads since its last change have shown nothing new.
        now: When it was last read.
        begin: Until then a list shows its changes.
    """
    if is_final(order) or (_is_old(order["placed_at"], reads, now) and not order["holds"]):
        return None
    return max(now, begin or now) + _DELAYS[min(reads, len(_DELAYS) - 1)]


def _is_old(placed_at: str | None, reads: int, now: datetime) -> bool:
    age = now - datetime.fromisoformat(placed_at) if placed_at is not None else timedelta(0)
    return age >= _LONGEST or reads >= _MOST_READS


def held_as_not_found(order: Mapping[str, Any], *, since: datetime) -> dict[str, Any]:
    """Return an order that its provider no longer knows: as it was last seen, with a hold."""
    hold = Hold(reason="not_found", since=since).as_json()
    reasons = {*order["blocked_by"], "hold"}
    return {
        **order,
        "holds": [*order["holds"], hold],
        "shippable": False,
        "blocked_by": [reason for reason in get_args(BlockedBy) if reason in reasons],
    }
