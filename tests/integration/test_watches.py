"""What LunaSoft's list no longer shows is read again: a few a poll, ever less often, until it is final."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from orderbus.intake import watches
from orderbus.intake.watches import MOST_READS
from orderbus.runtime import clients

from infra.sandbox import net32
from infra.sandbox.faults import RateLimited, Status
from tests.publishing import metrics
from tests.watched_site import NEWER, ORDER, a_site, place, poll_and_tell, read_again, watch
from tests.world import LUNA, NET32, TABLE, World


@pytest.fixture
def world() -> Iterator[World]:
    """Give a site whose list shows few orders."""
    with a_site() as made:
        yield made


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


def test_orders_that_the_list_shows_stand_before_no_other_one_however_long_they_are_due(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watches, "MOST_READS", len(NEWER))
    place(world, ORDER, *NEWER)
    for minutes in (0, 1):
        world.pass_time(minutes=minutes)
        world.poll(LUNA)
    assert read_again(world) == [ORDER]

    world.pass_time(minutes=5)
    world.poll(LUNA)

    assert read_again(world) == [ORDER]


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


def test_an_order_that_is_refused_each_time_is_asked_for_ever_less_often(world: World) -> None:
    watch(world)
    world.lunasoft.fail_next(Status(400), match=f"GET /orders/{ORDER}", times=100)
    world.poll(LUNA)  # after the first minute
    assert read_again(world) == [ORDER]

    for minutes in (5, 15, 60):
        world.pass_time(minutes=minutes, seconds=-5)
        world.poll(LUNA)
        assert read_again(world) == [], f"before {minutes} minutes"
        world.pass_time(seconds=6)
        world.poll(LUNA)
        assert read_again(world) == [ORDER], f"after {minutes} minutes"


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


def test_refused_credentials_degrade_the_connection_and_the_order_waits_its_turn(world: World) -> None:
    watch(world, 11, 12)
    world.lunasoft.fail_next(Status(403), match="GET /orders/11")

    answer = world.poll(LUNA)

    assert (answer["error"]["code"], answer["cursor"]) == ("credentials_refused", str(NEWER[-1]))
    assert [event["type"] for event in world.relay()] == ["connection.degraded.v1"]
    world.lunasoft.calls.clear()
    world.poll(LUNA)
    assert read_again(world) == [12]


def test_after_three_reads_without_an_answer_the_others_wait_for_the_next_poll(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    watch(world, *range(11, 17))
    world.lunasoft.fail_next(Status(400), match="GET /orders/", times=3)
    capsys.readouterr()
    caplog.clear()

    answer = world.poll(LUNA)
    first = read_again(world)
    counted = metrics(capsys.readouterr().out)
    world.poll(LUNA)

    assert (answer["complete"], answer.get("error")) == (True, None)
    assert len(first) == 3
    assert (counted["WatchReads"], counted["WatchReadsFailed"], counted["PollsCompleted"]) == (3, 3, 1)
    logged = [vars(record) for record in caplog.records if record.getMessage() == "watched order not read"]
    assert [each["order"] for each in logged] == [f"{LUNA}:{number}" for number in first]
    assert {each["error"]["code"] for each in logged} == {"provider_refused"}
    assert sorted(first + read_again(world)) == list(range(11, 17))


def test_a_poll_that_is_out_of_time_reads_no_watched_order(world: World) -> None:
    watch(world)

    answer = world.invoke("fetch_lunasoft", {"connection": LUNA}, remaining_ms=1)

    assert answer["complete"]
    assert read_again(world) == []
    world.poll(LUNA)
    assert read_again(world) == [ORDER]


def test_an_answer_that_is_no_order_is_set_aside_once_and_the_order_stays_watched(world: World) -> None:
    (order,) = watch(world)
    world.lunasoft.edit(ORDER, total="a lot")

    assert poll_and_tell(world) == [("order.quarantined.v1", str(ORDER))]
    world.pass_time(minutes=5)
    assert poll_and_tell(world) == []
    world.lunasoft.edit(ORDER, total=order["total"], current_status="Shipped")
    world.pass_time(minutes=15)

    assert poll_and_tell(world) == [("order.updated.v1", str(ORDER))]


def test_an_erased_order_is_watched_no_more(world: World) -> None:
    watch(world)
    clients.dynamodb().update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"ORDER#{LUNA}:{ORDER}"}, "sk": {"S": "CURRENT"}},
        UpdateExpression="SET erased = :yes",
        ExpressionAttributeValues={":yes": {"BOOL": True}},
    )

    for _ in range(2):
        world.poll(LUNA)

    assert read_again(world) == []
    (item,) = world.items(f"ORDER#{LUNA}:{ORDER}")
    assert "due_at" not in item


def test_orders_of_net32_are_not_watched(world: World) -> None:
    world.net32.place(net32.make_order(1))
    world.poll(NET32)

    (item,) = world.items("ORDER#")
    assert not {"due_kind", "due_at"} & set(item)
