"""P1 at LunaSoft, which can be asked again: a fetch killed at every step loses nothing, and hides nothing."""

from __future__ import annotations

import pytest

from tests.faults.lunasoft_case import NEW, a_case
from tests.faults.steps import Step, kill_at, steps_of

pytestmark = pytest.mark.timeout(300)


def test_a_fetch_killed_at_any_step_loses_nothing_and_the_cursor_passes_nothing() -> None:
    with a_case() as undisturbed:
        steps = steps_of(undisturbed.poll)
        undisturbed.check_events()

    complete = [arrived_after(step) for step in steps]

    assert complete == [True] * 46


def arrived_after(step: Step) -> bool:
    """Say whether all arrived by the poll after the one that was killed at this step."""
    with a_case() as case:
        kill_at(step.number, case.poll)
        case.check_cursor()
        answer = case.poll_later()
        case.check_cursor()
        case.check_events()
    return (answer["complete"], answer["cursor"]) == (True, str(NEW[-1]))
