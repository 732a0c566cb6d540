"""Commands: requests to act on an order, under an id that their sender chose and may repeat.

A command is (subject, id); its content is type, subject and data. Arguments are closed and strict: what
cannot be meant is refused with a sentence for people before anything is asked of anyone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from orderbus.domain.content import canonical, fingerprint
from orderbus.domain.errors import OrderBusError
from orderbus.domain.money import Money
from orderbus.domain.times import parse_time

Json = dict[str, Any]

State = Literal["received", "sending", "accepted", "succeeded", "rejected", "unknown"]
FINAL: frozenset[State] = frozenset({"succeeded", "rejected", "unknown"})
"""No retry follows; of these only unknown may be resolved."""

RejectedReason = Literal[
    "already_shipped",  # nothing of it is left to ship, or to cancel
    "cancelled",
    "charge_failed",  # the provider took the charge, and it failed
    "duplicate_shipment",  # another command has this shipment_id
    "expired",
    "held",
    "invalid_arguments",
    "not_allowed",  # the connection's options leave this order out
    "not_applied",  # it was unknown, and is known now not to have happened
    "not_found",  # the provider does not know the order (any more)
    "not_supported",
    "not_unknown",  # what shall be resolved is not unknown
    "partial_not_supported",
    "payment_declined",
    "provider_refused",
    "quantity_exceeded",
    "refunded",
    "superseded",
    "test_order",
    "unknown_carrier",
    "unknown_command",
    "unknown_connection",
    "unknown_line",
    "unknown_order",
    "unknown_status",
    "unknown_type",
]
UnknownReason = Literal[
    "no_answer",  # it was sent, and nothing says what came of it
    "not_settled",  # the provider took the charge and never said how it ended
    "partly_applied",  # some of its steps took effect
]

LONGEST_ID = 200
"""Of a command, in characters; of a shipment, too."""
LARGEST_DATA_BYTES = 100_000
"""A command is an item of the ledger, which holds 400 KB, and its steps repeat parts of it."""


class MalformedMessageError(OrderBusError):
    """A message is no command, so that nobody can be told: it goes to the dead-letter queue."""

    code = "malformed_command"


class ArgumentsError(OrderBusError):
    """A command's arguments cannot be meant; the message names the first that is wrong, and what is."""

    code = "invalid_arguments"


# Each is a request at some providers, and all of them are kept with the order.
_MOST_NUMBERS = 50

Text = Annotated[str, Meta(min_length=1, max_length=LONGEST_ID)]
Note = Annotated[str, Meta(max_length=2000)]
TrackingNumber = Annotated[str, Meta(pattern=r"^[!-~]{1,100}\Z")]
"""Printable ASCII without blanks."""


class Arguments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The data of a command: closed, and without conversions."""

    def __post_init__(self) -> None:
        """Check that texts are such as a person can read; only a note may have several lines."""
        for name, value in msgspec.structs.asdict(self).items():
            if isinstance(value, str) and name != "note" and not _is_plain(value):
                raise ValueError(f"{name}: has blanks round it, or characters that cannot be printed")


def _is_plain(value: str) -> bool:
    return value.isprintable() and value == value.strip()


class NoArguments(Arguments, frozen=True, kw_only=True):
    """Of a command whose type and subject say all."""


class ShipLine(Arguments, frozen=True, kw_only=True):
    """How many of a line."""

    line_id: Text
    quantity: Annotated[int, Meta(ge=1, le=10**9)]


class Ship(Arguments, frozen=True, kw_only=True):
    """Of `order.ship.v1`."""

    shipment_id: Text
    lines: Annotated[tuple[ShipLine, ...], Meta(min_length=1)]
    carrier: Text | None = None
    tracking_numbers: Annotated[tuple[TrackingNumber, ...], Meta(max_length=_MOST_NUMBERS)] = ()
    notify_customer: bool = False

    def __post_init__(self) -> None:
        """Check that no line stands there twice."""
        super().__post_init__()
        if len(self.quantities()) != len(self.lines):
            raise ValueError("lines: name a line twice")

    def quantities(self) -> dict[str, int]:
        """Return how many to ship by line id."""
        return {line.line_id: line.quantity for line in self.lines}


class SetStatus(Arguments, frozen=True, kw_only=True):
    """Of `order.set_status.v1`."""

    status: Text
    note: Note = ""
    notify_customer: bool = False


class SetState(Arguments, frozen=True, kw_only=True):
    """Of `order.set_state.v1`; what is paid, without an amount, is the order's total."""

    state: Literal["paid", "completed", "cancelled", "sent", "delivered"]
    amount: Money | None = None
    payment_id: Text | None = None
    payment_status: Literal["success", "denied", "canceled", "unknown"] | None = None
    payment_url: Text | None = None

    def __post_init__(self) -> None:
        """Check that the payment's fields come with `paid` only."""
        super().__post_init__()
        payment = (self.amount, self.payment_id, self.payment_status, self.payment_url)
        if self.state != "paid" and any(value is not None for value in payment):
            raise ValueError("state: only paid has an amount and payment fields")
        if self.amount is not None and self.amount.amount_minor < 0:
            raise ValueError("amount: below zero")


class AddTracking(Arguments, frozen=True, kw_only=True):
    """Of `order.add_tracking.v1`."""

    carrier: Text
    tracking_number: TrackingNumber


class AddHistory(Arguments, frozen=True, kw_only=True):
    """Of `order.add_history.v1`."""

    name: Text
    status: Text
    kind: Literal["order", "email", "apps", "status"]


class Acknowledge(Arguments, frozen=True, kw_only=True):
    """Of `order.acknowledge.v1`."""

    merchant_order_id: Text


class RemoveItem(Arguments, frozen=True, kw_only=True):
    """Of `order.remove_item.v1`."""

    item_id: Text


class Resolve(Arguments, frozen=True, kw_only=True):
    """Of `command.resolve.v1`: a person's answer to an unknown."""

    command_id: Text
    outcome: Literal["succeeded", "not_applied"]
    note: Annotated[str, Meta(min_length=1, max_length=2000)]


# What no page of the provider closes is sent as given.
_AS_GIVEN = Annotated[dict[str, Any], Meta(min_length=1)]

ARGUMENTS: Mapping[str, Any] = {
    "order.preauthorize.v1": NoArguments,
    "order.ship.v1": Ship,
    "order.set_status.v1": SetStatus,
    "order.set_state.v1": SetState,
    "order.add_tracking.v1": AddTracking,
    "order.add_history.v1": AddHistory,
    "order.acknowledge.v1": Acknowledge,
    "order.create.v1": _AS_GIVEN,
    "order.add_item.v1": _AS_GIVEN,
    "order.edit_item.v1": _AS_GIVEN,
    "order.remove_item.v1": RemoveItem,
    "order.refresh.v1": NoArguments,
    "command.resolve.v1": Resolve,
}
"""Every type of command, and what its data is."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command as it was sent.

    Attributes:
        data: As sent; `arguments` reads it.
        time: The sender's time, else the time at which the bus took it.
        flaw: What of the envelope is wrong, so that it is rejected; empty where nothing is.
    """

    id: str
    subject: str
    type: str
    data: Any
    time: datetime
    flaw: str = ""

    def content_hash(self) -> str:
        """Return the SHA-256 of the content: the same for each delivery of the same command."""
        return fingerprint({"type": self.type, "subject": self.subject, "data": self.data})

    def is_small(self) -> bool:
        """Say whether the ledger keeps the data."""
        return len(canonical(self.data)) <= LARGEST_DATA_BYTES

    def arguments(self) -> Any:
        """Return the data as the model of the type.

        Raises:
            ArgumentsError: Naming the first argument that is wrong, never its value.
        """
        if self.flaw:
            raise ArgumentsError(self.flaw)
        if not self.is_small():
            raise ArgumentsError(f"data: larger than {LARGEST_DATA_BYTES} bytes")
        try:
            msgspec.json.encode(self.data)
        except UnicodeEncodeError:
            raise ArgumentsError("data: a text has half a surrogate pair") from None
        try:
            return msgspec.convert(self.data, ARGUMENTS[self.type])
        except msgspec.ValidationError as error:
            raise ArgumentsError(_described(error)) from None


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a command is refused before anything happens: a code, and a sentence for people.

    Attributes:
        provider: The provider's own words, where they are the reason: `status`, `code`, `text`.
        first: Of a duplicate, the command that was there first: `command_id`, `state`.
    """

    reason: RejectedReason
    message: str
    provider: Json = field(default_factory=dict)
    first: Json | None = None


def parse_message(text: str) -> Command:
    """Return the command of a message as EventBridge puts it on a queue.

    Raises:
        MalformedMessageError: It is no JSON object with an id and a subject, or is not a type of ours.
    """
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedMessageError("the message is not JSON") from None
    detail = message.get("detail") if isinstance(message, dict) else None
    if not isinstance(detail, dict):
        raise MalformedMessageError("the message has no detail that is a JSON object")
    type_ = message.get("detail-type")
    if not is_ours(type_):
        raise MalformedMessageError("the detail-type is no type of command")
    time, flaw = _time(detail, message)
    if detail.get("type", type_) != type_:
        flaw = "type: differs from the event's detail-type"
    data = {} if detail.get("data") is None else detail["data"]
    try:
        canonical(data)
    except RecursionError:
        raise MalformedMessageError("data: nested too deeply") from None
    return Command(_id(detail, "id"), _id(detail, "subject"), type_, data, time, flaw)


def is_ours(type_: Any) -> bool:
    """Say whether a type has a command's name, in whatever version."""
    return isinstance(type_, str) and len(type_) <= LONGEST_ID and type_.rpartition(".v")[0] in _NAMES


_NAMES = frozenset(type_.rpartition(".v")[0] for type_ in ARGUMENTS)


def _id(detail: Json, name: str) -> str:
    value = detail.get(name)
    if not (isinstance(value, str) and 0 < len(value) <= LONGEST_ID and value.isprintable()):
        raise MalformedMessageError(f"{name}: not a text of 1 to {LONGEST_ID} printable characters")
    return value


def _time(detail: Json, message: Json) -> tuple[datetime, str]:
    """Return when the command was sent, and what is wrong where that cannot be told."""
    envelope = _read_time(message.get("time"))
    if envelope is None:
        raise MalformedMessageError("time: the event round the command has none")
    if detail.get("time") is None:
        return envelope, ""
    own = _read_time(detail["time"])
    return (envelope, "time: not an ISO 8601 time") if own is None else (own, "")


def _read_time(value: Any) -> datetime | None:
    try:
        return parse_time(value)
    except (ValueError, TypeError, AttributeError):
        return None


def _described(error: msgspec.ValidationError) -> str:
    said, _, where = str(error).partition(" - at `$")
    if said.startswith("Invalid enum value"):
        said = "none of the values that it may have"  # theirs would quote the value
    return f"data{where.rstrip('`')}: {said[0].lower()}{said[1:]}"


REASONS: tuple[str, ...] = (*get_args(RejectedReason), *get_args(UnknownReason))
