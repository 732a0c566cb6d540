"""The states of Retailys orders, and which change of them is refused.

From the specification: 422 for `sent` and `delivered`, 400 for `done` and `cancel`. ASSUMED: which changes
they are refused for, and that a state may be set again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.sandbox.messages import Json

DEFAULT_STATUSES: tuple[Json, ...] = (
    {"id": 1, "name": "Nová", "complete_order": False, "cancel_order": False},
    {"id": 2, "name": "Připravuje se", "complete_order": False, "cancel_order": False},
    {"id": 3, "name": "Odesláno", "complete_order": False, "cancel_order": False},
    {"id": 4, "name": "Vyřízeno", "complete_order": True, "cancel_order": False},
    {"id": 5, "name": "Stornováno", "complete_order": False, "cancel_order": True},
)
DEFAULT_MAILING_STATUSES = frozenset({3, 4})
"The statuses that send the customer an email when they are set."

DEFAULT_SHIPPERS: tuple[Json, ...] = ({"id": 1, "name": "PPL"}, {"id": 2, "name": "Zásilkovna"})


class StateError(ValueError):
    """A change of state is refused; `status` is the HTTP status that says so."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of state: the flag it sets, and when it is refused."""

    flag: str
    refused_with: int
    not_after: tuple[str, ...]
    after: str | None = None


TRANSITIONS: Mapping[str, Transition] = {
    "done": Transition("done", 400, not_after=("canceled",)),
    "cancel": Transition("canceled", 400, not_after=("sent", "delivered", "done")),
    "sent": Transition("sent", 422, not_after=("canceled",)),
    "delivered": Transition("delivered", 422, not_after=("canceled",), after="sent"),
}


def change_state(order: Json, name: str, *, refuse_repeats: bool) -> dict[str, Any]:
    """Return the fields that a change of state changes.

    Raises:
        StateError: The order is not in a state that it can be made from.
    """
    transition = TRANSITIONS[name]
    for flag in transition.not_after:
        if order.get(flag):
            raise StateError(transition.refused_with, f"The order is {flag}.")
    if transition.after and not order.get(transition.after):
        raise StateError(transition.refused_with, f"The order is not {transition.after}.")
    if refuse_repeats and order.get(transition.flag):
        raise StateError(transition.refused_with, f"The order is {transition.flag} already.")
    return {transition.flag: True}
