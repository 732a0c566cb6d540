"""With a guard of the commands taken out, the cases that it is there for fail: so they do look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from orderbus.commands import guards, planning
from orderbus.commands.attempt import AttemptRun
from orderbus.commands.ledger import CommandRecord, StepRecord
from orderbus.commands.planning import Assignment

from tests.command_world import event
from tests.faults.command_case import Case, a_case
from tests.faults.command_scenarios import SCENARIOS
from tests.faults.steps import run_until
from tests.faults.test_commands_answers import Replaced, replaced

Patch = pytest.MonkeyPatch


def killed_after_the_charge_was_taken() -> None:
    """A process dies between the provider's answer and the ledger."""
    with a_case(SCENARIOS["net32 ship"]) as case:
        _, died = run_until(lambda step: (step.side, step.call[:4]) == ("after", "POST"), case.run)
        assert died
        case.settle()
        case.check(unknown_allowed=True)


def shipped_again_under_another_id(shipment_id: str) -> Callable[[], None]:
    """A sender ships the same lines again under a new command id."""

    def run() -> None:
        with a_case(SCENARIOS["net32 ship"]) as case:
            data = {**case.envelope["detail"]["data"], "shipment_id": shipment_id}
            case.run()
            again = event(case.scenario.type, case.scenario.subject, data)
            case.commands.put(again, case.function)
            case.commands.work()
            assert dict(case.effects()) == dict(case.scenario.done)

    return run


def shipped_a_part_twice_under_one_shipment_id() -> None:
    """A sender's retry under a new command id, where as much again could still ship."""
    with a_case(SCENARIOS["net32 ship a part"]) as case:
        case.run()
        again = event(case.scenario.type, case.scenario.subject, case.envelope["detail"]["data"])
        case.commands.put(again, case.function)
        case.commands.work()
        assert dict(case.effects()) == dict(case.scenario.done)


def closed_before_the_effect() -> None:
    """The connection closes before anything has happened: it must not be told as a success."""
    replaced(SCENARIOS["lunasoft ship"], Replaced(1, "closed before the effect"))


def closed_after_the_effect() -> None:
    """The connection closes after it has happened: the site shows it, so it is known."""
    replaced(SCENARIOS["lunasoft ship"], Replaced(1, "closed after the effect"))


def cancelled_at_the_provider_since() -> None:
    """The order was cancelled at the provider after it was last read."""
    with a_case(SCENARIOS["lunasoft ship"]) as case:
        _cancel(case)
        case.deliver()
        assert not case.effects()


def _cancel(case: Case) -> None:
    number = int(case.scenario.site.external_id)
    case.commands.world.lunasoft.edit(number, current_status="Cancelled")


def _send_unwritten(_run: AttemptRun, record: CommandRecord, step: StepRecord) -> CommandRecord:
    steps = tuple(step if each.name == step.name else each for each in record.progress.steps)
    return replace(record, progress=replace(record.progress, steps=steps))


def _without_state(patch: Patch) -> None:
    patch.setattr(AttemptRun, "_write_sending", _send_unwritten)


def _without_quantities(patch: Patch) -> None:
    patch.setattr(guards, "_too_many", lambda *_: None)


def _without_shipment_ids(patch: Patch) -> None:
    patch.setattr("orderbus.commands.attempt.overtaken", lambda *_: None)
    patch.setattr(planning, "overtaken", lambda *_: None)


def _found_always(patch: Patch) -> None:
    patch.setattr(AttemptRun, "_read_back", lambda *_: "happened")


def _found_never(patch: Patch) -> None:
    patch.setattr(AttemptRun, "_read_back", lambda *_: "cannot_tell")


def _without_live_check(patch: Patch) -> None:
    patch.setattr(Assignment, "read_live", lambda _self: None)


GUARDS: dict[str, tuple[Callable[[Patch], None], Callable[[], None]]] = {
    "the state before the call": (_without_state, killed_after_the_charge_was_taken),
    "the quantities": (_without_quantities, shipped_again_under_another_id("s-2")),
    "the shipment's id": (_without_shipment_ids, shipped_a_part_twice_under_one_shipment_id),
    "reading back, where nothing happened": (_found_always, closed_before_the_effect),
    "reading back, where it happened": (_found_never, closed_after_the_effect),
    "the live check": (_without_live_check, cancelled_at_the_provider_since),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_with_its_guard_a_case_holds(guard: str) -> None:
    _, case = GUARDS[guard]
    case()


@pytest.mark.parametrize("guard", GUARDS)
def test_without_its_guard_a_case_fails(guard: str, monkeypatch: Patch) -> None:
    take_out, case = GUARDS[guard]
    take_out(monkeypatch)
    with pytest.raises(AssertionError):
        case()
