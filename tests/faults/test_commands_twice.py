"""P2: a command's message comes twice, one after the other or both at once, and has one effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

from tests.faults.command_case import Case, a_case
from tests.faults.command_scenarios import SCENARIOS, Scenario
from tests.faults.counting import Record, sample
from tests.faults.steps import Step, steps_of
from tests.faults.turns import Paused, at_number

pytestmark = [
    pytest.mark.timeout(900),
    # Two processes in one share their metrics, and the one that ends first flushes them for both.
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

_SAMPLE = 1


def overlapping(scenario: Scenario, step: Step) -> str:
    """Return how a command ends whose second delivery comes while the first stands at this step."""
    with a_case(scenario) as case:
        case.commands.put(case.envelope, case.function)
        first = Paused(at_number(step.number), case.deliver)
        case.deliver_at_once()
        first.finish()
        case.settle()
        state, _ = case.check(unknown_allowed=False)
    return state


def deliveries(scenario: Scenario) -> list[Step]:
    """Return every step of one delivery."""
    with a_case(scenario) as case:
        return steps_of(case.deliver)


def overlapping_at(scenario: Scenario, where: Iterable[Step]) -> Counter[str]:
    """Return how often the command ended in which way: it always succeeds."""
    ended = Counter(overlapping(scenario, step) for step in where)
    assert set(ended) == {"succeeded"}
    return ended


def test_a_command_delivered_twice_in_a_row_is_carried_out_once() -> None:
    for scenario in SCENARIOS.values():
        with a_case(scenario) as case:
            case.commands.put(case.envelope, case.function)
            case.deliver()
            calls = writes(case)
            case.deliver()
            assert writes(case) == calls
            case.settle()
            assert case.check(unknown_allowed=False) == ("succeeded", True)


def writes(case: Case) -> list[str]:
    """Return the requests that change something at the provider."""
    calls = case.scenario.site.calls(case.commands.world)
    reads = ("GET /orders", "GET /System", "POST /v1/orderNumbers", "POST /v2/orderDetail")
    return [call for call in calls if not call.startswith(reads)]


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_command_delivered_twice_at_once_at_some_steps_is_carried_out_once(
    name: str, record: Record
) -> None:
    scenario = SCENARIOS[name]
    record("second deliveries", overlapping_at(scenario, sample(name, deliveries(scenario), _SAMPLE)))


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_command_delivered_twice_at_once_at_any_step_is_carried_out_once(name: str, record: Record) -> None:
    scenario = SCENARIOS[name]
    record("second deliveries", overlapping_at(scenario, deliveries(scenario)))
