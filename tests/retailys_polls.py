"""A Retailys instance whose orders come in, and that is polled, at chosen moments."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from orderbus.aws.outbox import events_of_record

from infra.sandbox.retailys import make_order
from infra.sandbox.retailys_orders import format_time
from tests.world import RETAILYS, ShortOfTime, World, load_handler

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
FIRST = 1001
HOUR, DAY, MINUTE, SECOND = (timedelta(**{unit: 1}) for unit in ("hours", "days", "minutes", "seconds"))


def poll_at(world: World, moment: datetime, *, pages: int = 1_000) -> dict[str, Any]:
    """Poll at a moment, with time for so many pages."""
    world.restart()
    world.traveller.move_to(moment)
    context = ShortOfTime("orderbus-fetch-retailys", pages=pages)
    return load_handler("fetch_retailys")({"connection": RETAILYS}, context)


def place(world: World, moments: Iterable[datetime]) -> list[int]:
    """Let orders come in, placed then; return their ids."""
    begin = max(FIRST, world.retailys.orders.greatest_id + 1)
    ids = []
    for order, moment in enumerate(moments, begin):
        world.retailys.place(make_order(order, placed=format_time(moment)))
        ids.append(order)
    return ids


def asked(world: World) -> list[str]:
    """Return what the list was asked for since the last look: `<from>..<to> <page>`, in UTC."""
    calls = [unquote(call.path) for call in world.retailys.calls if call.path.startswith("/System/Orders?")]
    world.retailys.calls.clear()
    return [_shortened(call) for call in calls]


def _shortened(call: str) -> str:
    found = re.fullmatch(r"/System/Orders\?(?:from=(.+?)&)?(?:to=(.+?)&)?page=(\d+)&per_page=250", call)
    assert found is not None, call
    begin, end = ((found[side] or "").removesuffix("+00:00") for side in (1, 2))
    return f"{begin}..{end} {found[3]}"


def created(world: World) -> list[int]:
    """Return the orders whose creation the ledger has told the relay of, each as often as it has."""
    events = [event for record in world.records() for event in events_of_record(record)]
    return sorted(
        int(event.subject.rsplit(":", 1)[1]) for event in events if event.type == "order.created.v1"
    )


def text(moment: datetime) -> str:
    """Return a moment as the list is asked for it."""
    return moment.isoformat().removesuffix("+00:00")


def cursor_at(moment: datetime) -> str:
    """Return a moment as a cursor."""
    return f"{text(moment)}.000000Z"
