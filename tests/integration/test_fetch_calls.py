"""The AWS calls of a fetch, by operation: the budgets, and no write for what has not changed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from functools import partial

import pytest

from infra.sandbox import lunasoft, net32, retailys
from infra.sandbox.retailys_orders import format_time
from tests.faults.steps import Step, each_step, steps_of
from tests.world import LUNA, NET32, RETAILYS, World


def calls(world: World, connection: str) -> Counter[str]:
    """Poll, and return how often each AWS operation was called, refused ones included."""
    steps = steps_of(partial(world.poll, connection))
    aws = [step for step in steps if not step.call.startswith(("GET ", "body "))]
    return Counter(step.call for step in aws if step.side == "before")


def test_an_empty_poll_of_lunasoft_is_two_reads_and_one_write(world: World) -> None:
    first, second = calls(world, LUNA), calls(world, LUNA)

    polled = {"dynamodb.GetItem state": 1, "dynamodb.Query due": 1, "dynamodb.PutItem state": 1}
    assert first == {"ssm.GetParameter": 1, **polled}
    assert second == polled


@pytest.mark.parametrize("orders", [pytest.param(1, id="one"), pytest.param(120, id="more than the overlap")])
def test_orders_of_lunasoft_that_were_seen_cost_one_batch_read_and_no_write(
    world: World, orders: int
) -> None:
    for number in range(1, orders + 1):
        world.lunasoft.place(lunasoft.make_order(number))
    world.poll(LUNA)

    again = calls(world, LUNA)

    assert again == {
        "dynamodb.GetItem state": 1,
        "dynamodb.BatchGetItem order": 1,
        "dynamodb.Query due": 1,
        "dynamodb.PutItem state": 1,
    }


def test_new_orders_of_lunasoft_are_a_write_each_and_a_batch_read_for_each_hundred(world: World) -> None:
    for number in range(1, 251):
        world.lunasoft.place(lunasoft.make_order(number))

    first = calls(world, LUNA)

    assert first == {
        "ssm.GetParameter": 1,
        "dynamodb.GetItem state": 1,
        "dynamodb.BatchGetItem order": 3,
        "dynamodb.Query due": 1,
        "dynamodb.PutItem order": 250,
        # After each hundred, and at the end.
        "dynamodb.PutItem state": 3,
    }


def test_a_changed_order_of_lunasoft_is_one_transaction(world: World) -> None:
    for number in (1, 2, 3):
        world.lunasoft.place(lunasoft.make_order(number))
    world.poll(LUNA)
    world.lunasoft.edit(2, current_status="Shipped")

    changed, after = calls(world, LUNA), calls(world, LUNA)

    unchanged = {
        "dynamodb.GetItem state": 1,
        "dynamodb.BatchGetItem order": 1,
        "dynamodb.Query due": 1,
        "dynamodb.PutItem state": 1,
    }
    assert changed == {**unchanged, "dynamodb.TransactWriteItems order": 1}
    assert after == unchanged


def test_an_order_that_stays_unreadable_is_set_aside_once(world: World) -> None:
    world.lunasoft.place({"id": "1"})

    first, second = calls(world, LUNA), calls(world, LUNA)

    seen = {
        "dynamodb.GetItem state": 1,
        "dynamodb.BatchGetItem order": 1,
        "dynamodb.Query due": 1,
        "dynamodb.PutItem state": 1,
    }
    assert first == {
        **seen,
        "ssm.GetParameter": 1,
        "dynamodb.BatchGetItem quarantine": 1,
        "s3.PutObject quarantine": 1,
        "dynamodb.PutItem quarantine": 1,
    }
    assert second == {**seen, "dynamodb.BatchGetItem quarantine": 1}


def test_an_empty_poll_of_net32_is_two_writes(world: World) -> None:
    first, second = calls(world, NET32), calls(world, NET32)

    assert first == {"ssm.GetParameter": 1, "dynamodb.UpdateItem state": 1, "dynamodb.PutItem state": 1}
    assert second == {"dynamodb.UpdateItem state": 1, "dynamodb.PutItem state": 1}


def test_new_orders_of_net32_are_a_write_each_and_four_calls_for_their_page(world: World) -> None:
    world.poll(NET32)
    for number in (101, 102, 103):
        world.net32.place(net32.make_order(number))

    brought = calls(world, NET32)

    assert brought == {
        "dynamodb.UpdateItem state": 1,
        "s3.PutObject inbox": 1,
        "dynamodb.PutItem order": 3,
        # The page is stored; the page is in the ledger.
        "dynamodb.PutItem state": 2,
    }


def test_a_poll_that_finds_another_reading_is_one_refused_write(world: World) -> None:
    world.poll(NET32)
    world.net32.place(net32.make_order(101))
    found: list[Counter[str]] = []

    def act(step: Step) -> None:
        if step.call == "GET /orders/" and step.side == "before":
            found.append(calls(world, NET32))

    with each_step(act):
        world.poll(NET32)

    assert found == [{"dynamodb.UpdateItem state": 1}]


def test_an_empty_poll_of_retailys_is_two_reads_and_one_write_and_so_is_the_one_that_looks_back(
    world: World,
) -> None:
    world.retailys.calls.clear()
    polled = {"dynamodb.GetItem state": 1, "dynamodb.Query due": 1, "dynamodb.PutItem state": 1}

    assert calls(world, RETAILYS) == {"ssm.GetParameter": 1, **polled}
    for minutes, listed in ((1, 1), (58, 1), (1, 2), (1, 1)):
        before = len(world.retailys.calls)
        world.pass_time(minutes=minutes)
        assert calls(world, RETAILYS) == polled
        assert len(world.retailys.calls) - before == listed


def test_new_orders_of_retailys_are_a_write_each_and_those_seen_cost_none(world: World) -> None:
    now = datetime.now(UTC)
    for number in range(1, 251):
        world.retailys.place(retailys.make_order(number, placed=format_time(now)))
    world.poll(RETAILYS)
    world.retailys.place(retailys.make_order(251, placed=format_time(now)))

    brought, again = calls(world, RETAILYS), calls(world, RETAILYS)

    # Two pages: a batch read for each hundred orders of a page.
    seen = {"dynamodb.GetItem state": 1, "dynamodb.BatchGetItem order": 4, "dynamodb.Query due": 1}
    assert brought == {**seen, "dynamodb.PutItem order": 1, "dynamodb.PutItem state": 1}
    assert again == {**seen, "dynamodb.PutItem state": 1}
