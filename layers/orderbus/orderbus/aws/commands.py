"""Commands in the ledger, on DynamoDB: each in its subject's partition, each write conditioned on the last.

A command, its reservations and its events move in one write. Nothing here decides anything: what follows what
is told by orderbus.commands.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from orderbus.aws.items import (
    Item,
    marshal,
    outbox_entries,
    outbox_text,
    read_partition,
    subject_key,
    unmarshal,
)
from orderbus.aws.orders import lost_by_condition, refused_item
from orderbus.commands.adapter import Shipment
from orderbus.commands.ledger import Book, BookMove, CommandRecord, Due, Lock, Move, Progress, Queue
from orderbus.domain.commands import Command
from orderbus.domain.content import compact
from orderbus.domain.times import stamp
from orderbus.ports import OutboxEntry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import ConditionCheckTypeDef

_COMMAND, _BOOK, _LOCK = "COMMAND#", "RESERVATIONS", "LOCK"
_DUE = "COMMAND#"
_UNLOCKED = "attribute_not_exists(pk) OR deadline <= :now"


class DynamoCommands:
    """Commands in a DynamoDB table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def add(self, record: CommandRecord) -> CommandRecord | None:
        """Write a command first seen; return the one of its id that was there instead."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=marshal(_item(record)),
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as refused:
            return _record(refused_item(refused))
        except self._client.exceptions.TransactionConflictException:
            # Another process is moving it at this moment, so it is there.
            return _record(self._get(subject_key(record.command.subject, _COMMAND + record.command.id)))
        return None

    def find(self, subject: str, command_id: str) -> CommandRecord | None:
        """Return a command as it stands now."""
        item = self._get(subject_key(subject, _COMMAND + command_id))
        return _record(item) if item else None

    def of(self, subject: str) -> list[CommandRecord]:
        """Return every command of a subject as it stands now."""
        items = read_partition(self._client, self._table, subject_key(subject, _COMMAND))
        return [_record(item) for item in items]

    def move(self, *moves: Move, book: BookMove | None = None) -> bool:
        """Write what follows, all or nothing; False where something has moved meanwhile."""
        puts = [self._put(_item(after), before.version) for before, after in moves]
        if book is not None:
            puts.append(self._put(_book_item(moves[0][0].command.subject, book[1]), book[0].version))
        if len(puts) == 1:
            return self._move_one(puts[0], moves[0][1])
        try:
            self._client.transact_write_items(TransactItems=[{"Put": put} for put in puts])
        except self._client.exceptions.TransactionCanceledException as refused:
            if lost_by_condition(refused):
                return False
            raise
        return True

    def _move_one(self, put: Any, after: CommandRecord) -> bool:
        try:
            self._client.put_item(**put, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except self._client.exceptions.ConditionalCheckFailedException as refused:
            # A retry by the AWS client can be refused by our own first write.
            there = _record(refused_item(refused))
            return (there.version, there.state, there.progress) == (
                after.version,
                after.state,
                after.progress,
            )
        except self._client.exceptions.TransactionConflictException:
            return False
        return True

    def _put(self, item: Item, version: int) -> Any:
        if not version:
            condition: Any = {"ConditionExpression": "attribute_not_exists(pk)"}
        else:
            condition = {
                "ConditionExpression": "version = :version",
                "ExpressionAttributeValues": marshal({":version": version}),
            }
        return {"TableName": self._table, "Item": marshal(item), **condition}

    def tell(self, subject: str, key: str, event: OutboxEntry) -> None:
        """Publish an event that moves no command; once for each key."""
        item = {
            **subject_key(subject, key),
            "outbox": outbox_text([event]),
            "recorded_at": event.time,
        }
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.put_item(
                TableName=self._table, Item=marshal(item), ConditionExpression="attribute_not_exists(pk)"
            )

    def book(self, subject: str) -> Book:
        """Return the order's book as it stands now."""
        item = self._get(subject_key(subject, _BOOK))
        if not item:
            return Book()
        return Book(
            version=int(item["version"]),
            shipments=msgspec.json.decode(item["shipments"], type=tuple[Shipment, ...]),
            last_set=datetime.fromisoformat(item["last_set"]) if "last_set" in item else None,
        )

    def erase_book(self, subject: str) -> bool:
        """Leave ids and quantities of the order's book; False where a command has moved it meanwhile."""
        book = self.book(subject)
        bare = book.erased()
        if bare.shipments == book.shipments:
            return True
        try:
            self._client.put_item(**self._put(_book_item(subject, bare), book.version))
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def unlocked(self, subject: str, now: datetime) -> ConditionCheckTypeDef:
        """Return the condition of a transaction that nobody has the order's lock."""
        return {
            "TableName": self._table,
            "Key": marshal(subject_key(subject, _LOCK)),
            "ConditionExpression": _UNLOCKED,
            "ExpressionAttributeValues": marshal({":now": stamp(now)}),
        }

    def lock(self, subject: str, lock: Lock, now: datetime) -> bool:
        """Take the order's lock; False where another process has it."""
        mine = "(command_id = :command AND own_from <= :now) OR attempt_id = :attempt"
        values = {":now": stamp(now), ":command": lock.command_id, ":attempt": lock.attempt_id}
        try:
            self._client.put_item(
                TableName=self._table,
                Item=marshal(_lock_item(subject, lock)),
                ConditionExpression=f"{_UNLOCKED} OR {mine}",
                ExpressionAttributeValues=marshal(values),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def keep_lock(self, subject: str, lock: Lock) -> None:
        """Change the lock's times, if this attempt still has it."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.put_item(
                TableName=self._table,
                Item=marshal(_lock_item(subject, lock)),
                ConditionExpression="attempt_id = :attempt",
                ExpressionAttributeValues=marshal({":attempt": lock.attempt_id}),
            )

    def unlock(self, subject: str, attempt_id: str) -> None:
        """Give the lock back, if this attempt still has it."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.delete_item(
                TableName=self._table,
                Key=marshal(subject_key(subject, _LOCK)),
                ConditionExpression="attempt_id = :attempt",
                ExpressionAttributeValues=marshal({":attempt": attempt_id}),
            )

    def due(self, queue: Queue, now: datetime, most: int) -> Sequence[tuple[str, str]]:
        """Return subject and id of what is due, the longest first."""
        answer = self._client.query(
            TableName=self._table,
            IndexName="due",
            KeyConditionExpression="due_kind = :kind AND due_at <= :now",
            ExpressionAttributeValues=marshal({":kind": _DUE + queue, ":now": stamp(now)}),
            Limit=most,
        )
        keys = [unmarshal(item) for item in answer["Items"]]
        return [(key["pk"].partition("#")[2], key["sk"].removeprefix(_COMMAND)) for key in keys]

    def postpone(self, subject: str, command_id: str, until: datetime) -> bool:
        """Let the sweep leave a command alone until then; False where it is due no more."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=marshal(subject_key(subject, _COMMAND + command_id)),
                UpdateExpression="SET due_at = :until",
                ConditionExpression="attribute_exists(due_at)",
                ExpressionAttributeValues=marshal({":until": stamp(until)}),
            )
        except (
            self._client.exceptions.ConditionalCheckFailedException,
            self._client.exceptions.TransactionConflictException,
        ):
            return False
        return True

    def _get(self, key: Item) -> Item:
        answer = self._client.get_item(TableName=self._table, Key=marshal(key), ConsistentRead=True)
        return unmarshal(answer.get("Item", {}))


def _text(data: Any) -> str:
    text = compact(data)
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair, which ASCII can hold
        return json.dumps(data)
    return text


def _item(record: CommandRecord) -> Item:
    command = record.command
    return {
        **subject_key(command.subject, _COMMAND + command.id),
        "version": record.version,
        "state": record.state,
        "type": command.type,
        "data": _text(command.data) if command.is_small() else None,
        "sent_at": stamp(command.time),
        "flaw": command.flaw or None,
        "content_hash": record.content_hash,
        "received_at": stamp(record.received_at),
        "progress": msgspec.json.encode(record.progress).decode(),
        "due_kind": _DUE + record.due.queue if record.due else None,
        "due_at": stamp(record.due.at) if record.due else None,
        "recorded_at": record.told[-1].time if record.told else None,
        "outbox": outbox_text(record.told) if record.told else None,
        "published": outbox_text(record.told_before) if record.told_before else None,
    }


def _record(item: Item) -> CommandRecord:
    command = Command(
        id=item["sk"].removeprefix(_COMMAND),
        subject=item["pk"].partition("#")[2],
        type=item["type"],
        data=json.loads(item["data"]) if "data" in item else None,
        time=datetime.fromisoformat(item["sent_at"]),
        flaw=item.get("flaw", ""),
    )
    due = (
        Due(item["due_kind"].removeprefix(_DUE), datetime.fromisoformat(item["due_at"]))
        if "due_at" in item
        else None
    )
    return CommandRecord(
        command=command,
        content_hash=item["content_hash"],
        received_at=datetime.fromisoformat(item["received_at"]),
        state=item["state"],
        version=int(item["version"]),
        progress=msgspec.json.decode(item["progress"], type=Progress),
        due=due,
        told=tuple(outbox_entries(item.get("outbox", "[]"))),
        told_before=tuple(outbox_entries(item.get("published", "[]"))),
    )


def _book_item(subject: str, book: Book) -> Item:
    return {
        **subject_key(subject, _BOOK),
        "version": book.version,
        "shipments": msgspec.json.encode(book.shipments).decode(),
        "last_set": stamp(book.last_set) if book.last_set else None,
    }


def _lock_item(subject: str, lock: Lock) -> Item:
    return {
        **subject_key(subject, _LOCK),
        "command_id": lock.command_id,
        "attempt_id": lock.attempt_id,
        "own_from": stamp(lock.own_from),
        "deadline": stamp(lock.deadline),
    }
