"""A Retailys instance with orders that are known, changed, late, new and bad, and what must come of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from orderbus.intake import window_pages

from infra.sandbox.retailys import make_order
from infra.sandbox.retailys_orders import format_time
from tests.faults.polled_case import ListCase
from tests.world import RETAILYS, a_world

PAGE = 2
KNOWN = (101, 103, 105)
EDITED, LATE, BACK_DATED, BAD = 105, 104, 102, 107
"Known and changed since; visible only now, 10 minutes and 2 days back; without a currency."
NEW = (106, 108, 109)


@dataclass
class Case(ListCase):
    """The instance, polled an hour ago when only the known orders were there."""

    connection = RETAILYS
    created = (*NEW, LATE, BACK_DATED)
    changed, bad = EDITED, BAD
    placed: dict[int, datetime] = field(kw_only=True)

    def read_cursor(self, text: str) -> datetime:
        """Return what cursors are compared by."""
        return datetime.fromisoformat(text)

    def check_cursor(self) -> None:
        """Check that the cursor has not passed an order that is not durable."""
        cursor, stored, aside = self.cursor_and_orders()
        assert {order for order in (*NEW, BAD) if self.placed[order] <= cursor} <= stored | aside

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
        yield Case(world, placed=placed)
