"""Two fetches of one Net32 connection at once: each order once, and nobody ends a reading but its own run."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.faults.net32_case import Case, a_case, holds_reading, open_reading
from tests.faults.steps import Step, each_step, steps_of
from tests.faults.turns import Paused, at_number

ORDERS = 5
"One full page, and one with an order that cannot be normalized."
PAIRS = 20

pytestmark = [pytest.mark.timeout(300), pytest.mark.exhaustive]


def test_a_second_fetch_at_any_step_of_the_first_takes_no_order_twice_and_waits_for_a_reading() -> None:
    with a_case(ORDERS) as undisturbed:
        steps = steps_of(undisturbed.poll)

    waited = [second_at(step) for step in steps]

    # Eight steps lie between the claim of each of the two readings and the note that its page is stored.
    assert (len(steps), waited.count(True)) == (42, 16)


def second_at(at: Step) -> bool:
    """Run a second fetch at a step of the first; say whether it waited."""
    second: dict[str, Any] = {}
    sent: list[int] = []
    reached: list[Step] = []
    with a_case(ORDERS) as case:

        def act(step: Step) -> None:
            reached.append(step)
            if step.number == at.number:
                before = len(case.world.net32.calls)
                second.update(case.poll())
                sent.append(len(case.world.net32.calls) - before)

        with each_step(act):
            first = case.poll()
        case.check()
        check_idle(case)
    live_reading = holds_reading(reached[: at.number + 1])
    assert first["complete"] is True, str(at)
    assert second.get("waits") == ("another run is reading" if live_reading else None), str(at)
    assert (second["complete"], sent == [0]) == (not live_reading, live_reading), str(at)
    return live_reading


def test_two_fetches_that_take_turns_anywhere_take_no_order_twice() -> None:
    chance = random.Random(20261121)  # noqa: S311 - a sample of cases
    with a_case(ORDERS) as undisturbed:
        numbers = range(len(steps_of(undisturbed.poll)))

    for first_at, second_at in [(chance.choice(numbers), chance.choice(numbers)) for _ in range(PAIRS)]:
        with a_case(ORDERS) as case:
            first = Paused(at_number(first_at), case.poll)
            second = Paused(at_number(second_at), case.poll)
            first.finish()
            second.finish()
            case.poll_later()
            # A run that was cut off by nobody leaves no reading, so nothing is published as interrupted.
            case.check()
            check_idle(case)


def test_a_fetch_that_outlived_its_deadline_does_not_end_the_reading_of_the_next() -> None:
    with a_case(ORDERS) as undisturbed:
        steps = steps_of(undisturbed.poll)
    live = [step.number for step in steps if holds_reading(steps[: step.number + 1])]
    assert len(live) == 16

    for number in live:
        with a_case(ORDERS) as case:
            # Nobody can know that the first run still lives: only a page in the inbox speaks for it.
            case.interruptions += open_reading(steps[: number + 1])[0]
            outlive(case, number)
            case.poll_later()
            case.check()
            check_idle(case)


def outlive(case: Case, number: int) -> None:
    """Poll; at a step of a reading, past its deadline, another run settles it, reads too, and dies of it."""

    def act(step: Step) -> None:
        if step.number == number:
            case.world.pass_time(minutes=16)
            case.kill_when(is_answered)

    with each_step(act):
        case.poll()


def test_a_fetch_that_brings_in_the_same_page_does_not_end_the_reading_of_the_faster_one() -> None:
    with a_case(ORDERS) as left:
        left.kill_when(is_noted)
        steps = steps_of(left.poll)

    for at in steps:
        with a_case(ORDERS) as case:
            case.kill_when(is_noted)
            meet(case, at.number)
            case.poll_later()
            case.check()
            check_idle(case)


def meet(case: Case, number: int) -> None:
    """Poll; at a step of it another run brings in what is left, reads, and dies of its reading."""

    def act(step: Step) -> None:
        if step.number == number:
            case.kill_when(is_answered)

    with each_step(act):
        case.poll()


def is_noted(step: Step) -> bool:
    return (step.side, step.call) == ("after", "dynamodb.PutItem state")


def is_answered(step: Step) -> bool:
    return (step.side, step.call) == ("after", "GET /orders/")


def check_idle(case: Case) -> None:
    """Check that nothing is left over: the next fetch finds a free connection and no orders."""
    answer = case.poll()
    assert (answer["complete"], answer["read"]) == (True, 0)
    assert not case.world.net32.counts()["pending"]
