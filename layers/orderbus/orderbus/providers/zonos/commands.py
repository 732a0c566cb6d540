"""Commands at Zonos: a vendor's status, the tracking numbers, the merchant's own order id.

All of them set something: a repeat changes nothing more. The status and the merchant order id can be read
back from the detail, the tracking numbers cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orderbus.commands.adapter import (
    Answer,
    Effect,
    Finding,
    Json,
    Live,
    Plan,
    Refused,
    Situation,
    Step,
    Succeeded,
)
from orderbus.domain.commands import (
    Acknowledge,
    AddTracking,
    Command,
    RejectedReason,
    Rejection,
    SetState,
    SetStatus,
    Ship,
)
from orderbus.domain.errors import NotFoundError, RefusedError
from orderbus.providers.live import LiveAdapter
from orderbus.providers.writes import bounded
from orderbus.providers.zonos.source import ZonosSource
from orderbus.providers.zonos.statuses import meaning_of, spelled

COMPLETE = "VENDOR_END_OF_DAY_COMPLETE"
CANCEL = "VENDOR_CANCELLATION_REQUEST"
# An order has one status: with one of these it no longer shows that it is held.
_MOVES_ON: frozenset[Effect] = frozenset({"overwrites"})
# What a vendor may set (the provider's page "Update order status"), and what each does.
_EFFECTS: Mapping[str, frozenset[Effect]] = {
    "VENDOR_PREPARING_ORDER": _MOVES_ON,
    "VENDOR_SHIPMENT_READY": _MOVES_ON,
    "VENDOR_LABELS_PRINTED_DATE": _MOVES_ON,
    CANCEL: frozenset({"cancels"}),
    COMPLETE: frozenset({"ships", "completes"}),
}
# No field of a request carries these.
_NO_CARRIER: Json = {"ignored": ["carrier"]}


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of step: how it begins its name, its argument, and the key of the detail that shows it."""

    name: str
    argument: str
    shown_as: str | None


_STATUS = _Kind("status", "status", "orderStatus")
_MERCHANT_ID = _Kind("merchant order id", "merchant_order_id", "merchantOrderId")
_TRACKING = _Kind("tracking", "numbers", None)
_KINDS = (_STATUS, _MERCHANT_ID, _TRACKING)


class ZonosCommands(LiveAdapter[ZonosSource]):
    """Carries out commands at one store."""

    def __init__(self, source: ZonosSource) -> None:
        super().__init__(source)
        self._client = source.client

    def plan(self, command: Command, arguments: Any, situation: Situation) -> Plan | Rejection:
        """Return the updates that a command means here."""
        order = situation.order.external_id if situation.order else ""
        match arguments:
            case Ship():
                return _ship(order, arguments, situation)
            case SetStatus():
                return _set_status(order, arguments)
            case SetState(state="cancelled"):
                return _status_plan(order, CANCEL)
            case AddTracking():
                numbers = _all_numbers(situation, (arguments.tracking_number,))
                return Plan([_step(_TRACKING, order, numbers)], result=_NO_CARRIER)
            case Acknowledge():
                return Plan([_step(_MERCHANT_ID, order, arguments.merchant_order_id)])
        return Rejection("not_supported", f"Zonos has nothing that this {command.type} could mean")

    def baseline(self, step: Step, live: Live | None) -> Json:  # noqa: ARG002 - what is set is set
        """Return nothing: what is shown as it was to be set is right, whoever set it."""
        return {}

    def send(self, step: Step, baseline: Json) -> Answer:  # noqa: ARG002 - an answer says what it did
        """Send the update, once."""
        try:
            answer = self._send(step)
        except RefusedError as no:
            reason: RejectedReason = "not_found" if isinstance(no, NotFoundError) else "provider_refused"
            return Refused(str(no), {"status": None, "code": None, "text": no.words}, reason)
        return Succeeded({"provider": bounded(answer)})

    def _send(self, step: Step) -> dict[str, Any]:
        kind, order = _kind(step), step.arguments["order"]
        value = step.arguments[kind.argument]
        if kind is _STATUS:
            return self._client.update_vendor_order_status(order, value)
        if kind is _MERCHANT_ID:
            return self._client.update_merchant_order_id(order, value)
        return self._client.set_shipment_tracking(order, value)

    def read_back(self, step: Step, baseline: Json) -> Finding:  # noqa: ARG002 - there is none
        """Look whether the detail shows what was set."""
        kind = _kind(step)
        if kind.shown_as is None:
            return "cannot_tell"
        shown = str(self._source.read_again(step.arguments["order"]).value["order"].get(kind.shown_as))
        wanted = step.arguments[kind.argument]
        there = shown.strip() == wanted if kind is _MERCHANT_ID else _is_reached(wanted, shown)
        return "happened" if there else "not_happened"


def _ship(order: str, wanted: Ship, situation: Situation) -> Plan:
    """Tell the tracking numbers first, since the last status may lock them."""
    ships = wanted.quantities()
    steps = []
    if wanted.tracking_numbers:
        steps.append(_step(_TRACKING, order, _all_numbers(situation, wanted.tracking_numbers)))
    effects: frozenset[Effect] = frozenset({"ships"})
    if situation.leaves_nothing(ships):
        steps.append(_step(_STATUS, order, COMPLETE))
        effects |= _EFFECTS[COMPLETE]
    given = {"carrier": wanted.carrier, "notify_customer": wanted.notify_customer}
    ignored = [name for name, value in given.items() if value]
    return Plan(steps, effects, ships, result={"ignored": ignored} if ignored else {})


def _set_status(order: str, wanted: SetStatus) -> Plan | Rejection:
    if wanted.status not in _EFFECTS:
        names = ", ".join(_EFFECTS)
        return Rejection("unknown_status", f"no status that a vendor may set; these are {names}")
    return _status_plan(order, wanted.status, wanted)


def _status_plan(order: str, status: str, wanted: SetStatus | None = None) -> Plan:
    effects = _EFFECTS[status]
    ignored = [name for name in ("note", "notify_customer") if wanted and getattr(wanted, name)]
    return Plan(
        [_step(_STATUS, order, status)],
        effects,
        "rest" if "ships" in effects else {},
        sets_state=True,
        result={"ignored": ignored} if ignored else {},
    )


def _is_reached(wanted: str, shown: str) -> bool:
    # A cancellation that was asked for may have been decided since.
    cancelled = wanted == CANCEL and meaning_of(shown).lifecycle == "cancelled"
    return cancelled or spelled(shown) == wanted


def _all_numbers(situation: Situation, more: tuple[str, ...]) -> list[str]:
    """Return the order's tracking numbers: whether a list replaces or joins the one before is not known."""
    known = [number for shipment in situation.shipments for number in shipment.tracking_numbers]
    return list(dict.fromkeys([*known, *more]))


def _step(kind: _Kind, order: str, value: Any) -> Step:
    return Step(f"{kind.name} {_text(value)}", "set", {"order": order, kind.argument: value})


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _kind(step: Step) -> _Kind:
    return next(kind for kind in _KINDS if kind.argument in step.arguments)


ADAPTER = ZonosCommands
