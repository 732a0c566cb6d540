"""P2: two processes with one command, or two commands of one order: one goes at any step of the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.command_world import Commands, a_command_world, event
from tests.faults.steps import steps_of
from tests.faults.turns import Paused, at_number
from tests.world import LUNA

pytestmark = [
    pytest.mark.timeout(300),
    # Two processes have metrics of their own; two threads share them.
    pytest.mark.filterwarnings("ignore:No application metrics"),
]

SHIP = "order.ship.v1"
ORDER = f"{LUNA}:501"


def shipment(commands: Commands, shipment_id: str) -> dict[str, Any]:
    lines = [{"line_id": commands.line_of(ORDER), "quantity": 2}]
    return event(SHIP, ORDER, {"shipment_id": shipment_id, "lines": lines})


def both(commands: Commands, one: Any, other: Any, number: int) -> list[dict[str, Any]]:
    """Take one command as far as its step, the other to its end, then the first; return what was told."""
    commands.put(one, "ship_order")
    message = commands.receive("ship_order")
    paused = Paused(at_number(number), lambda: commands.handle("ship_order", message))
    commands.put(other, "ship_order")
    told = commands.work()
    paused.finish()
    for _ in range(4):
        told += commands.pass_time(minutes=2)
    return [each for each in told if each["type"].startswith("command.")]


def steps() -> int:
    """Return how many steps a shipment has."""
    with a_command_world() as commands:
        commands.luna_order()
        commands.put(shipment(commands, "s-1"), "ship_order")
        message = commands.receive("ship_order")
        return len(steps_of(lambda: commands.handle("ship_order", message)))


# Every one of them is for `make faults`; a third of them is always run.
FEW = [*range(0, 42, 3)]


def ended(number: int, second: Callable[[Commands, Any], Any]) -> list[tuple[str, str | None]]:
    with a_command_world() as commands:
        commands.luna_order()
        one = shipment(commands, "s-1")
        told = both(commands, one, second(commands, one), number)
        assert commands.posts() == ["POST /orders/501"]
        assert commands.item(ORDER, "LOCK") == {}
        return sorted((each["type"], each["data"].get("reason")) for each in told)


@pytest.mark.parametrize("number", FEW)
def test_the_same_message_twice_at_once_ships_once_and_tells_once(number: int) -> None:
    assert ended(number, lambda _commands, one: one) == [("command.succeeded.v1", None)]


@pytest.mark.parametrize("number", FEW[::2])
def test_two_commands_for_the_same_goods_ship_once(number: int) -> None:
    told = ended(number, lambda commands, _one: shipment(commands, "s-2"))

    assert told == [("command.rejected.v1", "already_shipped"), ("command.succeeded.v1", None)]


@pytest.mark.exhaustive
def test_at_every_step_of_the_other() -> None:
    for number in range(steps()):
        assert ended(number, lambda _commands, one: one) == [("command.succeeded.v1", None)], number
        two = ended(number, lambda commands, _one: shipment(commands, "s-2"))
        assert two == [("command.rejected.v1", "already_shipped"), ("command.succeeded.v1", None)], number
