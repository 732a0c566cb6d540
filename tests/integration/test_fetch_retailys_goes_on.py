"""Where a poll of Retailys begins, and what it leaves to the next one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

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
    text,
)
from tests.world import RETAILYS, World

pytestmark = pytest.mark.usefixtures("small_pages")


@pytest.mark.parametrize("start", [-5 * MINUTE, DAY], ids=["five minutes ago", "tomorrow"])
def test_nothing_is_asked_for_from_before_the_start(world: World, start: timedelta) -> None:
    options = {"start_at": (NOON + start).isoformat()}
    world.connect(RETAILYS, "retailys", world.retailys_at.url, options=options)

    for moment in (timedelta(), MINUTE, HOUR + MINUTE):
        poll_at(world, NOON + moment)

    # The last one looks back an hour later, and there is nothing to look back on.
    assert asked(world) == [f"{text(NOON + start - SECOND)}.. 1"] * 3


def test_a_run_whose_time_is_over_begins_no_other_window(world: World) -> None:
    world.retailys.orders.habits = Habits(tells_total=False)  # so that each window has one page
    orders = place(world, [NOON - DAY + number * MINUTE for number in range(9)])

    answers: list[dict[str, Any]] = []
    calls = []
    while not (answers and answers[-1]["complete"]):
        answers.append(poll_at(world, NOON, pages=2))
        calls.append(len(asked(world)))
        assert len(answers) < 40

    assert max(calls) <= 3
    assert answers[-1]["cursor"] == cursor_at(NOON)
    assert created(world) == orders


def test_an_order_that_comes_while_a_look_back_goes_on_is_in_the_next_one(world: World) -> None:
    orders = place(world, [NOON - 2 * DAY + number * HOUR for number in range(40)])
    poll_at(world, NOON)
    poll_at(world, NOON + HOUR, pages=6)
    # Behind what this look back has read, and dated before where one from now on would begin.
    orders += place(world, [NOON + HOUR + SECOND - 3 * DAY])
    rest = [poll_at(world, NOON + HOUR + number * MINUTE) for number in (2, 3)]

    late = poll_at(world, NOON + 2 * HOUR + 4 * MINUTE)

    assert [each["created"] for each in rest] == [0, 0]
    assert 0 < rest[0]["read"] < 40
    assert (late["complete"], late["created"]) == (True, 1)
    assert created(world) == orders


def test_a_look_back_that_a_wrong_clock_has_noted_hinders_none(world: World) -> None:
    poll_at(world, NOON + 365 * DAY)
    poll_at(world, NOON)
    orders = place(world, [NOON - DAY])

    answer = poll_at(world, NOON + HOUR + MINUTE)

    assert (answer["created"], created(world)) == (1, orders)
