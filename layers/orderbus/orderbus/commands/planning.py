"""From a command to the steps that may be sent now, or to why none may."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import msgspec

from orderbus.commands.adapter import Adapter, Live, Shipment, Situation
from orderbus.commands.guards import left_to_ship, refusal
from orderbus.commands.ledger import Book, CommandLedger, CommandRecord, StepRecord
from orderbus.commands.outcomes import plain
from orderbus.commands.work import effective_time
from orderbus.domain.commands import Rejection, SetState, SetStatus, Ship
from orderbus.domain.connections import Connection
from orderbus.domain.orders import Order, PublishedOrder
from orderbus.ports import StoredOrder


@dataclass(frozen=True, slots=True)
class Assignment:
    """A command, and where it is carried out; `stored` is None for an order that is yet to be created."""

    arguments: Any
    connection: Connection
    adapter: Adapter
    stored: StoredOrder | None
    external_id: str

    def read_live(self) -> Live | None:
        """Return the order as the provider shows it now; None where it has no such question."""
        return self.adapter.read_live(self.external_id) if self.stored else None


def overtaken(
    ledger: CommandLedger, assignment: Assignment, record: CommandRecord, book: Book
) -> Rejection | None:
    """Return why another command has done this already, or has overtaken it."""
    arguments = assignment.arguments
    if isinstance(arguments, Ship):
        for other in book.others(record.command.id):
            if other.shipment_id == arguments.shipment_id:
                return _duplicate(ledger, record, other)
    sets = isinstance(arguments, SetStatus | SetState)
    if sets and book.last_set is not None and effective_time(record) < book.last_set:
        return Rejection("superseded", "a newer status or state of the order has been carried out")
    return None


def _duplicate(ledger: CommandLedger, record: CommandRecord, other: Shipment) -> Rejection:
    first = ledger.find(record.command.subject, other.command_id)
    state = first.state if first else "unknown"
    said = f"command {other.command_id!r} has this shipment_id, and is {state}"
    return Rejection("duplicate_shipment", said, first={"command_id": other.command_id, "state": state})


def ready(
    assignment: Assignment, record: CommandRecord, book: Book, live: Live | None
) -> CommandRecord | Rejection:
    """Return the command with its plan, once every guard lets it pass.

    Raises:
        OrderBusError: Something that had to be looked up could not be.
    """
    order = _as_it_is(live, assignment.stored)
    others = book.others(record.command.id)
    left = left_to_ship(order, others) if order else {}
    situation = Situation(order, live, others, left)
    if order is None:
        return _planned(assignment, record, situation)
    tests = assignment.adapter.ship_test_orders
    if isinstance(assignment.arguments, Ship):
        # What is wrong with the shipment itself is said before what this provider makes of it.
        ships = assignment.arguments.quantities()
        refused = refusal(order, ("ships",), ships, left=left, others=others, ship_test_orders=tests)
        if refused is not None:
            return refused
    planned = _planned(assignment, record, situation)
    if isinstance(planned, Rejection):
        return planned
    effects, ships = planned.progress.effects, planned.progress.ships
    return refusal(order, effects, ships, left=left, others=others, ship_test_orders=tests) or planned


def _planned(
    assignment: Assignment, record: CommandRecord, situation: Situation
) -> CommandRecord | Rejection:
    """Return the command with its plan: the one that was begun, else a new one."""
    if record.begun:
        return record
    plan = assignment.adapter.plan(record.command, assignment.arguments, situation)
    if isinstance(plan, Rejection):
        return plan
    rest = {line: quantity for line, quantity in situation.left.items() if quantity}
    steps = tuple(
        StepRecord(step.name, step.repeat, plain(step.arguments), step.lasting) for step in plan.steps
    )
    progress = replace(
        record.progress,
        steps=steps,
        effects=tuple(sorted(plan.effects)),
        ships=rest if plan.ships == "rest" else dict(plan.ships),
        sets_state=plan.sets_state,
        result=plain(plan.result),
    )
    return replace(record, progress=progress)


def _as_it_is(live: Live | None, stored: StoredOrder | None) -> Order | None:
    """Return an order as it was read now; where such a read does not say if it is a test, the ledger does."""
    if live is None:
        return _as_stored(stored)
    if stored is None or "test" not in live.unseen:
        return live.order
    return msgspec.structs.replace(live.order, test=stored.load()["test"])


def _as_stored(stored: StoredOrder | None) -> Order | None:
    return None if stored is None else msgspec.convert(stored.load(), PublishedOrder)
