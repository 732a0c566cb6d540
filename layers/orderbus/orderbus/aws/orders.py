"""The orders of the ledger, on DynamoDB.

A new order is one conditional Put: seen id, snapshot and outbox in one item. A change is one transaction: the
next revision, conditioned on the one that was compared with and on being a later read, and the previous
revision put aside with its events, so that no event is ever overwritten.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from msgspec.structs import replace

from orderbus.aws.items import (
    Item,
    marshal,
    order_key,
    outbox_text,
    past_key,
    paths_of,
    paths_text,
    said_by_order,
    unmarshal,
)
from orderbus.domain.content import compact
from orderbus.domain.errors import ContendedError, SnapshotLostError
from orderbus.domain.folders import snapshots_of
from orderbus.domain.times import stamp
from orderbus.ports import Inbox, OrderRecord, StoredOrder

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutTypeDef

# A bus takes events of 256 KB at least, a table items of 400 KB. Beyond this a claim check is kept instead.
LARGEST_INLINE_BYTES = 200_000
# BatchGetItem takes 100 keys.
_BATCH = 100
_BATCH_TRIES = 8


class DynamoOrders:
    """Orders in a DynamoDB table, large ones in S3 under their SHA-256, in a folder for each order."""

    def __init__(self, client: DynamoDBClient, table: str, store: Inbox, bucket: str) -> None:
        self._client = client
        self._table = table
        self._store = store
        self._bucket = bucket

    def find(self, order_ids: Sequence[str], *, consistent: bool = False) -> dict[str, StoredOrder]:
        """Return which of the orders are known; may miss one just written unless `consistent`.

        Raises:
            ContendedError: The table did not answer for all of them, several times.
        """
        found: dict[str, StoredOrder] = {}
        for start in range(0, len(order_ids), _BATCH):
            keys = [marshal(order_key(each)) for each in dict.fromkeys(order_ids[start : start + _BATCH])]
            for item in self._batch_get(keys, consistent=consistent):
                stored = self._stored(item)
                found[stored.order_id] = stored
        return found

    def _batch_get(self, keys: list[Item], *, consistent: bool) -> list[Item]:
        items: list[Item] = []
        for attempt in range(_BATCH_TRIES):
            if attempt:
                time.sleep(0.025 * 2**attempt)
            answer: Any = self._client.batch_get_item(
                RequestItems={self._table: {"Keys": keys, "ConsistentRead": consistent}}
            )
            items += [unmarshal(item) for item in answer["Responses"].get(self._table, [])]
            keys = answer["UnprocessedKeys"].get(self._table, {}).get("Keys", [])
            if not keys:
                return items
        raise ContendedError(f"table {self._table} left {len(keys)} keys of a BatchGetItem unread")

    def add(self, record: OrderRecord) -> StoredOrder | None:
        """Write an order first seen; return the one that was there instead."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=marshal(self._item(record)),
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as refused:
            return self._stored(refused_item(refused))
        except self._client.exceptions.TransactionConflictException:
            # Another run is changing it at this moment, so it is there.
            return self.find([record.order_id], consistent=True)[record.order_id]
        return None

    def change(self, previous: StoredOrder, record: OrderRecord) -> bool:
        """Write the next revision and put the previous one aside; False if another write was faster."""
        head: PutTypeDef = {
            "TableName": self._table,
            "Item": marshal(self._item(record)),
            # A stale read never wins: the revision is the one compared with, and this read is later than its.
            "ConditionExpression": "revision = :revision AND read_at < :read_at",
            "ExpressionAttributeValues": marshal(
                {":revision": previous.revision, ":read_at": stamp(record.read_at)}
            ),
        }
        past: PutTypeDef = {"TableName": self._table, "Item": marshal(_past(previous))}
        try:
            self._client.transact_write_items(TransactItems=[{"Put": head}, {"Put": past}])
        except self._client.exceptions.TransactionCanceledException as refused:
            if lost_by_condition(refused):
                return False
            raise
        return True

    def mark(self, stored: StoredOrder, marker: str) -> None:
        """Note another marker of this revision; that is no event, and nothing where there is a later one."""
        with suppress(
            self._client.exceptions.ConditionalCheckFailedException,
            self._client.exceptions.TransactionConflictException,
        ):
            self._client.update_item(
                TableName=self._table,
                Key=marshal(order_key(stored.order_id)),
                UpdateExpression="SET marker = :marker",
                ConditionExpression="revision = :revision",
                ExpressionAttributeValues=marshal({":revision": stored.revision, ":marker": marker}),
            )

    def due(self, connection: str, now: datetime, most: int) -> list[str]:
        """Return ids of orders that are to be read again by now, the longest due first."""
        answer = self._client.query(
            TableName=self._table,
            IndexName="due",
            KeyConditionExpression="due_kind = :kind AND due_at <= :now",
            ExpressionAttributeValues=marshal({":kind": f"ORDER#{connection}", ":now": stamp(now)}),
            Limit=most,
        )
        return [item["pk"]["S"].removeprefix("ORDER#") for item in answer["Items"]]

    def watch(self, stored: StoredOrder, at: datetime | None, reads: int) -> None:
        """Note when to read an unchanged order again, or never; nothing if it has changed meanwhile."""
        values: Item = {":revision": stored.revision}
        update = "REMOVE due_kind, due_at, watch_reads"
        if at is not None:
            update = "SET due_at = :at, watch_reads = :reads"
            values |= {":at": stamp(at), ":reads": reads}
        # A write that was faster has set its own time.
        with suppress(
            self._client.exceptions.ConditionalCheckFailedException,
            self._client.exceptions.TransactionConflictException,
        ):
            self._client.update_item(
                TableName=self._table,
                Key=marshal(order_key(stored.order_id)),
                UpdateExpression=update,
                ConditionExpression="revision = :revision AND attribute_exists(due_at)",
                ExpressionAttributeValues=marshal(values),
            )

    def _item(self, record: OrderRecord) -> Item:
        body = {
            **order_key(record.order_id),
            "revision": record.revision,
            "raw_hashes": compact(dict(record.raw_hashes)),
            "unseen": paths_text(record.unseen) if record.unseen else None,
            "read_at": stamp(record.read_at),
            "marker": record.marker,
            "recorded_at": record.outbox[0].time,
        }
        if record.watch_at is not None:
            body |= {"due_kind": f"ORDER#{record.connection}", "due_at": stamp(record.watch_at)}
        return body | self._payload(record, said_by_order(body))

    def _payload(self, record: OrderRecord, said: Item) -> Item:
        """Return order and outbox, or the reference to both where they are too large for an event."""
        order = compact(record.order)
        with_changes = [replace(entry, data={"changes": list(record.changes)}) for entry in record.outbox]
        outbox = outbox_text(with_changes, said)
        if len(order.encode()) + len(outbox.encode()) <= LARGEST_INLINE_BYTES:
            return {"order": order, "outbox": outbox}
        data = compact({"order": record.order, "changes": list(record.changes)}).encode()
        digest = sha256(data).hexdigest()
        key = f"{snapshots_of(record.order_id)}{digest}.json"
        self._store.put(key, data, {})
        ref = {"bucket": self._bucket, "key": key, "sha256": digest, "bytes": len(data)}
        return {"ref": ref, "outbox": outbox_text(record.outbox, said)}

    def _stored(self, item: Item) -> StoredOrder:
        return StoredOrder(
            order_id=item["pk"].removeprefix("ORDER#"),
            revision=int(item["revision"]),
            raw_hashes=json.loads(item["raw_hashes"]),
            unseen=paths_of(item.get("unseen", "[]")),
            read_at=datetime.fromisoformat(item["read_at"]),
            load=partial(self._load, item),
            as_stored=item,
            erased=bool(item.get("erased", False)),
            watch_at=datetime.fromisoformat(item["due_at"]) if "due_at" in item else None,
            watch_reads=int(item.get("watch_reads", 0)),
            marker=item.get("marker"),
        )

    def _load(self, item: Item) -> dict[str, Any]:
        if "order" in item:
            order: dict[str, Any] = json.loads(item["order"])
            return order
        found = self._store.get(item["ref"]["key"])
        if found is None:
            raise SnapshotLostError(
                f"what the ledger has of it is not in the bucket: restore {item['ref']['key']}"
            )
        data: dict[str, dict[str, Any]] = json.loads(found[0])
        return data["order"]


def _past(previous: StoredOrder) -> Item:
    item = previous.as_stored
    kept = ("order", "ref", "revision", "read_at", "recorded_at")
    # Under another name than `outbox`: the relay has sent it, and only a republish reads it here.
    return {
        **past_key(previous.order_id, previous.revision),
        **{name: item.get(name) for name in kept},
        "published": item["outbox"],
    }


def refused_item(refused: ClientError) -> Item:
    """Return the item that a refused conditional write found, as it asked to be told."""
    response: Mapping[str, Any] = refused.response
    return unmarshal(response["Item"])


def lost_by_condition(refused: ClientError) -> bool:
    """Say whether a transaction was cancelled because another write was faster, or ran at the same time."""
    response: Mapping[str, Any] = refused.response
    codes = {reason.get("Code") for reason in response.get("CancellationReasons", [])} - {"None", None}
    return bool(codes) and codes <= {"ConditionalCheckFailed", "TransactionConflict"}
