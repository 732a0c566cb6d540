"""Pages of a window of Retailys' list that shift, repeat or contradict each other while they are turned."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from infra.sandbox.faults import Status
from infra.sandbox.messages import Json
from infra.sandbox.retailys import make_order
from infra.sandbox.retailys_listing import Habits
from infra.sandbox.retailys_orders import format_time
from tests.faults.steps import Step, each_step
from tests.retailys_polls import DAY, HOUR, MINUTE, NOON, asked, created, place, poll_at
from tests.world import World

pytestmark = pytest.mark.usefixtures("small_pages")


def move_between(world: World, page: int, act: Any) -> dict[str, Any]:
    """Poll, and let something happen before a page is asked for the first time."""
    done: list[bool] = []

    def once(step: Step) -> None:
        if (
            step.side == "before"
            and step.call.startswith("GET ")
            and f"page={page}&" in step.call
            and not done
        ):
            done.append(True)
            act()

    with each_step(once):
        return poll_at(world, NOON)


@pytest.mark.parametrize("sequence", ["newest first", "oldest first"])
def test_an_order_that_goes_between_two_pages_takes_none_with_it(world: World, sequence: Any) -> None:
    world.retailys.orders.habits = Habits(sequence=sequence)
    orders = place(world, [NOON - DAY + number * MINUTE for number in range(9)])
    gone = orders[-1] if sequence == "newest first" else orders[0]

    answer = move_between(world, 2, partial(world.retailys.remove, gone))

    assert answer["complete"]
    assert created(world) == orders


def test_an_order_that_goes_as_two_others_come_takes_none_with_it(world: World) -> None:
    world.retailys.orders.habits = Habits(sequence="oldest first")
    orders = place(world, [NOON - DAY + number * MINUTE for number in range(9)])

    def swap() -> None:
        # The fourth order moves to the page that was read; the last page has a new one in place of it.
        world.retailys.remove(orders[0])
        place(world, [NOON - MINUTE] * 2)

    answer = move_between(world, 2, swap)

    assert answer["complete"]
    assert set(created(world)) >= set(orders)


def test_an_order_that_goes_as_another_comes_takes_none_with_it(world: World) -> None:
    orders = place(world, [NOON - DAY + number * MINUTE for number in range(9)])

    def swap() -> None:
        # The number of orders stays, and the second page begins with the last order of the first one.
        world.retailys.remove(orders[0])
        place(world, [NOON - MINUTE])

    answer = move_between(world, 2, swap)

    assert answer["complete"]
    assert set(created(world)) >= {*orders[1:], orders[-1] + 1}


def test_an_order_that_comes_between_two_pages_comes_with_this_poll(world: World) -> None:
    orders = place(world, [NOON - DAY + number * MINUTE for number in range(7)])

    # The number of pages stays, and so does that of the orders on those that are read after it.
    answer = move_between(world, 2, lambda: place(world, [NOON - MINUTE]))

    assert answer["complete"]
    assert created(world) == [*orders, orders[-1] + 1]


def test_an_order_that_is_twice_on_the_only_page_is_one(world: World) -> None:
    twice = [make_order(1, placed=format_time(NOON - HOUR))] * 2
    page = {"paginator": {"page": 1, "pages": 1, "total": 2}, "orders": twice}
    world.retailys.fail_next(Status(200, page))

    answer = poll_at(world, NOON)

    assert (answer["complete"], len(asked(world)), created(world)) == (True, 1, [1])


def test_pages_that_do_not_say_how_many_orders_there_are_are_not_turned(world: World) -> None:
    world.retailys.orders.habits = Habits(tells_total=False)
    orders = place(world, [NOON - DAY + number * MINUTE for number in range(9)])

    answer = poll_at(world, NOON)

    # Nothing would tell that an order has moved to a page that was read; one page is of one moment.
    assert {each.rsplit(" ", 1)[1] for each in asked(world)} == {"1"}
    assert (answer["complete"], created(world)) == (True, orders)


def test_orders_that_come_in_between_two_pages_are_each_received_once(world: World) -> None:
    orders = place(world, [NOON - HOUR + number * MINUTE for number in range(25)])
    world.retailys.arrive_during_read = 3

    answer = poll_at(world, NOON)

    assert answer["complete"]
    assert created(world) == [*orders, 80_001, 80_002, 80_003]


def test_a_list_that_never_comes_to_an_end_is_an_error_that_skips_nothing(world: World) -> None:
    orders = place(world, [NOON - HOUR + number * MINUTE for number in range(7)])
    world.retailys.repeat_page = True

    answer = poll_at(world, NOON)

    assert (answer["complete"], answer["cursor"]) == (False, None)
    assert answer["error"] == {
        "code": "provider_unclear",
        "message": "retailys-main: the list of orders changes each time it is read; nothing is skipped",
    }
    # What is before the first half cannot be halved, and is read three times.
    assert asked(world).count("..2000-01-01T00:00:00 1") == 3
    world.retailys.repeat_page = False
    assert poll_at(world, NOON)["complete"]
    assert created(world) == orders


def test_a_total_that_is_not_the_number_of_orders_costs_calls_and_no_order(world: World) -> None:
    orders = place(world, [NOON - HOUR + number * MINUTE for number in range(7)])
    page: Json = {"paginator": {"page": 1, "per_page": 3, "pages": 2, "total": 9}, "orders": []}
    world.retailys.fail_next(Status(200, page | {"orders": [make_order(1)]}))
    world.retailys.fail_next(
        Status(200, page | {"paginator": {**page["paginator"], "page": 2}, "orders": [make_order(2)]})
    )

    answer = poll_at(world, NOON)

    assert answer["complete"]
    assert created(world) == [1, 2, *orders]


def test_orders_without_an_id_are_told_apart_and_hinder_no_page(world: World) -> None:
    orders = place(world, [NOON - HOUR + number * MINUTE for number in range(5)])
    for number, moment in ((5_001, NOON - DAY), (5_002, NOON)):
        nameless = {key: value for key, value in make_order(number).items() if key != "id"}
        world.retailys.place(nameless, order_id=number, placed=moment)

    answer = poll_at(world, NOON)

    assert (answer["complete"], answer["quarantined"], len(asked(world))) == (True, 2, 3)
    assert created(world) == orders
