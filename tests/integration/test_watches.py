"""What LunaSoft's list no longer shows is read again: a few a poll, ever less often, until it is final."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from orderbus.intake import keyset
from orderbus.intake.watches import MOST_READS

from infra.sandbox.faults import RateLimited, Status
from infra.sandbox.lunasoft import make_order
from infra.sandbox.lunasoft_orders import format_time
from tests.world import LUNA, World, a_world

# The list shows the newest three.
OVERLAP = 2
ORDER = 101
NEWER = (201, 202, 203)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Give a site whose list shows few orders."""
    monkeypatch.setattr(keyset, "OVERLAP", OVERLAP)
    with a_world() as made:
        yield made


def place(world: World, *numbers: int, age: timedelta = timedelta(), **fields: Any) -> list[dict[str, Any]]:
    """Let orders come in, placed so long ago."""
    created = format_time(datetime.now(UTC) - age)
    return [world.lunasoft.place(make_order(number, created=created, **fields)) for number in numbers]


def watch(world: World, *numbers: int, **fields: Any) -> list[dict[str, Any]]:
    """Let orders come in and be known, and newer final ones push them out of the list; they are due now."""
    orders = place(world, *(numbers or (ORDER,)), **fields)
    place(world, *NEWER, status="Complete")
    world.poll(LUNA)
    world.relay()
    world.pass_time(minutes=1)
    world.lunasoft.calls.clear()
    return orders


def read_again(world: World) -> list[int]:
    """Return which orders were read one by one since the last call."""
    paths = [call.path for call in world.lunasoft.calls if call.path.startswith("/orders/")]
    world.lunasoft.calls.clear()
    return [int(path.removeprefix("/orders/")) for path in paths]


def poll_and_tell(world: World) -> list[tuple[str, str]]:
    """Poll, and return what the subscriber got."""
    world.poll(LUNA)
    return sorted((event["type"], event["subject"].rpartition(":")[2]) for event in world.relay())


def test_a_status_changed_at_the_site_is_told_although_the_list_no_longer_shows_the_order(
    world: World,
) -> None:
    watch(world)
    world.lunasoft.add_status(ORDER, "Shipped")

    answer = world.poll(LUNA)

    assert (answer["read"], answer["updated"], answer["unchanged"], answer["complete"]) == (4, 1, 3, True)
    (event,) = world.relay()
    assert (event["type"], event["subject"], event["revision"]) == ("order.updated.v1", f"{LUNA}:{ORDER}", 2)
    changed = {change["path"]: change["to"] for change in event["data"]["changes"]}
    assert (changed["/provider_status"], changed["/fulfilment"]) == ("Shipped", "fulfilled")
    assert read_again(world) == [ORDER]


def test_an_order_that_the_list_shows_is_not_read_beside_it_and_costs_no_write(world: World) -> None:
    place(world, *NEWER)
    world.poll(LUNA)
    before = world.items("ORDER#")

    for _ in range(3):
        world.pass_time(hours=7)
        world.poll(LUNA)

    assert read_again(world) == []
    assert world.items("ORDER#") == before


def test_an_unchanged_order_is_read_after_1_5_15_and_60_minutes_then_ever_less_often(world: World) -> None:
    watch(world)
    world.poll(LUNA)  # after the first minute
    assert read_again(world) == [ORDER]

    for minutes in (5, 15, 60, 120, 240, 360, 360):
        world.pass_time(minutes=minutes, seconds=-5)
        world.poll(LUNA)
        assert read_again(world) == [], f"before {minutes} minutes"
        world.pass_time(seconds=6)
        world.poll(LUNA)
        assert read_again(world) == [ORDER], f"after {minutes} minutes"
    assert world.relay() == []


def test_an_order_that_changed_is_read_soon_again(world: World) -> None:
    watch(world)
    for minutes in (0, 5, 15):
        world.pass_time(minutes=minutes)
        world.poll(LUNA)
    world.pass_time(hours=1)
    world.lunasoft.add_status(ORDER, "Shipped")
    world.poll(LUNA)
    read_again(world)

    world.pass_time(minutes=1)
    world.poll(LUNA)

    assert read_again(world) == [ORDER]


@pytest.mark.parametrize("status", ["Complete", "Cancelled"])
def test_a_final_order_is_not_read_again(world: World, status: str) -> None:
    watch(world, status=status)

    for _ in range(3):
        world.poll(LUNA)
        world.pass_time(hours=7)

    assert read_again(world) == []


@pytest.mark.parametrize(("status", "reads"), [("Processing", 0), ("On Hold", 1)])
def test_the_watch_of_an_order_ends_after_60_days_but_never_that_of_a_held_one(
    world: World, status: str, reads: int
) -> None:
    watch(world, status=status, age=timedelta(days=59, hours=23, minutes=30))
    for minutes in (0, 5, 15, 60):
        world.pass_time(minutes=minutes)
        world.poll(LUNA)
    assert read_again(world) == [ORDER] * 4

    world.pass_time(hours=7)
    world.poll(LUNA)

    assert read_again(world) == [ORDER] * reads


def test_a_poll_reads_at_most_25_watched_orders_and_the_longest_due_first(world: World) -> None:
    early, late = range(11, 31), range(31, 61)
    place(world, *early)
    world.poll(LUNA)
    world.pass_time(seconds=10)
    watch(world, *late)

    polls = []
    for _ in range(3):
        world.poll(LUNA)
        polls.append(read_again(world))

    assert MOST_READS == 25
    assert [len(read) for read in polls] == [25, 25, 0]
    assert set(polls[0][:20]) == set(early)
    assert set(polls[0] + polls[1]) == {*early, *late}


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


def test_an_order_without_an_answer_blocks_no_other_and_is_asked_for_again(world: World) -> None:
    watch(world, 11, 12, 13)
    world.lunasoft.fail_next(Status(500), match="GET /orders/11", times=100)
    world.lunasoft.add_status(12, "Shipped")

    answer = world.poll(LUNA)

    assert (answer["complete"], answer.get("error")) == (True, None)
    assert sorted(set(read_again(world))) == [11, 12, 13]
    assert [event["subject"] for event in world.relay()] == [f"{LUNA}:12"]
    world.pass_time(seconds=61)
    world.poll(LUNA)
    assert set(read_again(world)) == {11, 12}


def test_a_site_that_asks_to_slow_down_is_obeyed_and_the_list_stays_read(world: World) -> None:
    watch(world, 11, 12)
    place(world, 301)
    world.lunasoft.fail_next(RateLimited(120), match="GET /orders/11")

    answer = world.poll(LUNA)

    assert (answer["complete"], answer["error"]["code"], answer["cursor"]) == (False, "rate_limited", "301")
    assert read_again(world) == [11]
    assert world.poll(LUNA, scheduled=True)["waits"] == "backoff"
    world.pass_time(seconds=121)
    assert world.poll(LUNA, scheduled=True)["complete"]
    assert sorted(read_again(world)) == [11, 12]
