"""Where each connection stands, on DynamoDB: one small item, each write conditioned on the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from orderbus.aws.items import (
    Item,
    connection_event_key,
    marshal,
    outbox_text,
    state_key,
    unmarshal,
)
from orderbus.aws.orders import lost_by_condition, refused_item
from orderbus.domain.times import stamp
from orderbus.ports import ConnectionState, OutboxEntry, PageMark, Pass, Reading

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoStates:
    """Connection states in a DynamoDB table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, connection: str) -> ConnectionState:
        """Return where a connection stands."""
        answer = self._client.get_item(
            TableName=self._table, Key=marshal(state_key(connection)), ConsistentRead=True
        )
        return _state(unmarshal(answer["Item"])) if "Item" in answer else ConnectionState()

    def begin_reading(
        self, connection: str, reading: Reading, *, now: datetime, forced: bool
    ) -> tuple[ConnectionState, bool]:
        """Claim a connection for a destructive read, in one write that also reads its state."""
        free = "attribute_not_exists(reading) AND attribute_not_exists(stored_page)"
        waited = "(attribute_not_exists(not_before) OR not_before <= :now)"
        values: dict[str, Any] = {":reading": _reading_item(reading), ":one": 1}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=marshal(state_key(connection)),
                UpdateExpression="SET reading = :reading ADD version :one",
                ConditionExpression=free if forced else f"{free} AND {waited}",
                ExpressionAttributeValues=marshal(values if forced else values | {":now": stamp(now)}),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as refused:
            state = _state(refused_item(refused))
            # A retry by the AWS client can be refused by our own first write.
            return state, state.reading == reading
        except self._client.exceptions.TransactionConflictException:
            return self.get(connection), False  # another run is moving it at this moment
        return _state(unmarshal(answer["Attributes"])), True

    def move(
        self,
        connection: str,
        before: ConnectionState,
        after: ConnectionState,
        *,
        silent_at: datetime,
        events: Sequence[OutboxEntry] = (),
    ) -> ConnectionState | None:
        """Write a state that follows from another, with its events; None if it is no longer the other."""
        after = replace(after, version=before.version + 1)
        put: Any = {
            "TableName": self._table,
            "Item": marshal(_item(connection, after, silent_at)),
            "ConditionExpression": "attribute_not_exists(pk)" if not before.version else "version = :version",
        }
        if before.version:
            put["ExpressionAttributeValues"] = marshal({":version": before.version})
        try:
            self._write(connection, put, events)
        except (
            self._client.exceptions.ConditionalCheckFailedException,
            self._client.exceptions.TransactionConflictException,
        ):
            # A retry by the AWS client can be refused by our own first write.
            return after if self.get(connection) == after else None
        except self._client.exceptions.TransactionCanceledException as refused:
            if lost_by_condition(refused):
                return None
            raise
        return after

    def due(self, now: datetime, most: int) -> list[str]:
        """Return connections that were expected to be heard of by now, the longest due first."""
        answer = self._client.query(
            TableName=self._table,
            IndexName="due",
            KeyConditionExpression="due_kind = :kind AND due_at <= :now",
            ExpressionAttributeValues=marshal({":kind": "CONNECTION", ":now": stamp(now)}),
            Limit=most,
        )
        return [item["pk"]["S"].removeprefix("CONNECTION#") for item in answer["Items"]]

    def rest(self, connection: str) -> None:
        """Expect nothing of a connection any more: it is off, or was removed."""
        self._client.update_item(
            TableName=self._table,
            Key=marshal(state_key(connection)),
            UpdateExpression="REMOVE due_kind, due_at",
        )

    def _write(self, connection: str, put: Any, events: Sequence[OutboxEntry]) -> None:
        if not events:
            self._client.put_item(**put)
            return
        writes: Any = [{"Put": put}, *({"Put": self._event(connection, event)} for event in events)]
        self._client.transact_write_items(TransactItems=writes)

    def _event(self, connection: str, event: OutboxEntry) -> Any:
        item = {
            **connection_event_key(connection, event.id),
            "outbox": outbox_text([event]),
            "recorded_at": event.time,
        }
        return {"TableName": self._table, "Item": marshal(item)}


def _item(connection: str, state: ConnectionState, silent_at: datetime) -> Item:
    return {
        **state_key(connection),
        "due_kind": "CONNECTION",
        "due_at": stamp(silent_at),
        "version": state.version,
        "cursor": state.cursor,
        "floor": state.floor,
        "reading_on": _pass_item(state.reading_on) if state.reading_on else None,
        "looked_back_at": stamp(state.looked_back_at) if state.looked_back_at else None,
        "looking_back": _pass_item(state.looking_back) if state.looking_back else None,
        "reading": _reading_item(state.reading) if state.reading else None,
        "stored_page": state.stored,
        "completed_at": stamp(state.completed_at) if state.completed_at else None,
        "not_before": stamp(state.not_before) if state.not_before else None,
        "failures": state.failures or None,
        "degraded": state.degraded or None,
        "number": state.number or None,
    }


def _reading_item(reading: Reading) -> Item:
    return {
        "id": reading.id,
        "since": stamp(reading.since),
        "deadline": stamp(reading.deadline),
    }


def _pass_item(goes_on: Pass) -> Item:
    ends = {"begin": goes_on.begin, "end": goes_on.end}
    return {
        "began": stamp(goes_on.began),
        **{name: stamp(end) for name, end in ends.items() if end},
        **({"at": asdict(goes_on.at)} if goes_on.at else {}),
    }


def _state(item: Item) -> ConnectionState:
    return ConnectionState(
        version=int(item["version"]),
        cursor=item.get("cursor"),
        floor=item.get("floor"),
        reading_on=_pass(item["reading_on"]) if "reading_on" in item else None,
        looked_back_at=_moment(item, "looked_back_at"),
        looking_back=_pass(item["looking_back"]) if "looking_back" in item else None,
        reading=_reading(item["reading"]) if "reading" in item else None,
        stored=item.get("stored_page"),
        completed_at=_moment(item, "completed_at"),
        not_before=_moment(item, "not_before"),
        failures=int(item.get("failures", 0)),
        degraded=bool(item.get("degraded", False)),
        number=int(item.get("number", 0)),
    )


def _reading(item: Item) -> Reading:
    return Reading(
        id=item["id"],
        since=datetime.fromisoformat(item["since"]),
        deadline=datetime.fromisoformat(item["deadline"]),
    )


def _pass(item: Item) -> Pass:
    return Pass(
        began=datetime.fromisoformat(item["began"]),
        begin=_moment(item, "begin"),
        end=_moment(item, "end"),
        at=_page_mark(item["at"]) if "at" in item else None,
    )


def _page_mark(item: Item) -> PageMark:
    return PageMark(page=int(item["page"]), before=int(item["before"]), shown=item["shown"])


def _moment(item: Item, name: str) -> datetime | None:
    return datetime.fromisoformat(item[name]) if name in item else None
