"""Commands at Net32: confirm the payment of an order, and ship and charge its lines.

A charge has no idempotency key, and one whose answer is lost cannot be asked for: what is unclear stays
unclear. One that was accepted has an id, and is asked about by it.
"""

from __future__ import annotations

from dataclasses import replace
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
from orderbus.domain.errors import CredentialsError, RateLimitedError, RefusedError, UnclearError
from orderbus.providers.answers import Arrived
from orderbus.providers.live import LiveAdapter
from orderbus.providers.net32.charges import charge_body, charge_id, ignored, settlement
from orderbus.providers.net32.client import hinted_wait
from orderbus.providers.net32.envelope import has_errors, is_empty, opened, status_of, words_of
from orderbus.providers.net32.source import Net32Source
from orderbus.providers.writes import bounded, json_or_none, refused, refused_by_status

_PREAUTHORIZE, _CHARGE = "pre-authorization", "charge"
# INFERRED from the documented test numbers (providers.md 1.3): what a pre-authorization's status says.
_NOT_AUTHORIZED: dict[int, RejectedReason] = {402: "payment_declined", 404: "not_found"}


class Net32Commands(LiveAdapter[Net32Source]):
    """Carries out commands at one vendor account."""

    def __init__(self, source: Net32Source) -> None:
        super().__init__(source)
        self._client = source.client
        self._options = source.options

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
        answer = json_or_none(arrived)
        refused = self._refused(arrived, answer, happened=opened(answer).get("authorized") is True)
        if refused is not None:
            reason = _NOT_AUTHORIZED.get(status_of(answer, arrived.status), "provider_refused")
            return Refused(refused.message, refused.provider, reason)
        return Succeeded({"authorized": True, "provider": bounded(opened(answer))})

    def _charged(self, arrived: Arrived) -> Answer:
        answer = json_or_none(arrived)
        id_ = charge_id(answer, self._options)
        refused = self._refused(arrived, answer, happened=id_ is not None)
        if refused is not None:
            return refused
        if id_ is None:
            # It may have been taken, and without its id nobody can ask.
            raise UnclearError(f"{self.connection}: the answer to a charge has no charge id")
        return Accepted(id_, {"charge_id": id_})

    def _refused(self, arrived: Arrived, answer: Any, *, happened: bool) -> Refused | None:
        """Return the refusal that an answer is, or None on a success.

        Args:
            arrived: The answer.
            answer: Its JSON, where it has any.
            happened: Whether it shows the effect all the same.

        Raises:
            UnclearError: It says neither yes nor no, or both.
            ProviderError: Nothing happened, and it is sent again later.
        """
        status = status_of(answer, arrived.status)
        says_no = status >= 300 or has_errors(answer)
        if happened and says_no and arrived.status < 300:
            raise UnclearError(f"{self.connection}: the answer has both the effect and an error")
        self._raise_what_happens_again(status, arrived.body)
        no = refused_by_status(self.connection, replace(arrived, status=status), words_of(answer))
        if no is None and says_no:
            return refused(arrived.status, words_of(answer))
        if no is None and not isinstance(answer, dict):
            raise UnclearError(f"{self.connection}: the answer is not a JSON object")
        return no

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
        """Ask what became of a charge; an error tells nothing of it."""
        answer = self._client.charge_status(external_id, charge_id)
        status = status_of(answer, 200)
        self._raise_what_happens_again(status, b"")
        if 400 <= status < 500:
            raise RefusedError(f"{self.connection}: Net32 does not tell of charge {charge_id} ({status})")
        if status >= 300 or has_errors(answer) or is_empty(answer):
            raise UnclearError(f"{self.connection}: the answer tells nothing of charge {charge_id}")
        return settlement(answer, charge_id, self._options)


def _preauthorization(order: str) -> Step:
    # A GET that may place an authorization, and again another one; one that is not used lapses.
    return Step(_PREAUTHORIZE, "append", {"order": order}, lasting=False)


ADAPTER = Net32Commands
