"""Lambda, as far as functions start each other: moto runs none, so that a test runs what was started."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from orderbus.runtime import clients


@contextmanager
def lambda_that(
    answers: Callable[[dict[str, Any]], int] = lambda _: 202, *, seconds: float = 0
) -> Iterator[list[dict[str, Any]]]:
    """Give what Lambda is asked to start; `answers` says with which HTTP status, after `seconds`."""
    events: list[dict[str, Any]] = []

    def invoke(request: Any, **_: Any) -> Any:  # its response; the stubs have hooks answer None
        time.sleep(seconds)
        event = {"url": request.url.rsplit("/functions/", 1)[1], **json.loads(request.body)}
        assert request.headers["X-Amz-Invocation-Type"] == b"Event"
        status = answers(event)
        if status == 202:
            events.append(event)
        body = b"" if status == 202 else b'{"Type":"User","message":"no"}'
        headers = HTTPHeaders.from_dict(
            {} if status == 202 else {"x-amzn-errortype": "AccessDeniedException"}
        )
        raw = type("Raw", (), {"stream": lambda *_, **__: iter([body])})()
        return AWSResponse(request.url, status, headers, raw)

    client = clients.functions()
    client.meta.events.register("before-send.lambda.Invoke", invoke)
    try:
        yield events
    finally:
        client.meta.events.unregister("before-send.lambda.Invoke", invoke)
