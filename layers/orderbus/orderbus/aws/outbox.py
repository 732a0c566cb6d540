"""From ledger items back to events: a stream record of the relay, a scan of a republish."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from orderbus.aws.items import Item, marshal, outbox_entries, said_by_order, unmarshal
from orderbus.domain.events import Event
from orderbus.domain.times import stamp
from orderbus.ports import OutboxEntry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class UnreadableError(Exception):
    """No event can be made of a record or an item; the message is the kind of what is wrong, and no value."""


def events_of_record(record: Item) -> list[Event]:
    """Return the events that a stream record put in an outbox; a write of anything else has none.

    Raises:
        UnreadableError: The record is not one that the ledger writes.
    """
    with _reading():
        images = record["dynamodb"]
        new, old = images.get("NewImage", {}), images.get("OldImage", {})
        if "outbox" not in new or new["outbox"] == old.get("outbox"):
            return []
        # What the item has told before was published with the write that told it.
        return list(events_of_item({**unmarshal(new), "published": None}))


def events_of_image(image: Item) -> list[Event]:
    """Return the events of an item in DynamoDB's form: of its outbox, or of the one that was put aside.

    Raises:
        UnreadableError: The item is not one that the ledger writes.
    """
    with _reading():
        return list(events_of_item(unmarshal(image)))


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError) as error:
        raise UnreadableError(type(error).__name__) from None


def events_of_item(item: Item) -> Iterator[Event]:
    """Return the events of an item: of its outbox, and of what was put aside."""
    beside = _beside(item)
    said = said_by_order(item) if beside is not None else None
    for text in (item.get("published"), item.get("outbox")):
        for entry in outbox_entries(text, said) if text else ():
            yield _event(entry, entry.data if beside is None else beside | entry.data)


def _beside(item: Item) -> Item | None:
    """Return what an order item adds to its events' data: the order, or where it is."""
    if "ref" in item:
        return {"ref": {**item["ref"], "bytes": int(item["ref"]["bytes"])}}
    if "order" in item:
        return {"order": json.loads(item["order"])}
    return None


def _event(entry: OutboxEntry, data: dict[str, Any]) -> Event:
    return Event(
        id=entry.id,
        type=entry.type,
        subject=entry.subject,
        time=entry.time,
        provider=entry.provider,
        connection=entry.connection,
        data=data,
        attributes=entry.attributes,
    )


def recorded_since(
    client: DynamoDBClient, table: str, since: datetime, start: Item | None
) -> tuple[list[Item], Item | None]:
    """Return the items of one page of the ledger that were recorded since then, and where to go on.

    A scan, on purpose: it is for the rare day on which a bus was down longer than the stream remembers,
    and an index by time would cost every order a write.
    """
    request: Any = {
        "TableName": table,
        "FilterExpression": "recorded_at >= :since",
        "ExpressionAttributeValues": marshal({":since": stamp(since)}),
    }
    if start is not None:
        request["ExclusiveStartKey"] = marshal(start)
    page = client.scan(**request)
    last = page.get("LastEvaluatedKey")
    items: Any = page["Items"]
    return items, unmarshal(last) if last else None
