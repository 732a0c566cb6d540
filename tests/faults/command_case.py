"""One command in a stack of its own: carried out, disturbed, settled, and then held to what is promised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.command_world import Commands, a_command_world, event, function_of
from tests.faults.command_scenarios import Effects, Scenario

Json = dict[str, Any]

OUTCOMES = frozenset({"command.succeeded.v1", "command.rejected.v1", "command.unknown.v1"})
# Until all is final: what a queue lost is found by the sweep, and no attempt outlives its deadline.
_WAITS_MINUTES = (1, 3, 3, 5, 15, 15, 30, 60)


@dataclass
class Case:
    """An order at its provider and in the ledger, and a command for it that is on its queue.

    Attributes:
        told: The events about it, in the order in which they came.
    """

    commands: Commands
    scenario: Scenario
    envelope: Json
    told: list[Json] = field(default_factory=list)

    @property
    def command_id(self) -> str:
        """The command's id."""
        return str(self.envelope["detail"]["id"])

    @property
    def function(self) -> str:
        """Whose queue the command is on."""
        return function_of(self.scenario.type)

    def run(self) -> None:
        """Carry the command out as its queue, and then that of a charge, hand it to their functions."""
        self.deliver()
        if self.scenario.done.get("charges"):
            for seconds in (6, 11):
                self.commands.world.pass_time(seconds=seconds)
                self.told += self.commands.work()

    def deliver(self) -> None:
        """Hand the command's message to its function, in a process of its own."""
        self.commands.world.restart()
        self.commands.handle(self.function, self.commands.receive(self.function))

    def deliver_at_once(self) -> None:
        """Hand over the message that is visible now to another process, while one stands in the middle."""
        handlers, self.commands.world.handlers = self.commands.world.handlers, {}
        self.commands.handle(self.function, self.commands.receive(self.function))
        self.commands.world.handlers = handlers

    def deliver_again(self) -> None:
        """Put the same message on the queue once more, and hand it over."""
        self.commands.put(self.envelope, self.function)
        self.commands.world.restart()
        self.told += self.commands.work()

    def settle(self) -> None:
        """Let time pass until nothing is left to do; messages that were lost come again."""
        self.commands.world.restart()
        self.told += self.commands.work()
        for minutes in _WAITS_MINUTES:
            if self.outcomes():
                break
            self.told += self.commands.pass_time(minutes=minutes)
        # Long after, when no queue has the message any more and no lock is held.
        self.told += self.commands.pass_time(days=15)
        self.deliver_again()

    def state(self) -> str:
        """The command's state in the ledger, or nothing where it is not there yet."""
        items = self.commands.world.items()
        mine = [item for item in items if item["sk"]["S"] == f"COMMAND#{self.command_id}"]
        return str(mine[0]["state"]["S"]) if mine else ""

    def outcomes(self) -> list[Json]:
        """The outcomes that were told."""
        return [each for each in self.told if each["type"] in OUTCOMES]

    def effects(self) -> Effects:
        """What was done with the order."""
        seen = self.scenario.site.effects(self.commands.world)
        return Counter({name: count for name, count in seen.items() if count})

    def check(self, *, unknown_allowed: bool) -> tuple[str, bool]:
        """Hold it to what is promised; return how it ended, and whether it had happened."""
        done, effects = dict(self.scenario.done), dict(self.effects())
        (outcome,) = self.outcomes()
        state = outcome["type"].split(".")[1]
        for name, count in effects.items():
            assert abs(count) <= abs(done.get(name, 0)), f"{name} is {count}, of a {state} command"
        ids = Counter(each["id"] for each in self.told if each["type"].startswith("command."))
        assert set(ids.values()) <= {1}, "an event was told twice"
        if state == "succeeded":
            assert effects == done
        elif state == "rejected":
            assert effects == {}, f"rejected ({outcome['data']['reason']}), and it has happened"
        else:
            assert unknown_allowed, f"unknown ({outcome['data']['reason']}), and it need not be"
            found = effects == done and self.scenario.readable
            assert not found, f"unknown ({outcome['data']['reason']}), and the provider shows it"
        assert self.state() == state, "the ledger and the bus disagree"
        return state, effects == done


@contextmanager
def a_case(scenario: Scenario) -> Iterator[Case]:
    """Give a case whose message waits on its queue."""
    with a_command_world() as commands:
        world, site = commands.world, scenario.site
        site.place(world)
        world.poll(site.connection)
        scenario.prepare(world)
        world.relay()
        envelope = event(scenario.type, scenario.subject, scenario.data(commands))
        commands.put(envelope, function_of(scenario.type))
        yield Case(commands, scenario, envelope)
