"""Events as consumers read them: one model for each type, of which the published schemas are made.

The relay does not use them: it sends what is in the ledger as it is, and tests hold the two together.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from orderbus.domain.commands import RejectedReason, State, UnknownReason
from orderbus.domain.events import Intake
from orderbus.domain.forms import CLOSED
from orderbus.domain.orders import PublishedOrder

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Moment = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")]
"""A time in UTC with microseconds: texts sort as their times do."""
Uuid5 = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
]
Text = Annotated[str, StringConstraints(min_length=1)]
Arrival = Annotated[
    Intake,
    Field(
        description="How it was read: `live`; `start` until its connection's first complete poll;"
        " `backfill` by a redrive; `reconcile` by a reconciliation."
    ),
]


class Form(BaseModel):
    """A part of an event: closed and immutable."""

    model_config = CLOSED


class Change(Form):
    """A part of an order that differs from the revision before: where (RFC 6901), from what, to what."""

    path: Annotated[str, StringConstraints(pattern="^/")]
    from_: Any = Field(alias="from")
    to: Any


class OrderData(Form):
    """An order as it is at this revision, and what has changed in it since the one before."""

    order: PublishedOrder
    changes: tuple[Change, ...]


class Reference(Form):
    """Where `{"order", "changes"}` is, as JSON in S3: together they were too large for an event."""

    bucket: Text
    key: Text
    sha256: Sha256
    bytes: int = Field(ge=1)


class OrderClaim(Form):
    """A claim check for an order that is too large for an event."""

    ref: Reference


class QuarantinedData(Form):
    """An input that could not be normalized: why, and where its raw bytes are in the inbox bucket."""

    reason: Text
    key: Text
    sha256: Sha256
    whole_page: bool


class ReadInterruptedData(Form):
    """A destructive read that was cut off: orders handed out in this span may not have arrived."""

    reading_id: Text
    since: Moment
    until: Moment
    reason: Text
    key: str | None = Field(description="Where in the inbox bucket that is what arrived, if anything did.")


class CommandData(Form):
    """Which command is told of."""

    command_id: Text
    command_type: Text
    shipment_id: str | None


class AcceptedData(CommandData):
    """A charge that the provider took: its id, and that it is pending."""

    result: dict[str, Any]


class SucceededData(CommandData):
    """What the provider answered.

    Of a charge: `charge_id`, `status`, `payout` and `breakdown` in exact money.
    """

    result: dict[str, Any]
    resolved_by: str | None = Field(
        description="Of what was unknown: the command.resolve that ended it, or `provider`."
    )


class FirstCommand(Form):
    """The command that a duplicate repeats, and how it stands."""

    command_id: Text
    state: State


class RejectedData(CommandData):
    """Why it was refused; nothing happened."""

    reason: RejectedReason
    message: Text = Field(description="For people.")
    provider: dict[str, Any] | None = Field(description="The provider's own words, where it refused.")
    first: FirstCommand | None = Field(description="Of a duplicate shipment.")
    resolved_by: str | None


class StepData(Form):
    """One request of a command, and how far it came."""

    name: Text
    state: Literal["todo", "sending", "done"]


class UnknownData(CommandData):
    """What a person must look at: what may have happened, or happened in part."""

    reason: UnknownReason
    message: Text = Field(description="For people.")
    provider: dict[str, Any] | None
    steps: tuple[StepData, ...]
    charge_id: str | None = Field(description="What to ask the provider for, where it took a charge.")


class ConflictData(CommandData):
    """A used command id came with other content."""

    message: Text
    state: State = Field(description="Of the command that has the id.")


class HealthData(Form):
    """How a connection fares."""

    failed_polls: int = Field(ge=0)
    last_complete_poll: Moment | None


class HeartbeatData(Form):
    """The minute of a heartbeat."""

    minute: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\dZ$")]


class Envelope(Form):
    """What every event has: CloudEvents 1.0, with extensions."""

    specversion: Literal["1.0"]
    id: Uuid5 = Field(description="The same each time that this fact is published: tells repeats.")
    source: Annotated[str, StringConstraints(pattern=r"^/orderbus(/[a-z0-9-]{1,40})?$")]
    subject: Text = Field(description="The order id, else the connection; `orderbus` of a heartbeat.")
    time: Moment = Field(description="When OrderBus recorded it.")
    datacontenttype: Literal["application/json"]
    dataschema: Text = Field(description="Names the schema of `data`.")
    provider: str
    connection: str
    correlationid: Text


class OrderEvent(Envelope):
    """A fact about an order. The order of delivery is not promised: `revision` tells which is newer."""

    test: bool
    revision: int = Field(ge=1)
    intake: Arrival
    data: OrderData | OrderClaim


class OrderCreated(OrderEvent):
    """An order was first seen."""

    type: Literal["order.created.v1"]


class OrderUpdated(OrderEvent):
    """An order changed in what no other event of the same revision tells."""

    type: Literal["order.updated.v1"]


class OrderHeld(OrderEvent):
    """A hold came upon an order: it must not be shipped."""

    type: Literal["order.held.v1"]


class OrderReleased(OrderEvent):
    """The last hold of an order went; never beside a cancellation."""

    type: Literal["order.released.v1"]


class OrderCancelled(OrderEvent):
    """An order was cancelled at the provider."""

    type: Literal["order.cancelled.v1"]


class OrderQuarantined(Envelope):
    """What a provider sent could not be normalized: it is kept raw, and waits to be redriven."""

    type: Literal["order.quarantined.v1"]
    intake: Arrival
    data: QuarantinedData


class CommandEvent(Envelope):
    """The outcome of a command, or a step towards it; `causationid` is the command's id."""

    causationid: Text


class CommandAccepted(CommandEvent):
    """The provider took a charge and will finish it later."""

    type: Literal["command.accepted.v1"]
    data: AcceptedData


class CommandSucceeded(CommandEvent):
    """A command is done."""

    type: Literal["command.succeeded.v1"]
    data: SucceededData


class CommandRejected(CommandEvent):
    """A command was refused, by OrderBus or the provider: nothing happened."""

    type: Literal["command.rejected.v1"]
    data: RejectedData


class CommandUnknown(CommandEvent):
    """A command may or may not have happened, or happened in part: a person must look."""

    type: Literal["command.unknown.v1"]
    data: UnknownData


class CommandConflict(CommandEvent):
    """A used command id came with other content: nothing changed, and no outcome follows."""

    type: Literal["command.conflict.v1"]
    data: ConflictData


class ReadInterrupted(Envelope):
    """A read that hands each order out once was cut off: look at its time span in the provider's portal."""

    type: Literal["connection.read_interrupted.v1"]
    data: ReadInterruptedData


class ConnectionDegraded(Envelope):
    """Polls of a connection fail or stop, or its credentials are refused: a person should look."""

    type: Literal["connection.degraded.v1"]
    data: HealthData


class ConnectionRecovered(Envelope):
    """A degraded connection completed a poll again."""

    type: Literal["connection.recovered.v1"]
    data: HealthData


class Heartbeat(Envelope):
    """Sent every five minutes through bus, rule and target: its absence means that one of them is dead."""

    type: Literal["heartbeat.v1"]
    data: HeartbeatData


PublishedEvent = Annotated[
    OrderCreated
    | OrderUpdated
    | OrderHeld
    | OrderReleased
    | OrderCancelled
    | OrderQuarantined
    | CommandAccepted
    | CommandSucceeded
    | CommandRejected
    | CommandUnknown
    | CommandConflict
    | ReadInterrupted
    | ConnectionDegraded
    | ConnectionRecovered
    | Heartbeat,
    Field(discriminator="type"),
]
