"""A bus that refuses, in front of moto's, which never does: it answers the HTTP requests that boto3 sends.

It has the limits of the real one (ten entries, 256 KB a request), refuses entries and requests as it is told,
and hands what it lets pass to moto's bus.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from orderbus.runtime import clients

_OPERATION = "before-send.eventbridge.PutEvents"
_LARGEST_REQUEST_BYTES = 262_144

Json = dict[str, Any]


def _takes(_detail: Json) -> str | None:
    return None


@dataclass
class BusGate:
    """The bus as the relay meets it.

    Attributes:
        refuse: Returns the code with which an event's entry is refused, or None to take it.
        fail_request: Returns the code with which a request is refused as a whole, or None.
        passes_on: Whether moto's bus, which is slow, gets what is taken.
        requests: The details of every request that arrived, whatever became of it.
        entries: Every entry that arrived, as it was sent.
    """

    refuse: Callable[[Json], str | None] = _takes
    fail_request: Callable[[list[Json]], str | None] = lambda _details: None
    passes_on: bool = True
    requests: list[list[Json]] = field(default_factory=list)
    entries: list[Json] = field(default_factory=list)
    _behind: Any = field(default_factory=lambda: boto3.client("events"))

    def attempts(self, event_id: str) -> int:
        """Return how often an event was sent."""
        return sum(detail["id"] == event_id for request in self.requests for detail in request)

    def answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Answer a PutEvents request."""
        request.url = "https://gate.invalid/"  # else moto takes it too
        entries: list[Json] = json.loads(_bytes(request))["Entries"]
        details = [json.loads(entry["Detail"]) for entry in entries]
        self.requests.append(details)
        self.entries += entries
        too_large = len(entries) > 10 or sum(map(size_of, entries)) > _LARGEST_REQUEST_BYTES
        code = "ValidationException" if too_large else self.fail_request(details)
        if code is not None:
            return _response(request, 400, {"__type": code, "message": "The gate was told to refuse."})
        return _response(request, 200, self._put([*zip(entries, details, strict=True)]))

    def _put(self, entries: list[tuple[Json, Json]]) -> Json:
        codes = [self.refuse(detail) for _, detail in entries]
        taken = [entry for (entry, _), code in zip(entries, codes, strict=True) if code is None]
        if taken and self.passes_on:
            self._behind.put_events(Entries=taken)
        results = [_result(code) for code in codes]
        return {"FailedEntryCount": len(entries) - len(taken), "Entries": results}


class Outage:
    """Refuses all that it is asked about, with one code."""

    def __init__(self, code: str = "InternalFailure") -> None:
        self._code = code

    def __call__(self, _detail: object) -> str:
        return self._code


@contextmanager
def gated_bus() -> Iterator[BusGate]:
    """Put a gate in front of the bus until the block ends."""
    gate = BusGate()
    events: Any = clients.events().meta.events  # its stubs know no handler that answers
    events.register_first(_OPERATION, gate.answer)
    try:
        yield gate
    finally:
        events.unregister(_OPERATION, gate.answer)


def _result(code: str | None) -> Json:
    return {"ErrorCode": code, "ErrorMessage": "Refused."} if code else {"EventId": "1"}


def _bytes(request: AWSPreparedRequest) -> bytes:
    assert isinstance(request.body, bytes)
    return request.body


def size_of(entry: Json) -> int:
    """Return an entry's size as EventBridge counts it."""
    return 14 + sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail"))


def _response(request: AWSPreparedRequest, status: int, content: Json) -> AWSResponse:
    headers: Any = {"Content-Type": "application/x-amz-json-1.1"}
    return AWSResponse(request.url, status, headers, _Body(json.dumps(content).encode()))


class _Body(BytesIO):
    """An answer's body in the form that botocore reads."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.getvalue()
