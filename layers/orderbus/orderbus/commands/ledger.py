"""What the ledger keeps of commands: each one's state beside its order, reservations, the lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Protocol

from orderbus.commands.adapter import Effect, Repeat, Shipment, Step
from orderbus.domain.commands import FINAL, Command, State
from orderbus.ports import OutboxEntry

Json = dict[str, Any]

Queue = Literal["preauthorize", "ship", "update", "settle"]
"""Which function's queue takes up what is due."""

# An error is told in a sentence or two.
_MOST_WORDS = 500


@dataclass(frozen=True, slots=True)
class Attempt:
    """One process that carries a command out; at the deadline it is gone for certain."""

    id: str
    deadline: datetime


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step and how far it has come.

    Attributes:
        sent: How often it may have been sent.
        baseline: What the provider had before it was sent.
        result: What the provider answered.
    """

    name: str
    repeat: Repeat
    arguments: Json
    lasting: bool = True
    state: Literal["todo", "sending", "done"] = "todo"
    sent: int = 0
    baseline: Json = field(default_factory=dict)
    result: Json = field(default_factory=dict)

    def step(self) -> Step:
        """Return the step as its adapter made it."""
        return Step(self.name, self.repeat, self.arguments, self.lasting)


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge that the provider took and has not finished.

    Attributes:
        counted_seconds: For how long the provider has answered that it is pending.
        asked: How often it was asked.
        asked_at: When it was last asked, or took the charge.
        until: When the daily questions end; None before it is unknown.
    """

    id: str
    ask_at: datetime
    asked_at: datetime
    asked: int = 0
    counted_seconds: float = 0.0
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a command has come: everything of it that changes, beside its state.

    Attributes:
        steps: The plan's, from the first that was sent.
        effects: The plan's, for guards when a later attempt goes on.
        ships: How many of each line are reserved for it.
        result: What the plan tells beside the answers.
        waits: How often it went back because nothing could be sent.
        not_before: Until then nothing is sent: a provider has named the time, or it has grown.
        hindrance: What the last error said for which it waits.
        outcome: The data of its outcome.
    """

    attempt: Attempt | None = None
    steps: tuple[StepRecord, ...] = ()
    effects: tuple[Effect, ...] = ()
    ships: dict[str, int] = field(default_factory=dict)
    sets_state: bool = False
    result: Json = field(default_factory=dict)
    waits: int = 0
    not_before: datetime | None = None
    hindrance: str = ""
    charge: Charge | None = None
    outcome: Json | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """When the sweep takes a command up again, and for which function."""

    queue: Queue
    at: datetime


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """A command in the ledger; each write is conditioned on the version before it.

    Attributes:
        command: Without its data where that is too large to be kept.
        told: The events of the last write that told something.
        told_before: Those of earlier writes, for a republish.
    """

    command: Command
    content_hash: str
    received_at: datetime
    state: State = "received"
    version: int = 1
    progress: Progress = field(default_factory=Progress)
    due: Due | None = None
    told: tuple[OutboxEntry, ...] = ()
    told_before: tuple[OutboxEntry, ...] = ()

    @property
    def is_final(self) -> bool:
        """Return whether nothing more is done by itself."""
        return self.state in FINAL

    @property
    def sending(self) -> StepRecord | None:
        """Return the step that may be under way."""
        return next((step for step in self.progress.steps if step.state == "sending"), None)

    @property
    def begun(self) -> bool:
        """Return whether a step was sent, so that the plan stays as it is."""
        return any(step.state != "todo" for step in self.progress.steps)

    @property
    def anything_done(self) -> bool:
        """Return whether a step took an effect that lasts."""
        return any(step.state == "done" and step.lasting for step in self.progress.steps)

    def moved(self, state: State, due: Due | None, **changed: Any) -> CommandRecord:
        """Return the record that follows; `changed` are fields of its progress."""
        return replace(
            self,
            state=state,
            version=self.version + 1,
            progress=replace(self.progress, **changed),
            due=due,
        )

    def hindered(self, words: str) -> CommandRecord:
        """Return the record with what hinders it; nothing is written."""
        return replace(self, progress=replace(self.progress, hindrance=words[:_MOST_WORDS]))

    def erased(self) -> CommandRecord:
        """Return what stays of a command when its order is erased: ids, the content's hash, how it ended."""
        told = self.progress.outcome or {}
        outcome = {"reason": told["reason"]} if "reason" in told else {}
        outcome["message"] = "the rest of its outcome was erased with its order"
        bare = Command(self.command.id, self.command.subject, self.command.type, None, self.command.time)
        return CommandRecord(
            bare, self.content_hash, self.received_at, self.state, self.version + 1, Progress(outcome=outcome)
        )

    def telling(self, *events: OutboxEntry) -> CommandRecord:
        """Return the record with events to be published with its write."""
        return replace(self, told=events, told_before=(*self.told_before, *self.told))


@dataclass(frozen=True, slots=True)
class Book:
    """What an order's commands have reserved and shipped, in an item of its own that intake never writes.

    Attributes:
        shipments: One entry for each command that ships or adds tracking; a rejected one has none.
        last_set: The sender's time of the newest status or state that was carried out.
    """

    version: int = 0
    shipments: tuple[Shipment, ...] = ()
    last_set: datetime | None = None

    def without(self, command_id: str) -> Book:
        """Return the book that follows when a command gives back what it has reserved."""
        kept = tuple(each for each in self.shipments if each.command_id != command_id)
        return replace(self, version=self.version + 1, shipments=kept)

    def with_(self, shipment: Shipment) -> Book:
        """Return the book that follows when a command reserves."""
        kept = self.without(shipment.command_id)
        return replace(kept, shipments=(*kept.shipments, shipment))

    def erased(self) -> Book:
        """Return what stays of the book of an erased order: ids and quantities."""
        kept = tuple(Shipment(each.command_id, each.shipment_id, each.lines) for each in self.shipments)
        return replace(self, version=self.version + 1, shipments=kept)

    def set_at(self, time: datetime) -> Book:
        """Return the book that follows when a status or state is carried out."""
        newest = time if self.last_set is None else max(self.last_set, time)
        return replace(self, version=self.version + 1, last_set=newest)

    def has(self, command_id: str) -> bool:
        """Say whether a command has an entry."""
        return any(each.command_id == command_id for each in self.shipments)

    def others(self, command_id: str) -> tuple[Shipment, ...]:
        """Return the entries of all other commands."""
        return tuple(each for each in self.shipments if each.command_id != command_id)


@dataclass(frozen=True, slots=True)
class Lock:
    """Who carries out a command of an order.

    Attributes:
        own_from: From when on the same command may take the lock over: its attempt is over by then.
        deadline: From when on any command may.
    """

    command_id: str
    attempt_id: str
    own_from: datetime
    deadline: datetime


Move = tuple[CommandRecord, CommandRecord]
BookMove = tuple[Book, Book]


class CommandLedger(Protocol):
    """The commands of the ledger."""

    def add(self, record: CommandRecord) -> CommandRecord | None:
        """Write a command first seen; return the one of its id that was there instead."""

    def find(self, subject: str, command_id: str) -> CommandRecord | None:
        """Return a command as it stands now."""

    def move(self, *moves: Move, book: BookMove | None = None) -> bool:
        """Write what follows, all or nothing; False where something has moved meanwhile."""

    def tell(self, subject: str, key: str, event: OutboxEntry) -> None:
        """Publish an event that moves no command; once for each key."""

    def book(self, subject: str) -> Book:
        """Return the order's book as it stands now."""

    def lock(self, subject: str, lock: Lock, now: datetime) -> bool:
        """Take the order's lock; False where another process has it."""

    def keep_lock(self, subject: str, lock: Lock) -> None:
        """Change the lock's times, if this attempt still has it."""

    def unlock(self, subject: str, attempt_id: str) -> None:
        """Give the lock back, if this attempt still has it."""

    def due(self, queue: Queue, now: datetime, most: int) -> Sequence[tuple[str, str]]:
        """Return subject and id of what is due, the longest first."""

    def postpone(self, subject: str, command_id: str, until: datetime) -> bool:
        """Let the sweep leave a command alone until then; False where it is due no more."""
