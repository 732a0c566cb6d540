"""Net32's queue is drained page by page, until one is short or the time runs out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.sandbox.net32 import make_order
from tests.world import NET32, ShortOfTime, World, a_world, load_handler

PAGE = 3


@pytest.fixture
def world() -> Iterator[World]:
    """Give a stack with seven orders waiting: two pages, and one that is short."""
    with a_world(page_size=PAGE) as made:
        made.connect(NET32, "net32", made.net32_at.url, options={"page_size": PAGE})
        for number in range(1, 8):
            made.net32.place(make_order(number))
        yield made


def test_pages_are_taken_until_one_is_short(world: World) -> None:
    answer = world.poll(NET32)

    assert (answer["created"], answer["complete"], len(world.net32.calls)) == (7, True, 3)


def test_no_page_is_taken_that_there_may_be_no_time_to_store(world: World) -> None:
    # Its time is asked for at the start, and before each page.
    context = ShortOfTime("orderbus-fetch-net32", pages=3)
    first = load_handler("fetch_net32")({"connection": NET32}, context)
    taken = len(world.net32.calls)
    second = world.poll(NET32)

    assert (first["created"], first["complete"], taken) == (6, False, 2)
    assert (second["created"], second["complete"], len(world.net32.calls)) == (1, True, 3)
    assert sorted(event["subject"] for event in world.relay()) == [f"{NET32}:{n}" for n in range(1, 8)]
