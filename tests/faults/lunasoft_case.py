"""A LunaSoft site with orders that are known, changed, late, new and bad, and what must come of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from orderbus.intake import keyset

from infra.sandbox.lunasoft import make_order
from tests.faults.polled_case import ListCase
from tests.world import LUNA, a_world

PAGE = 3
KNOWN = (101, 103, 105)
EDITED, LATE, BAD = 103, 104, 107
"Known and changed since; visible only now, below the cursor; without a total."
NEW = (106, 108, 109)


class Case(ListCase):
    """The site, polled once when only the known orders were there."""

    connection = LUNA
    created = (*NEW, LATE)
    changed, bad = EDITED, BAD

    def read_cursor(self, text: str) -> int:
        """Return what cursors are compared by."""
        return int(text)

    def check_cursor(self) -> None:
        """Check that the cursor has not passed an order that is not durable."""
        cursor, stored, aside = self.cursor_and_orders()
        assert {order for order in (*NEW, BAD) if order <= cursor} <= stored | aside


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
