"""What a ledger in memory has written, and what shall happen beside a write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from orderbus.ports import OutboxEntry


class KilledError(BaseException):
    """The process ends here, as if it was killed: nothing of OrderBus may catch it."""


@dataclass(slots=True)
class Write:
    """A write under way; it is refused where its condition does not hold."""

    refused: bool = False


class Journal:
    """Each write has two moments, before and after it, counted from 0 on; something may happen at one.

    Args:
        keeps: Whether writes and events are kept, or only pass.
    """

    def __init__(self, *, keeps: bool = True) -> None:
        self.events: list[OutboxEntry] = []
        "In the order of their writes; what a write would publish twice is here twice."
        self.writes: list[str] = []
        self.moment = 0
        self._keeps = keeps
        self._at: dict[int, Callable[[], Any]] = {}

    def at(self, moment: int, action: Callable[[], Any]) -> None:
        """Let something happen at a moment, counted from now on; only once."""
        self._at = {self.moment + moment: action}

    def forget(self) -> None:
        """Let nothing happen any more."""
        self._at = {}

    @contextmanager
    def write(self, what: str, events: Iterable[OutboxEntry] = ()) -> Iterator[Write]:
        """Note a write, with what it publishes unless it is refused.

        Yields:
            The write, to say whether its condition holds.
        """
        self._pass()
        write = Write()
        yield write
        if self._keeps:
            self.writes.append(f"{what}, refused" if write.refused else what)
            self.events += () if write.refused else events
        self._pass()

    def _pass(self) -> None:
        action = self._at.pop(self.moment, None)
        self.moment += 1
        if action is not None:
            action()


def killed() -> None:
    """End the process.

    Raises:
        KilledError: Always.
    """
    raise KilledError
