"""What sending a step at Retailys again would do: a set alone is ever sent once more (P2)."""

from __future__ import annotations

from typing import Any

import pytest
from orderbus.commands.adapter import Plan

from infra.sandbox.retailys import RetailysSandbox
from infra.sandbox.server import Served
from tests.contract.test_retailys_commands import Instance, command, plan


@pytest.fixture
def sandbox() -> RetailysSandbox:
    return RetailysSandbox()


@pytest.fixture
def instance(sandbox: RetailysSandbox, served: Served) -> Instance:
    return Instance(sandbox, served.url)


@pytest.mark.parametrize(
    ("type_", "data", "repeat"),
    [
        ("order.set_state.v1", {"state": "sent"}, "set"),
        ("order.set_state.v1", {"state": "delivered"}, "set"),
        ("order.set_state.v1", {"state": "completed"}, "set"),
        ("order.set_state.v1", {"state": "cancelled"}, "set"),
        ("order.set_state.v1", {"state": "paid"}, "append"),
        ("order.set_status.v1", {"status": "Nová"}, "mail"),
        ("order.add_tracking.v1", {"carrier": "PPL", "tracking_number": "A1"}, "append"),
        ("order.add_history.v1", {"name": "n", "status": "s", "kind": "apps"}, "append"),
        ("order.create.v1", {"name": "Eva"}, "append"),
        ("order.add_item.v1", {"name": "Hrnek"}, "append"),
        ("order.edit_item.v1", {"id": 7001}, "append"),
        ("order.remove_item.v1", {"item_id": "7002"}, "append"),
    ],
)
def test_each_step_says_what_a_repeat_of_it_would_do(
    instance: Instance, type_: str, data: dict[str, Any], repeat: str
) -> None:
    made = plan(instance, command(type_, **data))

    assert isinstance(made, Plan)
    assert [step.repeat for step in made.steps] == [repeat]
