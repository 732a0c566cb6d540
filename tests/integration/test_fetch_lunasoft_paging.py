"""LunaSoft's list, read by ascending id: pages, the overlap below the cursor, time running out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from orderbus.aws.outbox import events_of_record

from infra.sandbox.faults import Status
from infra.sandbox.lunasoft import make_order
from infra.sandbox.messages import Json
from tests.world import LUNA, ShortOfTime, World, a_world, load_handler


def poll_pages(world: World, pages: int) -> dict[str, Any]:
    """Poll with time for so many pages."""
    world.restart()
    context = ShortOfTime("orderbus-fetch-lunasoft", pages=pages)
    return load_handler("fetch_lunasoft")({"connection": LUNA}, context)


def place(world: World, ids: Iterable[int]) -> None:
    for order in ids:
        world.lunasoft.place(make_order(order))


def asked(world: World) -> list[str]:
    """Return what the list was asked for since the last look, without its sort."""
    paths = [call.path.removeprefix("/orders?sort=id").lstrip("&") for call in world.lunasoft.calls]
    world.lunasoft.calls.clear()
    return paths


def created(world: World) -> list[int]:
    """Return the orders whose creation the ledger has told the relay of, each as often as it has."""
    events = [event for record in world.records() for event in events_of_record(record)]
    return sorted(
        int(event.subject.rsplit(":", 1)[1]) for event in events if event.type == "order.created.v1"
    )


def test_the_row_that_an_inclusive_cursor_repeats_is_received_once(world: World) -> None:
    place(world, range(1, 121))

    answer = world.poll(LUNA)

    assert (answer["read"], answer["created"], answer["unchanged"]) == (120, 120, 0)
    assert (answer["cursor"], answer["complete"]) == ("120", True)
    assert asked(world) == ["", "id=50", "id=99"]
    assert created(world) == list(range(1, 121))


def test_a_full_page_that_is_the_last_ends_the_list(world: World) -> None:
    place(world, range(1, 51))

    answer = world.poll(LUNA)

    assert (answer["read"], answer["complete"]) == (50, True)
    assert asked(world) == [""]


def test_a_connection_that_begins_at_a_time_asks_for_what_came_since_and_leaves_out_what_is_older(
    world: World,
) -> None:
    place(world, range(1, 61))
    world.lunasoft.place(make_order(70, created=make_order(1)["created"]))
    options = {"start_at": make_order(3)["created"]}
    world.connect(LUNA, "lunasoft", world.lunasoft_at.url, options=options)

    answers = [world.poll(LUNA) for _ in range(2)]

    assert [(answer["created"], answer["cursor"], answer["complete"]) for answer in answers] == [
        (58, "70", True),
        (0, "70", True),
    ]
    since = "created_on_after=2026-01-05T15%3A00%3A03%2B0000"
    assert asked(world) == [since, "id=52", "id=11", "id=60"]
    assert created(world) == list(range(3, 61))


@pytest.mark.parametrize("next_page", [2, "2"])
def test_next_page_may_be_a_number_or_its_text(world: World, next_page: object) -> None:
    place(world, [1, 2, 3])
    first: Json = {"orders": [make_order(1), make_order(2)], "next_page": next_page}
    world.lunasoft.fail_next(Status(200, first))

    answer = world.poll(LUNA)

    assert (answer["read"], answer["cursor"], answer["complete"]) == (3, "3", True)
    assert asked(world) == ["", "id=2"]


def test_a_list_that_repeats_a_page_is_an_error_that_skips_nothing(world: World) -> None:
    place(world, range(1, 101))
    world.lunasoft.repeat_page = True

    answer = world.poll(LUNA)

    assert (answer["complete"], answer["cursor"]) == (False, None)
    assert answer["error"] == {
        "code": "provider_unclear",
        "message": "luna-main: the list of orders repeats a page; nothing is skipped",
    }
    assert asked(world) == ["", "id=50"]
    world.lunasoft.repeat_page = False
    assert world.poll(LUNA)["cursor"] == "100"
    assert created(world) == list(range(1, 101))


def test_a_list_that_is_not_sorted_is_an_error_and_the_cursor_stays(world: World) -> None:
    place(world, [1, 2, 3])
    world.poll(LUNA)
    place(world, [4, 5])
    unsorted: Json = {"orders": [make_order(5), make_order(4)], "next_page": False}
    world.lunasoft.fail_next(Status(200, unsorted))

    answer = world.poll(LUNA)

    assert (answer["complete"], answer["cursor"]) == (False, "3")
    assert answer["error"]["code"] == "provider_unclear"
    assert "not sorted by ascending id" in answer["error"]["message"]
    assert world.poll(LUNA)["cursor"] == "5"
    assert created(world) == [1, 2, 3, 4, 5]


def test_orders_that_come_in_between_two_pages_are_each_received_once(world: World) -> None:
    place(world, range(1, 121))
    world.lunasoft.arrive_during_read = 5

    answers = [world.poll(LUNA), world.poll(LUNA), world.poll(LUNA)]

    assert [answer["complete"] for answer in answers] == [True] * 3
    assert created(world) == [*range(1, 121), *range(60_001, 60_006)]


@pytest.mark.parametrize("spacing", [1, 10], ids=["50 ids below", "50 orders below"])
def test_an_order_that_becomes_visible_late_within_the_overlap_is_imported(
    world: World, spacing: int
) -> None:
    ids = [1000 + spacing * number for number in range(101)]
    late = ids[50]
    place(world, [order for order in ids if order != late])
    assert world.poll(LUNA)["cursor"] == str(ids[-1])
    world.lunasoft.place_late(late)

    answer = world.poll(LUNA)

    assert (answer["created"], answer["cursor"]) == (1, str(ids[-1]))
    assert created(world) == sorted(ids)
    assert world.poll(LUNA)["created"] == 0


def test_an_order_whose_id_is_far_above_the_rest_does_not_hide_those_that_come_after_it(world: World) -> None:
    place(world, [*range(1, 71), 900_000])
    first = world.poll(LUNA)
    asked(world)

    answers = []
    for start in range(71, 251, 60):
        place(world, range(start, start + 60))
        answers.append(world.poll(LUNA))

    assert {answer["cursor"] for answer in [first, *answers]} == {"900000"}
    assert [answer["created"] for answer in answers] == [60, 60, 60]
    # 50 orders below the far one, each time.
    assert [path for path in asked(world) if path in {"id=21", "id=81", "id=141"}] == [
        "id=21",
        "id=81",
        "id=141",
    ]
    assert created(world) == [*range(1, 251), 900_000]


def test_a_site_whose_first_order_has_an_id_far_above_the_rest_shows_those_that_come_after_it(
    world: World,
) -> None:
    place(world, [900_000])
    world.poll(LUNA)
    answers = []
    for start in (1, 41, 81):
        place(world, range(start, start + 40))
        answers.append(world.poll(LUNA))

    assert [(answer["created"], answer["cursor"]) for answer in answers] == [(40, "900000")] * 3
    assert created(world) == [*range(1, 121), 900_000]


def test_a_poll_that_runs_out_of_time_goes_on_where_it_stopped(world: World) -> None:
    place(world, range(1, 251))

    answers = [poll_pages(world, pages) for pages in (1, 3, 2, 9)]

    assert [answer["complete"] for answer in answers] == [False, False, False, True]
    assert [answer["cursor"] for answer in answers] == ["50", "148", "196", "250"]
    assert [answer["created"] for answer in answers] == [50, 98, 48, 54]
    assert asked(world) == ["", "", "id=50", "id=99", "id=98", "id=147", "id=146", "id=195", "id=244"]
    assert created(world) == list(range(1, 251))


def test_a_poll_with_time_for_one_page_only_still_gets_beyond_the_overlap(world: World) -> None:
    place(world, range(1, 121))

    answers = [poll_pages(world, 1) for _ in range(3)]

    assert [answer["cursor"] for answer in answers] == ["50", "99", "120"]


def test_a_backlog_below_an_order_far_above_the_rest_is_read_where_the_last_poll_stopped(
    world: World,
) -> None:
    place(world, [*range(1, 71), 900_000])
    world.poll(LUNA)
    place(world, range(71, 301))

    answers = [poll_pages(world, pages) for pages in (2, 2, 2, 9)]

    assert [answer["complete"] for answer in answers] == [False, False, False, True]
    assert {answer["cursor"] for answer in answers} == {"900000"}
    assert [answer["created"] for answer in answers] == [49, 48, 48, 85]
    assert created(world) == [*range(1, 301), 900_000]


def test_the_cursor_stands_at_the_end_of_each_batch(world: World) -> None:
    place(world, range(1, 251))
    world.lunasoft.fail_next(Status(400), match="GET /orders?sort=id&id=197")

    failed = world.poll(LUNA)
    asked(world)
    recovered = world.poll(LUNA)

    assert (failed["cursor"], failed["created"], failed["complete"]) == ("100", 100, False)
    assert (recovered["cursor"], recovered["created"], recovered["complete"]) == ("250", 150, True)
    assert created(world) == list(range(1, 251))


def test_rows_without_an_id_are_set_aside_once_and_the_list_goes_on_behind_them() -> None:
    with a_world(page_size=3) as world:
        place(world, [1])
        for number in range(2, 9):
            world.lunasoft.place({"id": None, "total": str(number)}, order_id=number)
        place(world, [20, 21])

        answers = [world.poll(LUNA), world.poll(LUNA)]
        types = Counter(event["type"] for event in world.relay())

    assert [answer["complete"] for answer in answers] == [True, True]
    assert [answer["cursor"] for answer in answers] == ["21", "21"]
    assert [answer["created"] for answer in answers] == [3, 0]
    assert types == {"order.created.v1": 3, "order.quarantined.v1": 7}


def test_an_id_that_is_not_a_number_neither_moves_nor_stops_the_cursor(world: World) -> None:
    place(world, [1, 2])
    world.lunasoft.place(make_order(3) | {"id": "A-3"}, order_id=3)
    place(world, [4])

    answer = world.poll(LUNA)

    assert (answer["created"], answer["quarantined"], answer["cursor"]) == (3, 1, "4")
