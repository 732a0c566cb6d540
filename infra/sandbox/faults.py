"""The faults that can be ordered at a sandbox: what an answer looks like when things go wrong.

Each kind says of the effect (the orders are marked as viewed, the charge is taken, the status
is added) whether it has happened: that is what a client cannot see, and must not guess.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass as plain_dataclass
from dataclasses import replace
from typing import Any, Protocol

from pydantic import ConfigDict, NonNegativeFloat, NonNegativeInt, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from infra.sandbox.messages import Answer, json_answer

FORM = ConfigDict(extra="forbid")
GARBAGE = b"\x1f\x8b\x08\x00 \xff\xfe not JSON"


@plain_dataclass(frozen=True, slots=True)
class Delivery:
    """How an answer leaves the server: after `wait` seconds, cut off after some bytes, or never.

    Without an answer the connection is reset once the wait is over.
    """

    answer: Answer | None
    wait: float = 0.0
    cut_off_after: int | None = None


class ErrorForms(Protocol):
    """A provider's own forms of an error."""

    def error(self, status: int, message: str) -> Answer:
        """Answer with the provider's error body."""

    def rate_limited(self, seconds: int) -> Answer:
        """Answer 429 with the provider's kind of hint."""


Act = Callable[[], Answer]


@dataclass(frozen=True, config=FORM)
class Late:
    """Acts at once and answers properly, but late."""

    seconds: NonNegativeFloat

    def deliver(self, act: Act, _forms: ErrorForms) -> Delivery:
        return Delivery(act(), wait=self.seconds)


@dataclass(frozen=True, config=FORM)
class Hang:
    """Never answers: the client gives up, or the server stops."""

    after_effect: bool = False

    def deliver(self, act: Act, _forms: ErrorForms) -> Delivery:
        if self.after_effect:
            act()
        return Delivery(None, wait=math.inf)


@dataclass(frozen=True, config=FORM)
class Reset:
    """Resets the connection (RST) without an answer, before or after the effect."""

    after_effect: bool = False

    def deliver(self, act: Act, _forms: ErrorForms) -> Delivery:
        if self.after_effect:
            act()
        return Delivery(None)


@dataclass(frozen=True, config=FORM)
class CutOff:
    """Announces the whole answer and closes in the middle; the effect has happened."""

    after_bytes: NonNegativeInt

    def deliver(self, act: Act, _forms: ErrorForms) -> Delivery:
        return Delivery(act(), cut_off_after=self.after_bytes)


@dataclass(frozen=True, config=FORM)
class Garbage:
    """Answers with bytes that are neither JSON nor text; the effect has happened."""

    def deliver(self, act: Act, _forms: ErrorForms) -> Delivery:
        return Delivery(replace(act(), body=GARBAGE))


@dataclass(frozen=True, config=FORM)
class EmptyBody:
    """Answers with the proper status and nothing else; the effect has happened."""

    def deliver(self, act: Act, _forms: ErrorForms) -> Delivery:
        return Delivery(Answer(act().status))


@dataclass(frozen=True, config=FORM)
class Html:
    """Answers with a page for people, as gateways in front of an API do."""

    status: int = 200
    after_effect: bool = False

    def deliver(self, act: Act, _forms: ErrorForms) -> Delivery:
        if self.after_effect:
            act()
        page = f"<html><head><title>{self.status}</title></head><body>Sorry.</body></html>"
        return Delivery(Answer(self.status, page.encode(), {"Content-Type": "text/html"}))


@dataclass(frozen=True, config=FORM)
class Status:
    """Answers with another status; without a body of its own, with the provider's error body."""

    code: int
    body: str | dict[str, Any] | list[Any] | None = None
    headers: dict[str, str] | None = None
    after_effect: bool = False

    def deliver(self, act: Act, forms: ErrorForms) -> Delivery:
        if self.after_effect:
            act()
        answer = self._answer(forms)
        return Delivery(replace(answer, headers={**answer.headers, **(self.headers or {})}))

    def _answer(self, forms: ErrorForms) -> Answer:
        if self.body is None:
            return forms.error(self.code, "The sandbox was told to fail.")
        if isinstance(self.body, str):
            return Answer(self.code, self.body.encode(), {"Content-Type": "text/plain"})
        return json_answer(self.code, self.body)


@dataclass(frozen=True, config=FORM)
class RateLimited:
    """Answers 429 with the provider's kind of hint, before the effect."""

    seconds: NonNegativeInt = 3

    def deliver(self, _act: Act, forms: ErrorForms) -> Delivery:
        return Delivery(forms.rate_limited(self.seconds))


@plain_dataclass(frozen=True)
class Meanwhile:
    """Lets something happen just before a request is answered, or changes the answer; in process only."""

    action: Callable[[], object] = lambda: None
    alter: Callable[[Answer], Answer] = lambda answer: answer

    def deliver(self, act: Act, _forms: ErrorForms) -> Delivery:
        self.action()
        return Delivery(self.alter(act()))


Fault = Late | Hang | Reset | CutOff | Garbage | EmptyBody | Html | Status | RateLimited | Meanwhile

KINDS: dict[str, type[Fault]] = {
    "late": Late,
    "hang": Hang,
    "reset": Reset,
    "cut_off": CutOff,
    "garbage": Garbage,
    "empty_body": EmptyBody,
    "html": Html,
    "status": Status,
    "rate_limited": RateLimited,
}


class FaultError(ValueError):
    """An order for a fault cannot be understood; the message says which part."""


def parse_fault(kind: object, parameters: dict[str, Any]) -> Fault:
    """Read a fault from its kind and parameters, as ordered over HTTP.

    Raises:
        FaultError: The kind is unknown, or a parameter is missing, wrong or unknown.
    """
    if not isinstance(kind, str) or kind not in KINDS:
        raise FaultError(f"fault must be one of {', '.join(KINDS)}, not {json.dumps(kind)}")
    try:
        fault: Fault = TypeAdapter(KINDS[kind]).validate_python(parameters)
    except ValidationError as error:
        wrong = "; ".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors())
        raise FaultError(f"fault {kind} cannot be ordered so: {wrong}") from error
    return fault
