"""The orders of the ledger on DynamoDB: seen once, changed by one, and no event ever overwritten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from orderbus.aws.inbox import BucketInbox
from orderbus.aws.orders import DynamoOrders
from orderbus.aws.outbox import events_of_image, events_of_record
from orderbus.domain.errors import ContendedError
from orderbus.ports import OrderRecord, OutboxEntry, StoredOrder
from orderbus.runtime import clients

from tests.contract.aws_faults import answered_in_part, refused, sent_twice
from tests.world import BUCKET, ROOT, TABLE, World

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
def orders(world: World) -> DynamoOrders:  # noqa: ARG001 - the table is there while it is
    return DynamoOrders(clients.dynamodb(), TABLE, BucketInbox(clients.s3(), BUCKET), BUCKET)


def an_entry(revision: int = 1, type_: Any = "order.created.v1", order_id: str = "c:1") -> OutboxEntry:
    return OutboxEntry(
        id=f"{type_}-{revision}",
        type=type_,
        subject=order_id,
        time=f"2026-01-05T12:00:0{revision}.000000Z",
        provider="net32",
        connection="c",
        attributes={"revision": revision},
    )


def a_record(revision: int = 1, order_id: str = "c:1", **fields: Any) -> OrderRecord:
    made: dict[str, Any] = {
        "order_id": order_id,
        "connection": "c",
        "revision": revision,
        "order": {"order_id": order_id, "revision": revision, "note": "ü"},
        "raw_hashes": {"list": f"hash-{revision}"},
        "unseen": frozenset({"provider_data.statuses"}),
        "read_at": NOON + timedelta(seconds=revision),
        "outbox": [an_entry(revision, order_id=order_id)],
    }
    return OrderRecord(**(made | fields))


def items(prefix: str = "ORDER#") -> Iterator[dict[str, Any]]:
    found = clients.dynamodb().scan(TableName=TABLE)["Items"]
    for item in sorted(found, key=lambda item: item["sk"]["S"]):
        if item["pk"]["S"].startswith(prefix):
            yield {name: next(iter(value.values())) for name, value in item.items()}


def test_an_order_first_seen_is_one_item_with_its_snapshot_and_its_outbox(orders: DynamoOrders) -> None:
    assert orders.add(a_record()) is None

    (item,) = items()
    assert item | {"outbox": None} == {
        "pk": "ORDER#c:1",
        "sk": "CURRENT",
        "revision": "1",
        "raw_hashes": '{"list":"hash-1"}',
        "unseen": '{"provider_data":["statuses"]}',
        "read_at": "2026-01-05T12:00:01.000000Z",
        "recorded_at": "2026-01-05T12:00:01.000000Z",
        "order": '{"order_id":"c:1","revision":1,"note":"ü"}',
        "outbox": None,
    }
    # Subject, connection, time and no changes: the item says them beside it.
    assert json.loads(item["outbox"]) == [
        {
            "id": "order.created.v1-1",
            "type": "order.created.v1",
            "provider": "net32",
            "attributes": {"revision": 1},
        }
    ]


@pytest.mark.parametrize(
    "unseen", [set(), {"placed_at", "placed_at_raw"}, {"a", "a.b", "a.b.c", "a.d"}], ids=len
)
def test_the_paths_that_no_read_has_shown_are_found_as_they_were(
    orders: DynamoOrders, unseen: set[str]
) -> None:
    orders.add(a_record(unseen=frozenset(unseen)))

    assert found(orders).unseen == unseen


def test_an_item_of_the_earlier_form_is_found_changed_and_published_as_ever(orders: DynamoOrders) -> None:
    sample = json.loads((ROOT / "tests" / "events" / "publish_events.json").read_text())
    earlier = sample["Records"][0]["dynamodb"]["NewImage"]
    clients.dynamodb().put_item(TableName=TABLE, Item=earlier)
    order_id = "luna-main:54123"

    stored = orders.find([order_id])[order_id]
    assert stored.unseen == {"provider_data.statuses"}
    later = a_record(2, order_id=order_id, read_at=stored.read_at + timedelta(seconds=1))
    assert orders.change(stored, later)

    _, past = clients.dynamodb().scan(TableName=TABLE)["Items"]
    (before,), (after,) = events_of_image(earlier), events_of_image(past)
    assert before == after
    assert (after.subject, after.connection, after.time, after.provider) == (
        order_id,
        "luna-main",
        "2026-11-21T23:29:37.557185Z",
        "lunasoft",
    )
    assert after.data == {"order": json.loads(earlier["order"]["S"]), "changes": []}


def test_what_was_added_is_found_as_it_was(orders: DynamoOrders) -> None:
    record = a_record()
    orders.add(record)

    found = orders.find(["c:1", "c:2"], consistent=True)

    assert list(found) == ["c:1"]
    stored = found["c:1"]
    assert (stored.order_id, stored.revision, stored.erased) == ("c:1", 1, False)
    assert (stored.raw_hashes, stored.unseen) == (record.raw_hashes, record.unseen)
    assert (stored.read_at, stored.load()) == (record.read_at, record.order)


def test_adding_an_order_again_returns_the_one_that_is_there_and_writes_nothing(
    orders: DynamoOrders,
) -> None:
    orders.add(a_record())
    before = list(items())

    there = orders.add(a_record(order={"note": "other"}, read_at=NOON + timedelta(days=1)))

    assert there is not None
    assert (there.revision, there.load()["note"]) == (1, "ü")
    assert list(items()) == before


def test_a_repeat_by_the_aws_client_is_told_by_the_order_that_is_there(orders: DynamoOrders) -> None:
    with sent_twice(clients.dynamodb(), "PutItem") as statuses:
        there = orders.add(a_record())

    assert statuses == [200, 400]
    assert there is not None
    assert there.raw_hashes == {"list": "hash-1"}


def test_an_order_that_is_watched_is_due_and_one_that_is_not_is_in_no_index(orders: DynamoOrders) -> None:
    orders.add(a_record(order_id="c:1", watch_at=NOON))
    orders.add(a_record(order_id="c:2"))

    watched, unwatched = items()
    assert (watched["due_kind"], watched["due_at"]) == ("ORDER#c", "2026-01-05T12:00:00.000000Z")
    assert not {"due_kind", "due_at"} & set(unwatched)


def a_change(revision: int, **fields: Any) -> OrderRecord:
    changes = [{"path": "/note", "from": "ü", "to": "x"}]
    entry = an_entry(revision, "order.updated.v1")
    return a_record(revision, outbox=[entry], changes=changes, **fields)


def test_a_change_keeps_the_revision_before_with_its_events(orders: DynamoOrders) -> None:
    orders.add(a_record(1))

    assert orders.change(orders.find(["c:1"])["c:1"], a_change(2)) is True
    assert orders.change(orders.find(["c:1"])["c:1"], a_change(3)) is True

    current, first, second = items()
    assert [item["sk"] for item in (current, first, second)] == [
        "CURRENT",
        "EVENT#0000000001",
        "EVENT#0000000002",
    ]
    assert (current["revision"], first["revision"], second["revision"]) == ("3", "1", "2")
    assert [json.loads(first["published"])[0]["id"], json.loads(second["published"])[0]["id"]] == [
        "order.created.v1-1",
        "order.updated.v1-2",
    ]
    assert json.loads(second["published"])[0]["data"] == {
        "changes": [{"path": "/note", "from": "ü", "to": "x"}]
    }
    assert json.loads(first["order"])["revision"] == 1
    assert [item["recorded_at"][-10:] for item in (current, first, second)] == [
        "03.000000Z",
        "01.000000Z",
        "02.000000Z",
    ]
    # Under another name, so that the relay does not send it again.
    assert [("outbox" in item, "published" in item) for item in (current, first, second)] == [
        (True, False),
        (False, True),
        (False, True),
    ]


@pytest.mark.parametrize(("seconds", "changed"), [(-1, False), (0, False), (0.000001, True), (60, True)])
def test_a_change_is_made_only_by_a_read_that_is_later(
    orders: DynamoOrders, seconds: float, changed: bool
) -> None:
    orders.add(a_record(1))
    before = list(items())
    read_at = NOON + timedelta(seconds=1 + seconds)

    assert orders.change(orders.find(["c:1"])["c:1"], a_change(2, read_at=read_at)) is changed
    assert (list(items()) == before) is not changed


def test_of_two_changes_of_one_revision_the_second_loses_and_writes_nothing(orders: DynamoOrders) -> None:
    orders.add(a_record(1))
    compared_with = orders.find(["c:1"])["c:1"]

    assert orders.change(compared_with, a_change(2)) is True
    before = list(items())
    late = a_change(2, order={"note": "lost"}, read_at=NOON + timedelta(days=1))

    assert orders.change(compared_with, late) is False
    assert list(items()) == before


def test_a_repeat_of_a_change_by_the_aws_client_is_one_change(orders: DynamoOrders) -> None:
    orders.add(a_record(1))

    with sent_twice(clients.dynamodb(), "TransactWriteItems") as statuses:
        # AWS answers the same again, since the client sends the same token; moto does not know tokens.
        changed = orders.change(orders.find(["c:1"])["c:1"], a_change(2))

    assert len(statuses) == 2
    assert [item["revision"] for item in items()] == ["2", "1"]
    assert changed is (statuses[1] == 200)


def test_a_change_that_meets_another_transaction_is_lost_not_broken(orders: DynamoOrders) -> None:
    orders.add(a_record(1))
    stored = orders.find(["c:1"])["c:1"]
    cancelled = {"Code": "TransactionConflict"}, {"Code": "None"}

    with refused(clients.dynamodb(), "TransactWriteItems", "TransactionCanceledException", reasons=cancelled):
        assert orders.change(stored, a_change(2)) is False

    assert [item["revision"] for item in items()] == ["1"]


def test_an_order_first_seen_that_another_run_is_just_changing_is_there(orders: DynamoOrders) -> None:
    orders.add(a_record(1))

    with refused(clients.dynamodb(), "PutItem", "TransactionConflictException"):
        there = orders.add(a_record(1))

    assert there is not None
    assert (there.order_id, there.revision) == ("c:1", 1)


@pytest.mark.parametrize("code", ["ValidationError", "ItemCollectionSizeLimitExceeded"])
def test_a_change_that_is_refused_for_another_reason_is_an_error(orders: DynamoOrders, code: str) -> None:
    orders.add(a_record(1))
    stored = orders.find(["c:1"])["c:1"]
    reasons = {"Code": "ConditionalCheckFailed"}, {"Code": code}

    with (
        refused(clients.dynamodb(), "TransactWriteItems", "TransactionCanceledException", reasons=reasons),
        pytest.raises(clients.dynamodb().exceptions.TransactionCanceledException),
    ):
        orders.change(stored, a_change(2))


def test_250_orders_are_found_in_three_requests(orders: DynamoOrders) -> None:
    ids = [f"c:{number}" for number in range(250)]
    for order_id in ids[::2]:
        orders.add(a_record(order_id=order_id))

    with answered_in_part(clients.dynamodb(), TABLE, at_once=100) as asked:
        found = orders.find([*ids, *ids[:10]])

    assert asked == [100, 100, 60]
    assert set(found) == set(ids[::2])


def test_the_same_order_twice_in_a_page_is_asked_for_once(orders: DynamoOrders) -> None:
    orders.add(a_record())

    assert set(orders.find(["c:1", "c:2", "c:1", "c:1"])) == {"c:1"}
    assert orders.find([]) == {}


def test_what_a_batch_leaves_unread_is_asked_for_again(orders: DynamoOrders) -> None:
    ids = [f"c:{number}" for number in range(100)]
    for order_id in ids:
        orders.add(a_record(order_id=order_id))

    with answered_in_part(clients.dynamodb(), TABLE, at_once=40) as asked:
        found = orders.find(ids)

    assert asked == [100, 60, 20]
    assert set(found) == set(ids)


def test_a_table_that_never_answers_for_all_is_said_to_be_contended(
    orders: DynamoOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)

    with (
        answered_in_part(clients.dynamodb(), TABLE, at_once=0) as asked,
        pytest.raises(ContendedError) as raised,
    ):
        orders.find(["c:1", "c:2"])

    assert str(raised.value) == f"table {TABLE} left 2 keys of a BatchGetItem unread"
    assert asked == [2] * 8
    assert waits == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2]


def test_a_marker_is_kept_with_its_revision_and_goes_with_the_next_one(orders: DynamoOrders) -> None:
    orders.add(a_record(marker="open"))
    first = orders.find(["c:1"])["c:1"]

    orders.change(first, a_record(2))

    assert (first.marker, orders.find(["c:1"])["c:1"].marker) == ("open", None)


def test_another_marker_is_noted_and_is_no_event(orders: DynamoOrders, world: World) -> None:
    orders.add(a_record(marker="open"))
    world.records()

    orders.mark(orders.find(["c:1"])["c:1"], "closed")

    assert orders.find(["c:1"])["c:1"].marker == "closed"
    assert [events_of_record(record) for record in world.records()] == [[]]


def test_a_marker_is_not_noted_at_a_later_revision(orders: DynamoOrders) -> None:
    orders.add(a_record(marker="open"))
    before = orders.find(["c:1"])["c:1"]
    orders.change(before, a_record(2, marker="held"))

    orders.mark(before, "closed")

    assert orders.find(["c:1"])["c:1"].marker == "held"


def test_orders_that_are_due_are_found_the_longest_first_and_by_connection(orders: DynamoOrders) -> None:
    for number, minutes in enumerate([3, 1, 2, 9]):
        orders.add(a_record(order_id=f"c:{number}", watch_at=NOON + timedelta(minutes=minutes)))
    orders.add(a_record(order_id="d:1", connection="d", watch_at=NOON))
    orders.add(a_record(order_id="c:final"))

    assert orders.due("c", NOON + timedelta(minutes=3), 10) == ["c:1", "c:2", "c:0"]
    assert orders.due("c", NOON + timedelta(minutes=3), 2) == ["c:1", "c:2"]
    assert orders.due("c", NOON, 10) == []
    assert orders.due("d", NOON, 10) == ["d:1"]


def test_a_watch_that_found_nothing_notes_the_next_and_leaves_all_else(orders: DynamoOrders) -> None:
    orders.add(a_record(watch_at=NOON))
    (before,) = items()

    orders.watch(found(orders), NOON + timedelta(minutes=5), 1)

    (item,) = items()
    assert item == before | {"due_at": "2026-01-05T12:05:00.000000Z", "watch_reads": "1"}
    stored = found(orders)
    assert (stored.watch_at, stored.watch_reads, stored.revision) == (NOON + timedelta(minutes=5), 1, 1)


def test_a_watch_that_ends_leaves_the_index(orders: DynamoOrders) -> None:
    orders.add(a_record(watch_at=NOON))
    orders.watch(found(orders), NOON, 1)

    orders.watch(found(orders), None, 2)

    (item,) = items()
    assert not {"due_kind", "due_at", "watch_reads"} & set(item)
    assert orders.due("c", NOON + timedelta(days=99), 10) == []


def test_a_watch_that_another_run_has_ended_is_not_begun_again(orders: DynamoOrders) -> None:
    orders.add(a_record(watch_at=NOON))
    stored = found(orders)
    orders.watch(stored, None, 250)

    orders.watch(stored, NOON + timedelta(hours=6), 7)

    (item,) = items()
    assert not {"due_kind", "due_at", "watch_reads"} & set(item)


def test_a_watch_never_touches_an_order_that_changed_meanwhile(orders: DynamoOrders) -> None:
    orders.add(a_record(watch_at=NOON))
    stored = found(orders)
    orders.change(stored, a_change(2, watch_at=NOON + timedelta(minutes=1)))
    before = list(items())

    orders.watch(stored, NOON + timedelta(hours=6), 7)
    orders.watch(stored, None, 7)

    assert list(items()) == before


def test_the_past_of_a_watched_order_is_not_due(orders: DynamoOrders) -> None:
    orders.add(a_record(watch_at=NOON))
    orders.change(found(orders), a_change(2, watch_at=NOON + timedelta(minutes=1)))

    assert orders.due("c", NOON + timedelta(days=1), 10) == ["c:1"]


def found(orders: DynamoOrders) -> StoredOrder:
    return orders.find(["c:1"], consistent=True)["c:1"]
