"""A second of Retailys' list with more orders than one run can read: the next run goes on at its page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

from infra.sandbox.faults import Status
from infra.sandbox.retailys_listing import Habits
from tests.faults.steps import Step, each_step, run_until
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

PAGES = 4
"So many pages are read in a run, of three orders each."
CROWD = 39
"Thirteen pages: more than a window may have that can be halved."
CROWDED = NOON - 2 * SECOND


@pytest.fixture
def world(world: World) -> World:
    """Give a stack at noon, with a Retailys connection that begins with a second that is crowded.

    All is in one window that has no end, and is too short to be halved.
    """
    world.retailys.page_size = 3
    begin(world, CROWDED)
    return world


def begin(world: World, start: datetime) -> None:
    options = {"start_at": (start + SECOND).isoformat()}
    world.connect(RETAILYS, "retailys", world.retailys_at.url, options=options)


def poll_on(world: World, answers: list[dict[str, Any]], *, at_most: int = 20) -> None:
    """Poll each minute until a poll is complete."""
    while not (answers and answers[-1]["complete"]):
        assert len(answers) < at_most
        answers.append(poll_at(world, NOON + len(answers) * MINUTE, pages=PAGES))


@pytest.mark.parametrize("sequence", ["newest first", "oldest first", "mixed"])
def test_a_second_with_more_pages_than_a_run_reads_is_read_in_several_runs(
    world: World, sequence: Any
) -> None:
    world.retailys.orders.habits = Habits(sequence=sequence)
    orders = place(world, [CROWDED + SECOND] * CROWD)

    answers: list[dict[str, Any]] = []
    poll_on(world, answers)

    assert [each["created"] for each in answers] == [12, 12, 12, 3]
    assert [each["cursor"] for each in answers] == [None, None, None, cursor_at(NOON)]
    # Each run begins with the page that the one before it has read last.
    pages = [*range(1, 5), *range(4, 9), *range(8, 13), *range(12, 14)]
    assert asked(world) == [f"{text(CROWDED)}.. {page}" for page in pages]
    assert created(world) == orders


def test_a_run_with_time_for_one_page_comes_further(world: World) -> None:
    orders = place(world, [CROWDED + SECOND] * 9)

    answers = [poll_at(world, NOON + number * MINUTE, pages=1) for number in range(3)]

    assert [(each["created"], each["complete"]) for each in answers] == [(3, False), (3, False), (3, True)]
    assert created(world) == orders


@pytest.mark.parametrize("inclusive", [True, False], ids=["inclusive", "exclusive"])
def test_a_crowded_second_amid_others_is_read_and_the_cursor_moves_on(world: World, inclusive: bool) -> None:
    world.retailys.orders.habits = Habits(inclusive=inclusive)
    begin(world, NOON - DAY)
    before = place(world, [NOON - 20 * HOUR, NOON - 10 * HOUR])
    crowd = place(world, [NOON - 5 * HOUR] * CROWD)
    after = place(world, [NOON - 4 * HOUR, NOON - HOUR])

    answers: list[dict[str, Any]] = []
    poll_on(world, answers, at_most=30)

    cursors = [each["cursor"] for each in answers if each["cursor"]]
    assert cursors == sorted(cursors)
    assert cursors[-1] == cursor_at(NOON)
    assert created(world) == [*before, *crowd, *after]
    # Windows of two seconds overlap by one: where a list has both its ends, three of them have it.
    assert len([each for each in asked(world) if each.endswith(" 13")]) == (3 if inclusive else 1)


@pytest.mark.parametrize(
    "step", ["before page=5&", "after page=7&", "before PutItem state", "after PutItem state"]
)
def test_a_run_that_is_killed_loses_nothing_and_is_done_again_from_the_page_that_is_kept(
    world: World, step: str
) -> None:
    orders = place(world, [CROWDED + SECOND] * CROWD)
    answers = [poll_at(world, NOON, pages=PAGES)]
    side, call = step.split(" ", 1)

    _, died = run_until(
        lambda each: each.side == side and call in each.call, partial(poll_at, world, NOON, pages=PAGES)
    )
    asked(world)
    poll_on(world, answers)

    assert died
    # The state of the run that was killed counts where it was written, and only then.
    kept = 8 if step == "after PutItem state" else 4
    assert asked(world)[:2] == [f"{text(CROWDED)}.. {page}" for page in (kept, kept + 1)]
    assert len(answers) == (3 if kept == 8 else 4)
    assert created(world) == orders


def test_a_run_that_fails_between_pages_has_kept_the_page_before(world: World) -> None:
    orders = place(world, [CROWDED + SECOND] * CROWD)
    page_7 = f"GET /System/Orders?from={quote(text(CROWDED) + '+00:00', safe='')}&page=7"
    world.retailys.fail_next(Status(500), match=page_7, times=3)

    answers = [poll_at(world, NOON + number * MINUTE) for number in range(2)]

    assert [each["created"] for each in answers] == [18, 21]
    assert (answers[0]["error"]["code"], answers[1]["complete"]) == ("provider_unclear", True)
    assert asked(world)[-8:] == [f"{text(CROWDED)}.. {page}" for page in range(6, 14)]
    assert created(world) == orders


def vanish(world: World, orders: list[int]) -> list[int]:
    """Take more than a page away of what was read; return what is to come."""
    for order in orders[:5]:
        world.retailys.remove(order)
    return orders


def appear(world: World, orders: list[int]) -> list[int]:
    """Let more than a page come in before what was read."""
    return orders + place(world, [CROWDED + SECOND] * 5)


def swap(world: World, orders: list[int]) -> list[int]:
    """Let as many come as go, so that nothing tells of it but the rows."""
    return appear(world, vanish(world, orders))


@pytest.mark.parametrize(
    ("sequence", "change"),
    [
        ("newest first", vanish),
        ("oldest first", vanish),
        ("newest first", appear),
        ("oldest first", appear),
        ("oldest first", swap),
    ],
)
def test_a_window_that_changes_between_runs_is_read_from_its_first_page_again(
    world: World, sequence: Any, change: Callable[[World, list[int]], list[int]]
) -> None:
    world.retailys.orders.habits = Habits(sequence=sequence)
    orders = place(world, [CROWDED + SECOND] * CROWD)
    answers = [poll_at(world, NOON, pages=PAGES)]
    asked(world)

    # What is read first is what changes.
    expected = change(world, orders if sequence == "oldest first" else orders[::-1])
    poll_on(world, answers)

    assert asked(world)[:2] == [f"{text(CROWDED)}.. {page}" for page in (4, 1)]
    assert created(world) == sorted(expected)


def test_orders_that_come_in_place_of_others_on_pages_that_were_read_come_with_the_next_poll(
    world: World,
) -> None:
    orders = place(world, [CROWDED + SECOND] * CROWD)
    answers = [poll_at(world, NOON, pages=PAGES)]
    asked(world)

    expected = swap(world, orders[::-1])
    poll_on(world, answers)

    # No page tells of it that is still to be read, and none of these orders has moved.
    assert asked(world)[:2] == [f"{text(CROWDED)}.. {page}" for page in (4, 5)]
    assert poll_at(world, NOON + 10 * MINUTE)["created"] == 5
    assert created(world) == sorted(expected)


def test_a_crowded_second_that_changes_while_it_is_read_is_read_again_at_once(world: World) -> None:
    orders = place(world, [CROWDED + SECOND] * 9)
    gone: list[int] = []

    def act(step: Step) -> None:
        if step.side == "before" and "page=3&" in step.call and not gone:
            gone.append(orders[-1])
            world.retailys.remove(orders[-1])

    with each_step(act):
        answer = poll_at(world, NOON)

    # The first order of the last page moved to the page before it.
    assert (answer["complete"], answer["created"]) == (True, 9)
    assert [each[-1] for each in asked(world)] == ["1", "2", "3", "1", "2", "3"]
    assert created(world) == orders


def test_a_look_back_over_a_crowded_second_comes_to_its_end(world: World) -> None:
    begin(world, NOON - DAY)
    crowd = place(world, [NOON - 10 * HOUR] * CROWD)
    poll_at(world, NOON)
    late = place(world, [NOON - 5 * HOUR])

    # More than an hour later, in runs that are too short for the halving, too; each looks at the time first.
    answers = [poll_at(world, NOON + HOUR + number * MINUTE, pages=PAGES + 1) for number in range(30)]

    assert {each["complete"] for each in answers} == {True}
    assert sum(each["created"] for each in answers) == 1
    assert created(world) == [*crowd, *late]
