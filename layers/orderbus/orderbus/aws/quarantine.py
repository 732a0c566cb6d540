"""Inputs that could not be normalized, on DynamoDB; their raw bytes are in the bucket."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from orderbus.aws.items import Item, marshal, outbox_text, quarantine_key, read_partition
from orderbus.domain.times import stamp
from orderbus.ports import OutboxEntry, Quarantined

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_FIELDS = ("connection", "provider", "sha256", "key", "reason", "subject", "view")


class DynamoQuarantine:
    """The quarantine in a DynamoDB table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def known(self, connection: str, hashes: Sequence[str]) -> set[str]:
        """Return which raw inputs are in quarantine already."""
        known: set[str] = set()
        unique = list(dict.fromkeys(hashes))
        for start in range(0, len(unique), 100):
            keys = [marshal(quarantine_key(connection, each)) for each in unique[start : start + 100]]
            # One that is left unprocessed counts as unknown: `add` refuses it by condition.
            answer = self._client.batch_get_item(
                RequestItems={self._table: {"Keys": keys, "ProjectionExpression": "sha256"}}
            )
            known |= {item["sha256"]["S"] for item in answer["Responses"].get(self._table, [])}
        return known

    def add(self, entry: Quarantined, event: OutboxEntry) -> None:
        """Set an input aside, with its event; once, however often it is read."""
        item = {
            **quarantine_key(entry.connection, entry.sha256),
            **{name: getattr(entry, name) for name in _FIELDS},
            "read_at": stamp(entry.read_at),
            "whole_page": entry.whole_page,
            "recorded_at": event.time,
            "outbox": outbox_text([event]),
        }
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.put_item(
                TableName=self._table,
                Item=marshal(item),
                ConditionExpression="attribute_not_exists(pk)",
            )

    def waiting(self, connection: str) -> list[Quarantined]:
        """Return what waits to be redriven, over all pages of the query."""
        waits = "attribute_not_exists(redriven_at) AND attribute_not_exists(dismissed_at)"
        return self._entries(connection, waits)

    def _entries(self, connection: str, which: str, values: Item | None = None) -> list[Quarantined]:
        key = quarantine_key(connection, "")
        items = read_partition(self._client, self._table, key, values, FilterExpression=which)
        return [_entry(item) for item in items]

    def redriven(self, entry: Quarantined, at: datetime) -> None:
        """Mark an entry as redriven, unless it was erased meanwhile."""
        self._mark(entry, "redriven_at", at)

    def dismiss(self, entry: Quarantined, at: datetime) -> None:
        """Mark an entry as one that a person wants nothing of; its raw bytes stay in the bucket."""
        self._mark(entry, "dismissed_at", at)

    def _mark(self, entry: Quarantined, name: str, at: datetime) -> None:
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.update_item(
                TableName=self._table,
                Key=marshal(quarantine_key(entry.connection, entry.sha256)),
                UpdateExpression=f"SET {name} = :at",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues=marshal({":at": stamp(at)}),
            )

    def of(self, connection: str, subject: str) -> list[Quarantined]:
        """Return what was set aside of a subject, redriven or not, over all pages of the query."""
        return self._entries(connection, "subject = :subject", {":subject": subject})

    def erase(self, entry: Quarantined) -> None:
        """Forget an entry; its object is the bucket's to delete."""
        key = quarantine_key(entry.connection, entry.sha256)
        self._client.delete_item(TableName=self._table, Key=marshal(key))


def _entry(item: Item) -> Quarantined:
    return Quarantined(
        **{name: item[name] for name in _FIELDS},
        read_at=datetime.fromisoformat(item["read_at"]),
        whole_page=item["whole_page"],
    )
