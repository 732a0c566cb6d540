"""LunaSoft orders that the list no longer shows: one changed, one gone, one unchanged, one released."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from orderbus.intake import keyset

from infra.sandbox.lunasoft import make_order
from infra.sandbox.lunasoft_orders import format_time
from tests.faults.polled_case import PolledCase
from tests.world import LUNA, a_world

CHANGED, GONE, SAME, HELD = 101, 102, 103, 104
_LISTED = (201, 202)


class Case(PolledCase):
    """The site, polled once when all orders were new."""

    connection = LUNA

    def told(self) -> list[tuple[str, int, int]]:
        """Return type, order and revision of what the subscriber got, each event once."""
        events = self.world.relay()
        assert len({event["id"] for event in events}) == len(events)
        subjects = [int(event["subject"].rpartition(":")[2]) for event in events]
        return sorted(
            (event["type"], subject, event["revision"])
            for event, subject in zip(events, subjects, strict=True)
        )

    def asked(self) -> list[int]:
        """Return which orders were asked for one by one since the last call."""
        paths = [call.path for call in self.world.lunasoft.calls if call.path.startswith("/orders/")]
        self.world.lunasoft.calls.clear()
        return [int(path.removeprefix("/orders/")) for path in paths]


@contextmanager
def a_case() -> Iterator[Case]:
    """Give a site whose orders are due, and have changed since they were read."""
    with pytest.MonkeyPatch.context() as patch, a_world() as world:
        patch.setattr(keyset, "OVERLAP", 1)
        created = format_time(datetime.now(UTC))
        for order in (CHANGED, GONE, SAME):
            world.lunasoft.place(make_order(order, created=created))
        world.lunasoft.place(make_order(HELD, created=created, status="On Hold"))
        for order in _LISTED:
            world.lunasoft.place(make_order(order, created=created))
        world.poll(LUNA)
        world.relay()
        world.pass_time(minutes=2)
        world.lunasoft.add_status(CHANGED, "Shipped")
        world.lunasoft.remove(GONE)
        world.lunasoft.add_status(HELD, "Processing")
        world.lunasoft.calls.clear()
        yield Case(world)
