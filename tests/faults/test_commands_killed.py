"""P2, P3: a command's process is killed before and after each call that it makes; nothing happens twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

from tests.faults.command_case import a_case
from tests.faults.command_scenarios import SCENARIOS, Scenario
from tests.faults.counting import Record, sample
from tests.faults.steps import Step, kill_at, steps_of

pytestmark = pytest.mark.timeout(900)

_SAMPLE = 2


def steps(scenario: Scenario) -> list[Step]:
    """Return every step of the undisturbed run, which ends as it should."""
    with a_case(scenario) as case:
        reached = steps_of(case.run)
        case.settle()
        assert case.check(unknown_allowed=False) == ("succeeded", True)
    return reached


def killed(scenario: Scenario, step: Step) -> str:
    """Return how a command ends whose process was killed at this step."""
    with a_case(scenario) as case:
        kill_at(step.number, case.run)
        may_have_been_sent = case.state() == "sending"
        case.settle()
        unknown_allowed = scenario.repeat == "append" and may_have_been_sent
        state, happened = case.check(unknown_allowed=unknown_allowed)
    return f"{state}, happened" if state == "unknown" and happened else state


def killed_at(scenario: Scenario, where: Iterable[Step]) -> Counter[str]:
    """Return how often the command ended in which way."""
    ended = Counter(killed(scenario, step) for step in where)
    assert ended["succeeded"] + ended["unknown"] + ended["unknown, happened"] == ended.total()
    return ended


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_command_killed_at_some_steps_has_one_effect_and_one_outcome(name: str, record: Record) -> None:
    scenario = SCENARIOS[name]
    record("commands killed", killed_at(scenario, sample(name, steps(scenario), _SAMPLE)))


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_command_killed_at_any_step_has_one_effect_and_one_outcome(name: str, record: Record) -> None:
    scenario = SCENARIOS[name]
    record("commands killed", killed_at(scenario, steps(scenario)))
