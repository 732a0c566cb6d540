"""What all sandbox providers share: recorded calls, faults to order, keys, routes, one lock."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from threading import RLock
from typing import ClassVar

from infra.sandbox.faults import Delivery, Fault, FaultError
from infra.sandbox.messages import Answer, Json, Request

MATCH_FORM = re.compile(r"[A-Z]+ /\S*")


@dataclass(slots=True)
class Call:
    """A call that came in: its path is below the base URL; no header and no body is kept."""

    method: str
    path: str
    status: int | None = None
    "What was sent; none while the answer is out, and where there never was one."
    time: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(slots=True)
class ArmedFault:
    """A fault that waits for a request that matches."""

    fault: Fault
    match: str | None
    times: int


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, whose named groups become the arguments of what answers it."""

    method: str
    path: re.Pattern[str]
    answer: Callable[..., Answer]


class Sandbox(ABC):
    """A provider's account in memory; safe to use from several threads.

    Whoever reads or changes more than one thing at once holds `lock`.
    """

    base_path: ClassVar[str] = ""
    "What a connection's `base_url` has after the host."

    def __init__(self, *, key: str) -> None:
        self.lock = RLock()
        self.calls: list[Call] = []
        self.routes: tuple[Route, ...] = ()
        self._key = key
        self._armed: list[ArmedFault] = []

    @abstractmethod
    def place(self, order: Json) -> Json:
        """Let an order come in, exactly as it is given, and return it."""

    @abstractmethod
    def place_generated(self) -> Json:
        """Let a new order of the moment come in, and return it."""

    @abstractmethod
    def counts(self) -> dict[str, int]:
        """Count what happened so far."""

    @abstractmethod
    def error(self, status: int, message: str) -> Answer:
        """Answer with the provider's error body."""

    @abstractmethod
    def rate_limited(self, seconds: int) -> Answer:
        """Answer 429 with the provider's kind of hint."""

    @abstractmethod
    def refuse_key(self, headers: Mapping[str, str]) -> Answer | None:
        """Answer 401 where the key is missing or wrong."""

    def not_found(self) -> Answer:
        """Answer 404 for a path that the provider does not have."""
        return self.error(404, "Resource not found")

    def fail_next(self, fault: Fault, *, match: str | None = None, times: int = 1) -> None:
        """Arm a fault for the next requests, or for those that match, in the order of arming.

        Args:
            fault: What shall go wrong.
            match: `"METHOD /path-prefix"` below the base URL, the query included.
            times: How many requests it shall hit.

        Raises:
            FaultError: `match` has another form, or `times` is below 1.
        """
        if match is not None and not MATCH_FORM.fullmatch(match):
            raise FaultError(f'match must read "METHOD /path-prefix", not {match!r}')
        if times < 1:
            raise FaultError(f"times must be 1 or more, not {times}")
        with self.lock:
            self._armed.append(ArmedFault(fault, match, times))

    def forget_faults(self) -> None:
        """Arm no fault any more."""
        with self.lock:
            self._armed = []

    def receive(self, request: Request) -> tuple[Call, Delivery]:
        """Record a request, let it have its effect, and say how the answer shall leave."""
        with self.lock:
            call = Call(request.method, request.target.removeprefix(self.base_path))
            self.calls.append(call)
            fault = self._take_fault(f"{call.method} {call.path}")
            act = partial(self._answer, request)
            return call, fault.deliver(act, self) if fault else Delivery(act())

    def _take_fault(self, line: str) -> Fault | None:
        for armed in self._armed:
            if armed.match is None or line.startswith(armed.match):
                armed.times -= 1
                self._armed = [a for a in self._armed if a.times > 0]
                return armed.fault
        return None

    def _answer(self, request: Request) -> Answer:
        refusal = self.refuse_key(request.headers)
        if refusal:
            return refusal
        if request.path.startswith(self.base_path):
            path = request.path.removeprefix(self.base_path)
            for route in self.routes:
                found = route.path.fullmatch(path)
                if route.method == request.method and found:
                    return route.answer(request, **found.groupdict())
        return self.not_found()
