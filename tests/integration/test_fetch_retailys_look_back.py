"""Retailys' list looks back over three days once an hour, since a marketplace sends orders back-dated."""

from __future__ import annotations

import pytest

from infra.sandbox.faults import Status
from infra.sandbox.retailys_listing import Habits
from tests.retailys_polls import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    asked,
    created,
    cursor_at,
    place,
    poll_at,
)
from tests.world import World

pytestmark = pytest.mark.usefixtures("small_pages")


def test_an_order_that_is_back_dated_by_three_days_comes_within_the_hour(world: World) -> None:
    poll_at(world, NOON)
    place(world, [NOON - 3 * DAY])

    answers = [poll_at(world, NOON + minutes * MINUTE) for minutes in (1, 59, 60, 61, 119, 120)]

    assert [answer["created"] for answer in answers] == [0, 0, 1, 0, 0, 0]
    assert [each for each in asked(world) if not each.endswith(".. 1")] == [
        # What came in since noon is dated at most three days before that; the rest was just read.
        "2026-11-23T12:00:00..2026-11-26T12:44:01 1",
        "2026-11-23T13:00:00..2026-11-26T13:44:01 1",
    ]


def test_after_an_outage_the_look_back_reaches_three_days_beyond_its_beginning(world: World) -> None:
    poll_at(world, NOON - 4 * DAY)
    place(world, [NOON - 7 * DAY, NOON - 2 * DAY])

    answer = poll_at(world, NOON)

    assert (answer["created"], answer["complete"]) == (2, True)
    assert asked(world)[1:] == [
        "2026-11-22T11:45:00.. 1",
        "2026-11-19T12:00:00..2026-11-22T11:45:01 1",
    ]


def test_a_look_back_that_runs_out_of_time_or_fails_goes_on_where_it_stopped(world: World) -> None:
    orders = place(world, [NOON - 2 * DAY + number * HOUR for number in range(40)])
    poll_at(world, NOON)
    late = place(world, [NOON - 2 * DAY + number * HOUR for number in range(40)])
    orders += place(world, [NOON + HOUR])
    asked(world)
    short = poll_at(world, NOON + HOUR, pages=20)
    first = asked(world)
    world.retailys.fail_next(Status(500), match="GET /System/Orders?from=2026-11-25", times=3)
    failed = poll_at(world, NOON + HOUR + MINUTE)
    rest = poll_at(world, NOON + HOUR + 2 * MINUTE)
    again = poll_at(world, NOON + HOUR + 3 * MINUTE)

    begins = [each.split("..")[0] for each in asked(world) if not each.endswith(".. 1")]
    assert "2026-11-23T12:00:00" in [each.split("..")[0] for each in first]
    assert begins
    assert min(begins) > "2026-11-24T12:00:00"
    # The list itself was read to its end, and first.
    assert (short["complete"], short["cursor"]) == (True, cursor_at(NOON + HOUR))
    assert first[0] == "2026-11-26T11:45:00.. 1"
    assert (failed["complete"], failed["error"]["code"]) == (False, "provider_unclear")
    assert (rest["complete"], again["created"]) == (True, 0)
    assert created(world) == sorted(orders + late)


def test_what_comes_in_behind_a_look_back_of_two_runs_is_in_the_next_one(world: World) -> None:
    poll_at(world, NOON)
    late = place(world, [NOON - 3 * DAY + number * HOUR for number in range(40)])
    poll_at(world, NOON + HOUR, pages=10)
    late += place(world, [NOON + HOUR - 3 * DAY + MINUTE])

    for hours in (3, 4):
        poll_at(world, NOON + hours * HOUR)

    assert created(world) == sorted(late)


def test_a_look_back_that_there_is_no_time_for_is_left_to_the_next_poll(world: World) -> None:
    orders = place(world, [NOON - DAY])
    poll_at(world, NOON)
    orders += place(world, [NOON - 2 * DAY])
    asked(world)

    without = poll_at(world, NOON + HOUR, pages=1)

    assert (without["complete"], without["cursor"]) == (True, cursor_at(NOON + HOUR))
    assert asked(world) == ["2026-11-26T11:45:00.. 1"]
    assert poll_at(world, NOON + HOUR + MINUTE)["created"] == 1
    assert created(world) == sorted(orders)


def test_a_look_back_of_a_wrong_clock_delays_none_by_more_than_an_hour(world: World) -> None:
    poll_at(world, NOON + 365 * DAY)
    poll_at(world, NOON)
    late = place(world, [NOON - DAY])

    answer = poll_at(world, NOON + HOUR)

    assert (answer["created"], created(world)) == (1, late)


@pytest.mark.parametrize("pages", [6, 7, 8, 9])
def test_a_look_back_in_two_runs_reads_what_is_dated_where_it_was_cut(world: World, pages: int) -> None:
    world.retailys.orders.habits = Habits(inclusive=False)
    poll_at(world, NOON)
    cut = NOON - 3 * DAY + 129_151 * SECOND
    around = [cut + number * HOUR for number in range(-16, 17)]
    late = place(world, around)

    poll_at(world, NOON + HOUR, pages=pages)
    for minutes in range(1, 6):
        poll_at(world, NOON + HOUR + minutes * MINUTE)

    assert created(world) == late
