"""What the ledger recorded can be published again: the same ids and data as the relay's, from a time on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from orderbus.domain.errors import PublishError
from orderbus.domain.times import stamp
from orderbus.runtime import clients

from infra.sandbox.faults import Garbage
from infra.sandbox.lunasoft import make_order as make_luna_order
from infra.sandbox.net32 import make_order as make_net32_order
from tests.bus_gate import Outage, gated_bus
from tests.publishing import json_object, publish, with_outbox
from tests.world import LUNA, NET32, TABLE, World

Json = dict[str, Any]


def republish(world: World, since: Any, **more: Any) -> Json:
    return world.invoke("publish_events", {"since": since, **more})


def poll_all(world: World) -> None:
    for connection in (LUNA, NET32):
        world.poll(connection)


def by_id(events: list[Json]) -> dict[str, Json]:
    found = {event["id"]: event for event in events}
    assert len(found) == len(events)
    return found


@contextmanager
def scans_of(items: int) -> Iterator[None]:
    """Have each Scan read a few items only, as it does where they are a megabyte together."""

    def limit(params: Json, **_: Any) -> None:
        params["Limit"] = items

    events: Any = clients.dynamodb().meta.events
    events.register("before-parameter-build.dynamodb.Scan", limit)
    try:
        yield
    finally:
        events.unregister("before-parameter-build.dynamodb.Scan", limit)


def a_first_day(world: World) -> None:
    """Bring orders of all kinds in: small and large, held, unreadable, and a read that was interrupted."""
    world.lunasoft.place(make_luna_order(1))
    world.lunasoft.place(make_luna_order(2, customer_note="large " * 40_000))
    world.lunasoft.place(make_luna_order(3, total="a lot"))
    world.lunasoft.place(make_luna_order(4, status="On Hold"))
    world.net32.place(make_net32_order(19281414))
    poll_all(world)
    world.net32.place(make_net32_order(19281415, total="a lot"))
    world.net32.place(make_net32_order(19281416))
    poll_all(world)
    world.net32.fail_next(Garbage())
    world.net32.place(make_net32_order(19281417))
    poll_all(world)


def change_orders(world: World, note: str) -> None:
    world.lunasoft.edit(1, customer_note=note)
    world.lunasoft.edit(2, customer_note=note * 50_000)
    world.lunasoft.edit(4, current_status="On Hold" if note == "2" else "Processing")
    world.net32.place(make_net32_order(19281414, note=note))
    poll_all(world)


def days_on_which_the_bus_refused_everything(world: World) -> list[Json]:
    """Return the records that the stream has dropped by the end of it: the relay got none through."""
    dropped: list[Json] = []
    with gated_bus() as bus:
        bus.refuse = Outage()
        for happens in (a_first_day, *(lambda world, note=n: change_orders(world, note) for n in "123")):
            happens(world)
            records = with_outbox(world.records())
            with pytest.raises(PublishError):
                publish(world, records)
            dropped += records
            world.pass_time(hours=9)
    assert world.receive() == []
    return dropped


def test_after_a_day_without_a_bus_every_event_of_every_revision_is_published_as_the_relay_would_have(
    world: World,
) -> None:
    before = stamp(datetime.now(UTC))
    dropped = days_on_which_the_bus_refused_everything(world)

    answer = republish(world, before)
    republished = by_id(world.receive())
    for start in range(0, len(dropped), 100):
        publish(world, dropped[start : start + 100])
    relayed = by_id(world.receive())

    assert answer == {"published": len(relayed), "refused": 0, "next": None}
    assert republished == relayed
    told = [(event["subject"], event["type"], event.get("revision")) for event in relayed.values()]
    assert sorted(told, key=str) == sorted(
        [
            *((f"{LUNA}:1", "order.created.v1" if n == 1 else "order.updated.v1", n) for n in range(1, 5)),
            *((f"{LUNA}:2", "order.created.v1" if n == 1 else "order.updated.v1", n) for n in range(1, 5)),
            (f"{LUNA}:3", "order.quarantined.v1", None),
            (f"{LUNA}:4", "order.created.v1", 1),
            (f"{LUNA}:4", "order.held.v1", 1),
            (f"{LUNA}:4", "order.released.v1", 2),
            (f"{LUNA}:4", "order.held.v1", 3),
            (f"{LUNA}:4", "order.released.v1", 4),
            *(
                (f"{NET32}:19281414", "order.created.v1" if n == 1 else "order.updated.v1", n)
                for n in range(1, 5)
            ),
            (f"{NET32}:19281415", "order.quarantined.v1", None),
            (f"{NET32}:19281416", "order.created.v1", 1),
            (NET32, "order.quarantined.v1", None),
            (NET32, "connection.read_interrupted.v1", None),
        ],
        key=str,
    )


def test_publishing_again_twice_gives_the_same_events(world: World) -> None:
    a_first_day(world)
    relayed = by_id(world.relay())

    for _ in range(2):
        republish(world, "2020-01-01T00:00:00Z")
        world.pass_time(hours=1)
        assert by_id(world.receive()) == relayed


def test_what_was_recorded_earlier_is_left_out(world: World) -> None:
    a_first_day(world)
    earlier = by_id(world.relay())
    world.pass_time(minutes=1)
    since = datetime.now(UTC)
    change_orders(world, "1")
    later = by_id(world.relay())

    republish(world, stamp(since))

    assert by_id(world.receive()) == later
    assert later
    assert not earlier.keys() & later.keys()


def test_the_time_may_have_an_offset_and_begins_with_what_was_recorded_in_that_instant(world: World) -> None:
    world.lunasoft.place(make_luna_order(1))
    world.poll(LUNA)
    [event] = world.relay()
    recorded = datetime.fromisoformat(event["time"])
    elsewhere = recorded.astimezone(timezone(timedelta(hours=-7)))

    assert republish(world, elsewhere.isoformat())["published"] == 1
    assert republish(world, (elsewhere + timedelta(microseconds=1)).isoformat())["published"] == 0


def test_it_goes_on_where_the_time_ran_out(world: World) -> None:
    a_first_day(world)
    change_orders(world, "1")
    relayed = by_id(world.relay())
    answers: list[Json] = [{"next": None}]

    with scans_of(items=3):
        while len(answers) == 1 or answers[-1]["next"]:
            event = {"since": "2020-01-01T00:00:00Z", "next": answers[-1]["next"]}
            answers.append(world.invoke("publish_events", event, remaining_ms=5_000))

    assert len(answers) > 4
    assert sum(answer["published"] for answer in answers[1:]) == len(relayed)
    assert by_id(world.receive()) == relayed


def test_it_reads_on_as_long_as_there_is_time(world: World) -> None:
    a_first_day(world)
    relayed = by_id(world.relay())

    with scans_of(items=1):
        answer = republish(world, "2020-01-01T00:00:00Z")

    assert answer == {"published": len(relayed), "refused": 0, "next": None}
    assert by_id(world.receive()) == relayed


def test_it_goes_on_with_the_page_that_the_bus_refused(world: World) -> None:
    a_first_day(world)
    relayed = by_id(world.relay())
    with gated_bus() as bus, scans_of(items=1):
        bus.refuse = lambda detail: "ThrottlingException" if detail["subject"] == f"{LUNA}:2" else None
        refused = republish(world, "2020-01-01T00:00:00Z")
    assert refused["error"]["code"] == "publish_refused"
    first = world.receive()

    answer = republish(world, "2020-01-01T00:00:00Z", next=refused["next"])

    assert refused["published"] == len(first) > 0
    assert answer["next"] is None
    assert by_id(first + world.receive()) == relayed


def test_an_item_that_no_event_can_be_made_of_is_kept_and_counted_and_stops_no_other(world: World) -> None:
    a_first_day(world)
    relayed = by_id(world.relay())
    clients.dynamodb().update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"ORDER#{LUNA}:1"}, "sk": {"S": "CURRENT"}},
        UpdateExpression="SET outbox = :outbox",
        ExpressionAttributeValues={":outbox": {"S": "[{"}},
    )

    answer = republish(world, "2020-01-01")

    assert answer == {"published": len(relayed) - 1, "refused": 1, "next": None}
    missing = relayed.keys() - by_id(world.receive()).keys()
    assert [relayed[id_]["subject"] for id_ in missing] == [f"{LUNA}:1"]
    [key] = world.objects("refused/records/")
    assert json_object(key)["pk"] == {"S": f"ORDER#{LUNA}:1"}


@pytest.mark.parametrize("since", ["", "yesterday", "2026-13-01", 1767010112, None, {}, [], "1767010112300"])
def test_a_time_that_is_none_is_answered_with_one_sentence(world: World, since: Any) -> None:
    assert republish(world, since) == {
        "complete": False,
        "error": {
            "code": "configuration",
            "message": 'since is not an ISO 8601 time, e.g. "2026-11-20T00:00:00Z"',
        },
    }


@pytest.mark.parametrize("start", ["page 2", 2, [], {}, {"pk": 1}, {"pk": {"S": "ORDER#1"}}])
def test_a_next_that_no_answer_had_is_answered_with_one_sentence(world: World, start: Any) -> None:
    answer = republish(world, "2026-01-01", next=start)

    assert answer["error"]["message"] == (
        "next is not what an earlier answer had as next; leave it out to begin anew"
    )


def test_a_request_for_nothing_is_answered_with_what_there_is(world: World) -> None:
    answer = world.invoke("publish_events", {})

    assert answer["error"]["message"] == 'publish_events takes {"since": "<an ISO 8601 time>"}'
