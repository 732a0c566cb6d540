"""P2: many commands on one order, in any order, with kills and faults between: none ships twice."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from infra.sandbox.faults import Fault, Garbage, RateLimited, Reset, Status
from infra.sandbox.net32 import make_order
from tests.command_world import QUEUES, Commands, a_command_world, event
from tests.faults.steps import run_until
from tests.world import NET32

NUMBER = 20_000_001
ORDER = f"{NET32}:{NUMBER}"
LINES = [("10.00", 3), ("5.00", 1)]
ORDERED = {f"{NUMBER}0001": 3, f"{NUMBER}0002": 1}
OUTCOMES = ("succeeded", "rejected", "unknown")
FAULTS: tuple[Fault, ...] = (
    Reset(),
    Reset(after_effect=True),
    Status(500),
    Status(500, after_effect=True),
    Status(422),
    Garbage(),
    RateLimited(5),
)
# What of a run a kill may fall on; a step beyond its end kills nothing.
LAST_STEP = 40


class Warehouse(RuleBasedStateMachine):
    """A warehouse that ships one Net32 order, and everything that goes wrong meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        self.commands: Commands = self._open.enter_context(a_command_world())
        self.sent: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []

    def teardown(self) -> None:
        """Let everything end, and then hold the ledger against the sandbox."""
        try:
            for minutes in (1, 3, 5, 5, 15, 15, 30, 60, 60):
                self._note(self.commands.pass_time(minutes=minutes))
            self.check_that_all_agrees()
        finally:
            self._open.close()

    @initialize()
    def place(self) -> None:
        """Let the order come in."""
        self.commands.world.net32.place(make_order(NUMBER, lines=LINES))
        self.commands.world.poll(NET32)
        self.commands.world.relay()

    @rule(
        line=st.sampled_from(sorted(ORDERED)),
        quantity=st.integers(1, 4),
        shipment=st.integers(1, 4),
    )
    def ship(self, line: str, quantity: int, shipment: int) -> None:
        """Send a shipment, whose name may be one that was used."""
        data = {"shipment_id": f"s-{shipment}", "lines": [{"line_id": line, "quantity": quantity}]}
        envelope = event("order.ship.v1", ORDER, data)
        self.sent.append(envelope)
        self.commands.put(envelope, "ship_order")

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 99))
    def repeat(self, which: int) -> None:
        """Send a command again that was sent before."""
        self.commands.put(self.sent[which % len(self.sent)], "ship_order")

    @rule(seconds=st.sampled_from([1, 6, 60, 200, 800]))
    def wait(self, seconds: int) -> None:
        """Let time pass, and the queues be worked off."""
        self.commands.world.pass_time(seconds=seconds)
        self._note(self.commands.work())

    @rule()
    def sweep(self) -> None:
        """Let the minute's sweep run."""
        self._note(self.commands.pass_time(minutes=1))

    @rule(at=st.integers(0, LAST_STEP))
    def kill(self, at: int) -> None:
        """Kill the process that works one message, at some step."""
        self.commands.world.restart()
        run_until(lambda step: step.number == at, self._work_one)
        self.commands.world.restart()

    @rule(fault=st.sampled_from(FAULTS))
    def disturb(self, fault: Fault) -> None:
        """Let the provider fail at what it is asked next."""
        self.commands.world.net32.fail_next(fault)

    @rule()
    def lose_all_messages(self) -> None:
        """Lose what is on the queues, once the ledger has all commands."""
        self.commands.world.pass_time(seconds=61)  # SQS purges a queue once a minute
        self._note(self.commands.work())
        ids = {f"COMMAND#{envelope['detail']['id']}" for envelope in self.sent}
        if ids <= {item["sk"]["S"] for item in self.commands.world.items()}:
            self.commands.drop_messages()

    def _work_one(self) -> None:
        for function in QUEUES:
            if self.commands._work_one(function, 120_000):
                return

    def _note(self, told: list[dict[str, Any]]) -> None:
        self.told += [each for each in told if each["type"].startswith("command.")]

    @invariant()
    def no_more_ships_than_was_ordered(self) -> None:
        """Hold what the sandbox shipped against what was ordered."""
        for (_, line), quantity in self.commands.world.net32.shipped.items():
            assert quantity <= ORDERED[line]

    def check_that_all_agrees(self) -> None:
        """Hold each command's outcome against the charges at the sandbox."""
        outcomes = [each for each in self.told if each["type"].split(".")[1] in OUTCOMES]
        ended = Counter(each["causationid"] for each in outcomes)
        ids = {envelope["detail"]["id"] for envelope in self.sent}
        assert ended == dict.fromkeys(ids, 1)
        states = {each["causationid"]: each["type"].split(".")[1] for each in outcomes}
        assert states == {id_: self.commands.state(ORDER, id_) for id_ in ids}
        self._check_quantities(states)

    def _check_quantities(self, states: dict[str, str]) -> None:
        """What succeeded was shipped, what was rejected was not, and of the unknown all is reserved."""
        wanted: dict[str, Counter[str]] = {state: Counter() for state in OUTCOMES}
        for envelope in self.sent:
            (line,) = envelope["detail"]["data"]["lines"]
            wanted[states[envelope["detail"]["id"]]][line["line_id"]] += line["quantity"]
        shipped = Counter({line: n for (_, line), n in self.commands.world.net32.shipped.items()})
        for line, ordered in ORDERED.items():
            certain, uncertain = wanted["succeeded"][line], wanted["unknown"][line]
            assert certain <= shipped[line] <= certain + uncertain <= ordered
        book = self.commands.item(ORDER, "RESERVATIONS")
        reserved: Counter[str] = Counter()
        for shipment in json.loads(book["shipments"]["S"]) if book else []:
            reserved.update(shipment["lines"])
        assert reserved == wanted["succeeded"] + wanted["unknown"]


_CHECKS = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    database=None,
    derandomize=True,
)


@pytest.mark.timeout(900)
class TestSome(Warehouse.TestCase):  # type: ignore[misc, valid-type]  # made at run time
    """Some interleavings."""

    settings = settings(_CHECKS, max_examples=8, stateful_step_count=16)


@pytest.mark.exhaustive
@pytest.mark.timeout(3600)
class TestMany(Warehouse.TestCase):  # type: ignore[misc, valid-type]  # made at run time
    """Many more of them."""

    settings = settings(_CHECKS, max_examples=150, stateful_step_count=40)
