"""Watches the calls that our AWS clients make, and can end the process before or after any of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from orderbus.runtime import clients

Moment = Literal["before", "after"]


class Killed(BaseException):
    """The process ended: nothing of ours may catch this."""


@dataclass
class AwsCalls:
    """The calls made so far, by operation; `kill_at` ends the process at one, counted from 0."""

    kill_at: tuple[int, Moment] | None = None
    made: list[str] = field(default_factory=list)
    killed: bool = False

    def counts(self) -> dict[str, int]:
        """Return how many calls of each operation were made."""
        return dict(Counter(self.made))

    def _before(self, model: Any, **_: Any) -> None:
        self._kill("before")
        self.made.append(model.name)

    def _after(self, **_: Any) -> None:
        self._kill("after")

    def _kill(self, moment: Moment) -> None:
        index = len(self.made) - (moment == "after")
        if self.kill_at == (index, moment):
            self.killed = True
            raise Killed


@contextmanager
def aws_calls(kill_at: tuple[int, Moment] | None = None) -> Iterator[AwsCalls]:
    """Watch all calls of the functions' clients until the block ends."""
    calls = AwsCalls(kill_at)
    watched = [clients.dynamodb(), clients.events(), clients.s3(), clients.ssm()]
    for client in watched:
        client.meta.events.register("before-call", calls._before)
        client.meta.events.register("after-call", calls._after)
    try:
        yield calls
    finally:
        for client in watched:
            client.meta.events.unregister("before-call", calls._before)
            client.meta.events.unregister("after-call", calls._after)
