"""What watches cost in AWS calls and write units."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from orderbus.intake import watches
from orderbus.runtime import clients

from infra.sandbox import lunasoft
from infra.sandbox.lunasoft_orders import format_time
from tests.benchmarks.provider import FIRST_ID, LINES
from tests.benchmarks.write_units import billed
from tests.faults.steps import steps_of
from tests.watched_site import a_site, read_again, watch
from tests.world import LUNA, World


def calls(world: World) -> Counter[str]:
    """Poll, and return how often each AWS operation was called, refused ones included."""
    steps = steps_of(partial(world.poll, LUNA))
    return Counter(step.call for step in steps if step.side == "before" and step.call.startswith("dynamodb."))


def test_a_watched_order_that_has_not_changed_is_one_small_update(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watches, "MOST_READS", 3)
    with a_site() as world:
        watch(world, *range(11, 15))

        three, one, none = calls(world), calls(world), calls(world)

    polled = {
        "dynamodb.GetItem state": 1,
        "dynamodb.BatchGetItem order": 1,
        "dynamodb.Query due": 1,
        "dynamodb.PutItem state": 1,
    }
    # The orders that are read are found by a batch of their own.
    assert three == {**polled, "dynamodb.BatchGetItem order": 2, "dynamodb.UpdateItem order": 3}
    assert one == {**polled, "dynamodb.BatchGetItem order": 2, "dynamodb.UpdateItem order": 1}
    assert none == polled


def test_an_index_that_lags_behind_has_no_order_read_again_too_early() -> None:
    found: list[Any] = []

    def as_at_first(parsed: dict[str, Any], **_: Any) -> None:
        found.append(parsed["Items"])
        parsed["Items"] = found[0]

    events = clients.dynamodb().meta.events
    with a_site() as world:
        watch(world, 11)
        events.register("after-call.dynamodb.Query", as_at_first)
        try:
            world.poll(LUNA)
            world.poll(LUNA)
        finally:
            events.unregister("after-call.dynamodb.Query", as_at_first)

        assert [len(each) for each in found] == [len(found[0]), 0]
        assert read_again(world) == [11]


def test_a_new_order_of_3_kb_that_will_be_watched_is_one_write_of_at_most_five_units(world: World) -> None:
    created = format_time(datetime.now(UTC))
    order = world.lunasoft.place(lunasoft.make_order(FIRST_ID, created=created, lines=LINES))

    with billed() as bill:
        world.poll(LUNA)

    assert 2_900 < len(json.dumps(order)) < 3_300
    (item,) = world.items("ORDER#")
    assert "due_at" in item
    assert bill.writes["CURRENT"] == 1
    assert bill.units["CURRENT"] <= 5
