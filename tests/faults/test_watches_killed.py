"""A poll killed at any step of its watches: each change is told, once, by the poll after it."""

from __future__ import annotations

import pytest

from tests.faults.steps import Step, kill_at, steps_of
from tests.faults.watch_case import CHANGED, GONE, HELD, SAME, Case, a_case

pytestmark = pytest.mark.timeout(300)

TOLD = [("order.held.v1", GONE, 2), ("order.released.v1", HELD, 2), ("order.updated.v1", CHANGED, 2)]


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.exhaustive), 3])
def test_a_poll_killed_at_any_step_of_its_watches_tells_each_change_once(every: int) -> None:
    with a_case() as undisturbed:
        steps = steps_of(undisturbed.poll)
        assert undisturbed.told() == TOLD
        assert sorted(undisturbed.asked()) == [CHANGED, GONE, SAME, HELD]
    watching = [step for step in steps if step.number >= first_of(steps)]
    # The query and one batch read; each order's answer and its one write; the state.
    assert len(watching) == 2 * (1 + 1 + 4 * 3 + 1)

    ended = [told_after(step) for step in watching[::every]]

    assert ended == [TOLD] * (len(watching) // every)


def first_of(steps: list[Step]) -> int:
    return next(step.number for step in steps if step.call == "dynamodb.Query due")


def told_after(step: Step) -> list[tuple[str, int, int]]:
    """Return what was told by the end of the poll after the one that was killed at this step."""
    with a_case() as case:
        kill_at(step.number, case.poll)
        answer = case.poll_later()
        assert (answer["complete"], answer.get("error")) == (True, None)
        assert later_polls_say_nothing(case)
        return case.told()


def later_polls_say_nothing(case: Case) -> bool:
    """Say whether a further poll changes nothing, and every order that is not final is still watched."""
    case.asked()
    answer = case.poll_later()
    return answer["updated"] == 0 and {GONE, HELD, CHANGED} <= set(case.asked())
