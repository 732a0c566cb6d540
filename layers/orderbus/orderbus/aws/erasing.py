"""Erasing an order: what stays is a tombstone, which intake and the command desk respect.

The tombstone is written first, on the condition that nothing has moved meanwhile: from then on no way in
brings the order back. The rest is deleted, or cut down to ids, hashes, quantities and states, each by itself;
a run that dies in between is begun again and finds what is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from orderbus.aws.commands import DynamoCommands
from orderbus.aws.inbox import BucketInbox
from orderbus.aws.items import Item, marshal, order_key, read_partition
from orderbus.aws.orders import DynamoOrders, lost_by_condition
from orderbus.aws.quarantine import DynamoQuarantine
from orderbus.commands.ledger import CommandRecord
from orderbus.domain.content import compact
from orderbus.domain.errors import ContendedError, SnapshotLostError, UnderWayError
from orderbus.domain.folders import refused_of, snapshots_of
from orderbus.domain.times import stamp
from orderbus.ports import Quarantined, StoredOrder

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

# What of an order's partition stays, or is cut down; everything else goes.
_STAYS = ("CURRENT", "COMMAND#", "RESERVATIONS", "LOCK")


@dataclass(slots=True)
class Erased:
    """What was erased now, and where more of the order may be.

    Attributes:
        revisions: Of the order.
        commands: That were cut down.
        set_aside: Inputs in quarantine.
        objects: In the bucket.
        doubtful: Keys of inputs in quarantine that name no order, or several, and hold this one's number.
    """

    revisions: int = 0
    commands: int = 0
    set_aside: int = 0
    objects: int = 0
    doubtful: tuple[str, ...] = ()


class Erasure:
    """Erases orders from table and bucket."""

    def __init__(self, dynamodb: DynamoDBClient, table: str, s3: S3Client, bucket: str) -> None:
        self._client = dynamodb
        self._table = table
        self._store = BucketInbox(s3, bucket)
        self._orders = DynamoOrders(dynamodb, table, self._store, bucket)
        self._commands = DynamoCommands(dynamodb, table)
        self._quarantine = DynamoQuarantine(dynamodb, table)

    def erase(self, order_id: str, now: datetime) -> Erased | None:
        """Erase an order, or what is left of one that was erased before; None where nothing is known of it.

        Raises:
            UnderWayError: A command of it has not ended, or nobody knows how.
            ContendedError: Something of it moved at the same moment; trying again goes on from there.
        """
        connection, _, external_id = order_id.partition(":")
        if not (connection and external_id):
            return None  # what a connection has beside its orders is not one customer's
        stored = self._orders.find([order_id], consistent=True).get(order_id)
        commands = self._ended(order_id)
        aside = self._quarantine.of(connection, order_id)
        if stored is None and not commands and not aside:
            return None
        done = Erased()
        if stored is None or not stored.erased:
            self._bury(order_id, stored, now)
            done.revisions += stored is not None
            # One that came before the tombstone may be on its way to the provider.
            commands = self._ended(order_id)
        self._cut_down(commands, done)
        self._cut_down_what_created_it(connection, external_id, done)
        self._delete(order_id, aside, done)
        done.doubtful = self._doubtful(connection, external_id)
        return done

    def _ended(self, order_id: str) -> list[CommandRecord]:
        """Return the order's commands, if all of them have ended."""
        commands = self._commands.of(order_id)
        for each in commands:
            if each.is_final and each.state != "unknown":
                continue
            first = "run this again when it has ended"
            if each.state == "unknown":
                first = "say what came of it with command.resolve.v1, then run this again"
            raise UnderWayError(
                f"{order_id} cannot be erased yet: command {each.command.id!r} is {each.state}; {first}"
            )
        return commands

    def _bury(self, order_id: str, stored: StoredOrder | None, now: datetime) -> None:
        """Write the tombstone in the order's place, unless it changes or a command has its lock.

        It has a revision of its own: whoever has read the order before can no longer write it.
        """
        put: Any = {
            "TableName": self._table,
            "Item": marshal(_tombstone(order_id, stored, now)),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        if stored is not None:
            put["ConditionExpression"] = "revision = :revision"
            put["ExpressionAttributeValues"] = marshal({":revision": stored.revision})
        free = self._commands.unlocked(order_id, now)
        try:
            self._client.transact_write_items(TransactItems=[{"Put": put}, {"ConditionCheck": free}])
        except self._client.exceptions.TransactionCanceledException as refused:
            if lost_by_condition(refused):
                raise _moved(order_id) from None
            raise

    def _cut_down(self, commands: list[CommandRecord], done: Erased) -> None:
        for record in commands:
            bare = record.erased()
            if record == replace(bare, version=record.version):
                continue
            if not self._commands.move((record, bare)):
                raise _moved(record.command.subject)
            done.commands += 1

    def _cut_down_what_created_it(self, connection: str, external_id: str, done: Erased) -> None:
        """Cut down the command by which the order was made at its provider: it stands with the connection."""
        created = [each for each in self._commands.of(connection) if _created(each) == external_id]
        for record in created:
            for event in (*record.told_before, *record.told):
                done.objects += self._store.erase(f"{refused_of(connection)}{event.id}.json")
        self._cut_down(created, done)

    def _delete(self, order_id: str, aside: list[Quarantined], done: Erased) -> None:
        if not self._commands.erase_book(order_id):
            raise _moved(order_id)
        for key in self._keys(order_id):
            if not key["sk"].startswith(_STAYS):
                self._client.delete_item(TableName=self._table, Key=marshal(key))
                done.revisions += key["sk"].startswith("EVENT#")
        for entry in aside:
            done.objects += self._store.erase(entry.key)
            self._quarantine.erase(entry)
            done.set_aside += 1
        for folder in (snapshots_of(order_id), refused_of(order_id)):
            done.objects += self._store.erase(folder)

    def _keys(self, order_id: str) -> list[Item]:
        partition = {"pk": order_key(order_id)["pk"]}
        return read_partition(self._client, self._table, partition, ProjectionExpression="pk, sk")

    def _doubtful(self, connection: str, external_id: str) -> tuple[str, ...]:
        """Return where the order's number stands in what was set aside without an order's id."""
        keys = [entry.key for entry in self._quarantine.of(connection, connection)]
        found = ((key, self._store.get(key)) for key in keys)
        return tuple(key for key, there in found if there and external_id.encode() in there[0])


def _tombstone(order_id: str, stored: StoredOrder | None, now: datetime) -> Item:
    order: Mapping[str, Any] = {}
    if stored is not None:
        with suppress(SnapshotLostError):  # which hinders no erasure
            order = stored.load()
    return {
        **order_key(order_id),
        "erased": True,
        "erased_at": stamp(now),
        "revision": 1 + (stored.revision if stored else 0),
        "read_at": stamp(stored.read_at if stored else now),
        "raw_hashes": compact(dict(stored.raw_hashes) if stored else {}),
        "content_hash": order.get("content_hash"),
        "quantities": compact({line["line_id"]: line["quantity"] for line in order.get("lines", [])}),
    }


def _created(record: CommandRecord) -> str | None:
    """Return the number that an order has at its provider, where this command created it."""
    result = (record.progress.outcome or {}).get("result") or {}
    number = (result.get("provider") or {}).get("id")
    return None if number is None else str(number)


def _moved(order_id: str) -> ContendedError:
    return ContendedError(
        f"{order_id} is being changed, or a command of it carried out, at this moment; run this again in"
        " a few minutes, it goes on from there"
    )
