"""A poll of a list that can be asked for again: what all ways of reading one have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from orderbus.domain.errors import ProviderError
from orderbus.intake.progress import Progress, Report
from orderbus.intake.receive import Receiver
from orderbus.intake.source import Source
from orderbus.intake.watches import Watches
from orderbus.ports import Clock, Orders

Kind = TypeVar("Kind", bound=Source)


@dataclass(frozen=True, slots=True)
class ListRun(Generic[Kind]):
    """What one run has to poll one connection with; `out_of_time` says that it may begin nothing more."""

    source: Kind
    orders: Orders
    receiver: Receiver
    progress: Progress
    clock: Clock
    out_of_time: Callable[[], bool]


class ListPoll(ABC, Generic[Kind]):
    """One poll of one connection."""

    def __init__(self, run: ListRun[Kind]) -> None:
        self._source = run.source
        self._receiver = run.receiver
        self._progress = run.progress
        self._clock = run.clock
        self._out_of_time = run.out_of_time
        connection = run.source.connection
        self._watches = Watches(connection, run.receiver, run.orders, run.clock, run.out_of_time)
        self._report = Report(connection)

    def run(self) -> Report:
        """Read what is new or changed; a failure of the provider is noted and reported, not raised."""
        report = self._report
        try:
            report.complete = self._read()
        except ProviderError as error:
            report.error = error
            self._fail(error)
        report.cursor = self._progress.state.cursor
        report.degraded = self._progress.state.degraded
        return report

    @abstractmethod
    def _read(self) -> bool:
        """Read, and note how far; say whether all was read, False when the time ran out."""

    def _fail(self, error: ProviderError) -> None:
        self._progress.fail(error)
