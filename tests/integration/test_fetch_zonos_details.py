"""Details of Zonos's orders that cannot be read: kept, named, asked for again; the rest goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from orderbus.intake.at_once import LIMIT

from infra.sandbox.faults import Html, RateLimited, Status
from infra.sandbox.zonos import make_order
from tests.world import ZONOS, World

DETAIL = "POST /v2/orderDetail"
TRIES = 3
"How often one read is tried."
LOST = 77


def place_unreadable(world: World) -> None:
    """Let an order be listed of which Zonos then says that there is none."""
    world.zonos.place(make_order(LOST), number=5)


def mend(world: World) -> None:
    """Let the order be found that could not be."""
    world.zonos.remove(5)
    world.zonos.place(make_order(LOST))


def poll_later(world: World) -> dict[str, Any]:
    """Poll when any backoff is over."""
    world.pass_time(minutes=16)
    return world.poll(ZONOS, scheduled=True)


def told(world: World) -> list[tuple[str, str]]:
    return sorted((event["type"], event["subject"].rsplit("-", 1)[1]) for event in world.relay())


def day(**ago: float) -> str:
    return (datetime.now(UTC) - timedelta(**ago)).date().isoformat()


def test_a_detail_that_fails_once_is_read_by_the_next_poll_and_the_others_at_once(world: World) -> None:
    for number in (1, 2, 3):
        world.zonos.place(make_order(number))
    world.zonos.fail_next(Status(400, {"error": "Could not process order detail."}), match=DETAIL)

    first = world.poll(ZONOS)
    second = poll_later(world)

    assert (first["complete"], first["created"], first["error"]["code"]) == (False, 2, "provider_refused")
    assert (second["complete"], second["created"]) == (True, 1)
    assert told(world) == [("order.created.v1", number) for number in "123"]


def test_the_cursor_waits_for_a_detail_that_fails(world: World) -> None:
    world.zonos.place(make_order(1))
    assert world.poll(ZONOS)["cursor"] == day()
    world.pass_time(days=1)
    place_unreadable(world)

    failed = world.poll(ZONOS)

    assert (failed["cursor"], failed["complete"]) == (day(days=1), False)
    assert failed["error"] == {
        "code": "not_found",
        "message": "order zonos-main:999-77 cannot be read: zonos-main: Zonos refused:"
        " Could not find an order with orderId: 999-77",
    }


def test_an_order_whose_detail_keeps_failing_is_kept_and_named_and_the_rest_goes_on(world: World) -> None:
    place_unreadable(world)

    for number in (1, 2, 3, 4):
        world.zonos.place(make_order(number))
        answer = poll_later(world)
        assert (answer["created"], answer["complete"]) == (1, number > 2)
        assert "degraded" not in str(answer)

    assert answer["cursor"] == day()
    events = world.relay()
    (aside,) = [event for event in events if event["type"] == "order.quarantined.v1"]
    assert aside["subject"] == f"{ZONOS}:999-{LOST}"
    assert aside["data"]["reason"] == (
        "its detail cannot be read: zonos-main: Zonos refused: Could not find an order with orderId: 999-77"
    )
    assert world.objects("quarantine/") == [aside["data"]["key"]]
    assert len(events) == 5


def test_several_that_cannot_be_read_hold_the_others_up_no_longer_than_one(world: World) -> None:
    place_unreadable(world)
    world.zonos.place(make_order(LOST + 1), number=6)

    answers = []
    for number in (1, 2, 3):
        world.zonos.place(make_order(number))
        answers.append(poll_later(world))

    assert [(answer["created"], answer["quarantined"]) for answer in answers] == [(1, 0), (1, 0), (1, 2)]
    assert [answer["complete"] for answer in answers] == [False, False, True]


def test_an_order_that_was_set_aside_is_imported_as_soon_as_it_can_be_read(world: World) -> None:
    place_unreadable(world)
    for _ in range(3):
        poll_later(world)
    assert told(world) == [("order.quarantined.v1", str(LOST))]
    mend(world)

    assert poll_later(world)["created"] == 1
    assert told(world) == [("order.created.v1", str(LOST))]


def test_an_order_that_was_set_aside_is_asked_for_by_a_redrive_whenever_that_is(world: World) -> None:
    place_unreadable(world)
    for _ in range(3):
        poll_later(world)
    world.pass_time(days=30)
    told(world)

    still = world.poll(ZONOS, redrive="all")
    mend(world)
    done, again = world.poll(ZONOS, redrive="all"), world.poll(ZONOS, redrive="all")

    assert [waiting["subject"] for waiting in still["waiting"]] == [f"{ZONOS}:999-{LOST}"]
    assert (still["created"], done["created"], done["waiting"], again["read"]) == (0, 1, [], 0)
    (event,) = world.relay()
    assert (event["subject"], event["data"]["order"]["warnings"]) == (f"{ZONOS}:999-{LOST}", [])
    assert event["data"]["order"]["placed_at"] is not None


def test_where_no_detail_can_be_read_nothing_is_set_aside_within_the_hour(world: World) -> None:
    for number in (1, 2):
        world.zonos.place(make_order(number))
    world.zonos.fail_next(Html(200), match=DETAIL, times=1000)

    answers = [poll_later(world) for _ in range(9)]

    assert [answer["quarantined"] for answer in answers] == [*[0] * 8, 2]
    assert {answer["error"]["code"] for answer in answers[:8]} == {"provider_unclear"}
    assert [event["type"] for event in world.relay()].count("order.quarantined.v1") == 2


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (RateLimited(120), "rate_limited"),
        (Status(401), "credentials_refused"),
        (Status(200, {"error": "Invalid security credentials"}), "credentials_refused"),
    ],
    ids=["429", "401", "error under 200"],
)
def test_what_fails_for_all_is_not_asked_for_each(world: World, fault: Any, code: str) -> None:
    for number in range(1, 101):
        world.zonos.place(make_order(number))
    world.zonos.fail_next(fault, match=DETAIL, times=1000)

    answer = world.poll(ZONOS)

    assert (answer["created"], answer["quarantined"], answer["error"]["code"]) == (0, 0, code)
    assert world.zonos.counts()["handed_out"] == 0
    details = [call for call in world.zonos.calls if call.path == "/v2/orderDetail"]
    assert len(details) <= LIMIT
    assert world.poll(ZONOS, scheduled=True)["waits"] == "backoff"
    # However often: it says nothing about an order.
    again = [world.poll(ZONOS) for _ in range(3)]
    assert [(answer["quarantined"], answer["error"]["code"]) for answer in again] == [(0, code)] * 3


def test_with_a_pause_between_calls_no_more_are_asked_at_once_than_may_wait_for_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orderbus.providers.zonos.source.LONGEST_INTERVAL_MS", 1)
    world.zonos.counts()
    world.connect(ZONOS, "zonos", world.zonos_at.url, options={"min_interval_ms": 1})
    for number in range(1, 101):
        world.zonos.place(make_order(number))
    world.zonos.fail_next(RateLimited(120), match=DETAIL, times=1000)

    world.poll(ZONOS)

    assert len([call for call in world.zonos.calls if call.path == "/v2/orderDetail"]) == 1


@pytest.mark.parametrize("position", [0, 1, 2], ids=["first", "in the middle", "last"])
@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"items": []}, "items: the detail has no lines"),
        ({"items": None}, "items: the detail has no lines"),
        ({"items": [{"description": "SUMMER", "unitPrice": -5}]}, "items: the detail has no lines"),
        ({"grandTotal": "1e30"}, ""),
    ],
    ids=["no lines", "null", "only a discount", "out of range"],
)
def test_a_poison_order_is_set_aside_once_and_the_rest_goes_on(
    world: World, position: int, wrong: dict[str, Any], reason: str
) -> None:
    for number in range(3):
        world.zonos.place(make_order(number + 1) | (wrong if number == position else {}))

    first, second = world.poll(ZONOS), world.poll(ZONOS)

    assert (first["created"], first["quarantined"], first["complete"]) == (2, 1, True)
    assert (second["created"], second["quarantined"], second["complete"]) == (0, 1, True)
    events = world.relay()
    (aside,) = [event for event in events if event["type"] == "order.quarantined.v1"]
    assert (aside["subject"], len(events)) == (f"{ZONOS}:999-{position + 1}", 3)
    assert aside["data"]["reason"].startswith(reason)


@pytest.mark.parametrize("row", [{"id": None}, {"id": "x"}, {}, "999-1", None, 7, []], ids=repr)
def test_a_row_without_an_id_is_set_aside_once_and_the_others_go_on(world: World, row: Any) -> None:
    world.zonos.place(make_order(1))
    world.poll(ZONOS)
    world.zonos.place(make_order(2))
    good = [{"id": f"999-{number}", "orderStatus": "IGLOBAL_ORDER_IN_PROCESS"} for number in (1, 2)]
    rows = {"totalCount": 3, "orders": [good[0], row, good[1]]}
    world.zonos.fail_next(Status(200, rows), match="POST /v1/", times=2)

    answers = [world.poll(ZONOS), world.poll(ZONOS)]

    assert [(answer["created"], answer["quarantined"]) for answer in answers] == [(1, 1), (0, 1)]
    assert [answer["complete"] for answer in answers] == [True, True]
    (aside,) = [event for event in world.relay() if event["type"] == "order.quarantined.v1"]
    assert (aside["subject"], aside["data"]["reason"]) == (
        ZONOS,
        "id: the row of the list has no order id as 999-99991",
    )
    redriven = world.poll(ZONOS, redrive="all")
    assert [each["reason"] for each in redriven["waiting"]] == [aside["data"]["reason"]]


def test_totals_that_do_not_add_up_are_kept_with_a_warning(world: World) -> None:
    world.zonos.place(make_order(1, grandTotal=1.23))

    world.poll(ZONOS)

    (created,) = world.relay()
    assert created["data"]["order"]["warnings"] == ["totals_mismatch"]
    assert created["data"]["order"]["total"]["amount_minor"] == 123


def test_an_order_of_two_thousand_lines_is_one_order_and_one_event(world: World) -> None:
    world.zonos.place(make_order(1, lines=[("1.25", 2)] * 2000))

    answers = [world.poll(ZONOS), world.poll(ZONOS)]

    assert [answer["created"] for answer in answers] == [1, 0]
    (created,) = world.relay()
    assert created["data"]["ref"]["key"] in world.objects("snapshots/")


def test_a_single_detail_that_cannot_be_read_is_set_aside_the_third_time(world: World) -> None:
    world.zonos.place(make_order(1))
    world.zonos.fail_next(Html(200), match=DETAIL, times=1000)

    answers = [poll_later(world) for _ in range(3)]

    assert [answer["quarantined"] for answer in answers] == [0, 0, 1]
    assert [answer["complete"] for answer in answers] == [False, False, True]
