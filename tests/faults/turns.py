"""A run that waits at one of its steps while others go on: two processes, and who goes when."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Generic, TypeVar

from tests.faults.steps import Step, each_step

_LONGEST_SECONDS = 60.0

Result = TypeVar("Result")


class Paused(Generic[Result]):
    """A run that has been taken to the first step that is so, or to its end where there is none."""

    def __init__(self, where: Callable[[Step], bool], run: Callable[[], Result]) -> None:
        self._where = where
        self._run = run
        self._waits = Event()
        self._goes_on = Event()
        self._results: list[Result] = []
        self._thread = Thread(target=self._go)
        self._thread.start()
        assert self._waits.wait(_LONGEST_SECONDS), "the run did not come to its step"

    def finish(self) -> Result:
        """Let it go on to its end, and return what it returned."""
        self._goes_on.set()
        self._thread.join(_LONGEST_SECONDS)
        (result,) = self._results
        return result

    def _go(self) -> None:
        try:
            with each_step(self._pause):
                self._results.append(self._run())
        finally:
            self._waits.set()

    def _pause(self, step: Step) -> None:
        if not self._waits.is_set() and self._where(step):
            self._waits.set()
            assert self._goes_on.wait(_LONGEST_SECONDS), "the run was forgotten at its step"


def at_number(number: int) -> Callable[[Step], bool]:
    """Return what is so for the step of a number."""
    return lambda step: step.number == number
