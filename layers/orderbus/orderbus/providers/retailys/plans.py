"""What a command means at Retailys: which writes, in which order, and what they do.

A write is plain data, `{"kind", "order", ...}`; commands.py sends it and reads it back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from orderbus.commands.adapter import Effect, Plan, Repeat, Situation, Step
from orderbus.domain.commands import (
    AddHistory,
    AddTracking,
    Command,
    Rejection,
    RemoveItem,
    SetState,
    SetStatus,
    Ship,
)
from orderbus.domain.money import exponent
from orderbus.domain.orders import Order
from orderbus.domain.times import stamp
from orderbus.providers.retailys.client import RetailysClient
from orderbus.providers.retailys.wire import OrderStatus, ShownStates, text_of

# What a state is called in the order's JSON, and what setting it does.
FLAGS: Mapping[str, str] = {
    "sent": "sent",
    "delivered": "delivered",
    "completed": "done",
    "cancelled": "canceled",
}
_STATE_EFFECTS: Mapping[str, frozenset[Effect]] = {
    "sent": frozenset({"ships"}),
    "delivered": frozenset({"delivers"}),
    "completed": frozenset({"completes"}),
    "cancelled": frozenset({"cancels"}),
}
_NUMBER = re.compile(r"[0-9]+")
# No page shows their bodies: they are sent as given.
_AS_GIVEN = {"order.add_item.v1": "add_item", "order.edit_item.v1": "edit_item"}


class RetailysPlans:
    """Plans the writes of one instance; carriers and statuses are looked up there by name or id."""

    def __init__(self, client: RetailysClient) -> None:
        self._client = client

    def plan(self, command: Command, arguments: Any, situation: Situation) -> Plan | Rejection:
        """Return the writes of a command.

        Raises:
            ProviderError: A name could not be looked up.
        """
        if command.type == "order.create.v1":
            return Plan([Step("create", "append", {"kind": "create", "body": arguments})])
        order = situation.known()
        match arguments:
            case Ship():
                return self._ship(order, arguments, situation)
            case SetStatus():
                return self._set_status(order, arguments)
            case SetState():
                return _set_state(order, arguments, situation)
            case AddTracking():
                return self._track(order, arguments.carrier, (arguments.tracking_number,), situation)
        return _added(command, arguments, order)

    def _ship(self, order: Order, wanted: Ship, situation: Situation) -> Plan | Rejection:
        """Tell the tracking numbers, and `sent` last and only when nothing is left: it may lock the order."""
        ships = wanted.quantities()
        tracked = self._track(order, wanted.carrier, wanted.tracking_numbers, situation)
        if isinstance(tracked, Rejection):
            return tracked
        steps = list(tracked.steps)
        if situation.leaves_nothing(ships):
            steps.append(_flag(order, "sent"))
        # A carrier is told with a tracking number only.
        unused = {
            "carrier": wanted.carrier and not wanted.tracking_numbers,
            "notify_customer": wanted.notify_customer,
        }
        return Plan(steps, frozenset({"ships"}), ships, result=_ignored(unused))

    def _track(
        self, order: Order, carrier: str | None, numbers: Sequence[str], situation: Situation
    ) -> Plan | Rejection:
        there = tracking_numbers(situation.live.raw) if situation.live else []
        new = [number for number in dict.fromkeys(numbers) if number not in there]
        if not new:
            return Plan([])
        if carrier is None:
            return Rejection(
                "invalid_arguments", "data.carrier: Retailys takes a tracking number of a carrier only"
            )
        shippers = {shipper.id: shipper.name for shipper in self._client.list_shippers()}
        shipper = _named(carrier, shippers)
        if shipper is None:
            known = ", ".join(sorted(name for name in shippers.values() if name))[:300]
            return Rejection(
                "unknown_carrier", f"not the name of one carrier of this instance, nor an id; it has {known}"
            )
        return Plan(
            [
                _step(f"tracking {number}", "append", "tracking", order, shipper=int(shipper), number=number)
                for number in new
            ]
        )

    def _set_status(self, order: Order, wanted: SetStatus) -> Plan | Rejection:
        statuses = {status.id: status for status in self._client.list_statuses()}
        id_ = _named(wanted.status, {key: status.name for key, status in statuses.items()})
        if id_ is None:
            known = ", ".join(sorted(status.name for status in statuses.values() if status.name))[:300]
            return Rejection(
                "unknown_status", f"not the name of one status of this instance, nor an id; it has {known}"
            )
        effects = _effects(statuses[id_])
        placed_at = None if order.placed_at is None else stamp(order.placed_at)
        step = _step(f"status {wanted.status}", "mail", "status", order, status=int(id_), placed_at=placed_at)
        unused = {"note": wanted.note, "notify_customer": wanted.notify_customer}
        return Plan(
            [step],
            effects,
            "rest" if "ships" in effects else {},
            sets_state=True,
            result=_ignored(unused),
        )


def _ignored(unused: Mapping[str, Any]) -> dict[str, Any]:
    names = [name for name, given in unused.items() if given]
    return {"ignored": names} if names else {}


def _added(command: Command, arguments: Any, order: Order) -> Plan | Rejection:
    """Plan what no page says how to ask for again, or to take back."""
    match arguments:
        case AddHistory():
            told = {"type": arguments.kind, "name": arguments.name, "status": arguments.status}
            return Plan([_step(f"history {arguments.name}", "append", "history", order, **told)])
        case RemoveItem(item_id=item):
            if not _NUMBER.fullmatch(item):
                # It ends the path, in which ".." would lead to the order itself.
                return Rejection("invalid_arguments", "data.item_id: at Retailys it is a number")
            return Plan([_step(f"remove item {item}", "append", "remove_item", order, item=item)])
    kind = _AS_GIVEN.get(command.type)
    if kind is None:
        return Rejection("not_supported", f"Retailys has nothing that {command.type} could mean")
    return Plan([_step(kind.replace("_", " "), "append", kind, order, body=arguments)])


def _effects(status: OrderStatus) -> frozenset[Effect]:
    does: dict[Effect, bool] = {
        "ships": bool(status.complete_order),
        "completes": bool(status.complete_order),
        "cancels": bool(status.cancel_order),
    }
    return frozenset(effect for effect, given in does.items() if given)


def _set_state(order: Order, wanted: SetState, situation: Situation) -> Plan | Rejection:
    state = wanted.state
    raw = situation.live.raw if situation.live else {}
    if state == "paid":
        return _set_paid(order, wanted, raw)
    shown = ShownStates.read(raw)
    if shown.has(FLAGS[state]):
        return _already(state)
    effects = _STATE_EFFECTS[state]
    return Plan([_flag(order, state)], effects, "rest" if "ships" in effects else {}, sets_state=True)


def _already(state: str) -> Plan:
    # What is so is left alone: a repeat is refused by some and says nothing, and may add a payment up.
    return Plan([], sets_state=True, result={"already": state})


def _set_paid(order: Order, wanted: SetState, raw: Any) -> Plan | Rejection:
    # What says that it was not paid names no amount, unless its sender does.
    is_paid = wanted.payment_status in {None, "success"}
    amount = wanted.amount or (order.total if is_paid else None)
    if amount is not None and amount.currency != order.currency:
        return Rejection("invalid_arguments", f"data.amount: the order is in {order.currency}")
    given = {
        "payment_id": wanted.payment_id,
        "status": wanted.payment_status,
        "url": wanted.payment_url,
    }
    told = {name: value for name, value in given.items() if value is not None}
    paid = None if amount is None else Decimal(amount.amount_minor).scaleb(-exponent(amount.currency))
    if is_paid and paid == ShownStates.read(raw).paid and _says_nothing_new(wanted, raw):
        return _already("paid")
    text = None if paid is None else str(paid)
    step = _step(f"paid {text or wanted.payment_status}", "append", "paid", order, paid=text, fields=told)
    return Plan([step], frozenset({"pays"} if amount else set()), sets_state=True)


def _says_nothing_new(wanted: SetState, raw: Any) -> bool:
    told = {"external_payment_id": wanted.payment_id, "external_payment_url": wanted.payment_url}
    return all(text in (None, text_of(raw.get(name))) for name, text in told.items())


def tracking_numbers(raw: Any) -> list[str]:
    """Return the tracking numbers that an order shows."""
    rows = raw.get("trackings") if isinstance(raw, dict) else None
    if isinstance(rows, dict):  # how PHP writes an array that lacks its first row
        rows = rows.values()
    told = [text_of(row.get("tracking_number")) for row in rows or [] if isinstance(row, dict)]
    return [number for number in told if number is not None]


def _flag(order: Order, state: str) -> Step:
    return _step(state, "set", state, order)


def _step(name: str, repeat: Repeat, kind: str, order: Order, /, **arguments: Any) -> Step:
    return Step(name, repeat, {"kind": kind, "order": order.external_id, **arguments})


def _named(wanted: str, names: Mapping[str, str | None]) -> str | None:
    """Return the id whose id or name this is, upper and lower case alike; None where that is not one."""
    if wanted in names:
        return wanted
    alike = [id_ for id_, name in names.items() if name and name.casefold() == wanted.casefold()]
    return alike[0] if len(alike) == 1 else None
