"""Two fetches of one Zonos connection at once: each fact once, and the later read stands."""

from __future__ import annotations

import json

import pytest

from tests.faults.steps import Step, each_step, steps_of
from tests.faults.turns import Paused
from tests.faults.zonos_case import HELD, Case, a_case
from tests.world import ZONOS

pytestmark = pytest.mark.timeout(600)


@pytest.mark.exhaustive
def test_a_second_fetch_at_any_step_of_the_first_tells_each_fact_once() -> None:
    with a_case() as undisturbed:
        steps = steps_of(undisturbed.poll)

    for at in steps:
        with a_case() as case:
            first = met_at(case, at)
            case.check_cursor()
            case.check_events()
            case.check_acknowledged()
            assert first["complete"], str(at)


def met_at(case: Case, at: Step) -> dict[str, object]:
    """Poll; at a step of it another run polls as well."""

    def act(step: Step) -> None:
        if step.number == at.number:
            case.poll()

    with each_step(act):
        return case.poll()


@pytest.mark.parametrize("call", ["POST /v2/orderDetail", "body of POST /v2/orderDetail", "dynamodb.PutItem"])
def test_a_fetch_whose_details_are_older_than_what_another_has_written_writes_none_of_them(call: str) -> None:
    with a_case() as case:
        stale = Paused(lambda step: step.side == "after" and step.call.startswith(call), case.poll)
        case.world.zonos.finish_review(HELD, passed=True)
        case.world.zonos.set_status(HELD, "IGLOBAL_ORDER_ON_HOLD")
        case.poll()
        stale.finish()
        case.poll_later()
        items = case.world.items(f"ORDER#{ZONOS}:999-{HELD}")
        order = json.loads(next(item["order"]["S"] for item in items if item["sk"]["S"] == "CURRENT"))

    assert [hold["reason"] for hold in order["holds"]] == ["on_hold"]
    assert order["provider_status"] == "IGLOBAL_ORDER_ON_HOLD"
