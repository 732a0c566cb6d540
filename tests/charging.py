"""A shipment at Net32, and the time in which its charge is asked about."""

from __future__ import annotations

from typing import Any

from tests.command_world import Commands

SHIP = "order.ship.v1"
NUMBER = 20000001
# How often a charge is asked about until 24 hours are full: 5 s doubling to 15 minutes, then each 15 minutes.
GROWING = [5, 10, 20, 40, 80, 160, 320, 640]


def ship(quantity: int = 1, shipment_id: str = "s-1") -> dict[str, Any]:
    return {
        "shipment_id": shipment_id,
        "lines": [{"line_id": f"{NUMBER}0001", "quantity": quantity}],
        "carrier": "UPS",
        "tracking_numbers": ["1Z999"],
    }


def an_order(commands: Commands, settle_after: int = 1) -> str:
    commands.world.net32.settle_after = settle_after
    return commands.net32_order(NUMBER, lines=[("10.00", 2)])


def let_pass(commands: Commands, seconds: int, step: int = 60) -> list[dict[str, Any]]:
    """Let time pass as minutes do, with a sweep in each."""
    told: list[dict[str, Any]] = []
    for _ in range(0, seconds, step):
        told += commands.pass_time(seconds=step)
    return told


def a_day(commands: Commands) -> list[dict[str, Any]]:
    """Let more than a day pass, in the longest steps that count whole; the charge is asked in each."""
    (item,) = [each for each in commands.world.items("ORDER#") if each["sk"]["S"].startswith("COMMAND#")]
    for seconds in [*GROWING, *[1800] * 50]:
        commands.world.pass_time(seconds=seconds + 1)
        commands.ask(item["pk"]["S"].removeprefix("ORDER#"), item["sk"]["S"].removeprefix("COMMAND#"))
    commands.drop_messages()
    return commands.world.relay()


def types(told: list[dict[str, Any]]) -> list[str]:
    return [each["type"] for each in told]


def asked(commands: Commands) -> int:
    return sum("/charges/" in call.path and call.method == "GET" for call in commands.world.net32.calls)
