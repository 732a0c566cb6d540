"""An order that is too large for an event goes to the bucket first; item and event refer to it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from orderbus.aws.inbox import BucketInbox
from orderbus.aws.items import unmarshal
from orderbus.aws.orders import LARGEST_INLINE_BYTES, DynamoOrders
from orderbus.aws.outbox import events_of_item
from orderbus.domain.content import fingerprint
from orderbus.domain.errors import SnapshotLostError
from orderbus.ports import OrderRecord, OutboxEntry
from orderbus.runtime import clients

from tests.world import BUCKET, TABLE, World

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
CHANGES = [{"path": "/note", "from": None, "to": "x"}]


@pytest.fixture
def orders(world: World) -> DynamoOrders:  # noqa: ARG001 - the table is there while it is
    return DynamoOrders(clients.dynamodb(), TABLE, BucketInbox(clients.s3(), BUCKET), BUCKET)


def a_record(note: str, revision: int = 1, **fields: Any) -> OrderRecord:
    entry = OutboxEntry("id-1", "order.created.v1", "c:1", "2026-01-05T12:00:00.000000Z", "net32", "c")
    made: dict[str, Any] = {
        "order_id": "c:1",
        "connection": "c",
        "revision": revision,
        "order": {"order_id": "c:1", "note": note},
        "raw_hashes": {"list": "a"},
        "unseen": frozenset[str](),
        "read_at": NOON + timedelta(seconds=revision),
        "outbox": [entry],
    }
    return OrderRecord(**(made | fields))


def items() -> list[dict[str, Any]]:
    found = clients.dynamodb().scan(TableName=TABLE)["Items"]
    return sorted((unmarshal(item) for item in found), key=lambda item: str(item["sk"]))


def note_of(inline: int) -> str:
    """Return a note that makes order and outbox together so many bytes."""
    empty = len('{"order_id":"c:1","note":""}') + len(outbox_of(a_record("")))
    return "x" * (inline - empty)


def outbox_of(record: OrderRecord) -> str:
    entry = record.outbox[0]
    kept = {"id": entry.id, "type": entry.type, "provider": entry.provider}
    return json.dumps([kept | {"attributes": {}}], separators=(",", ":"))


@pytest.mark.parametrize(("more", "inline"), [(0, True), (1, False)])
def test_up_to_200_kb_an_order_is_in_its_item(orders: DynamoOrders, more: int, inline: bool) -> None:
    orders.add(a_record(note_of(LARGEST_INLINE_BYTES + more)))

    (item,) = items()
    assert ("order" in item, "ref" in item) == (inline, not inline)
    assert len(objects()) == (not inline)


def objects() -> list[str]:
    answer = clients.s3().list_objects_v2(Bucket=BUCKET)
    return [found["Key"] for found in answer.get("Contents", [])]


def test_bytes_count_and_not_characters(orders: DynamoOrders) -> None:
    orders.add(a_record("ü" * (LARGEST_INLINE_BYTES // 2 + 1)))

    assert "ref" in items()[0]


def test_a_large_order_is_in_the_bucket_under_its_sha256_with_its_changes(orders: DynamoOrders) -> None:
    orders.add(a_record("x" * 300_000, changes=CHANGES))

    (item,) = items()
    ref = item["ref"]
    body = clients.s3().get_object(Bucket=BUCKET, Key=ref["key"])["Body"].read()
    assert ref == {
        "bucket": BUCKET,
        "key": f"snapshots/{fingerprint('c:1')}/{sha256(body).hexdigest()}.json",
        "sha256": sha256(body).hexdigest(),
        "bytes": len(body),
    }
    assert json.loads(body) == {"order": {"order_id": "c:1", "note": "x" * 300_000}, "changes": CHANGES}
    assert json.loads(item["outbox"])[0]["data"] == {}


def test_a_large_order_is_found_and_loaded_like_any_other(orders: DynamoOrders) -> None:
    orders.add(a_record("x" * 300_000))

    assert orders.find(["c:1"])["c:1"].load() == {"order_id": "c:1", "note": "x" * 300_000}


def test_its_events_carry_the_reference_also_after_it_has_changed(orders: DynamoOrders) -> None:
    orders.add(a_record("x" * 300_000))
    orders.change(orders.find(["c:1"])["c:1"], a_record("y", revision=2))

    current, past = items()

    (of_current,), (of_past,) = events_of_item(current), events_of_item(past)
    assert of_current.data == {"changes": [], "order": {"order_id": "c:1", "note": "y"}}
    assert set(of_past.data) == {"ref"}
    assert of_past.data["ref"]["key"] in objects()
    assert type(of_past.data["ref"]["bytes"]) is int


def test_a_small_change_of_a_large_order_can_make_it_large_again(orders: DynamoOrders) -> None:
    orders.add(a_record("y"))
    orders.change(orders.find(["c:1"])["c:1"], a_record("x" * 300_000, revision=2, changes=CHANGES))

    assert "ref" in items()[0]
    assert orders.find(["c:1"])["c:1"].load()["note"] == "x" * 300_000


def test_a_snapshot_that_is_gone_from_the_bucket_is_named(orders: DynamoOrders) -> None:
    orders.add(a_record("x" * 300_000))
    (key,) = objects()
    clients.s3().delete_object(Bucket=BUCKET, Key=key)

    with pytest.raises(SnapshotLostError) as raised:
        orders.find(["c:1"])["c:1"].load()

    assert str(raised.value) == f"what the ledger has of it is not in the bucket: restore {key}"


def test_the_snapshot_is_durable_before_the_item_is(orders: DynamoOrders) -> None:
    clients.s3().delete_bucket(Bucket=BUCKET)

    with pytest.raises(clients.s3().exceptions.NoSuchBucket):
        orders.add(a_record("x" * 300_000))

    assert items() == []
