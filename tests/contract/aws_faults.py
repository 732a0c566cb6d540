"""What AWS does now and then, at the client that asks: repeats, refusals, answers for a part."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse


@contextmanager
def sent_twice(client: Any, operation: str) -> Iterator[list[int]]:
    """Let the client send each request of an operation again, as after an answer that got lost.

    Gives the HTTP status of every answer, in their order.
    """
    statuses: list[int] = []

    def decide(attempts: int, response: Any, **_: Any) -> int | None:
        statuses.append(response[0].status_code)
        return 0 if attempts == 1 else None  # seconds to wait, or None for no retry

    with _registered(client, f"needs-retry.{_service(client)}.{operation}", decide):
        yield statuses


@contextmanager
def refused(
    client: Any, operation: str, code: str, *, times: int = 1, reasons: Sequence[dict[str, str]] = ()
) -> Iterator[None]:
    """Refuse the next requests of an operation with an error code; `reasons` are those of a transaction."""
    left = [None] * times

    def refuse(request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        if not left:
            return None
        left.pop()
        request.url = "https://refused.invalid/"  # else moto takes it too
        answer = {"__type": code, "message": "refused by a test", "CancellationReasons": list(reasons)}
        body = json.dumps(answer).encode()
        raw: Any = BytesIO(body)
        raw.stream = lambda **_: iter([body])
        headers: Any = {}
        return AWSResponse(request.url, 400, headers, raw)

    with _registered(client, f"before-send.{_service(client)}.{operation}", refuse):
        yield


@contextmanager
def answered_in_part(client: Any, table: str, *, at_once: int, times: int = 1000) -> Iterator[list[int]]:
    """Let a BatchGetItem answer for so many keys only, the next times; gives the keys of each request."""
    asked: list[int] = []

    def cut(params: dict[str, Any], **_: Any) -> None:
        wanted = json.loads(params["body"])["RequestItems"][table]
        asked.append(len(wanted["Keys"]))
        if len(asked) <= times:
            rest.append(wanted["Keys"][at_once:])
            body = {"RequestItems": {table: wanted | {"Keys": wanted["Keys"][:at_once]}}}
            params["body"] = json.dumps(body).encode() if at_once else params["body"]

    def say(parsed: dict[str, Any], **_: Any) -> None:
        left = rest.pop() if rest else []
        if not at_once:
            parsed["Responses"] = {table: []}
        parsed["UnprocessedKeys"] = {table: {"Keys": left}} if left else {}

    rest: list[Any] = []
    with (
        _registered(client, "before-call.dynamodb.BatchGetItem", cut),
        _registered(client, "after-call.dynamodb.BatchGetItem", say),
    ):
        yield asked


def _service(client: Any) -> str:
    name: str = client.meta.service_model.service_id.hyphenize()
    return name


@contextmanager
def _registered(client: Any, event: str, handler: Callable[..., Any]) -> Iterator[None]:
    client.meta.events.register_first(event, handler)
    try:
        yield
    finally:
        client.meta.events.unregister(event, handler)
