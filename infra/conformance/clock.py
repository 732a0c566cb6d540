"""A clock that goes on by a millisecond each time it is read, and otherwise where it is put."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

_TICK = timedelta(milliseconds=1)


class SteppingClock:
    """Tells the time to everything that runs in one case; no two readings are the same."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._lock = Lock()  # a poll may read details in several threads

    def __call__(self) -> datetime:
        """Return now, aware and in UTC."""
        with self._lock:
            self._now += _TICK
            return self._now

    def put(self, now: datetime) -> None:
        """Put the clock to a time, an earlier one too."""
        with self._lock:
            self._now = now

    def pass_time(self, span: timedelta) -> None:
        """Let time pass."""
        self.put(self() + span)
