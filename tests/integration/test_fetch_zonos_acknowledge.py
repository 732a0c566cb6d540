"""Zonos is told that an order has arrived: last, once the ledger has it, and only where it is wanted."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from infra.sandbox.faults import Fault, RateLimited, Reset, Status
from infra.sandbox.zonos import make_order
from tests.aws_calls import aws_calls
from tests.faults.steps import steps_of
from tests.world import ZONOS, Context, World, load_handler

TOLD = "/v1/updateMerchantOrderId"


@pytest.fixture
def shop(world: World) -> World:
    """Give a store whose orders are acknowledged, and which has been polled once."""
    connect(world)
    world.poll(ZONOS)
    return world


def connect(world: World, **fields: Any) -> None:
    world.zonos.calls.clear()
    options = {"acknowledge": True, "merchant_order_id": "m-{number}"}
    world.connect(ZONOS, "zonos", world.zonos_at.url, **({"options": options} | fields))


def acknowledged(world: World) -> list[tuple[str, str]]:
    return sorted(world.zonos.updates.merchant_order_ids)


def asked(world: World) -> Counter[str]:
    calls = Counter(call.path for call in world.zonos.calls)
    world.zonos.calls.clear()
    return calls


def test_an_order_is_acknowledged_once_and_after_the_ledger_has_it(shop: World) -> None:
    shop.zonos.place(make_order(1))
    asked(shop)

    steps = [step.call for step in steps_of(lambda: shop.poll(ZONOS)) if step.side == "before"]
    after = [shop.poll(ZONOS), shop.poll(ZONOS)]

    assert acknowledged(shop) == [("999-1", "m-1")]
    assert steps.index("dynamodb.PutItem order") < steps.index(f"POST {TOLD}")
    assert steps.index(f"POST {TOLD}") < steps.index("dynamodb.PutItem state")
    # That it has the id now is a change at Zonos; after it is read, there is nothing more.
    assert [(answer["updated"], answer["unchanged"]) for answer in after] == [(1, 0), (0, 1)]
    assert asked(shop) == {"/v1/orderNumbers": 3, "/v2/orderDetail": 2, TOLD: 1}


def test_what_is_acknowledged_costs_nothing_more(shop: World) -> None:
    for number in (1, 2, 3):
        shop.zonos.place(make_order(number))
    shop.poll(ZONOS)
    shop.poll(ZONOS)

    with aws_calls() as aws:
        shop.poll(ZONOS)

    assert aws.counts() == {"GetItem": 1, "BatchGetItem": 1, "Query": 1, "PutItem": 1}


@pytest.mark.parametrize(
    "fields",
    [{"mode": "read_only"}, {"options": {"acknowledge": False}}, {"options": {}}],
    ids=["read only", "not wanted", "by default"],
)
def test_nothing_is_told_where_nothing_may_be_sent_or_it_is_not_wanted(
    world: World, fields: dict[str, Any]
) -> None:
    connect(world, **fields)
    world.zonos.place(make_order(1))

    assert world.poll(ZONOS)["created"] == 1
    world.poll(ZONOS)

    assert acknowledged(world) == []
    assert asked(world)[TOLD] == 0


def test_a_connection_that_is_off_is_not_polled(world: World) -> None:
    connect(world, mode="off")

    assert "is off" in str(world.poll(ZONOS))
    assert asked(world) == {}


@pytest.mark.parametrize("fault", [Status(400), Status(500), Reset(), Status(200, {"error": "no"})], ids=repr)
def test_an_acknowledgement_that_failed_is_sent_again_and_holds_nothing_up(shop: World, fault: Fault) -> None:
    for number in (1, 2):
        shop.zonos.place(make_order(number))
    shop.zonos.fail_next(fault, match=f"POST {TOLD}")

    first, second = shop.poll(ZONOS), shop.poll(ZONOS)

    assert (first["created"], first["complete"]) == (2, True)
    assert (first["acknowledged"], first["not_acknowledged"]) == (1, 1)
    assert (second["acknowledged"], second["not_acknowledged"]) == (1, 0)
    assert acknowledged(shop) == [("999-1", "m-1"), ("999-2", "m-2")]


def test_one_whose_outcome_is_not_known_is_sent_again_to_no_other_effect(shop: World) -> None:
    shop.zonos.place(make_order(1))
    shop.zonos.fail_next(Reset(after_effect=True), match=f"POST {TOLD}")

    first, second = shop.poll(ZONOS), shop.poll(ZONOS)

    assert (first["not_acknowledged"], "not_acknowledged" in second) == (1, False)
    assert acknowledged(shop) == [("999-1", "m-1")]


def test_a_failure_for_all_ends_the_poll_after_the_orders_are_in_the_ledger(shop: World) -> None:
    for number in range(1, 31):
        shop.zonos.place(make_order(number))
    shop.zonos.fail_next(RateLimited(60), match=f"POST {TOLD}", times=1000)

    answer = shop.poll(ZONOS)

    assert (answer["created"], answer["complete"], answer["error"]["code"]) == (30, False, "rate_limited")
    assert asked(shop)[TOLD] <= 8


def test_a_poll_whose_time_is_over_before_all_are_acknowledged_is_not_complete(world: World) -> None:
    connect(world, options={})
    for number in range(1, 6):
        world.zonos.place(make_order(number))
    world.poll(ZONOS)
    connect(world)
    # Asked once for the door, then before each.
    left = iter([120_000] * 3)
    context = Context("orderbus-fetch-zonos")
    context.get_remaining_time_in_millis = lambda: next(left, 10_000)  # type: ignore[method-assign]

    first = load_handler("fetch_zonos")({"connection": ZONOS}, context)
    second = world.poll(ZONOS)

    assert (first["complete"], first["acknowledged"]) == (False, 2)
    assert (second["complete"], second["acknowledged"]) == (True, 3)
    assert len(set(acknowledged(world))) == len(acknowledged(world)) == 5


def test_an_order_that_was_set_aside_is_not_acknowledged(shop: World) -> None:
    shop.zonos.place(make_order(1) | {"items": []})
    shop.zonos.place(make_order(2))

    shop.poll(ZONOS)

    assert acknowledged(shop) == [("999-2", "m-2")]


def test_an_acknowledgement_that_fails_is_counted(shop: World, capsys: pytest.CaptureFixture[str]) -> None:
    shop.zonos.place(make_order(1))
    shop.zonos.fail_next(Status(400), match=f"POST {TOLD}")
    capsys.readouterr()

    shop.poll(ZONOS)

    assert '"AcknowledgementsFailed":[1.0]' in capsys.readouterr().out
