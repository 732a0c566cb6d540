"""Commands of which the provider has to be told nothing, or whose first step leaves nothing behind."""

from __future__ import annotations

import json
from typing import Any

from infra.sandbox.faults import Status
from infra.sandbox.net32 import make_order as net32_order
from infra.sandbox.retailys import make_order as retailys_order
from infra.sandbox.zonos import make_order as zonos_order
from tests.command_world import Commands
from tests.world import NET32, RETAILYS, ZONOS

NUMBER = 20_000_001
LINES = [("10.00", 2), ("5.00", 1)]


def lines_of(commands: Commands, order: str) -> list[str]:
    item = commands.item(order, "CURRENT")
    return [line["line_id"] for line in json.loads(item["order"]["S"])["lines"]]


def shipment(line: str, quantity: int, shipment_id: str) -> dict[str, Any]:
    return {"shipment_id": shipment_id, "lines": [{"line_id": line, "quantity": quantity}]}


def test_a_part_that_zonos_is_told_nothing_of_is_shipped_and_does_not_ship_again(commands: Commands) -> None:
    sandbox = commands.world.zonos
    sandbox.place(zonos_order(NUMBER, lines=LINES))
    commands.world.poll(ZONOS)
    order = f"{ZONOS}:999-{NUMBER}"
    line = lines_of(commands, order)[0]

    commands.send("order.ship.v1", order, shipment(line, 2, "s-1"))
    (told,) = [each for each in commands.work() if each["type"].startswith("command.")]
    commands.send("order.ship.v1", order, shipment(line, 1, "s-2"))
    (again,) = commands.work()

    assert told["type"] == "command.succeeded.v1"
    assert (again["type"], again["data"]["reason"]) == ("command.rejected.v1", "already_shipped")
    assert sandbox.counts()["trackings_set"] == sandbox.counts()["statuses_set"] == 0


def test_a_tracking_number_that_is_there_is_not_told_again(commands: Commands) -> None:
    sandbox = commands.world.retailys
    sandbox.place(retailys_order(NUMBER, lines=LINES))
    commands.world.poll(RETAILYS)
    order = f"{RETAILYS}:{NUMBER}"
    wanted = {"carrier": "PPL", "tracking_number": "A1"}

    outcomes = []
    for _ in range(2):
        commands.send("order.add_tracking.v1", order, wanted)
        outcomes += [each["type"] for each in commands.work() if each["type"].startswith("command.")]

    assert outcomes == ["command.succeeded.v1"] * 2
    assert sandbox.trackings == [(str(NUMBER), "A1")]


def test_a_charge_that_is_refused_after_its_pre_authorization_is_refused_and_gives_back(
    commands: Commands,
) -> None:
    world = commands.world
    world.connect(NET32, "net32", world.net32_at.url, options={"preauthorize_before_ship": True})
    world.net32.place(net32_order(NUMBER, lines=LINES))
    world.poll(NET32)
    order = f"{NET32}:{NUMBER}"
    line = lines_of(commands, order)[0]
    world.net32.fail_next(Status(422), match="POST /orders")

    commands.send("order.ship.v1", order, shipment(line, 2, "s-1"))
    (told,) = [each for each in commands.work() if each["type"].startswith("command.")]
    commands.send("order.ship.v1", order, shipment(line, 2, "s-1"))
    (accepted,) = commands.work()

    assert (told["type"], told["data"]["reason"]) == ("command.rejected.v1", "provider_refused")
    assert accepted["type"] == "command.accepted.v1"
    assert (world.net32.preauthorizations.total(), len(world.net32.charges)) == (2, 1)
