"""How each provider is asked for what it has: sorted, in parts that a run has time for, and no further."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from infra.sandbox import lunasoft
from infra.sandbox.faults import Status
from tests.reconciling import (
    LUNA_FORM,
    SHOPS,
    invoke_with,
    now,
    place_zonos,
    polled,
    reconcile,
)
from tests.world import World


@pytest.mark.parametrize("included", [True, False])
def test_each_day_of_zonos_is_compared_once_whatever_the_last_day_of_a_list_means(
    world: World, *, included: bool
) -> None:
    shop = SHOPS[2]
    polled(world, shop)
    place_zonos(world, 1_000, now() - timedelta(days=30))
    world.zonos.through_is_included = included

    span = [(now() - timedelta(days=ago)).isoformat() for ago in (32, 28)]
    answer = reconcile(world, shop, since=span[0], until=span[1])

    assert (answer["compared"], answer["created"], answer["complete"]) == (1, 1, True)


def test_a_list_that_is_not_sorted_as_it_was_asked_to_be_is_no_survey(world: World) -> None:
    shop = SHOPS[0]
    polled(world, shop)
    newest_first = [
        lunasoft.make_order(number, created=(now() - timedelta(hours=hours)).strftime(LUNA_FORM))
        for number, hours in ((9_002, 1), (9_001, 30))
    ]
    world.lunasoft.fail_next(Status(200, {"orders": newest_first, "next_page": 2}), match="GET /orders?")

    answer = reconcile(world, shop)

    assert (answer["complete"], answer["error"]["code"], answer["created"]) == (False, "provider_unclear", 0)


def site_pages(world: World, *pages: list[tuple[int, str]]) -> None:
    """Let the next lists of LunaSoft be these pages of numbers and times."""
    for number, page in enumerate(pages, 1):
        orders = [lunasoft.make_order(order, created=created) for order, created in page]
        answer = {"orders": orders, "next_page": number + 1 if number < len(pages) else False}
        world.lunasoft.fail_next(Status(200, answer), match="GET /orders?")


def test_a_site_that_sorts_by_its_own_clock_is_compared_through_the_night_whose_hour_comes_twice(
    world: World,
) -> None:
    shop = SHOPS[0]
    polled(world, shop)
    first = [(9_001, "2026-11-01T01:10:00-0700"), (9_002, "2026-11-01T01:50:00-0600")]
    second = [(9_003, "2026-11-01T01:55:00-0600"), (9_004, "2026-11-01T03:00:00-0700")]
    site_pages(world, first, second)

    answer = reconcile(world, shop, since="2026-10-30T00:00:00Z", until="2026-11-01T08:00:00Z")

    # The first one was placed after the span, and those behind it were not.
    assert (answer["complete"], answer["missing"]) == (True, ["9002", "9003"])


def test_a_list_is_not_read_beyond_the_end_of_the_span(world: World) -> None:
    shop = SHOPS[0]
    polled(world, shop)
    shop.asked(world)
    site_pages(world, [(9_001, "2026-11-01T08:00:00+0000")], [(9_002, "2026-11-01T09:00:00+0000")])

    answer = reconcile(world, shop, since="2026-10-30T00:00:00Z", until="2026-11-01T08:00:00Z")

    assert (answer["complete"], answer["missing"]) == (True, ["9001"])
    assert shop.asked(world) == {"/orders": 1}


@pytest.mark.parametrize(
    ("spread", "calls"), [(timedelta(minutes=10), 36), (timedelta(), 51)], ids=["hours", "a second"]
)
def test_what_a_crowded_window_costs(world: World, spread: timedelta, calls: int) -> None:
    shop = SHOPS[1]
    polled(world, shop)
    world.retailys.page_size = 3
    placed = (now() - timedelta(days=6)).replace(microsecond=0)
    for number in range(33):  # eleven pages
        shop.place(world, 5_000 + number, placed + number * spread)
    shop.asked(world)

    answer = reconcile(world, shop, since=placed.isoformat())

    assert (answer["complete"], answer["created"]) == (True, 33)
    assert shop.asked(world) == {"/System/Orders": calls}


def time_for_12_calls(world: World) -> Callable[[], int]:
    return lambda: 1_000 if len(world.retailys.calls) >= 12 else 60_000


def test_a_crowded_window_is_compared_in_parts_that_a_run_has_time_for(world: World) -> None:
    shop = SHOPS[1]
    polled(world, shop)
    world.retailys.page_size = 3
    placed = now() - timedelta(days=5)
    for number in range(5_000, 5_060):  # twenty pages
        shop.place(world, number, placed + timedelta(minutes=5 * (number - 5_000)))
    event = {"since": placed.isoformat(), "until": (placed + timedelta(hours=6)).isoformat()}
    answers: list[dict[str, Any]] = []
    while not (answers and answers[-1]["complete"]):
        assert len(answers) < 5
        shop.asked(world)
        answers.append(invoke_with(world, {"connection": shop.connection, **event}, time_for_12_calls(world)))
        event["since"] = answers[-1].get("next", event["since"])

    assert sum(answer["created"] for answer in answers) == 60
    assert [answer.get("error") for answer in answers] == [None] * len(answers)


def test_orders_that_come_while_a_window_is_paged_make_no_survey_of_it(world: World) -> None:
    shop = SHOPS[1]
    polled(world, shop)
    placed = now() - timedelta(days=2)
    for number in range(5_000, 5_005):
        shop.place(world, number, placed - timedelta(seconds=number))
    world.retailys.page_size = 2
    world.retailys.arrive_during_read = 2  # before the first page, and between it and the second
    span = {"since": (placed - timedelta(hours=3)).isoformat(), "until": placed.isoformat()}

    shifted, again = reconcile(world, shop, **span), reconcile(world, shop, **span)

    assert (shifted["complete"], shifted["error"]["code"]) == (False, "provider_unclear")
    assert (again["complete"], again["compared"]) == (True, 7)
