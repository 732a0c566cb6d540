"""P3: an answer that is lost is looked for at the provider, and what is not found there is unknown."""

from __future__ import annotations

import pytest

from infra.sandbox.faults import CutOff, Fault, Garbage, Html, Reset, Status
from tests.command_world import Commands, added, event, outcome
from tests.faults.steps import run_until

STATUS = "order.set_status.v1"
SHIP = "order.ship.v1"
PROCESSING = {"status": "Processing", "note": "packed"}


CLEAR_AFTER_EFFECT: list[Fault] = [
    Reset(after_effect=True),
    Status(500, after_effect=True),
    Garbage(),
    CutOff(10),
    Html(after_effect=True),
]


@pytest.mark.parametrize("fault", CLEAR_AFTER_EFFECT, ids=repr)
def test_a_lost_answer_is_read_back_and_found(commands: Commands, fault: Fault) -> None:
    order = commands.luna_order()
    commands.world.lunasoft.fail_next(fault, match="POST /orders")
    commands.send(STATUS, order, {"status": "Processing", "notify_customer": True})

    assert outcome(commands.work()) == ("command.succeeded.v1", None)

    assert added(commands) == ["Processing"]
    assert len(commands.world.lunasoft.status_mails) == 1


@pytest.mark.parametrize("fault", [Reset(), Status(500), Html()], ids=repr)
def test_one_that_is_not_found_is_looked_for_again_at_its_deadline_then_unknown(
    commands: Commands, fault: Fault
) -> None:
    order = commands.luna_order()
    commands.world.lunasoft.fail_next(fault, match="POST /orders")
    id_ = commands.send(STATUS, order, PROCESSING)
    assert commands.work() == []
    assert commands.state(order, id_) == "sending"

    assert outcome(commands.pass_time(seconds=130)) == ("command.unknown.v1", "no_answer")

    assert commands.posts() == ["POST /orders/501"]
    assert commands.pass_time(days=2) == []


def test_one_that_shows_late_is_found_at_the_deadline(commands: Commands) -> None:
    order = commands.luna_order()
    commands.world.lunasoft.fail_next(Reset(), match="POST /orders")
    commands.send(STATUS, order, PROCESSING)
    commands.work()
    commands.world.lunasoft.add_status(501, "Processing", notes="packed")

    assert outcome(commands.pass_time(seconds=130)) == ("command.succeeded.v1", None)
    assert commands.posts() == ["POST /orders/501"]


def test_until_it_is_known_nothing_else_is_done_with_the_order(commands: Commands) -> None:
    order = commands.luna_order()
    commands.world.lunasoft.fail_next(Reset(), match="POST /orders")
    commands.send(STATUS, order, PROCESSING)
    commands.work()
    commands.send(STATUS, order, {"status": "Complete"})

    assert commands.work() == []
    assert commands.posts() == ["POST /orders/501"]

    told = commands.pass_time(seconds=130) + commands.pass_time(seconds=130)
    assert sorted(each["type"] for each in told) == ["command.succeeded.v1", "command.unknown.v1"]
    assert added(commands) == ["Complete"]


def test_a_person_resolves_what_is_unknown_and_gets_the_quantities_back(commands: Commands) -> None:
    order = commands.luna_order()
    line = commands.line_of(order)
    ship = {"shipment_id": "s-1", "lines": [{"line_id": line, "quantity": 2}]}
    commands.world.lunasoft.fail_next(Reset(), match="POST /orders")
    first = commands.send(SHIP, order, ship)
    commands.work()
    assert outcome(commands.pass_time(seconds=130)) == ("command.unknown.v1", "no_answer")
    commands.send(SHIP, order, ship | {"shipment_id": "s-2"})
    assert outcome(commands.work()) == ("command.rejected.v1", "already_shipped")

    by = commands.send(
        "command.resolve.v1", order, {"command_id": first, "outcome": "not_applied", "note": "not there"}
    )
    told = {each["causationid"]: each for each in commands.work()}

    assert (told[first]["type"], told[by]["type"]) == ("command.rejected.v1", "command.succeeded.v1")
    assert told[first]["data"]["reason"] == "not_applied"
    assert told[first]["data"]["resolved_by"] == by
    commands.send(SHIP, order, ship | {"shipment_id": "s-3"})
    assert outcome(commands.work()) == ("command.succeeded.v1", None)
    assert added(commands) == ["Shipped"]


def test_a_resolved_command_is_not_resolved_again(commands: Commands) -> None:
    order = commands.luna_order()
    commands.world.lunasoft.fail_next(Reset(), match="POST /orders")
    first = commands.send(STATUS, order, PROCESSING)
    commands.work()
    commands.pass_time(seconds=130)
    answer = {"command_id": first, "outcome": "succeeded", "note": "it is there"}

    commands.send("command.resolve.v1", order, answer)
    assert {each["type"] for each in commands.work()} == {"command.succeeded.v1"}
    commands.send("command.resolve.v1", order, answer)

    assert outcome(commands.work()) == ("command.rejected.v1", "not_unknown")


def test_a_process_killed_while_it_sends_is_read_back_after_its_deadline_and_not_before(
    commands: Commands,
) -> None:
    order = commands.luna_order()
    message = event(STATUS, order, PROCESSING)
    commands.put(message)
    taken = commands.receive("update_order")
    run_until(
        lambda step: step.side == "after" and step.call.startswith("POST"),
        lambda: commands.handle("update_order", taken),
    )
    commands.world.restart()

    commands.put(message)
    assert commands.work() == []
    assert commands.answers[-1]["batchItemFailures"]
    commands.drop_messages()

    assert outcome(commands.pass_time(seconds=130)) == ("command.succeeded.v1", None)
    assert commands.posts() == ["POST /orders/501"]
