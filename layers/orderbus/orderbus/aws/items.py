"""Ledger items: keys, and the DynamoDB form of plain values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from msgspec.structs import asdict

from orderbus.domain.content import compact
from orderbus.ports import OutboxEntry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()

Item = dict[str, Any]


def order_key(order_id: str) -> Item:
    """Return the key of an order's newest revision and the outbox of it.

    It sorts before the revisions put aside, so that a scan that meets a change half-way misses none of them.
    """
    return {"pk": f"ORDER#{order_id}", "sk": "CURRENT"}


def past_key(order_id: str, revision: int) -> Item:
    """Return the key under which a revision that is no longer the newest is put aside."""
    return {"pk": f"ORDER#{order_id}", "sk": f"EVENT#{revision:010d}"}


def subject_key(subject: str, sort: str) -> Item:
    """Return a key beside what a command is about: an order, or (to create one) a connection."""
    return {"pk": f"{'ORDER' if ':' in subject else 'CONNECTION'}#{subject}", "sk": sort}


def state_key(connection: str) -> Item:
    """Return the key of a connection's state."""
    return {"pk": f"CONNECTION#{connection}", "sk": "STATE"}


def import_limit_key(connection: str) -> Item:
    """Return the key of the count of a connection's imports."""
    return {"pk": f"CONNECTION#{connection}", "sk": "IMPORTS"}


def connection_event_key(connection: str, event_id: str) -> Item:
    """Return the key of an event about a connection."""
    return {"pk": f"CONNECTION#{connection}", "sk": f"EVENT#{event_id}"}


def quarantine_key(connection: str, sha256: str) -> Item:
    """Return the key of an input that is set aside."""
    return {"pk": f"CONNECTION#{connection}", "sk": f"QUARANTINE#{sha256}"}


def read_partition(
    client: DynamoDBClient, table: str, key: Item, values: Item | None = None, **query: Any
) -> list[Item]:
    """Return the items of a partition as they are now, over all pages of the query.

    Args:
        client: Asks the table.
        table: The table.
        key: The partition's `pk`, and where there is a `sk`, what the sort keys begin with.
        values: The values that an expression of the query names, as plain ones.
        query: More of the query.
    """
    begins = " AND begins_with(sk, :sk)" if "sk" in key else ""
    named = {f":{name}": value for name, value in key.items()}
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression=f"pk = :pk{begins}",
        ExpressionAttributeValues=marshal(named | (values or {})),
        ConsistentRead=True,
        **query,
    )
    return [unmarshal(item) for page in pages for item in page["Items"]]


def marshal(values: Mapping[str, Any]) -> Item:
    """Return plain values in DynamoDB's form; what is None is left out."""
    return {name: _serializer.serialize(value) for name, value in values.items() if value is not None}


def unmarshal(item: Mapping[str, Any]) -> Item:
    """Return a DynamoDB item as plain values; numbers come as Decimal."""
    return {name: _deserializer.deserialize(value) for name, value in item.items()}


def outbox_text(entries: Sequence[OutboxEntry], beside: Mapping[str, Any] | None = None) -> str:
    """Return an outbox as the JSON text that an item keeps, without what the item says beside it."""
    said = beside or {}
    return compact(
        [
            {name: value for name, value in asdict(entry).items() if name not in said or said[name] != value}
            for entry in entries
        ]
    )


def outbox_entries(text: str, beside: Mapping[str, Any] | None = None) -> list[OutboxEntry]:
    """Return the entries of an outbox text, with what the item says beside it where they do not."""
    return [OutboxEntry(**{**(beside or {}), **entry}) for entry in json.loads(text)]


def said_by_order(item: Mapping[str, Any]) -> Item:
    """Return what an order's item says of its events, so that its outbox need not: each 1,024 bytes cost."""
    subject: str = item["pk"].removeprefix("ORDER#")
    return {
        "subject": subject,
        "connection": subject.partition(":")[0],
        "time": item["recorded_at"],
        "data": {"changes": []},
    }


def paths_text(paths: Iterable[str]) -> str:
    """Return dotted paths as the JSON text that an item keeps: names by what they are in."""
    inside: dict[str, list[str]] = {}
    for path in sorted(paths):
        parent, _, name = path.rpartition(".")
        inside.setdefault(parent, []).append(name)
    return compact(inside)


def paths_of(text: str) -> frozenset[str]:
    """Return the paths of a text; earlier items list them as they are."""
    found: dict[str, list[str]] | list[str] = json.loads(text)
    if isinstance(found, list):
        return frozenset(found)
    return frozenset(f"{parent}.{name}" if parent else name for parent in found for name in found[parent])
