"""Sandboxes that keep every request as it was sent, headers and body included."""

from __future__ import annotations

from typing import Any

from infra.sandbox.base import Call, Sandbox
from infra.sandbox.faults import Delivery
from infra.sandbox.lunasoft import LunaSoftSandbox
from infra.sandbox.messages import Request
from infra.sandbox.net32 import Net32Sandbox


class _Recording(Sandbox):
    """Keeps the requests in their order."""

    def __init__(self, **sandbox: Any) -> None:
        super().__init__(**sandbox)
        self.requests: list[Request] = []

    def receive(self, request: Request) -> tuple[Call, Delivery]:
        self.requests.append(request)
        return super().receive(request)

    @property
    def line(self) -> str:
        """Return method and target of the one request, undecoded."""
        (request,) = self.requests
        return f"{request.method} {request.target}"

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of the one request, but those that HTTP itself needs."""
        (request,) = self.requests
        left_out = {"host", "connection", "user-agent", "content-length"}
        return {name: value for name, value in request.headers.items() if name.lower() not in left_out}

    @property
    def body(self) -> bytes:
        """Return the body of the one request."""
        (request,) = self.requests
        return request.body


class RecordingLunaSoft(_Recording, LunaSoftSandbox):
    """A LunaSoft site that keeps the requests."""


class RecordingNet32(_Recording, Net32Sandbox):
    """A Net32 account that keeps the requests."""
