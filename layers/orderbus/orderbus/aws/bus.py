"""The merchant's bus: PutEvents, with every entry of every answer read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from orderbus.domain.events import SOURCE, Event
from orderbus.ports import Refusal

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

# Codes that a repeat of the same entry cannot help. Anything else (throttling, internal failure, a permission
# or a bus that a person mends) is refused for now.
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
_FINAL = frozenset({"InvalidArgument", "MalformedDetail", "ValidationException", "RequestEntityTooLarge"})


class EventBridgeBus:
    """One bus; `send` takes at most the ten entries of one request."""

    def __init__(self, client: EventBridgeClient, name: str) -> None:
        self._client = client
        self._name = name

    def send(self, events: Sequence[Event]) -> list[Refusal]:
        """Send events; return which of them the bus refused, each with its code."""
        try:
            answer = self._client.put_events(Entries=[self._entry(event) for event in events])
        except ClientError as refused:
            code = refused.response["Error"]["Code"]
            # A request refused as a whole says nothing of its entries: only one alone is told apart.
            final = len(events) == 1 and code in _FINAL
            return [Refusal(event, code, final) for event in events]
        return [
            Refusal(event, result["ErrorCode"], result["ErrorCode"] in _FINAL)
            for event, result in zip(events, answer["Entries"], strict=True)
            if result.get("ErrorCode")
        ]

    def _entry(self, event: Event) -> PutEventsRequestEntryTypeDef:
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": event.type,
            "Time": event.time,
            "Detail": detail_text(event),
        }


def detail_text(event: Event) -> str:
    """Return the detail of an event as it is sent."""
    return json.dumps(event.detail(), separators=(",", ":"), ensure_ascii=False)
