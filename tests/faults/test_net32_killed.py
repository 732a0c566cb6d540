"""P1 at Net32, which hands each order out once: a fetch is killed at every step, and so is the one after it.

What a kill between the provider's answer and the inbox takes with it is gone, and then that is published. A
kill between the claim and the request, or round an answer without orders, takes nothing: but no later run can
know that, so it is published as well.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from infra.sandbox.faults import CutOff, Fault, Status
from tests.faults.net32_case import Case, a_case, open_reading
from tests.faults.steps import Step, kill_at, steps_of

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Counts:
    """How many cases ended how."""

    steps: int
    uninterrupted: int
    interruption_published: int
    of_these_with_orders: int


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        # Six steps lie between the claim of a reading and its end, four of them after the request was sent.
        pytest.param(7, Counts(58, 40, 18, 12), id="three pages, the last one short"),
        pytest.param(3, Counts(28, 16, 12, 4), id="one full page, and an answer without orders after it"),
    ],
)
def test_a_fetch_killed_at_any_step_loses_nothing_or_publishes_the_interruption(
    orders: int, expected: Counts
) -> None:
    with a_case(orders) as undisturbed:
        steps = steps_of(undisturbed.poll)
        undisturbed.check()

    cases = [killed_once(orders, step) for step in steps]

    published = [case for case in cases if case.interruptions]
    with_orders = [case for case in published if case.lost]
    assert Counts(len(steps), len(cases) - len(published), len(published), len(with_orders)) == expected


def killed_once(orders: int, step: Step) -> Case:
    with a_case(orders) as case:
        case.kill(step.number)
        answer = case.poll_later()
        case.check()
    assert answer["complete"] is True, str(step)
    return case


def test_a_fetch_whose_recovery_is_killed_too_loses_nothing_or_publishes_each_interruption() -> None:
    chance = random.Random(20261121)  # noqa: S311 - a sample of cases
    with a_case(7) as undisturbed:
        firsts = chance.sample(steps_of(undisturbed.poll), 8)

    cases = [case for first in firsts for case in killed_twice(first.number, chance)]

    assert Counter(case.interruptions for case in cases) == {0: 12, 1: 8, 2: 4}


def killed_twice(first: int, chance: random.Random) -> Iterator[Case]:
    """Give three cases: killed at the first step, and then at one of those that the next run takes."""
    with a_case(7) as case:
        case.kill(first)
        recovery = steps_of(case.poll_later)
    for second in chance.sample(recovery, 3):
        with a_case(7) as case:
            case.kill(first)
            case.world.pass_time(minutes=16)
            case.kill(second.number)
            answer = case.poll_later()
            case.check()
        assert answer["complete"] is True, f"{first}, then {second}"
        yield case


@pytest.mark.parametrize(
    ("fault", "steps", "set_aside"),
    [
        pytest.param(CutOff(700), 18, 1, id="cut off"),
        pytest.param(Status(500, after_effect=True), 12, 0, id="500"),
    ],
)
def test_a_fetch_killed_at_any_step_of_a_broken_answer_publishes_it_once(
    fault: Fault, steps: int, set_aside: int
) -> None:
    with a_case(4) as undisturbed:
        undisturbed.world.net32.fail_next(fault)
        reached = steps_of(undisturbed.poll)
    assert len(reached) == steps

    for step in reached:
        with a_case(4) as case:
            case.world.net32.fail_next(fault)
            claimed, asked = open_reading(kill_at(step.number, case.poll))
            case.poll_later()
            answer = case.poll_later()
            # One that was killed before it asked is published too, and the fault hits the next.
            case.interruptions = 1 + (claimed and not asked)
            case.lost = set(case.world.net32.handed_out[0])
            case.check()
            pages = [key for key in case.world.objects("quarantine/") if key.endswith(".page")]
        gone_with_it = claimed and asked
        assert (answer["complete"], len(pages)) == (True, 0 if gone_with_it else set_aside), str(step)
