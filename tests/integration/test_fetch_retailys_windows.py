"""Retailys' list, read in windows of time: the overlap, halving, time running out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, pairwise

import pytest
from orderbus.intake import window_pages

from infra.sandbox.faults import RateLimited
from infra.sandbox.messages import Json
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
)
from tests.world import RETAILYS, World

pytestmark = pytest.mark.usefixtures("small_pages")


def test_a_first_poll_asks_for_everything_and_the_next_one_from_15_minutes_before_it(world: World) -> None:
    orders = place(world, [datetime(1970, 1, 1, tzinfo=UTC), NOON - HOUR])

    first, second = poll_at(world, NOON), poll_at(world, NOON + MINUTE)

    assert asked(world) == [".. 1", "2026-11-26T11:45:00.. 1"]
    assert [(each["read"], each["created"], each["complete"]) for each in (first, second)] == [
        (2, 2, True),
        (0, 0, True),
    ]
    assert [each["cursor"] for each in (first, second)] == [cursor_at(NOON), cursor_at(NOON + MINUTE)]
    assert created(world) == orders


def test_the_first_complete_poll_is_a_start_and_what_follows_is_live(world: World) -> None:
    place(world, [NOON - HOUR])
    poll_at(world, NOON)
    place(world, [NOON])
    poll_at(world, NOON + MINUTE)

    assert sorted((event["revision"], event["intake"]) for event in world.relay()) == [
        (1, "live"),
        (1, "start"),
    ]


def test_the_cursor_is_the_start_of_the_pass_and_not_its_end(world: World) -> None:
    def act(step: Step) -> None:
        if step.side == "after" and step.call.startswith("GET "):
            world.pass_time(minutes=1)

    with each_step(act):
        answer = poll_at(world, NOON)

    assert answer["cursor"] == cursor_at(NOON)


@pytest.mark.parametrize("late", [15 * MINUTE, MINUTE])
def test_an_order_that_becomes_visible_late_within_the_overlap_comes_with_the_next_poll(
    world: World, late: timedelta
) -> None:
    poll_at(world, NOON)
    place(world, [NOON - late])

    answers = [poll_at(world, NOON + MINUTE), poll_at(world, NOON + 2 * MINUTE)]

    assert [answer["created"] for answer in answers] == [1, 0]


def test_a_run_looks_at_the_time_between_windows_of_one_page_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_pages, "MOST_PAGES", 1)
    orders = place(world, [NOON - number * HOUR for number in range(12, 0, -1)])

    answers = [poll_at(world, NOON, pages=4)]
    calls = [len(asked(world))]
    while not answers[-1]["complete"]:
        answers.append(poll_at(world, NOON + len(answers) * MINUTE, pages=4))
        calls.append(len(asked(world)))

    assert max(calls) == 4
    assert created(world) == orders


def test_a_run_that_is_killed_has_kept_how_far_it_had_come(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_pages, "MOST_PAGES", 1)
    orders = place(world, [NOON - number * HOUR for number in range(12, 0, -1)])
    windows = count(1)

    def is_30th(step: Step) -> bool:
        return "/System/Orders?" in step.call and step.side == "before" and next(windows) == 30

    _, died = run_until(is_30th, partial(poll_at, world, NOON))
    before = asked(world)
    poll_at(world, NOON + MINUTE)

    assert died
    # It begins where the killed one was, and not at the first window.
    begins = [each.split("..")[0] for each in (before[0], before[-1], asked(world)[0])]
    assert begins == ["", begins[1], begins[1]]
    assert begins[1]
    assert created(world) == orders


@pytest.mark.parametrize("future", [datetime(2099, 1, 1, tzinfo=UTC), NOON + 2 * HOUR])
def test_an_order_of_the_future_comes_at_once_and_hides_nothing(world: World, future: datetime) -> None:
    place(world, [future])
    first = poll_at(world, NOON)
    place(world, [NOON - 10 * MINUTE, NOON + MINUTE])
    second = poll_at(world, NOON + 2 * MINUTE)

    assert [each["created"] for each in (first, second)] == [1, 2]
    assert [each["cursor"] for each in (first, second)] == [cursor_at(NOON), cursor_at(NOON + 2 * MINUTE)]


def test_a_cursor_that_a_wrong_clock_has_set_hides_nothing(world: World) -> None:
    poll_at(world, NOON + 365 * DAY)
    orders = place(world, [NOON, NOON + MINUTE])

    answer = poll_at(world, NOON + 2 * MINUTE)

    assert (answer["created"], created(world)) == (2, orders)


@pytest.mark.parametrize(
    "habits",
    [Habits(), Habits(inclusive=False, sequence="oldest first"), Habits(inclusive=False, sequence="mixed")],
    ids=["inclusive, newest first", "exclusive, oldest first", "exclusive, mixed"],
)
def test_a_backlog_is_read_in_halves_over_several_runs_each_order_once(world: World, habits: Habits) -> None:
    world.retailys.orders.habits = habits
    spread = [NOON - number * number * MINUTE for number in range(90)]
    crowded = [NOON - 5 * DAY + number * SECOND for number in range(40)]
    orders = place(world, [*spread, *crowded])

    answers: list[Json] = []
    while not answers or not answers[-1]["complete"]:
        answers.append(poll_at(world, NOON + len(answers) * MINUTE, pages=12))
        assert len(answers) < 40

    cursors = [answer["cursor"] for answer in answers]
    assert len(answers) > 5
    assert cursors == sorted(cursors)
    assert created(world) == orders


def test_what_halving_costs_is_a_call_for_each_window_that_is_too_large(world: World) -> None:
    place(world, [NOON - number * DAY for number in range(120)])

    answer = poll_at(world, NOON)

    assert (answer["read"], answer["created"]) == (121, 120)
    windows = asked(world)
    assert windows[:3] == [".. 1", "..2000-01-01T00:00:00 1", "1999-12-31T23:59:59.. 1"]
    # 42 pages; the rest are windows that were too large, or empty.
    assert len(windows) == 66


@pytest.mark.parametrize(("orders", "halved"), [(30, False), (31, True)])
def test_ten_pages_are_turned_and_more_are_halved(world: World, orders: int, halved: bool) -> None:
    place(world, [NOON - HOUR + number * MINUTE for number in range(orders)])

    assert poll_at(world, NOON)["created"] == orders

    assert (asked(world)[1] != ".. 2") is halved


def test_orders_of_one_second_are_read_whole_however_many_they_are(world: World) -> None:
    orders = place(world, [NOON - DAY] * 70)

    answer = poll_at(world, NOON)

    assert (answer["complete"], answer["created"]) == (True, 70)
    assert created(world) == orders


def test_a_window_that_runs_out_of_time_is_read_again_and_its_orders_are_known(world: World) -> None:
    orders = place(world, [NOON - DAY + number * SECOND for number in range(30)])

    answers = [poll_at(world, NOON, pages=pages) for pages in (4, 1_000)]

    assert [(each["created"], each["complete"], each["cursor"]) for each in answers] == [
        (12, False, None),
        (18, True, cursor_at(NOON)),
    ]
    assert created(world) == orders


@pytest.mark.parametrize("inclusive", [True, False], ids=["inclusive", "exclusive"])
def test_an_order_of_the_second_at_which_a_window_is_cut_is_in_a_half(world: World, inclusive: bool) -> None:
    world.retailys.orders.habits = Habits(inclusive=inclusive)
    orders = place(world, [NOON - 20 * MINUTE + number * 30 * SECOND for number in range(41)])
    start = {"start_at": (NOON - 20 * MINUTE).isoformat()}
    world.connect(RETAILYS, "retailys", world.retailys_at.url, options=start)

    answer = poll_at(world, NOON)

    # Cut at noon and at ten to twelve, when there was an order each.
    assert {each.split()[0] for each in asked(world) if each.endswith(" 1")} == {
        "2026-11-26T11:39:59..",
        "2026-11-26T11:39:59..2026-11-26T12:00:00",
        "2026-11-26T11:39:59..2026-11-26T11:50:00",
        "2026-11-26T11:49:59..2026-11-26T12:00:00",
        "2026-11-26T11:59:59..",
    }
    assert (answer["complete"], created(world)) == (True, orders)


def test_a_window_whose_pages_would_take_too_long_is_halved(world: World) -> None:
    orders = place(world, [NOON - DAY + number * HOUR for number in range(20)])

    def act(step: Step) -> None:
        if step.side == "after" and step.call.startswith("GET "):
            world.pass_time(seconds=7)

    with each_step(act):
        answer = poll_at(world, NOON)

    # Four pages take 28 seconds; seven are too many.
    pages = {each.rsplit(" ", 1)[1] for each in asked(world)}
    assert (answer["complete"], pages) == (True, {"1", "2", "3", "4"})
    assert created(world) == orders


def test_an_order_that_comes_late_while_a_pass_goes_on_is_in_the_overlap_of_the_next(world: World) -> None:
    orders = place(world, [NOON - 20 * MINUTE + number * 30 * SECOND for number in range(39)])
    start = {"start_at": (NOON - 20 * MINUTE).isoformat()}
    world.connect(RETAILYS, "retailys", world.retailys_at.url, options=start)
    first = poll_at(world, NOON, pages=12)
    assert first["cursor"] == cursor_at(NOON - 10 * MINUTE)
    orders += place(world, [NOON - 13 * MINUTE])
    rest = poll_at(world, NOON + 30 * MINUTE)
    after = poll_at(world, NOON + 31 * MINUTE)

    # The cursor is the start of the pass: at that time it was not there yet.
    assert [each["cursor"] for each in (rest, after)] == [cursor_at(NOON), cursor_at(NOON + 31 * MINUTE)]
    assert [first["complete"], rest["complete"], after["created"]] == [False, True, 1]
    assert created(world) == orders


@pytest.mark.parametrize("start", ["2026-11-24T12:00:00Z", "2026-11-24T13:00:00+01:00"])
def test_a_new_connection_publishes_what_its_start_says_and_no_more(world: World, start: str) -> None:
    orders = place(world, [NOON - 2 * DAY + number * SECOND for number in (-1, 0, 1)])
    place(world, [NOON - number * 30 * DAY for number in range(1, 122)])
    world.connect(RETAILYS, "retailys", world.retailys_at.url, options={"start_at": start})

    answers = [poll_at(world, NOON), poll_at(world, NOON + HOUR)]

    assert [(each["created"], each["complete"]) for each in answers] == [(2, True), (0, True)]
    assert asked(world) == [
        "2026-11-24T11:59:59.. 1",
        "2026-11-26T11:45:00.. 1",
        "2026-11-24T11:59:59..2026-11-26T11:45:01 1",
    ]
    assert created(world) == orders[1:]


def test_a_retry_after_is_obeyed_to_the_second(world: World) -> None:
    place(world, [NOON - HOUR])
    world.retailys.fail_next(RateLimited(90))
    failed = poll_at(world, NOON)

    scheduled = partial(world.poll, RETAILYS, scheduled=True)
    world.traveller.move_to(NOON + 88 * SECOND)
    early = scheduled()
    world.traveller.move_to(NOON + 92 * SECOND)
    late = scheduled()

    assert (failed["error"]["code"], early["waits"]) == ("rate_limited", "backoff")
    assert (late["created"], late["complete"], len(asked(world))) == (1, True, 2)


def test_the_windows_of_a_night_when_clocks_change_are_of_utc(world: World) -> None:
    # In Prague it is 02:30 twice that night.
    world.connect(RETAILYS, "retailys", world.retailys_at.url, options={"timezone": "Europe/Prague"})
    night = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    orders = []
    for minute in range(0, 120, 10):
        orders += place(world, [night + minute * MINUTE])
        poll_at(world, night + (minute + 1) * MINUTE)

    begins = [
        datetime.fromisoformat(each.split("..")[0]) for each in asked(world)[1:] if each.endswith(".. 1")
    ]
    assert {later - earlier for earlier, later in pairwise(begins)} == {10 * MINUTE}
    assert created(world) == orders
