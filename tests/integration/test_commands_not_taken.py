"""A provider whose package has no commands.py takes no commands: each ends all the same."""

from __future__ import annotations

from typing import Any

import pytest
from orderbus.providers import registry

from tests.command_world import Commands

SHIP = {"shipment_id": "4711", "lines": [{"line_id": "501001", "quantity": 1}]}


@pytest.fixture(autouse=True)
def without_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "find_spec", lambda _: None)


@pytest.mark.parametrize(
    ("type_", "data"), [("order.set_status.v1", {"status": "Shipped"}), ("order.ship.v1", SHIP)]
)
def test_a_command_is_rejected_and_nothing_is_sent(commands: Commands, type_: str, data: Any) -> None:
    order = commands.luna_order()
    commands.send(type_, order, data)

    (told,) = commands.work()

    assert (told["type"], told["data"]["reason"]) == ("command.rejected.v1", "not_supported")
    assert told["data"]["message"] == f"lunasoft has nothing that {type_} could mean"
    assert commands.posts() == []
    assert commands.dead_letters() == []


def test_an_order_is_read_again_all_the_same(commands: Commands) -> None:
    order = commands.luna_order()
    commands.send("order.refresh.v1", order)

    (told,) = commands.work()

    assert (told["type"], told["data"]["result"]["unchanged"]) == ("command.succeeded.v1", 1)
