"""A Retailys instance with orders that are known, changed, late, new and bad, and what must come of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from orderbus.intake import window_pages

from infra.sandbox.retailys import make_order
from infra.sandbox.retailys_orders import format_time
from tests.world import RETAILYS, World, a_world

PAGE = 2
KNOWN = (101, 103, 105)
EDITED, LATE, BACK_DATED, BAD = 105, 104, 102, 107
"Known and changed since; visible only now, 10 minutes and 2 days back; without a currency."
NEW = (106, 108, 109)


@dataclass
class Case:
    """The instance, polled an hour ago when only the known orders were there."""

    world: World
    placed: dict[int, datetime]
    cursors: list[str] = field(default_factory=list)
    "Each cursor that was written, in order."

    def poll(self) -> dict[str, Any]:
        """Poll as the schedule does, in a process of its own."""
        self.world.restart()
        return self.world.poll(RETAILYS, scheduled=True)

    def poll_later(self) -> dict[str, Any]:
        """Poll when any backoff is over."""
        self.world.pass_time(minutes=16)
        return self.poll()

    def relay(self) -> list[dict[str, Any]]:
        """Publish what the stream has, and note the cursors in it; return what the subscriber got."""
        records = self.world.records()
        images = [record["dynamodb"].get("NewImage", {}) for record in records]
        self.cursors += [image["cursor"]["S"] for image in images if "cursor" in image]
        self.world.invoke("publish_events", {"Records": records})
        return self.world.receive()

    def check_cursor(self) -> None:
        """Check that the cursor has not passed an order that is not durable."""
        items = [(item["pk"]["S"], item["sk"]["S"], item) for item in self.world.items()]
        cursor = datetime.fromisoformat(
            next(item["cursor"]["S"] for _, sort, item in items if sort == "STATE")
        )
        durable = {int(key.rsplit(":", 1)[1]) for key, _, _ in items if key.startswith("ORDER#")}
        durable |= {BAD for _, sort, _ in items if sort.startswith("QUARANTINE#")}
        assert {order for order in (*NEW, BAD) if self.placed[order] <= cursor} <= durable

    def check_events(self, *, updates: int = 1) -> None:
        """Check what the subscriber got since the first poll: each fact once, and the cursor never back."""
        events = self.relay()
        assert len({event["id"] for event in events}) == len(events)
        told = sorted((event["type"], int(event["subject"].rsplit(":", 1)[1])) for event in events)
        assert told == [
            *(("order.created.v1", order) for order in sorted((*NEW, LATE, BACK_DATED))),
            ("order.quarantined.v1", BAD),
            *[("order.updated.v1", EDITED)] * updates,
        ]
        revisions = [event["revision"] for event in events if event["type"] == "order.updated.v1"]
        assert sorted(revisions) == list(range(2, 2 + updates))
        assert self.cursors == sorted(self.cursors)

    def edited(self) -> tuple[int, str]:
        """Return the revision and the note of the order that was changed."""
        items = self.world.items(f"ORDER#{RETAILYS}:{EDITED}")
        current = next(item for item in items if item["sk"]["S"] == "CURRENT")
        return int(current["revision"]["N"]), json.loads(current["order"]["S"])["note"]


@contextmanager
def a_case() -> Iterator[Case]:
    """Give an instance an hour after its first poll, with more to be read than before it."""
    with pytest.MonkeyPatch.context() as patch, a_world() as world:
        patch.setattr(
            window_pages, "MOST_PAGES", 2
        )  # so that the list is halved, and the cursor moves within a poll
        world.retailys.page_size = PAGE
        began = datetime.now(UTC).replace(microsecond=0)
        world.traveller.move_to(began)
        minutes = {
            101: -300,
            103: -200,
            EDITED: -5,
            LATE: -10,
            BACK_DATED: -2880,
            106: 1,
            BAD: 2,
            108: 20,
            109: 59,
        }
        placed = {order: began + timedelta(minutes=ago) for order, ago in minutes.items()}
        for order in KNOWN:
            world.retailys.place(make_order(order, placed=format_time(placed[order])))
        world.poll(RETAILYS)
        world.records()  # what the first poll told is not told again here
        world.pass_time(hours=1, seconds=1)
        world.retailys.edit(EDITED, note="changed")
        for order in (LATE, BACK_DATED, *NEW):
            world.retailys.place(make_order(order, placed=format_time(placed[order])))
        bad = make_order(BAD, placed=format_time(placed[BAD])) | {"order_currency_code": "free"}
        world.retailys.place(bad)
        world.retailys.calls.clear()
        yield Case(world, placed)
