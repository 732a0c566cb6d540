"""P5: a held order is released by its provider alone, also one that the provider no longer knows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.watched_site import NEWER, ORDER, a_site, place, poll_and_tell, read_again, watch
from tests.world import LUNA, World


@pytest.fixture
def world() -> Iterator[World]:
    """Give a site whose list shows few orders."""
    with a_site() as made:
        yield made


def test_an_order_that_the_site_no_longer_knows_is_held_until_it_shows_it_again(world: World) -> None:
    (order,) = watch(world)
    world.lunasoft.remove(ORDER)

    world.poll(LUNA)

    (event,) = world.relay()
    assert (event["type"], event["subject"]) == ("order.held.v1", f"{LUNA}:{ORDER}")
    held = event["data"]["order"]
    assert [(hold["reason"], hold["raw"]) for hold in held["holds"]] == [("not_found", None)]
    assert (held["lifecycle"], held["shippable"], held["blocked_by"]) == ("open", False, ["hold"])

    for _ in range(3):
        world.pass_time(hours=7)
        assert poll_and_tell(world) == []
    world.lunasoft.place(order)
    world.pass_time(hours=7)

    assert poll_and_tell(world) == [("order.released.v1", str(ORDER))]


def test_an_order_in_review_is_released_by_the_site_alone_however_often_it_is_read(world: World) -> None:
    watch(world, status="On Hold")
    for _ in range(8):
        assert poll_and_tell(world) == []
        world.pass_time(hours=6, minutes=1)
    assert read_again(world) == [ORDER] * 8

    world.lunasoft.add_status(ORDER, "Processing")

    assert poll_and_tell(world) == [("order.released.v1", str(ORDER))]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("Processing", ["order.released.v1"]),
        ("Cancelled", ["order.cancelled.v1"]),
        ("Shipped", ["order.released.v1", "order.updated.v1"]),
    ],
)
def test_what_became_of_a_held_order_while_the_hub_was_down_is_told_on_the_next_run(
    world: World, status: str, told: list[str]
) -> None:
    watch(world, status="On Hold")
    world.lunasoft.add_status(ORDER, status)
    place(world, *range(301, 320), status="Complete")

    world.pass_time(days=90)
    world.poll(LUNA)

    of_the_order = [event for event in world.relay() if event["subject"] == f"{LUNA}:{ORDER}"]
    assert sorted(event["type"] for event in of_the_order) == told


def test_an_order_that_was_missing_and_comes_back_cancelled_is_cancelled(world: World) -> None:
    (order,) = watch(world)
    world.lunasoft.remove(ORDER)
    assert poll_and_tell(world) == [("order.held.v1", str(ORDER))]
    world.lunasoft.place(order | {"current_status": "Cancelled"})
    world.pass_time(minutes=1)

    assert poll_and_tell(world) == [("order.cancelled.v1", str(ORDER))]


def test_an_order_that_was_missing_and_is_in_the_list_again_is_released_by_the_list(world: World) -> None:
    (order,) = watch(world)
    world.lunasoft.remove(ORDER)
    world.poll(LUNA)
    world.relay()
    read_again(world)
    for newer in NEWER:
        world.lunasoft.remove(newer)
    world.lunasoft.place(order | {"id": str(ORDER)})

    world.invoke("fetch_lunasoft", {"connection": LUNA})  # the cursor stands above it
    world.pass_time(minutes=1)
    world.poll(LUNA)

    assert [event["type"] for event in world.relay()] == ["order.released.v1"]
