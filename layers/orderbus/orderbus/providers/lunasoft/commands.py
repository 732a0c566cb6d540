"""Commands at a LunaSoft site: all that it can be told is one more status.

A status is appended, and may mail the customer: a repeat is one more. What was sent can be found again, as a
row that was not there before with the name and the note that were sent.
"""

from __future__ import annotations

from typing import Any

from orderbus.commands.adapter import (
    Accepted,
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
from orderbus.domain.commands import Command, Rejection, SetStatus, Ship
from orderbus.domain.errors import CredentialsError, RateLimitedError, UnclearError
from orderbus.providers.answers import Arrived
from orderbus.providers.live import LiveAdapter
from orderbus.providers.lunasoft.client import LunaClient
from orderbus.providers.lunasoft.options import LunaOptions
from orderbus.providers.lunasoft.source import LunaSource
from orderbus.providers.writes import json_or_none, refused, refused_by_status


class LunaCommands(LiveAdapter[LunaSource]):
    """Carries out commands at one site."""

    def __init__(self, source: LunaSource) -> None:
        super().__init__(source)
        self._client: LunaClient = source.client
        self._options: LunaOptions = source.options

    def plan(self, command: Command, arguments: Any, situation: Situation) -> Plan | Rejection:
        """Return the status that a command means here."""
        if isinstance(arguments, SetStatus):
            return self._status(situation.known().external_id, arguments)
        if isinstance(arguments, Ship):
            return self._ship(situation.known().external_id, arguments, situation)
        return Rejection("not_supported", f"LunaSoft has nothing that {command.type} could mean")

    def _status(self, order: str, wanted: SetStatus) -> Plan:
        effects = self._effects(wanted.status)
        return Plan(
            [_step(order, wanted.status, wanted.note, notify=wanted.notify_customer)],
            effects,
            "rest" if "ships" in effects else {},
            sets_state=True,
        )

    def _ship(self, order: str, wanted: Ship, situation: Situation) -> Plan | Rejection:
        ships = wanted.quantities()
        status = (
            self._options.ship_status if situation.leaves_nothing(ships) else self._options.partial_status
        )
        if status is None:
            return Rejection(
                "partial_not_supported",
                "this leaves something to ship, and LunaSoft knows no partial shipment; ship all that is"
                " left, or put options.partial_status, the site's own status for it",
            )
        step = _step(order, status, _tracking_note(wanted), notify=wanted.notify_customer)
        return Plan([step], self._effects(status) | {"ships"}, ships, sets_state=True)

    def _effects(self, status: str) -> frozenset[Effect]:
        options = self._options
        names: dict[Effect, frozenset[str]] = {
            "ships": options.shipped_statuses | {options.ship_status},
            # It says that something has left, whoever sets it: held and cancelled orders are no place for it.
            "delivers": frozenset({options.partial_status} if options.partial_status else ()),
            "completes": options.completed_statuses,
            "cancels": options.cancelled_statuses,
        }
        return frozenset(effect for effect, statuses in names.items() if status in statuses)

    def baseline(self, step: Step, live: Live | None) -> Json:  # noqa: ARG002 - the same for every step
        """Return which rows the order's history has."""
        return {"rows": [row["id"] for row in _rows(live.raw)] if live else []}

    def send(self, step: Step, baseline: Json) -> Succeeded | Accepted | Refused:
        """Add the status, once."""
        said = step.arguments
        arrived = self._client.post_status(
            said["order"], said["status"], notes=said["notes"], notify_customer=said["notify"]
        )
        return self._understood(arrived, step, baseline)

    def _understood(self, arrived: Arrived, step: Step, baseline: Json) -> Succeeded | Refused:
        answer = json_or_none(arrived)
        errors = answer.get("errors") if isinstance(answer, dict) else None
        words, code = _first(errors)
        by_status = refused_by_status(self.connection, arrived, words, code)
        if by_status is not None:
            return by_status
        added = _added(answer, step, baseline)
        if errors and added is None:
            self._raise_what_happens_again(code)
            return refused(arrived.status, words, code)
        if errors or added is None:
            # Both the effect and errors, or neither.
            raise UnclearError(f"{self.connection}: the answer does not say whether the status was added")
        return Succeeded({"status": step.arguments["status"], "status_id": added})

    def _raise_what_happens_again(self, code: str) -> None:
        if code in {"401", "403"}:
            raise CredentialsError(f"{self.connection}: the site refuses the API key ({code})")
        if code == "429":
            raise RateLimitedError(f"{self.connection}: the site asks to slow down ({code})")

    def read_back(self, step: Step, baseline: Json) -> Finding:
        """Look for a row that is new, with our name and note."""
        raw = self._client.get_order(step.arguments["order"])
        return "happened" if _added(raw, step, baseline) is not None else "not_happened"


def _step(order: str, status: str, notes: str, *, notify: bool) -> Step:
    arguments = {"order": order, "status": status, "notes": notes, "notify": notify}
    return Step(f"status {status}", "mail" if notify else "append", arguments)


def _tracking_note(wanted: Ship) -> str:
    numbers = ", ".join(wanted.tracking_numbers)
    return " ".join(part for part in (wanted.carrier, numbers) if part)


def _added(answer: Any, step: Step, baseline: Json) -> str | None:
    """Return the id of the row that is ours: not there before, with our name and note."""
    # As texts: an id may come as a number in one answer and as a text in another.
    before = {str(id_) for id_ in baseline["rows"]}
    for row in _rows(answer):
        ours = row.get("status") == step.arguments["status"] and _words(row.get("notes")) == _words(
            step.arguments["notes"]
        )
        if ours and (id_ := str(row["id"])) not in before:
            return id_
    return None


def _words(text: Any) -> list[str]:
    # A site may trim a note, or write its line ends in another way.
    return str(text or "").split()


def _rows(answer: Any) -> list[dict[str, Any]]:
    rows = answer.get("statuses") if isinstance(answer, dict) else None
    return [row for row in rows if isinstance(row, dict) and "id" in row] if isinstance(rows, list) else []


def _first(errors: Any) -> tuple[str, str]:
    """Return the words and the code of the first error."""
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    words = first.get("internal_message") or first.get("user_message") or ""
    return str(words), str(first.get("code", ""))


ADAPTER = LunaCommands
