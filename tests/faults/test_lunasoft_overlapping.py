"""Two fetches of one LunaSoft connection at once: each fact once, the cursor never back."""

from __future__ import annotations

import json
import random

import pytest

from tests.faults.lunasoft_case import EDITED, NEW, Case, a_case
from tests.faults.steps import Step, each_step, steps_of
from tests.faults.turns import Paused, at_number
from tests.world import LUNA

PAIRS = 20

pytestmark = [pytest.mark.timeout(300), pytest.mark.exhaustive]


def test_a_second_fetch_at_any_step_of_the_first_tells_each_fact_once() -> None:
    with a_case() as undisturbed:
        steps = steps_of(undisturbed.poll)

    for at in steps:
        with a_case() as case:
            first = met_at(case, at)
            case.check_cursor()
            case.check_events(updates=seen_revisions(case) - 1)
            assert status(case) == "Complete", str(at)
            assert (first["complete"], first["cursor"]) == (True, str(NEW[-1])), str(at)


def met_at(case: Case, at: Step) -> dict[str, object]:
    """Poll; at a step of it the site changes an order once more, and another run polls as well."""

    def act(step: Step) -> None:
        if step.number == at.number:
            case.world.lunasoft.edit(EDITED, current_status="Complete")
            case.poll()

    with each_step(act):
        return case.poll()


def test_two_fetches_that_take_turns_anywhere_tell_each_fact_once() -> None:
    chance = random.Random(20261121)  # noqa: S311 - a sample of cases
    with a_case() as undisturbed:
        numbers = range(len(steps_of(undisturbed.poll)))

    for first_at, second_at in [(chance.choice(numbers), chance.choice(numbers)) for _ in range(PAIRS)]:
        with a_case() as case:
            first = Paused(at_number(first_at), case.poll)
            case.world.lunasoft.edit(EDITED, current_status="Complete")
            second = Paused(at_number(second_at), case.poll)
            first.finish()
            second.finish()
            case.check_cursor()
            case.check_events(updates=seen_revisions(case) - 1)
            assert status(case) == "Complete", f"{first_at}, {second_at}"


def seen_revisions(case: Case) -> int:
    """Return the order's revision in the ledger: 2 or 3, by whether a run saw it between the two changes."""
    revision = int(current(case)["revision"]["N"])
    assert revision in {2, 3}
    return revision


def status(case: Case) -> str:
    found: str = json.loads(current(case)["order"]["S"])["provider_status"]
    return found


def current(case: Case) -> dict[str, dict[str, str]]:
    items = case.world.items(f"ORDER#{LUNA}:{EDITED}")
    return next(item for item in items if item["sk"]["S"] == "CURRENT")
