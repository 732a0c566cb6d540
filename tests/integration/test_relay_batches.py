"""P4: a batch may be large, be cut off at any call and come again: nothing is missing, no id is new."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from orderbus.runtime import clients

from infra.sandbox.lunasoft import make_order as make_luna_order
from tests.aws_calls import AwsCalls, Killed, Moment, aws_calls
from tests.bus_gate import BusGate, gated_bus, size_of
from tests.publishing import FIRST, names, orders_on_the_stream, publish, subjects
from tests.world import LUNA, NET32, World

Json = dict[str, Any]
MOMENTS: tuple[Moment, Moment] = ("before", "after")


@pytest.fixture
def bus(world: World) -> Iterator[BusGate]:
    assert world
    with gated_bus() as gate:
        yield gate


def publish_and_be_killed(world: World, records: list[Json], index: int, moment: Moment) -> AwsCalls:
    with aws_calls((index, moment)) as calls:
        try:
            publish(world, records)
        except Killed:
            world.restart()
    return calls


def test_a_relay_killed_before_or_after_any_of_its_calls_loses_nothing_and_mints_no_id(
    world: World, bus: BusGate
) -> None:
    records = orders_on_the_stream(world, 12)
    bad = f"{NET32}:{FIRST + 4}"
    bus.refuse = lambda detail: "MalformedDetail" if detail["subject"] == bad else None
    publish(world, records)
    whole = {event["id"]: event for event in world.receive()}
    kills = 0

    for index, moment in ((index, moment) for index in count() for moment in MOMENTS):
        calls = publish_and_be_killed(world, records, index, moment)
        before_the_kill = world.receive()
        if not calls.killed:
            break
        kills += 1
        publish(world, records)
        received = before_the_kill + world.receive()
        assert {event["id"] for event in received} == whole.keys()
        assert all(event == whole[event["id"]] for event in received)

    assert calls.made == ["PutEvents", "PutObject", "PutEvents"]
    assert kills == 6
    assert len(whole) == 11
    assert len(world.objects("refused/")) == 1


def test_a_whole_batch_that_comes_three_times_has_the_same_ids_and_content_each_time(world: World) -> None:
    records = orders_on_the_stream(world, 12)

    deliveries = []
    for _ in range(3):
        publish(world, records)
        world.pass_time(hours=5)
        deliveries.append(sorted(world.receive(), key=lambda event: event["subject"]))

    assert subjects(deliveries[0]) == names(range(FIRST, FIRST + 12))
    assert deliveries[0] == deliveries[1] == deliveries[2]
    assert len({event["id"] for event in deliveries[0]}) == 12


def test_more_than_ten_entries_go_in_requests_of_ten(world: World, bus: BusGate) -> None:
    records = orders_on_the_stream(world, 43)

    assert publish(world, records) == {"published": 43, "refused": 0}

    assert [len(request) for request in bus.requests] == [10, 10, 10, 10, 3]
    assert subjects(world.receive()) == names(range(FIRST, FIRST + 43))


def test_entries_that_are_together_too_large_for_a_request_go_in_several(world: World, bus: BusGate) -> None:
    for number in range(1, 9):
        # Two bytes a letter: what counts are bytes.
        world.lunasoft.place(make_luna_order(number, customer_note="é" * 35_000))
    world.poll(LUNA)

    events = world.relay()

    assert [len(request) for request in bus.requests] == [3, 3, 2]
    assert subjects(events) == [f"{LUNA}:{number}" for number in range(1, 9)]


def test_the_largest_event_that_carries_its_order_fits_into_a_request_alone(
    world: World, bus: BusGate
) -> None:
    world.lunasoft.place(make_luna_order(1, customer_note="a" * 194_000, status="On Hold"))
    world.poll(LUNA)

    events = world.relay()

    assert [event["type"] for event in events] == ["order.created.v1", "order.held.v1"]
    assert [len(request) for request in bus.requests] == [1, 1]
    sizes = [size_of(entry) for entry in bus.entries]
    assert 197_000 < min(sizes) <= max(sizes) < 202_000
    assert world.objects() == []


def test_a_bus_that_cannot_be_reached_fails_the_batch_which_then_comes_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = orders_on_the_stream(world, 2)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)

    def cut(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://events.us-east-1.amazonaws.com/")

    events = clients.events().meta.events
    events.register_first("before-send.eventbridge.PutEvents", cut)
    try:
        with pytest.raises(EndpointConnectionError):
            publish(world, records)
    finally:
        events.unregister("before-send.eventbridge.PutEvents", cut)

    assert publish(world, records) == {"published": 2, "refused": 0}
    assert subjects(world.receive()) == names(range(FIRST, FIRST + 2))
