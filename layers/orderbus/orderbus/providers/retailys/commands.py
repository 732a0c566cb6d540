"""Commands at Retailys: its flags and statuses, tracking numbers, history, and orders and items themselves.

The flags (sent, delivered, done, cancelled) are set, and shown by the order. A status of the instance's own
may mail the customer each time it is set, and no order shows it: only the list's filter by status does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from orderbus.commands.adapter import (
    Answer,
    Finding,
    Json,
    Live,
    Plan,
    Refused,
    Situation,
    Step,
    Succeeded,
)
from orderbus.domain.commands import Command, RejectedReason, Rejection
from orderbus.domain.errors import UnclearError
from orderbus.intake.window_pages import SECOND
from orderbus.providers.answers import Arrived
from orderbus.providers.live import LiveAdapter
from orderbus.providers.retailys.plans import FLAGS, RetailysPlans, tracking_numbers
from orderbus.providers.retailys.source import RetailysSource
from orderbus.providers.retailys.wire import ShownStates, text_of
from orderbus.providers.writes import json_or_none, refused, refused_by_status

# An instance has no more orders than this placed within two seconds and in one status.
_LARGEST_PAGE = 250


class RetailysCommands(LiveAdapter[RetailysSource]):
    """Carries out commands at one instance."""

    def __init__(self, source: RetailysSource) -> None:
        super().__init__(source)
        self._client = source.client
        self._plans = RetailysPlans(source.client)

    def plan(self, command: Command, arguments: Any, situation: Situation) -> Plan | Rejection:
        """Return the writes that a command means here; names are looked up."""
        return self._plans.plan(command, arguments, situation)

    def baseline(self, step: Step, live: Live | None) -> Json:
        """Return how much the order has already of what the step adds or sets."""
        return {"there": self._there(step, live.raw if live else None)}

    def send(self, step: Step, baseline: Json) -> Answer:  # noqa: ARG002 - the answer says what it did
        """Send the write, once."""
        arrived = self._sender(step.arguments["kind"])(step.arguments)
        answer = json_or_none(arrived)
        fields = answer if isinstance(answer, dict) else {}
        no = refused_by_status(self.connection, arrived, _words(fields))
        if no is not None:
            reason: RejectedReason = "not_found" if arrived.status == 404 else "provider_refused"
            return Refused(no.message, no.provider, reason)
        if fields.get("error") or fields.get("errors"):
            return self._refused_in_a_success(arrived, fields)
        if "id" not in fields:
            raise UnclearError(f"{self.connection}: the answer to a write has no id")
        return Succeeded({"provider": {"id": fields["id"]}})

    def _refused_in_a_success(self, arrived: Arrived, fields: Json) -> Refused:
        if "id" in fields:
            # What the specification answers to a write that was carried out.
            raise UnclearError(f"{self.connection}: the answer has both an effect and an error")
        return refused(arrived.status, _words(fields))

    def _sender(self, kind: str) -> Callable[[Json], Arrived]:
        client = self._client
        senders: dict[str, Callable[[Json], Arrived]] = {
            "sent": lambda said: client.set_sent(said["order"]),
            "delivered": lambda said: client.set_delivered(said["order"]),
            "completed": lambda said: client.set_done(said["order"]),
            "cancelled": lambda said: client.cancel(said["order"]),
            "paid": lambda said: client.set_paid(said["order"], paid=_amount(said), **said["fields"]),
            "status": lambda said: client.set_status(said["order"], said["status"]),
            "tracking": lambda said: client.add_tracking(
                said["order"], shipper_id=said["shipper"], tracking_number=said["number"]
            ),
            "history": lambda said: client.add_history(
                said["order"], type_=said["type"], name=said["name"], status=said["status"]
            ),
            "create": lambda said: client.create_order(said["body"]),
            "add_item": lambda said: client.add_item(said["order"], said["body"]),
            "edit_item": lambda said: client.edit_item(said["order"], said["body"]),
            "remove_item": lambda said: client.delete_item(said["order"], said["item"]),
        }
        return senders[kind]

    def read_back(self, step: Step, baseline: Json) -> Finding:
        """Look for what the step set or added, where an order or the list shows it."""
        before, kind = baseline["there"], step.arguments["kind"]
        if before is None or (before and kind in {"paid", "status"}):
            return "cannot_tell"  # it is shown nowhere, or was so before
        now = self._there(step, None)
        if kind in FLAGS:
            return "happened" if now else "not_happened"
        return "happened" if (now or 0) > before else "not_happened"

    def _there(self, step: Step, raw: Json | None) -> int | None:
        """Return how often what a step adds is there, 0 or 1 for what it sets; None where none shows it."""
        said = step.arguments
        kind = said["kind"]
        if kind == "status":
            return self._in_status(said)
        amount = _amount(said)
        if kind not in {*FLAGS, "tracking"} and amount is None:
            return None
        shown = raw if raw is not None else self._client.get_order(said["order"])
        if kind == "tracking":
            return tracking_numbers(shown).count(said["number"])
        states = ShownStates.read(shown)
        return int(states.paid == amount if amount is not None else states.has(FLAGS[kind]))

    def _in_status(self, said: Json) -> int | None:
        """Ask the list, round the second in which the order was placed, whether it is in the status."""
        span = _round(said["placed_at"]) if said["placed_at"] else None
        if span is None:
            return None
        found = self._client.list_orders(
            status_id=said["status"], from_=span[0], to=span[1], per_page=_LARGEST_PAGE
        )
        ids = [text_of(row.get("id")) for row in found.rows if isinstance(row, dict)]
        if said["order"] not in ids and found.pages > 1:
            return None
        return int(said["order"] in ids)


def _round(moment: str) -> tuple[datetime, datetime] | None:
    """Return the seconds before and after: no page says whether a list has its ends in it."""
    second = datetime.fromisoformat(moment).replace(microsecond=0)
    try:
        return second - SECOND, second + SECOND
    except OverflowError:
        return None


def _amount(said: Json) -> Decimal | None:
    paid = said.get("paid")
    return None if paid is None else Decimal(paid)


def _words(fields: Json) -> str:
    said = [fields.get(key) for key in ("message", "detail", "error")]
    return " ".join(each for each in said if isinstance(each, str) and each)


ADAPTER = RetailysCommands
