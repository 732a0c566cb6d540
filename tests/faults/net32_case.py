"""A stack with orders waiting at Net32, and what must be on the bus in the end whatever its runs met with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orderbus.domain.events import EventType, event_id

from infra.sandbox.net32 import make_order
from tests.faults.polled_case import PolledCase
from tests.faults.steps import Step, kill_at, run_until
from tests.world import NET32, a_world

INTERRUPTED: EventType = "connection.read_interrupted.v1"
PAGE = 3
FIRST = 101
BAD = "105"
"""This order cannot be normalized: it has no total."""


@dataclass
class Case(PolledCase):
    """A stack, and what its runs were killed at."""

    connection = NET32
    interruptions: int = 0
    "How many readings ended without their page in the inbox, or without a proper answer."
    lost: set[str] = field(default_factory=set)
    "The orders that the provider handed out to those."

    def kill(self, number: int) -> None:
        """Poll until the step of this number, where the process dies."""
        self.died(kill_at(number, self.poll))

    def kill_when(self, where: Callable[[Step], bool]) -> None:
        """Poll until a step that is so, where the process dies, if there is one."""
        reached, died = run_until(where, self.poll)
        if died:
            self.died(reached)

    def died(self, steps: Sequence[Step]) -> None:
        """Note what a run took with it."""
        claimed, asked = open_reading(steps)
        self.interruptions += claimed
        if asked:
            self.lost |= set(self.world.net32.handed_out[-1])

    def check(self) -> None:
        """Check what the subscriber got: all that was handed out and not lost, each by one event."""
        self.world.relay()
        events = self.world.received
        ids = [event["id"] for event in events]
        assert len(ids) == len(set(ids))
        came = subjects(events, "order.created.v1") + subjects(events, "order.quarantined.v1")
        came = [subject for subject in came if subject != NET32]  # a page that was set aside whole
        handed_out = {order for page in self.world.net32.handed_out for order in page}
        assert sorted(came) == sorted(f"{NET32}:{order}" for order in handed_out - self.lost)
        assert f"{NET32}:{BAD}" not in subjects(events, "order.created.v1")
        interrupted = {e["id"]: e["data"] for e in events if e["type"] == INTERRUPTED}
        assert len(interrupted) == self.interruptions
        # Whoever publishes it again publishes the same id.
        assert list(interrupted) == [
            event_id(NET32, INTERRUPTED, data["reading_id"]) for data in interrupted.values()
        ]
        self._check_spans(list(interrupted.values()))

    def _check_spans(self, interrupted: Sequence[dict[str, Any]]) -> None:
        """Check that a person who looks for what is lost is told the right time."""
        spans = [[datetime.fromisoformat(data[end]) for end in ("since", "until")] for data in interrupted]
        for call, ids in zip(self.world.net32.calls, self.world.net32.handed_out, strict=True):
            if self.lost & set(ids):
                assert any(since <= call.time <= until for since, until in spans)


def subjects(events: Sequence[dict[str, Any]], type_: str) -> list[str]:
    """Return what the events of a type are about."""
    return [event["subject"] for event in events if event["type"] == type_]


def open_reading(steps: Sequence[Step]) -> tuple[bool, bool]:
    """Say whether the last claim of a reading is without its end, and whether its request was sent."""
    claimed = asked = False
    for step in steps:
        if step.side == "after" and not step.refused:
            ends = step.call in {"s3.PutObject inbox", "dynamodb.PutItem state"}
            claimed = step.call == "dynamodb.UpdateItem state" or (claimed and not ends)
            asked = claimed and (asked or step.call == "GET /orders/")
    return claimed, asked


def holds_reading(steps: Sequence[Step]) -> bool:
    """Say whether the ledger has a reading of this run."""
    state = ("dynamodb.UpdateItem state", "dynamodb.PutItem state")
    written = [
        step.call for step in steps if step.side == "after" and not step.refused and step.call in state
    ]
    return written[-1:] == ["dynamodb.UpdateItem state"]


@contextmanager
def a_case(orders: int) -> Iterator[Case]:
    """Give a stack with so many orders waiting, of which a page has three."""
    with a_world(page_size=PAGE) as world:
        world.connect(NET32, "net32", world.net32_at.url, options={"page_size": PAGE})
        for number in range(FIRST, FIRST + orders):
            order = make_order(number)
            if str(number) == BAD:
                del order["total"]
            world.net32.place(order)
        yield Case(world)
