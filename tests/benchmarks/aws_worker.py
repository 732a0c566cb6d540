"""Counts AWS calls and write units, on moto: what each order and each poll asks of AWS."""

from __future__ import annotations

from datetime import UTC, datetime

import tests.conftest  # noqa: F401 - sets the environment, before boto3 is imported
from infra.sandbox import lunasoft, net32_orders
from infra.sandbox.lunasoft_orders import format_time
from tests.benchmarks.commands import Figures, answer_commands
from tests.benchmarks.provider import FIRST_ID, LINES
from tests.benchmarks.write_units import Bill, billed
from tests.world import LUNA, NET32, World, a_world

ORDERS = 100
# It makes an order of Net32's, whose real ones nobody may show, as large as one of LunaSoft's: 3,000 bytes.
_NOTE = "Leave it at the back door. " * 75


def answer() -> Figures:
    """Let both functions poll what is new, what is known and nothing, and the relay publish it."""
    with a_world() as world:
        return {"lunasoft": _lunasoft(world), "net32": _net32(world)}


def _lunasoft(world: World) -> Figures:
    world.poll(LUNA)  # reads the connection, which is kept for five minutes
    created = format_time(datetime.now(UTC))
    for number in range(FIRST_ID, FIRST_ID + ORDERS):
        # Of now, so that it will be watched, which is an entry of the index.
        world.lunasoft.place(lunasoft.make_order(number, created=created, lines=LINES))
    figures = {"new": _poll(world, LUNA, created=ORDERS), "relay": _relay(world, ORDERS)}
    figures["nothing"] = _poll(world, LUNA, created=0)
    world.restart()
    figures["nothing, connection read"] = _poll(world, LUNA, created=0)
    world.lunasoft.edit(FIRST_ID + ORDERS - 1, customer_note="Please ring twice")
    figures["changed"] = _poll(world, LUNA, updated=1)
    _relay(world, 1)
    return figures


def _net32(world: World) -> Figures:
    world.poll(NET32)
    for number in range(ORDERS):
        world.net32.place(net32_orders.make_order(19_000_000 + number, lines=LINES, customerNote=_NOTE))
    figures = {"new": _poll(world, NET32, created=ORDERS), "relay": _relay(world, ORDERS)}
    figures["nothing"] = _poll(world, NET32, created=0)
    world.restart()
    figures["nothing, connection read"] = _poll(world, NET32, created=0)
    return figures


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
    return _figures(bill) | {"read": events}


def _figures(bill: Bill) -> Figures:
    return {"calls": dict(bill.calls), "writes": dict(bill.writes), "units": dict(bill.units)}


if __name__ == "__main__":
    answer_commands(answer)
