"""Counts AWS calls and write units, on moto: what each order and each poll asks of AWS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orderbus.domain.content import canonical

import tests.conftest  # noqa: F401 - sets the environment, before boto3 is imported
from infra.sandbox import lunasoft, net32_orders, retailys_orders, zonos_orders
from infra.sandbox.lunasoft_orders import format_time
from tests.benchmarks.commands import Figures, answer_commands
from tests.benchmarks.provider import FIRST_ID, LINES
from tests.benchmarks.write_units import Bill, billed
from tests.command_world import Commands, a_command_world, event
from tests.world import LUNA, NET32, RETAILYS, ZONOS, World

ORDERS = 100
# It makes an order of Net32's, whose real ones nobody may show, as large as one of LunaSoft's: 3,000 bytes.
_NOTE = "Leave it at the back door. " * 75


@dataclass(frozen=True, slots=True)
class _Shop:
    """A provider: how an order of the moment comes in there, and how it is changed."""

    connection: str
    place: Callable[[World, int], Any]
    edit: Callable[[World, int], Any] | None = None


def _place_luna(world: World, number: int) -> None:
    # Of now, so that it will be watched, which is an entry of the index.
    created = format_time(datetime.now(UTC))
    world.lunasoft.place(lunasoft.make_order(FIRST_ID + number, created=created, lines=LINES))


def _place_net32(world: World, number: int) -> None:
    order = net32_orders.make_order(19_000_000 + number, lines=LINES, customerNote=_NOTE)
    world.net32.place(order)


def _place_retailys(world: World, number: int) -> None:
    # Of more than 3,000 bytes: beside each line stands the article that it refers to.
    placed = retailys_orders.format_time(datetime.now(UTC))
    world.retailys.place(retailys_orders.make_order(80_000 + number, lines=LINES, placed=placed))


def _place_zonos(world: World, number: int) -> None:
    world.zonos.place(zonos_orders.make_order(100_000 + number, lines=LINES))


_SHOPS = {
    "lunasoft": _Shop(
        LUNA, _place_luna, lambda world, n: world.lunasoft.edit(FIRST_ID + n, customer_note="Ring twice")
    ),
    "net32": _Shop(NET32, _place_net32),
    "retailys": _Shop(
        RETAILYS, _place_retailys, lambda world, n: world.retailys.edit(80_000 + n, our_note="Ring twice")
    ),
    "zonos": _Shop(
        ZONOS,
        _place_zonos,
        lambda world, n: world.zonos.set_status(100_000 + n, "VENDOR_PREPARING_ORDER"),
    ),
}


def answer() -> Figures:
    """Let each function poll what is new, known and nothing, the relay publish it, and commands run."""
    with a_command_world() as commands:
        world = commands.world
        polls = {provider: _counted(world, shop) for provider, shop in _SHOPS.items()}
        return polls | {"commands": _commands(commands)}


def _counted(world: World, shop: _Shop) -> Figures:
    _connect(world, shop)
    world.poll(shop.connection)  # reads the connection, which is kept for five minutes
    for number in range(ORDERS):
        shop.place(world, number)
    figures = {"new": _poll(world, shop.connection, created=ORDERS), "relay": _relay(world, ORDERS)}
    figures["nothing"] = _poll(world, shop.connection, created=0)
    world.restart()
    figures["nothing, connection read"] = _poll(world, shop.connection, created=0)
    if shop.edit:
        shop.edit(world, ORDERS - 1)
        figures["changed"] = _poll(world, shop.connection, updated=1)
        _relay(world, 1)
    return figures


def _connect(world: World, shop: _Shop) -> None:
    """Have the provider served and connected, which the world does at its first use."""
    getattr(world, {LUNA: "lunasoft"}.get(shop.connection, shop.connection.partition("-")[0]))


def _commands(commands: Commands) -> Figures:
    """Ship a part of an order at Net32, have its charge settled, and set a status at LunaSoft."""
    world = commands.world
    world.net32.settle_after = 0
    order, line = f"{NET32}:19000000", "190000000001"
    shipment = {"shipment_id": "s-1", "lines": [{"line_id": line, "quantity": 1}]}
    ship = event("order.ship.v1", order, shipment)
    status = event("order.set_status.v1", f"{LUNA}:{FIRST_ID}", {"status": "Processing"})
    commands.handle_event(ship)  # reads the connections, which are kept for seconds
    commands.handle_event(status)
    figures = {}
    with billed() as bill:
        commands.handle_event(event("order.ship.v1", order, shipment | {"shipment_id": "s-2"}))
    figures["Net32: a shipment, its charge taken"] = _figures(bill)
    world.pass_time(seconds=6)
    with billed() as bill:
        commands.ask(order, ship["detail"]["id"])
    figures["Net32: its charge asked about, settled"] = _figures(bill)
    with billed() as bill:
        commands.handle_event(
            event("order.set_status.v1", f"{LUNA}:{FIRST_ID + 1}", {"status": "Processing"})
        )
    figures["LunaSoft: a status"] = _figures(bill)
    _require(commands, order, {"accepted", "succeeded"})
    return figures


def _require(commands: Commands, order: str, states: set[str]) -> None:
    items = commands.world.items(f"ORDER#{order}")
    found = {item["state"]["S"] for item in items if item["sk"]["S"].startswith("COMMAND#")}
    if found != states:
        raise AssertionError(f"{order}: commands are {found} where {states} was expected")


def _poll(world: World, connection: str, **expected: int) -> Figures:
    with billed() as bill:
        answer = world.poll(connection)
    found = {name: answer[name] for name in expected}
    if not answer["complete"] or found != expected:
        raise AssertionError(f"{connection}: {answer} where {expected} was expected")
    return _figures(bill) | {"read": answer["read"]}


def _relay(world: World, events: int) -> Figures:
    records = world.records()
    with billed() as bill:
        world.invoke("publish_events", {"Records": records})
    received = world.receive()
    if len(received) != events:
        raise AssertionError(f"{len(received)} events were received, not {events}")
    order = canonical(received[0]["data"]["order"])
    return _figures(bill) | {"read": events, "bytes": len(order)}


def _figures(bill: Bill) -> Figures:
    return {"calls": dict(bill.calls), "writes": dict(bill.writes), "units": dict(bill.units)}


if __name__ == "__main__":
    answer_commands(answer)
