"""Commands at Net32: confirm the payment of an order, and ship and charge its lines.

A charge has no idempotency key, and one whose answer is lost cannot be asked for: what is unclear stays
unclear. One that was accepted has an id, and is asked about by it.
"""

from __future__ import annotations

from typing import Any

from orderbus.commands.adapter import (
    Accepted,
    Answer,
    Finding,
    Json,
    Live,
    Plan,
    Refused,
    Settlement,
    Situation,
    Step,
    Succeeded,
)
from orderbus.domain.commands import Command, RejectedReason, Rejection, Ship
from orderbus.domain.errors import CredentialsError, RateLimitedError, UnclearError
from orderbus.providers.http import Arrived
from orderbus.providers.net32.charges import charge_body, charge_id, ignored, opened, settlement
from orderbus.providers.net32.client import hinted_wait
from orderbus.providers.net32.source import Net32Source
from orderbus.providers.writes import json_or_none, refused_by_status

_PREAUTHORIZE, _CHARGE = "pre-authorization", "charge"
# INFERRED from the documented test numbers (providers.md 1.3): what a pre-authorization's status says.
_NOT_AUTHORIZED: dict[int, RejectedReason] = {402: "payment_declined", 404: "not_found"}


class Net32Commands:
    """Carries out commands at one vendor account."""

    provider = "net32"

    def __init__(self, source: Net32Source) -> None:
        self.connection = source.connection
        self.ship_test_orders = source.ship_test_orders
        self._client = source.client
        self._options = source.options

    def read_live(self, external_id: str) -> Live | None:  # noqa: ARG002 - there is no such question
        """Return None: an order is handed out once."""
        return None

    def plan(self, command: Command, arguments: Any, situation: Situation) -> Plan | Rejection:
        """Return the requests that a command means here."""
        if not (isinstance(arguments, Ship) or command.type == "order.preauthorize.v1"):
            return Rejection("not_supported", f"Net32 has nothing that {command.type} could mean")
        order = situation.known().external_id
        if self._options.only_orders is not None and order not in self._options.only_orders:
            return Rejection("not_allowed", "options.only_orders of the connection does not list this order")
        if not isinstance(arguments, Ship):
            return Plan([_preauthorization(order)], frozenset({"authorizes"}))
        return self._ship(order, arguments, situation)

    def _ship(self, order: str, wanted: Ship, situation: Situation) -> Plan:
        template = self._options.charge_body
        charge = Step(_CHARGE, "charge", {"order": order, "body": charge_body(template, order, wanted)})
        first = self._options.preauthorize_before_ship and not situation.shipments
        left_out = ignored(template, wanted)
        return Plan(
            [_preauthorization(order), charge] if first else [charge],
            frozenset({"ships", "pays"}),
            wanted.quantities(),
            result={"ignored": left_out} if left_out else {},
        )

    def baseline(self, step: Step, live: Live | None) -> Json:  # noqa: ARG002 - nothing can be read back
        """Return nothing: Net32 cannot be asked what it has."""
        return {}

    def send(self, step: Step, baseline: Json) -> Answer:  # noqa: ARG002 - there is none
        """Send the step, once."""
        order = step.arguments["order"]
        if step.name == _PREAUTHORIZE:
            return self._authorized(self._client.preauthorize(order))
        return self._charged(self._client.charge(order, step.arguments["body"]))

    def _authorized(self, arrived: Arrived) -> Answer:
        answer = self._understood(arrived)
        if isinstance(answer, Refused):
            reason = _NOT_AUTHORIZED.get(arrived.status, "provider_refused")
            return Refused(answer.message, answer.provider, reason)
        return Succeeded({"authorized": True, "provider": opened(answer)})

    def _charged(self, arrived: Arrived) -> Answer:
        answer = self._understood(arrived)
        if isinstance(answer, Refused):
            return answer
        id_ = charge_id(answer, self._options)
        if id_ is None:
            # It may have been taken, and without its id nobody can ask.
            raise UnclearError(f"{self.connection}: the answer to a charge has no charge id")
        return Accepted(id_, {"charge_id": id_})

    def _understood(self, arrived: Arrived) -> Any:
        """Return the JSON of a success, or a refusal; the worse of the status and the envelope's own counts.

        Raises:
            UnclearError: Neither yes nor no, or no JSON.
        """
        answer = json_or_none(arrived)
        fields = answer if isinstance(answer, dict) else {}
        words = fields.get("message")
        inner = fields.get("statusCode")
        status = max(arrived.status, inner) if isinstance(inner, int) else arrived.status
        self._raise_what_happens_again(status, arrived.body)
        said = Arrived(status, arrived.body, arrived.cut_off)
        refused = refused_by_status(self.connection, said, words if isinstance(words, str) else "")
        if refused is not None:
            return refused
        if not isinstance(answer, dict):
            raise UnclearError(f"{self.connection}: the answer is not a JSON object")
        return answer

    def _raise_what_happens_again(self, status: int, body: bytes) -> None:
        # Of HTTP's own status the client has raised these; here it is the envelope's.
        if status in {401, 403}:
            raise CredentialsError(f"{self.connection}: Net32 refuses the subscription key ({status})")
        if status == 429:
            raise RateLimitedError(
                f"{self.connection}: Net32 asks to slow down", retry_after=hinted_wait(body)
            )

    def read_back(self, step: Step, baseline: Json) -> Finding:  # noqa: ARG002 - there is no such question
        """Return that nobody can tell."""
        return "cannot_tell"

    def settle(self, external_id: str, charge_id: str) -> Settlement:
        """Ask what became of a charge."""
        answer = self._client.charge_status(external_id, charge_id)
        return settlement(answer, charge_id, self._options)


def _preauthorization(order: str) -> Step:
    # A GET that may place an authorization, and again another one; one that is not used lapses.
    return Step(_PREAUTHORIZE, "append", {"order": order}, lasting=False)


ADAPTER = Net32Commands
