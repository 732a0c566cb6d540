"""A LunaSoft site with orders that are known, changed, late, new and bad, and what must come of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from orderbus.intake import keyset

from infra.sandbox.lunasoft import make_order
from tests.world import LUNA, World, a_world

PAGE = 3
KNOWN = (101, 103, 105)
EDITED, LATE, BAD = 103, 104, 107
"Known and changed since; visible only now, below the cursor; without a total."
NEW = (106, 108, 109)


@dataclass
class Case:
    """The site, polled once when only the known orders were there."""

    world: World
    cursors: list[int] = field(default_factory=list)
    "Each cursor that was written, in order."

    def poll(self) -> dict[str, Any]:
        """Poll as the schedule does, in a process of its own."""
        self.world.restart()
        return self.world.poll(LUNA, scheduled=True)

    def poll_later(self) -> dict[str, Any]:
        """Poll when any backoff is over."""
        self.world.pass_time(minutes=16)
        return self.poll()

    def relay(self) -> list[dict[str, Any]]:
        """Publish what the stream has, and note the cursors in it; return what the subscriber got."""
        records = self.world.records()
        self.cursors += [int(cursor) for record in records if (cursor := cursor_in(record))]
        self.world.invoke("publish_events", {"Records": records})
        return self.world.receive()

    def check_cursor(self) -> None:
        """Check that the cursor has not passed an order that is not durable."""
        items = [(item["pk"]["S"], item["sk"]["S"], item) for item in self.world.items()]
        cursor = int(next(item["cursor"]["S"] for _, sort, item in items if sort == "STATE"))
        durable = {int(key.rsplit(":", 1)[1]) for key, _, _ in items if key.startswith("ORDER#")}
        durable |= {BAD for _, sort, _ in items if sort.startswith("QUARANTINE#")}
        assert {order for order in (*NEW, BAD) if order <= cursor} <= durable

    def check_events(self, *, updates: int = 1) -> None:
        """Check what the subscriber got since the first poll: each fact once, and the cursor never back."""
        events = self.relay()
        assert len({event["id"] for event in events}) == len(events)
        told = sorted((event["type"], int(event["subject"].rsplit(":", 1)[1])) for event in events)
        assert told == [
            *(("order.created.v1", order) for order in sorted((*NEW, LATE))),
            ("order.quarantined.v1", BAD),
            *[("order.updated.v1", EDITED)] * updates,
        ]
        revisions = [event["revision"] for event in events if event["type"] == "order.updated.v1"]
        assert sorted(revisions) == list(range(2, 2 + updates))
        assert self.cursors == sorted(self.cursors)


def cursor_in(record: dict[str, Any]) -> str:
    """Return the cursor of the connection's state in a stream record, if it is one."""
    image: dict[str, Any] = record["dynamodb"].get("NewImage", {})
    cursor: str = image.get("cursor", {}).get("S", "")
    return cursor


@contextmanager
def a_case() -> Iterator[Case]:
    """Give a site after its first poll, with more to be read than before it."""
    with pytest.MonkeyPatch.context() as patch, a_world(page_size=PAGE) as world:
        patch.setattr(keyset, "_BATCH", 5)  # so that the cursor moves in the middle of a poll
        for order in KNOWN:
            world.lunasoft.place(make_order(order))
        world.poll(LUNA)
        world.records()  # what the first poll told is not told again here
        world.lunasoft.edit(EDITED, current_status="Shipped")
        world.lunasoft.place_late(LATE)
        for order in NEW:
            world.lunasoft.place(make_order(order))
        world.lunasoft.place({k: v for k, v in make_order(BAD).items() if k != "total"})
        yield Case(world)
