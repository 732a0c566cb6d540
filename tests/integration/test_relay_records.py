"""Which of the stream's records are published, which are not, and what becomes of an unreadable one."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from orderbus.runtime import clients

from infra.sandbox.faults import Garbage
from infra.sandbox.lunasoft import make_order
from tests.publishing import FIRST, json_object, metrics, names, orders_on_the_stream, publish, subjects
from tests.world import LUNA, NET32, TABLE, World

Json = dict[str, Any]


def kinds(records: list[Json]) -> list[tuple[str, str]]:
    """Return what the records are of: the write, and the kind of the item."""
    return [(each["eventName"], each["dynamodb"]["Keys"]["sk"]["S"].split("#")[0]) for each in records]


def of_kind(records: list[Json], *kind: str) -> list[Json]:
    return [record for record in records if kinds([record]) == [kind]]


def change_an_order(world: World) -> list[Json]:
    """Fetch an order and then a change of it; return the records of the change."""
    world.lunasoft.place(make_order(1))
    world.poll(LUNA)
    world.relay()
    world.lunasoft.edit(1, customer_note="Ring twice.")
    world.pass_time(minutes=1)
    assert world.poll(LUNA)["updated"] == 1
    return world.records()


def test_a_change_publishes_its_own_event_and_not_the_one_that_it_puts_aside(world: World) -> None:
    records = change_an_order(world)

    aside = of_kind(records, "INSERT", "EVENT")
    assert len(aside) == 1
    assert publish(world, aside) == {"published": 0, "refused": 0}
    assert publish(world, records) == {"published": 1, "refused": 0}
    [event] = world.receive()
    assert (event["type"], event["revision"]) == ("order.updated.v1", 2)
    assert [change["path"] for change in event["data"]["changes"]] == ["/note"]


def test_a_write_that_leaves_the_outbox_as_it_was_publishes_nothing(world: World) -> None:
    orders_on_the_stream(world, 1)
    clients.dynamodb().update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"ORDER#{NET32}:{FIRST}"}, "sk": {"S": "CURRENT"}},
        UpdateExpression="SET due_at = :due_at",
        ExpressionAttributeValues={":due_at": {"S": "2026-11-22T00:00:00.000000Z"}},
    )

    records = world.records()

    assert kinds(records) == [("MODIFY", "CURRENT")]
    assert publish(world, records) == {"published": 0, "refused": 0}
    assert world.receive() == []


def test_an_order_that_is_removed_publishes_nothing(world: World) -> None:
    orders_on_the_stream(world, 1)
    key = {"pk": {"S": f"ORDER#{NET32}:{FIRST}"}, "sk": {"S": "CURRENT"}}
    clients.dynamodb().delete_item(TableName=TABLE, Key=key)

    records = world.records()

    assert kinds(records) == [("REMOVE", "CURRENT")]
    assert publish(world, records) == {"published": 0, "refused": 0}


def test_where_a_connection_stands_is_not_published(world: World) -> None:
    world.poll(LUNA)
    world.poll(LUNA)

    records = world.records()

    assert kinds(records) == [("INSERT", "STATE"), ("MODIFY", "STATE")]
    assert publish(world, records) == {"published": 0, "refused": 0}


def test_an_event_about_a_connection_is_published(world: World) -> None:
    world.net32.fail_next(Garbage())
    world.poll(NET32)

    records = world.records()

    assert publish(world, of_kind(records, "INSERT", "EVENT")) == {"published": 1, "refused": 0}
    assert [event["type"] for event in world.receive()] == ["connection.read_interrupted.v1"]


def test_a_batch_as_lambda_hands_it_over_is_read_like_that_of_the_api(world: World) -> None:
    records = orders_on_the_stream(world, 3)
    for record in records:
        created = record["dynamodb"]["ApproximateCreationDateTime"]
        record["dynamodb"]["ApproximateCreationDateTime"] = created.timestamp()
        record["eventSourceARN"] = "arn:aws:dynamodb:us-east-1:123456789012:table/orderbus-ledger/stream/1"

    assert publish(world, json.loads(json.dumps(records))) == {"published": 3, "refused": 0}


def broken(record: Json, **attributes: Any) -> Json:
    """Return a record whose new image has other attributes."""
    copy = deepcopy(record)
    copy["dynamodb"]["NewImage"] |= attributes
    return copy


def an_outbox(*entries: Any) -> Json:
    return {"S": json.dumps(entries)}


UNREADABLE: dict[str, Json] = {
    "an outbox that is not JSON": {"outbox": {"S": "[{"}},
    "an outbox that is not a list": {"outbox": {"S": "7"}},
    "an outbox of something else": {"outbox": an_outbox("order.created.v1")},
    "an entry without an id": {"outbox": an_outbox({"type": "order.created.v1", "subject": "a:1"})},
    "an entry with a field too many": {"outbox": an_outbox({"id": "1", "colour": "red"})},
    "an entry whose data is a text": {
        "outbox": an_outbox(
            dict.fromkeys(("id", "type", "subject", "time", "provider", "connection", "data"), "x")
        )
    },
    "an order that is not JSON": {"order": {"S": "{"}},
    "a reference that is a text": {"ref": {"S": "snapshots/1.json"}},
    "a number with too many digits": {"revision": {"N": "1" * 60}},
    "a type that there is not": {"revision": {"Z": "1"}},
    "an attribute without a type": {"revision": None},
}


@pytest.mark.parametrize("attributes", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_record_that_no_event_can_be_made_of_is_kept_and_counted_and_blocks_nothing(
    world: World, capsys: pytest.CaptureFixture[str], attributes: Json
) -> None:
    first, second, third = orders_on_the_stream(world, 3)
    bad = broken(second, **attributes)
    capsys.readouterr()

    answer = publish(world, [first, bad, third])

    assert answer == {"published": 2, "refused": 1}
    assert metrics(capsys.readouterr().out)["EventsRefused"] == 1
    assert subjects(world.receive()) == [names(range(FIRST, FIRST + 3))[i] for i in (0, 2)]
    [key] = world.objects("refused/records/")
    assert json_object(key) == json.loads(json.dumps(bad, default=str))

    publish(world, [first, bad, third])
    assert world.objects("refused/records/") == [key]


@pytest.mark.parametrize("record", [{}, {"dynamodb": None}, {"dynamodb": []}, None, "record"])
def test_a_record_of_another_shape_is_kept_too(world: World, record: Any) -> None:
    good = orders_on_the_stream(world, 1)

    assert publish(world, [record, *good]) == {"published": 1, "refused": 1}

    [key] = world.objects("refused/records/")
    assert json_object(key) == record
