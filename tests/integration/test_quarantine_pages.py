"""P6: an answer that cannot be read as a whole is kept as it came, and the next poll goes on."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from infra.sandbox.faults import GARBAGE, CutOff, Fault, Garbage, Html, Status
from tests.malformed import LUNA_SHOP, NET32_SHOP, of_type
from tests.publishing import raw_object, subjects
from tests.world import LUNA, NET32, World

Json = dict[str, Any]
ELSEWHERE = json.dumps({"data": {"list": [NET32_SHOP.make(1)]}}).encode()

HIDDEN = json.dumps({"payload": {"result": [], "orders": [NET32_SHOP.make(1)]}}).encode()


def page_of(*numbers: int) -> bytes:
    return b"[" + b", ".join(json.dumps(NET32_SHOP.make(number)).encode() for number in numbers) + b"]"


UNREADABLE: dict[str, tuple[Fault, bytes, str]] = {
    "not JSON": (Garbage(), GARBAGE, f"the answer ({len(GARBAGE)} bytes) is not JSON"),
    "a page for people": (
        Html(after_effect=True),
        b"<html><head><title>200</title></head><body>Sorry.</body></html>",
        "the answer (63 bytes) is not JSON",
    ),
    "cut off in the second order": (
        CutOff(900),
        page_of(1, 2)[:900],
        "the answer (900 bytes) is not JSON",
    ),
    "orders in another place": (
        Status(200, ELSEWHERE.decode(), after_effect=True),
        ELSEWHERE,
        "the answer has no list of orders where one is expected; see options.orders_path",
    ),
    "orders beside an empty list": (
        Status(200, HIDDEN.decode(), after_effect=True),
        HIDDEN,
        "the answer has no order where they are expected, and a list elsewhere; see options.orders_path",
    ),
    "a text": (
        Status(200, '"none"', after_effect=True),
        b'"none"',
        "the answer has no list of orders where one is expected; see options.orders_path",
    ),
}


@pytest.mark.parametrize(("fault", "body", "reason"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_page_that_cannot_be_read_is_kept_byte_for_byte_and_published_and_the_next_poll_goes_on(
    world: World, fault: Fault, body: bytes, reason: str
) -> None:
    for number in (1, 2):
        NET32_SHOP.place(world, number)
    world.net32.fail_next(fault)

    answer = world.poll(NET32)
    events = world.relay()

    assert (answer["read"], answer["created"], answer["quarantined"]) == (0, 0, 1)
    assert (answer["complete"], answer["error"]["code"]) == (False, "provider_unclear")
    [event] = of_type(events, "order.quarantined.v1")
    digest = sha256(body).hexdigest()
    assert event["subject"] == NET32
    assert event["data"] == {
        "reason": reason,
        "key": f"quarantine/{NET32}/{digest}.page",
        "sha256": digest,
        "whole_page": True,
    }
    assert raw_object(event["data"]["key"]) == body
    [interrupted] = of_type(events, "connection.read_interrupted.v1")
    assert len(events) == 2
    assert raw_object(interrupted["data"]["key"]) == body
    NET32_SHOP.place(world, 3)
    assert world.poll(NET32)["created"] == 1


def test_the_same_unreadable_page_twice_is_one_input_and_two_interruptions(world: World) -> None:
    for _ in range(2):
        NET32_SHOP.place(world, 1)
        world.net32.fail_next(Garbage())
        world.poll(NET32)

    events = world.relay()

    assert len(of_type(events, "order.quarantined.v1")) == 1
    interruptions = of_type(events, "connection.read_interrupted.v1")
    assert len({event["id"] for event in interruptions}) == 2
    assert {raw_object(event["data"]["key"]) for event in interruptions} == {GARBAGE}


@pytest.mark.parametrize(
    "fault", [Garbage(), CutOff(900), Html(), Status(200, "[]"), Status(200, '{"orders": 7}')]
)
def test_an_answer_that_can_be_asked_for_again_is_asked_for_again_and_nothing_is_set_aside(
    world: World, fault: Fault
) -> None:
    LUNA_SHOP.place(world, 1)
    world.poll(LUNA)
    LUNA_SHOP.place(world, 2)
    world.net32.fail_next(fault)
    world.lunasoft.fail_next(fault, times=3)

    failed = world.poll(LUNA)

    assert (failed["complete"], failed["cursor"], failed["quarantined"]) == (False, "1", 0)
    assert failed["error"]["code"] == "provider_unclear"
    while world.poll(LUNA).get("error"):
        pass
    assert subjects(of_type(world.relay(), "order.created.v1")) == [LUNA_SHOP.id(1), LUNA_SHOP.id(2)]
    assert world.objects("quarantine/") == []


def test_the_deepest_order_that_can_be_parsed_at_all_is_set_aside_alone(world: World) -> None:
    parsed, too_deep = 101, 200_000
    while too_deep - parsed > 1:
        levels = (parsed + too_deep) // 2
        world.net32._orders["deep"] = b'{"orderId": %d, "anything": %s}' % (
            levels,
            b"[" * levels + b"]" * levels,
        )
        world.net32._pending.append("deep")

        answer = world.poll(NET32)

        assert answer["quarantined"] == 1
        if "error" in answer:
            too_deep = levels
        else:
            parsed = levels

    assert subjects(world.relay())
    assert parsed > 500
