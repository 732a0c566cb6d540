"""Events as consumers read them: one model for each type, of which the published schemas are made.

The relay does not use them: it sends what is in the ledger as it is, and tests hold the two together.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

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
    subject: Text = Field(description="The order id, else the connection.")
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
    intake: Intake
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
    intake: Intake
    data: QuarantinedData


class ReadInterrupted(Envelope):
    """A read that hands each order out once was cut off: look at its time span in the provider's portal."""

    type: Literal["connection.read_interrupted.v1"]
    data: ReadInterruptedData


class ConnectionDegraded(Envelope):
    """Polls of a connection fail, or it is silent: a person should look."""

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
    | ReadInterrupted
    | ConnectionDegraded
    | ConnectionRecovered
    | Heartbeat,
    Field(discriminator="type"),
]
