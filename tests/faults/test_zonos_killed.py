"""P1 at Zonos, whose details are read by several threads: a fetch killed at every step loses nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.faults.steps import Step, kill_at, steps_of
from tests.faults.zonos_case import a_case

pytestmark = pytest.mark.timeout(300)


def test_a_fetch_killed_at_any_step_loses_nothing_and_the_cursor_passes_nothing() -> None:
    with a_case() as undisturbed:
        steps = steps_of(undisturbed.poll)
        undisturbed.check_events()
        undisturbed.check_acknowledged()

    # After one call is before the next: between the two nothing happens that lasts.
    complete = [arrived_after(step) for step in steps if step.side == "before"] + [arrived_after(steps[-1])]

    assert len(steps) == 66
    assert complete == [True] * 34


def arrived_after(step: Step) -> bool:
    """Say whether all arrived by the poll after the one that was killed at this step."""
    with a_case() as case:
        kill_at(step.number, case.poll)
        case.check_cursor()
        answer = case.poll_later()
        case.check_cursor()
        case.check_events()
        case.check_acknowledged()
        return (answer["complete"], answer["cursor"]) == (True, datetime.now(UTC).date().isoformat())
