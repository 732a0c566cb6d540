"""Zonos's list of whole days, and the details of what is new or changed: what a poll costs and tells."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.sandbox.faults import RateLimited, Status
from infra.sandbox.zonos import make_order
from infra.sandbox.zonos_orders import format_time
from tests.aws_calls import aws_calls
from tests.forgetting import erase
from tests.world import ZONOS, World

Json = dict[str, Any]


def placed(**before: float) -> str:
    """Return the time of an order that was placed so long before now, as Zonos writes it."""
    return format_time(datetime.now(UTC) - timedelta(**before))


def asked(world: World) -> dict[str, int]:
    """Return how often each endpoint was called since the last look."""
    calls = Counter(call.path for call in world.zonos.calls)
    world.zonos.calls.clear()
    return dict(calls)


def told(world: World) -> list[tuple[str, str]]:
    """Return the type and the order of each event since the last look."""
    events = world.relay()
    assert len({event["id"] for event in events}) == len(events)
    return sorted((event["type"], event["subject"].rsplit("-", 1)[1]) for event in events)


def settled(world: World) -> None:
    """Poll what there is, and forget what that took."""
    world.zonos.counts()  # it is connected from when it is first asked for
    assert world.poll(ZONOS)["complete"]
    world.records()
    asked(world)


def listed(world: World, *rows: Json, times: int = 1) -> None:
    """Let the next lists show these rows of order 1, each with a time of order."""
    shown = [{"id": "999-1", "testOrder": False, "timestamp": "2026-01-01 10:00:00.0", **row} for row in rows]
    world.zonos.fail_next(
        Status(200, {"totalCount": len(shown), "orders": shown}), match="POST /v1/", times=times
    )


EMPTY = {"GetItem": 1, "Query": 1, "PutItem": 1}
"What a poll costs at AWS that finds nothing: its state, the watches that are due, its state."
READY, REVIEW = {"orderStatus": "IGLOBAL_ORDER_IN_PROCESS"}, {"orderStatus": "IGLOBAL_FRAUD_REVIEW"}


@pytest.mark.parametrize("known", [101, pytest.param(1000, marks=pytest.mark.exhaustive)])
def test_known_orders_and_three_new_ones_cost_one_list_and_three_details(world: World, known: int) -> None:
    for number in range(1, known + 1):
        world.zonos.place(make_order(number))
    settled(world)
    for number in range(known + 1, known + 4):
        world.zonos.place(make_order(number))

    with aws_calls() as aws:
        answer = world.poll(ZONOS)
    with aws_calls() as aws_after:
        after = world.poll(ZONOS)

    assert (answer["read"], answer["created"], answer["unchanged"]) == (known + 3, 3, known)
    assert (after["read"], after["created"], after["unchanged"]) == (known + 3, 0, known + 3)
    assert asked(world) == {"/v1/orderNumbers": 2, "/v2/orderDetail": 3}
    # The three, and the state: nothing is written for an order that is known.
    assert aws.counts() == EMPTY | {"BatchGetItem": known // 100 + 1, "PutItem": 4}
    assert aws_after.counts() == EMPTY | {"BatchGetItem": known // 100 + 1}


def test_an_empty_poll_is_one_list_one_read_and_one_write(world: World) -> None:
    settled(world)

    with aws_calls() as aws:
        answer = world.poll(ZONOS)

    assert answer == {
        "connection": ZONOS,
        **dict.fromkeys(("read", "created", "updated", "unchanged", "quarantined"), 0),
        "cursor": datetime.now(UTC).date().isoformat(),
        "complete": True,
    }
    assert asked(world) == {"/v1/orderNumbers": 1}
    assert aws.counts() == EMPTY


def test_a_changed_order_is_one_list_one_detail_and_one_transaction(world: World) -> None:
    for number in (1, 2, 3):
        world.zonos.place(make_order(number))
    settled(world)
    world.zonos.set_status(2, "VENDOR_PREPARING_ORDER")

    with aws_calls() as aws:
        answer = world.poll(ZONOS)

    assert (answer["updated"], answer["unchanged"]) == (1, 2)
    assert asked(world) == {"/v1/orderNumbers": 1, "/v2/orderDetail": 1}
    assert aws.counts() == EMPTY | {"BatchGetItem": 1, "TransactWriteItems": 1}
    assert told(world) == [("order.updated.v1", "2")]
    world.poll(ZONOS)
    assert asked(world) == {"/v1/orderNumbers": 1}


def test_an_order_that_was_erased_is_not_asked_for_whatever_the_list_shows_of_it(world: World) -> None:
    world.zonos.place(make_order(1))
    settled(world)
    erase(f"{ZONOS}:999-1")
    world.zonos.set_status(1, "VENDOR_PREPARING_ORDER")

    answer = world.poll(ZONOS)

    assert (answer["unchanged"], answer["complete"]) == (1, True)
    assert asked(world) == {"/v1/orderNumbers": 1}


def test_what_the_list_shows_and_no_event_tells_is_noted_once(world: World) -> None:
    # No page shows a detail: whether it has the merchant order id is not known.
    settled(world)
    world.zonos.place({key: value for key, value in make_order(1).items() if key != "merchantOrderId"})
    listed(world, READY)
    settled(world)
    listed(world, READY | {"merchantOrderId": "m-1"}, times=2)

    with aws_calls() as aws:
        first, second = world.poll(ZONOS), world.poll(ZONOS)

    assert (first["unchanged"], second["unchanged"]) == (1, 1)
    assert asked(world) == {"/v1/orderNumbers": 2, "/v2/orderDetail": 1}
    assert aws.counts() == dict.fromkeys(EMPTY, 2) | {"BatchGetItem": 2, "UpdateItem": 1}
    assert told(world) == []


def test_an_order_in_review_is_held_and_released_only_when_zonos_releases_it(world: World) -> None:
    world.zonos.place(make_order(1, status="IGLOBAL_FRAUD_REVIEW"))

    for _ in range(3):
        world.poll(ZONOS)
        world.pass_time(minutes=5)
    events = world.relay()

    assert sorted(event["type"] for event in events) == ["order.created.v1", "order.held.v1"]
    assert [event["data"]["order"]["blocked_by"] for event in events] == [["hold"]] * 2
    world.zonos.finish_review(1, passed=True)
    world.poll(ZONOS)
    (released,) = world.relay()
    assert (released["type"], released["data"]["order"]["shippable"]) == ("order.released.v1", True)


def test_an_order_released_while_the_hub_was_down_is_released_by_the_next_poll(world: World) -> None:
    world.zonos.place(make_order(1, status="IGLOBAL_FRAUD_REVIEW"))
    world.poll(ZONOS)
    assert told(world) == [("order.created.v1", "1"), ("order.held.v1", "1")]
    world.zonos.finish_review(1, passed=True)
    world.pass_time(days=9)

    world.poll(ZONOS)

    assert told(world) == [("order.released.v1", "1")]


def test_an_order_in_review_that_is_no_longer_listed_is_read_until_zonos_releases_it(world: World) -> None:
    world.zonos.place(make_order(1, status="IGLOBAL_FRAUD_REVIEW"))
    world.poll(ZONOS)
    for _ in range(3):
        world.pass_time(days=5)
        world.poll(ZONOS)
    assert told(world) == [("order.created.v1", "1"), ("order.held.v1", "1")]
    asked(world)
    world.zonos.finish_review(1, passed=True)
    world.pass_time(hours=7)

    world.poll(ZONOS)

    assert told(world) == [("order.released.v1", "1")]
    assert asked(world) == {"/v1/orderNumbers": 1, "/v2/orderDetail": 1}


def test_days_that_were_read_whole_are_passed_though_zonos_asks_to_slow_down_after_them(world: World) -> None:
    world.zonos.place(make_order(1, status="IGLOBAL_FRAUD_REVIEW"))
    world.poll(ZONOS)
    for days in (4, 1):  # from the second on no list shows it any more
        world.pass_time(days=days)
        world.zonos.fail_next(RateLimited(60), match="POST /v2/")
        answer = world.poll(ZONOS)

    assert (answer["error"]["code"], answer["complete"]) == ("rate_limited", False)
    assert answer["cursor"] == datetime.now(UTC).date().isoformat()


def test_an_order_is_read_again_as_soon_as_it_leaves_the_list_whose_days_are_not_of_utc(world: World) -> None:
    world.traveller.move_to(datetime(2026, 11, 2, 6, 45, tzinfo=UTC))
    world.zonos.counts()
    world.connect(ZONOS, "zonos", world.zonos_at.url, options={"timezone": "America/Denver"})
    # Where it was placed it is still the 1st, and so the list has it.
    world.zonos.place(make_order(1, status="IGLOBAL_FRAUD_REVIEW"), timestamp="2026-11-01 23:30:00.0")
    world.poll(ZONOS)
    world.traveller.move_to(datetime(2026, 11, 4, 1, tzinfo=UTC))
    world.poll(ZONOS)
    told(world)
    world.zonos.finish_review(1, passed=True)
    world.pass_time(minutes=2)

    world.poll(ZONOS)

    assert told(world) == [("order.released.v1", "1")]


@pytest.mark.parametrize("status", ["IGLOBAL_ORDER_CANCELLED", "IGLOBAL_ORDER_CANCELED"])
def test_an_order_cancelled_in_review_is_cancelled_and_not_released(world: World, status: str) -> None:
    world.zonos.place(make_order(1, status="IGLOBAL_FRAUD_REVIEW"))
    world.poll(ZONOS)
    told(world)
    world.zonos.set_status(1, status)

    world.poll(ZONOS)

    assert told(world) == [("order.cancelled.v1", "1")]


def test_a_status_that_changes_between_list_and_detail_hides_no_later_change(world: World) -> None:
    # The list still says review, the detail that it is over; then it is under review again.
    settled(world)
    world.zonos.place(make_order(1))
    listed(world, REVIEW, times=2)
    world.poll(ZONOS)
    assert told(world) == [("order.created.v1", "1")]

    world.zonos.set_status(1, "IGLOBAL_FRAUD_REVIEW")
    world.poll(ZONOS)

    assert told(world) == [("order.held.v1", "1")]


@pytest.mark.parametrize(
    ("in_the_list", "in_the_detail"),
    [
        ({"orderStatus": "IGLOBAL_ORDER_CANCELLED"}, {"orderStatus": "IGLOBAL_ORDER_CANCELED"}),
        (READY, {"orderStatus": "Iglobal_Order_In_Process"}),
        (READY | {"testOrder": 0}, {"testOrder": "False"}),
        (READY | {"testOrder": "TRUE"}, {"testOrder": 1}),
        (READY | {"merchantOrderId": " 7"}, {"merchantOrderId": 7}),
    ],
)
def test_what_list_and_detail_write_in_two_ways_is_read_once(
    world: World, in_the_list: Json, in_the_detail: Json
) -> None:
    settled(world)
    world.zonos.place(make_order(1) | in_the_detail)
    listed(world, in_the_list, times=3)

    answers = [world.poll(ZONOS) for _ in range(3)]

    assert [answer["created"] for answer in answers] == [1, 0, 0]
    assert asked(world) == {"/v1/orderNumbers": 3, "/v2/orderDetail": 1}


@pytest.mark.parametrize("status", ["IGLOBAL_WHO_KNOWS", None])
def test_an_unknown_status_is_a_hold_and_is_counted(
    world: World, status: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    world.zonos.place(make_order(1, status="IGLOBAL_ORDER_IN_PROCESS") | {"orderStatus": status})

    world.poll(ZONOS)
    first = capsys.readouterr().out
    world.poll(ZONOS)

    assert '"StatusesUnknown":[1.0]' in first
    assert '"StatusesUnknown":[0.0]' in capsys.readouterr().out
    (held,) = [event for event in world.relay() if event["type"] == "order.held.v1"]
    assert [hold["reason"] for hold in held["data"]["order"]["holds"]] == ["unknown_status"]
    assert held["data"]["order"]["shippable"] is False


@pytest.mark.parametrize("flag", [True, "true"])
def test_a_test_order_is_marked_and_not_shippable(world: World, flag: object) -> None:
    world.zonos.place(make_order(1) | {"testOrder": flag})
    world.zonos.place(make_order(2) | {"testOrder": str(False).lower()})
    world.poll(ZONOS)

    orders = {event["subject"][-1]: event for event in world.relay()}

    assert [orders[each]["test"] for each in "12"] == [True, False]
    assert [orders[each]["data"]["order"]["blocked_by"] for each in "12"] == [["test_order"], []]
    asked(world)
    world.poll(ZONOS)
    assert asked(world) == {"/v1/orderNumbers": 1}


def test_an_order_that_becomes_visible_late_within_the_overlap_is_imported(world: World) -> None:
    world.zonos.place(make_order(100))
    settled(world)
    world.zonos.place(make_order(7), timestamp=placed(days=2))
    world.zonos.place(make_order(8), timestamp=placed(days=3, minutes=1))

    answer = world.poll(ZONOS)

    assert (answer["created"], told(world)) == (1, [("order.created.v1", "7")])


def test_an_order_dated_2099_is_imported_and_moves_the_cursor_past_nothing(world: World) -> None:
    world.zonos.place(make_order(900_000), timestamp="2099-12-31 00:00:00.0")
    settled(world)
    world.zonos.place(make_order(1))

    answers = [world.poll(ZONOS), world.poll(ZONOS)]

    assert {answer["cursor"] for answer in answers} == {datetime.now(UTC).date().isoformat()}
    assert told(world) == [("order.created.v1", "1")]
    assert asked(world) == {"/v1/orderNumbers": 2, "/v2/orderDetail": 1}
    assert len(world.items("ORDER#")) == 2


def test_days_that_were_read_whole_stay_read_where_a_watched_order_is_refused(world: World) -> None:
    world.zonos.place(make_order(1, orderStatus="IGLOBAL_FRAUD_REVIEW"))
    settled(world)
    world.pass_time(days=4)
    settled(world)  # with its two days before the last poll, this list has the order
    world.pass_time(days=1)
    world.zonos.fail_next(RateLimited(60), match="POST /v2/orderDetail")

    answer = world.poll(ZONOS)

    assert asked(world) == {"/v1/orderNumbers": 1, "/v2/orderDetail": 1}
    assert (answer["complete"], answer["error"]["code"]) == (False, "rate_limited")
    assert answer["cursor"] == datetime.now(UTC).date().isoformat()


def test_a_poll_begins_at_the_day_on_which_it_started(world: World) -> None:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    world.traveller.move_to(midnight - timedelta(milliseconds=200))
    began = datetime.now(UTC).date()
    world.zonos.place(make_order(1))
    world.zonos.fail_next(Status(503), match="POST /v2/")

    world.poll(ZONOS)
    world.traveller.move_to(midnight + timedelta(hours=1))
    answer = world.poll(ZONOS)

    assert began < midnight.date()
    assert (answer["cursor"], answer["created"]) == (midnight.date().isoformat(), 1)


def test_orders_placed_before_the_start_are_neither_read_nor_published(world: World) -> None:
    start = datetime.now(UTC) - timedelta(hours=12)
    for number, hours in ((1, 13), (2, 11)):
        world.zonos.place(make_order(number), timestamp=placed(hours=hours))
    world.zonos.place(make_order(3), timestamp="2016-02-03 04:05:06.7")
    options = {"start_at": start.isoformat()}
    world.connect(ZONOS, "zonos", world.zonos_at.url, options=options)

    answers = [world.poll(ZONOS), world.poll(ZONOS)]

    assert [answer["created"] for answer in answers] == [1, 0]
    assert told(world) == [("order.created.v1", "2")]
    assert asked(world) == {"/v1/orderNumbers": 2, "/v2/orderDetail": 1}


def test_what_the_first_complete_poll_brings_is_intake_start_and_then_live(world: World) -> None:
    world.zonos.place(make_order(1))
    world.zonos.fail_next(Status(500), match="POST /v1/", times=3)
    polls = [world.poll(ZONOS), world.poll(ZONOS)]
    world.zonos.place(make_order(2))
    world.poll(ZONOS)

    intakes = {event["subject"][-1]: event["intake"] for event in world.relay()}

    assert [answer["complete"] for answer in polls] == [False, True]
    assert intakes == {"1": "start", "2": "live"}


def test_the_same_order_twice_in_a_list_is_asked_for_once(world: World) -> None:
    settled(world)
    world.zonos.place(make_order(1))
    listed(world, READY, READY | {"id": 1}, READY | {"id": "1"}, times=2)

    first, second = world.poll(ZONOS), world.poll(ZONOS)

    assert (first["read"], first["created"]) == (1, 1)
    assert (second["read"], second["unchanged"]) == (1, 1)
    assert asked(world) == {"/v1/orderNumbers": 2, "/v2/orderDetail": 1}
    assert told(world) == [("order.created.v1", "1")]


@pytest.mark.parametrize("rows", [(READY, REVIEW), (REVIEW, READY)], ids=["new last", "new first"])
def test_where_the_same_order_is_listed_in_two_ways_the_change_is_not_missed(
    world: World, rows: tuple[Json, Json]
) -> None:
    settled(world)
    world.zonos.place(make_order(1))
    listed(world, READY)
    settled(world)
    world.zonos.set_status(1, "IGLOBAL_FRAUD_REVIEW")
    listed(world, *rows)

    world.poll(ZONOS)

    assert told(world) == [("order.held.v1", "1")]


def test_a_row_and_a_detail_that_show_different_fields_read_in_turn_tell_one_event(world: World) -> None:
    settled(world)
    of_the_row = ("merchantOrderId", "testOrder")
    world.zonos.place({key: value for key, value in make_order(1).items() if key not in of_the_row})
    row = READY | {"testOrder": True, "timestamp": placed(days=10)}

    for turn in range(10):
        listed(world, row | {"merchantOrderId": f"m-{turn}"})
        world.poll(ZONOS)  # the row, and the detail with it
        world.pass_time(hours=7)
        listed(world)
        world.poll(ZONOS)  # not listed any more: the detail alone

    events = world.relay()
    assert [(event["type"], event["test"]) for event in events] == [("order.created.v1", True)]
    assert asked(world) == {"/v1/orderNumbers": 20, "/v2/orderDetail": 20}


def test_a_pause_between_calls_is_kept_by_all_threads_together(world: World) -> None:
    for number in range(1, 7):
        world.zonos.place(make_order(number))
    options = {"min_interval_ms": 40, "start_at": (datetime.now(UTC) - timedelta(days=1)).isoformat()}
    world.connect(ZONOS, "zonos", world.zonos_at.url, options=options)

    world.poll(ZONOS)

    times = [call.time for call in world.zonos.calls]
    assert len(times) == 7
    assert (times[-1] - times[0]).total_seconds() > 6 * 0.04 - 0.02
