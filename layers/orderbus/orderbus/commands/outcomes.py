"""What is told of a command: accepted, then one of succeeded, rejected and unknown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from orderbus.commands.adapter import Accepted, Refused
from orderbus.commands.ledger import CommandRecord, Due
from orderbus.domain.commands import LONGEST_ID, Rejection, UnknownReason
from orderbus.domain.connections import is_name
from orderbus.domain.events import EventType, event_id
from orderbus.domain.times import stamp
from orderbus.ports import OutboxEntry

Json = dict[str, Any]


Outcome = Literal["succeeded", "rejected", "unknown"]

_OUTCOMES: Mapping[Outcome, EventType] = {
    "succeeded": "command.succeeded.v1",
    "rejected": "command.rejected.v1",
    "unknown": "command.unknown.v1",
}


@dataclass(frozen=True, slots=True)
class Teller:
    """Makes the events of one command.

    Attributes:
        provider: Whose order it is about, or empty where that is not known.
        now: When it is told.
    """

    record: CommandRecord
    provider: str
    now: datetime

    def accepted(self, answer: Accepted) -> OutboxEntry:
        """Return that the provider took a charge and will finish it later."""
        result = {"charge_id": answer.charge_id, "status": "pending"} | answer.result
        return self._event("command.accepted.v1", {"result": plain(result)})

    def ended(self, state: Outcome, data: Json, *, due: Due | None = None, **changed: Any) -> CommandRecord:
        """Return the record that ends so, with the event that tells it."""
        whole = plain(data)
        after = self.record.moved(state, due, attempt=None, outcome=whole, **changed)
        return after.telling(self._event(_OUTCOMES[state], whole))

    def conflict(self, content_hash: str) -> OutboxEntry:
        """Return that this command's id came again with other content."""
        data = {
            "message": "this id was used before, with another type or other data; nothing was changed",
            "state": self.record.state,
        }
        return self._event("command.conflict.v1", data, key=f"{self.record.command.id}\n{content_hash}")

    def _event(self, type_: EventType, data: Json, key: str = "") -> OutboxEntry:
        command = self.record.command
        connection = command.subject.partition(":")[0]
        return OutboxEntry(
            id=event_id(command.subject, type_, key or command.id),
            type=type_,
            subject=command.subject,
            time=stamp(self.now),
            provider=self.provider,
            connection=connection if is_name(connection) else "",
            data={"command_id": command.id, "command_type": command.type, **self._shipment(), **data},
            attributes={"causationid": command.id},
        )

    def _shipment(self) -> Json:
        data = self.record.command.data
        named = data.get("shipment_id") if isinstance(data, dict) else None
        is_one = isinstance(named, str) and len(named) <= LONGEST_ID and named.isprintable()
        return {"shipment_id": named if is_one else None}


def success(result: Mapping[str, Any], resolved_by: str | None = None) -> Json:
    """Return the data of a success."""
    return {"result": dict(result), "resolved_by": resolved_by}


def rejection(why: Rejection | Refused, resolved_by: str | None = None) -> Json:
    """Return the data of a rejection."""
    return {
        "reason": why.reason,
        "message": why.message,
        "provider": why.provider or None,
        "first": why.first if isinstance(why, Rejection) else None,
        "resolved_by": resolved_by,
    }


def unknown(record: CommandRecord, reason: UnknownReason, message: str, provider: Json | None = None) -> Json:
    """Return the data of an unknown: what a person must look at."""
    charge = record.progress.charge
    return {
        "reason": reason,
        "message": message,
        "provider": provider or None,
        "steps": [{"name": step.name, "state": step.state} for step in record.progress.steps],
        "charge_id": charge.id if charge else None,
    }


def results(record: CommandRecord) -> Json:
    """Return what all steps of a command answered, and what its plan tells beside them."""
    merged: Json = {}
    for step in record.progress.steps:
        merged |= step.result
    return merged | record.progress.result


def plain(data: Any) -> Any:
    """Return plain JSON values: exact fractions as text, times as text, half a surrogate pair as "?"."""
    try:
        return msgspec.json.decode(msgspec.json.encode(data))
    except UnicodeEncodeError:
        # Words that a provider has cut within a character: they must not hinder the outcome that they are of.
        text = json.dumps(msgspec.to_builtins(data), ensure_ascii=False)
        return json.loads(text.encode(errors="replace"))
