"""What a new order costs in write units: the size of its item, and an entry of the index `due`."""

from __future__ import annotations

from datetime import UTC, datetime

from infra.sandbox.retailys_orders import format_time, make_order
from tests.benchmarks.provider import LINES
from tests.benchmarks.write_units import billed, item_bytes
from tests.world import RETAILYS, World


def test_a_retailys_order_of_three_lines_is_one_write_of_five_units(world: World) -> None:
    world.retailys.place(make_order(80_001, lines=LINES, placed=format_time(datetime.now(UTC))))

    with billed() as bill:
        assert world.poll(RETAILYS)["created"] == 1

    [item] = world.items("ORDER#")
    # Four units by its size, and one for when it is read again, which is in the index.
    assert 3_072 < item_bytes(item) <= 4_096
    assert "due_at" in item
    assert (bill.writes["CURRENT"], bill.units["CURRENT"]) == (1, 5)
