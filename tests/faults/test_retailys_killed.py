"""P1 at Retailys, whose list is halved and looked back on: a fetch killed at every step loses nothing."""

from __future__ import annotations

import pytest

from tests.faults.retailys_case import a_case
from tests.faults.steps import Step, kill_at, steps_of

pytestmark = pytest.mark.timeout(300)


def test_a_fetch_killed_at_any_step_loses_nothing_and_the_cursor_passes_nothing() -> None:
    with a_case() as undisturbed:
        steps = steps_of(undisturbed.poll)
        undisturbed.check_events()

    # After one call is before the next, and a body that is half read has changed nothing.
    at = [step for step in steps if step.side == "before" and not step.call.startswith("body ")]
    complete = [arrived_after(step) for step in [*at, steps[-1]]]

    assert len(steps) == 84
    assert complete == [True] * 33


def arrived_after(step: Step) -> bool:
    """Say whether all arrived by the poll after the one that was killed at this step."""
    with a_case() as case:
        kill_at(step.number, case.poll)
        case.check_cursor()
        answer = case.poll_later()
        case.check_cursor()
        case.check_events()
    return answer["complete"] is True
