"""Two fetches of one Retailys connection at once: each fact once, and the later read stands."""

from __future__ import annotations

import random

import pytest

from tests.faults.retailys_case import EDITED, Case, a_case
from tests.faults.steps import Step, each_step, steps_of
from tests.faults.turns import Paused, at_number

PAIRS = 20

pytestmark = pytest.mark.timeout(300)


def test_a_fetch_that_another_has_overtaken_moves_nothing_back() -> None:
    with a_case() as case:
        slow = Paused(lambda step: step.side == "after" and step.call == "dynamodb.PutItem state", case.poll)
        change_again(case)
        assert case.poll()["complete"]
        assert slow.finish()["complete"]
        check_told(case)


@pytest.mark.exhaustive
def test_a_second_fetch_at_any_step_of_the_first_tells_each_fact_once() -> None:
    with a_case() as undisturbed:
        steps = steps_of(undisturbed.poll)

    for at in steps:
        with a_case() as case:
            first = met_at(case, at)
            check_told(case)
            assert first["complete"], str(at)


def met_at(case: Case, at: Step) -> dict[str, object]:
    """Poll; at a step of it the instance changes an order once more, and another run polls as well."""

    def act(step: Step) -> None:
        if step.number == at.number:
            change_again(case)
            case.poll()

    with each_step(act):
        return case.poll()


@pytest.mark.exhaustive
def test_two_fetches_that_take_turns_anywhere_tell_each_fact_once() -> None:
    chance = random.Random(20261126)  # noqa: S311 - a sample of cases
    with a_case() as undisturbed:
        numbers = range(len(steps_of(undisturbed.poll)))

    for first_at, second_at in [(chance.choice(numbers), chance.choice(numbers)) for _ in range(PAIRS)]:
        with a_case() as case:
            first = Paused(at_number(first_at), case.poll)
            change_again(case)
            second = Paused(at_number(second_at), case.poll)
            first.finish()
            second.finish()
            check_told(case)


def change_again(case: Case) -> None:
    case.world.retailys.edit(EDITED, note="changed again")


def check_told(case: Case) -> None:
    """Check cursor and events; that the order is as it was changed last, after the next look back.

    A run that goes on where the other has come to does not read again what is behind it.
    """
    case.check_cursor()
    case.world.pass_time(hours=1)
    assert case.poll()["complete"]
    revision, note = case.edited()
    assert (revision in {2, 3}, note) == (True, "changed again")
    case.check_events(updates=revision - 1)
