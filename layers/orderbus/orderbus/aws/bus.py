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


# An entry that is refused for now is sent again at once so often, before its batch is left to come again.
_TRIES = 3


class EventBridgeBus:
    """One bus; `send` takes at most the ten entries of one request."""

    def __init__(self, client: EventBridgeClient, name: str) -> None:
        self._client = client
        self._name = name

    def send(self, events: Sequence[Event]) -> list[Refusal]:
        """Send events, without ever waiting; return which of them the bus refused, each with its code."""
        final: list[Refusal] = []
        again: list[Refusal] = []
        for _ in range(_TRIES):
            try:
                refused = self._request(events)
            except ClientError as error:
                return final + self._refused_as_a_whole(events, error.response["Error"]["Code"])
            final += [refusal for refusal in refused if refusal.final]
            again = [refusal for refusal in refused if not refusal.final]
            if not again:
                break
            events = [refusal.event for refusal in again]
        return final + again

    def _request(self, events: Sequence[Event]) -> list[Refusal]:
        answer = self._client.put_events(Entries=[self._entry(event) for event in events])
        return [
            Refusal(event, result["ErrorCode"], result["ErrorCode"] in _FINAL)
            for event, result in zip(events, answer["Entries"], strict=True)
            if result.get("ErrorCode")
        ]

    def _refused_as_a_whole(self, events: Sequence[Event], code: str) -> list[Refusal]:
        """Return what became of a request that failed; the AWS client has repeated it where that may help."""
        if code in _FINAL and len(events) > 1:
            # It says nothing of its entries: each alone tells which one it is.
            return [refusal for event in events for refusal in self.send([event])]
        return [Refusal(event, code, code in _FINAL) for event in events]

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
