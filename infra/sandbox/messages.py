"""What goes over the wire, free of any server: a request, and the answer to it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came in; `target` is the path with its query, undecoded."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path alone, undecoded: a trailing slash counts."""
        return self.target.partition("?")[0]

    @property
    def parameters(self) -> dict[str, str]:
        """The query's parameters, decoded: a bare `+` is a space, as form encoding has it."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answers."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(status: int, content: object, headers: Mapping[str, str] | None = None) -> Answer:
    """Answer with JSON."""
    return encoded_answer(status, json.dumps(content).encode(), headers)


def encoded_answer(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    """Answer with JSON that is encoded already."""
    return Answer(status, body, {"Content-Type": "application/json", **(headers or {})})
