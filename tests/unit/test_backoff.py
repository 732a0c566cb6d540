"""A connection that fails is polled ever less often, unless its provider says when."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from orderbus.domain.errors import UnclearError
from orderbus.intake.progress import failed
from orderbus.ports import ConnectionState

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def seconds_to_wait(state: ConnectionState) -> float:
    assert state.not_before is not None
    return (state.not_before - NOW).total_seconds()


def test_the_waits_double_from_a_minute_to_a_quarter_of_an_hour() -> None:
    state, waits = ConnectionState(), []
    for _ in range(7):
        state = failed(state, UnclearError("no answer"), NOW)
        waits.append(seconds_to_wait(state))

    assert waits == [60, 120, 240, 480, 900, 900, 900]


@pytest.mark.parametrize("failures", [0, 9])
def test_the_providers_own_hint_is_obeyed_however_often_it_failed(failures: int) -> None:
    state = failed(ConnectionState(failures=failures), UnclearError("later", retry_after=3_000.5), NOW)

    assert seconds_to_wait(state) == 3_000.5
