"""A hint about an order of Retailys, which stands in the path that is asked for."""

from __future__ import annotations

import pytest

from tests.retailys_polls import MINUTE, NOON, place, poll_at
from tests.world import RETAILYS, World


def follow(world: World, order_id: str) -> str:
    """Return the outcome of a hint."""
    answer = world.invoke("import_order", {"order_id": order_id, "connection": RETAILYS})
    return str(answer.get("outcome") or answer["error"]["code"])


@pytest.mark.parametrize("hint_first", [True, False], ids=["import first", "fetch first"])
def test_an_import_that_meets_the_fetch_makes_one_order_and_one_event(
    world: World, *, hint_first: bool
) -> None:
    (order,) = place(world, [NOON])
    world.traveller.move_to(NOON)
    if not hint_first:
        poll_at(world, NOON)

    outcome = follow(world, str(order))
    poll_at(world, NOON + MINUTE)

    assert outcome == ("imported" if hint_first else "known")
    assert [(event["type"], event["revision"]) for event in world.relay()] == [("order.created.v1", 1)]


@pytest.mark.parametrize("order_id", ["8", "01001", "..", "1001/item", "1001?x=1", "%31001", "\u0667"])
def test_an_id_that_is_no_orders_imports_nothing(world: World, order_id: str) -> None:
    place(world, [NOON])

    outcome = follow(world, order_id)

    assert outcome in {"not_found", "provider_unclear", "provider_refused", "configuration"}
    assert world.relay() == []
