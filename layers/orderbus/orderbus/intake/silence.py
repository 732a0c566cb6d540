"""Silence is noticed: a connection that completed no poll for 15 minutes is degraded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from orderbus.domain.connections import Connection
from orderbus.domain.errors import ConfigurationError
from orderbus.intake.progress import Progress
from orderbus.ports import ConnectionState

# A connection that stays silent is looked at again after this.
_AGAIN = timedelta(hours=1)


class DueConnections(Protocol):
    """What the ledger knows of connections that were expected to be heard of."""

    def due(self, now: datetime, most: int) -> list[str]:
        """Return connections that are due, the longest first."""

    def rest(self, connection: str) -> None:
        """Expect nothing of a connection any more."""


class Silence:
    """Finds silent connections."""

    def __init__(
        self,
        due: DueConnections,
        find: Callable[[str], Connection],
        progress: Callable[[Connection], Progress],
        now: Callable[[], datetime],
    ) -> None:
        self._due = due
        self._find = find
        self._progress = progress
        self._now = now

    def run(self, most: int = 100) -> list[str]:
        """Publish `connection.degraded.v1` for each silent connection; return their names."""
        return [name for name in self._due.due(self._now(), most) if self._is_silent(name)]

    def _is_silent(self, name: str) -> bool:
        try:
            connection = self._find(name)
        except ConfigurationError:
            self._due.rest(name)  # it was removed
            return False
        if connection.mode == "off":
            self._due.rest(name)
            return False
        progress = self._progress(connection)
        progress.load()
        progress.move(_silent, silent_at=self._now() + _AGAIN)
        return True


def _silent(state: ConnectionState) -> ConnectionState:
    return replace(state, degraded=True, number=state.number + (not state.degraded))
