"""LunaSoft's list and detail are two views of one order: what only one of them has is never a change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from orderbus.intake.receive import Tally
from orderbus.providers.lunasoft.source import LunaSource
from orderbus.runtime import clients
from orderbus.runtime.fetch import Services
from orderbus.runtime.settings import FetchSettings, from_environment

from tests.aws_calls import aws_calls
from tests.world import LUNA, World


class Reader:
    """Reads order 54123 in either view, and receives it."""

    def __init__(self, world: World) -> None:
        services = Services(from_environment(FetchSettings))
        self._world = world
        self._source = LunaSource(services.connections.get(LUNA), clients.now)
        self._receiver = services.receiver(self._source, "live")
        self.tally = Tally()

    def read_list(self) -> None:
        self._world.pass_time(seconds=1)
        self._receiver.receive(self._source.list_page(None, None).rows, self.tally)

    def read_detail(self) -> None:
        self._world.pass_time(seconds=1)
        detail = self._source.read_again("54123")
        assert detail is not None
        self._receiver.receive([detail], self.tally)


@pytest.fixture
def reader(world: World) -> Reader:
    world.lunasoft.place_seed_order()
    return Reader(world)


def told(world: World) -> list[tuple[str, int, list[str]]]:
    """Return what the subscriber was told: type, revision, and the paths of the changes."""
    return [
        (event["type"], event["revision"], [change["path"] for change in event["data"]["changes"]])
        for event in world.relay()
    ]


@pytest.mark.parametrize("first", ["read_list", "read_detail"])
def test_list_and_detail_in_turn_a_hundred_times_are_one_event_and_one_write(
    world: World, reader: Reader, first: str
) -> None:
    with aws_calls() as calls:
        getattr(reader, first)()
        for _ in range(100):
            reader.read_list()
            reader.read_detail()

    assert told(world) == [("order.created.v1", 1, [])]
    assert calls.counts() == {"BatchGetItem": 201, "PutItem": 1}
    assert reader.tally == Tally(read=201, created=1, unchanged=200)


def test_the_history_that_the_detail_brings_is_told_with_the_next_change(
    world: World, reader: Reader
) -> None:
    reader.read_list()
    world.lunasoft.add_status(54123, "Shipped")
    reader.read_detail()

    assert told(world) == [
        ("order.created.v1", 1, []),
        (
            "order.updated.v1",
            2,
            [
                "/fulfilment",
                "/lifecycle",
                "/lines/0/quantity/shipped",
                "/provider_data/statuses",
                "/provider_status",
            ],
        ),
    ]


def test_the_list_does_not_take_away_the_history_that_the_detail_brought(
    world: World, reader: Reader
) -> None:
    reader.read_detail()
    world.lunasoft.edit(54123, customer_note="Ring twice")
    reader.read_list()

    *_, event = world.relay()

    assert [change["path"] for change in event["data"]["changes"]] == ["/note"]
    statuses = event["data"]["order"]["provider_data"]["statuses"]
    assert [row["status"] for row in statuses] == ["Complete", "Shipped", "Processing"]


def test_a_status_that_changes_and_changes_back_is_two_changes(world: World, reader: Reader) -> None:
    reader.read_list()
    for status in ("Shipped", "Complete"):
        world.lunasoft.edit(54123, current_status=status)
        reader.read_list()
        reader.read_detail()

    assert [(type_, revision) for type_, revision, _ in told(world)] == [
        ("order.created.v1", 1),
        ("order.updated.v1", 2),
        ("order.updated.v1", 3),
    ]


def test_the_same_raw_is_no_change_also_where_it_is_read_otherwise_since(world: World) -> None:
    world.lunasoft.place_seed_order()
    world.poll(LUNA)
    world.relay()

    # As after an upgrade of the mapping: what thousands of old orders say now is no news of them.
    world.connect(LUNA, "lunasoft", world.lunasoft_at.url, options={"cancelled_statuses": ["Complete"]})
    world.pass_time(seconds=1)
    answer = world.poll(LUNA)

    assert (answer["unchanged"], answer["updated"], told(world)) == (1, 0, [])
    world.lunasoft.edit(54123, customer_note="Ring twice")
    world.pass_time(seconds=1)
    assert world.poll(LUNA)["updated"] == 1
    assert [type_ for type_, _, _ in told(world)] == ["order.updated.v1", "order.cancelled.v1"]


def test_a_hold_is_known_since_it_was_first_seen_in_any_view(world: World, reader: Reader) -> None:
    world.lunasoft.edit(54123, current_status="On Hold")
    reader.read_list()
    seen: Any = clients.now()
    world.pass_time(hours=5)
    world.lunasoft.edit(54123, customer_note="Still waiting")
    reader.read_detail()

    created, held, updated = world.relay()

    assert (created["type"], held["type"], updated["type"]) == (
        "order.created.v1",
        "order.held.v1",
        "order.updated.v1",
    )
    since = held["data"]["order"]["holds"][0]["since"]
    assert updated["data"]["order"]["holds"][0]["since"] == since
    assert since < (seen + timedelta(seconds=1)).isoformat()
