"""P8: what hinders a command is told, keeps its time, and ends it honestly; an answer is never lost to it."""

from __future__ import annotations

from typing import Any

import pytest
from orderbus.domain.errors import ContendedError
from orderbus.intake.progress import Progress
from orderbus.providers.lunasoft.commands import LunaCommands

from infra.sandbox.faults import RateLimited, Reset, Status
from tests.command_world import Commands, event
from tests.faults.steps import run_until
from tests.world import Context

STATUS, SHIP = "order.set_status.v1", "order.ship.v1"
PROCESSING = {"status": "Processing"}
NUMBER = 20000001
A_SHIPMENT = {"shipment_id": "s-1", "lines": [{"line_id": f"{NUMBER}0001", "quantity": 2}]}


def outcomes(told: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [
        (each["type"], each["data"].get("reason")) for each in told if each["type"].startswith("command.")
    ]


def test_words_that_were_cut_within_a_character_do_not_hinder_the_outcome(commands: Commands) -> None:
    order = commands.luna_order()
    error = {"internal_message": "no such status \ud83d", "code": "400"}
    commands.world.lunasoft.fail_next(Status(400, {"errors": [error]}), match="POST /orders")

    commands.send(STATUS, order, PROCESSING)
    (told,) = commands.work()

    assert (told["type"], told["data"]["reason"]) == ("command.rejected.v1", "provider_refused")
    assert told["data"]["provider"] == {"status": 400, "code": "400", "text": "no such status ?"}


@pytest.mark.parametrize("comes_again", ["by the queue and the sweep", "as a duplicate"])
def test_a_wait_of_two_hours_is_kept(commands: Commands, comes_again: str) -> None:
    order = commands.luna_order()
    commands.world.lunasoft.fail_next(RateLimited(7200), match="POST /orders")
    message = event(STATUS, order, PROCESSING)
    commands.put(message)
    told = commands.work()

    for _ in range(7):
        told += commands.pass_time(seconds=1000)
        if comes_again == "as a duplicate":
            commands.put(message)
            told += commands.work()
    assert (told, commands.posts()) == ([], ["POST /orders/501"])

    assert outcomes(commands.pass_time(seconds=300)) == [("command.succeeded.v1", None)]
    assert commands.posts() == ["POST /orders/501"] * 2
    assert commands.dead_letters() == []


def test_a_definite_answer_is_not_lost_where_it_cannot_be_told_as_degraded(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = commands.net32_order(NUMBER, lines=[("10.00", 2)])
    commands.world.net32.fail_next(Status(401), match="POST /orders")
    with monkeypatch.context() as patch:

        def contended(*_: object, **__: object) -> bool:
            raise ContendedError("again and again")

        patch.setattr(Progress, "move", contended)
        id_ = commands.send(SHIP, order, A_SHIPMENT)
        assert commands.work() == []

    assert commands.state(order, id_) == "received"
    assert commands.item(order, "LOCK") == {}
    assert outcomes(commands.pass_time(seconds=100)) == [("command.accepted.v1", None)]
    assert len(commands.world.net32.charges) == 1


def test_what_could_not_be_sent_for_a_day_says_why(
    commands: Commands, caplog: pytest.LogCaptureFixture
) -> None:
    order = commands.luna_order()
    commands.world.lunasoft.fail_next(Status(401), match="POST /orders", times=1000)
    id_ = commands.send(STATUS, order, PROCESSING)
    commands.work()
    (logged,) = [vars(record) for record in caplog.records if record.getMessage() == "command hindered"]
    told = commands.pass_time(hours=1) + commands.pass_time(hours=24)

    assert outcomes(told) == [("command.rejected.v1", "expired")]
    assert "at last: " in told[0]["data"]["message"]
    assert "401" in told[0]["data"]["message"]
    assert logged["result"]["command_id"] == id_
    assert logged["error"]["code"] == "credentials_refused"


@pytest.mark.parametrize("place", ["plan", "read_live", "baseline"])
def test_a_fault_before_anything_is_sent_is_waited_for_then_expired(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a secret")

    monkeypatch.setattr(LunaCommands, place, broken)
    order = commands.luna_order()
    commands.send(STATUS, order, PROCESSING)
    told = commands.work() + commands.pass_time(hours=1) + commands.pass_time(hours=24)

    assert outcomes(told) == [("command.rejected.v1", "expired")]
    assert "KeyError at test_commands_hindered.py" in told[0]["data"]["message"]
    assert "a secret" not in str(told)
    assert (commands.dead_letters(), commands.posts()) == ([], [])


def test_a_fault_once_it_is_sent_is_an_unclear_answer(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = LunaCommands.send

    def broken(*given: Any) -> None:
        send(*given)
        raise KeyError

    monkeypatch.setattr(LunaCommands, "send", broken)
    commands.send(STATUS, commands.luna_order(), PROCESSING)

    assert outcomes(commands.work()) == [("command.succeeded.v1", None)]
    assert commands.posts() == ["POST /orders/501"]


def test_a_status_that_a_person_says_has_happened_counts_as_the_last(commands: Commands) -> None:
    order = commands.luna_order()
    older = event(STATUS, order, PROCESSING)
    commands.world.lunasoft.fail_next(Reset(), match="POST /orders")
    newer = commands.send(STATUS, order, {"status": "Complete"})
    commands.work()
    commands.pass_time(seconds=130)
    answer = {"command_id": newer, "outcome": "succeeded", "note": "it is there"}
    commands.send("command.resolve.v1", order, answer)
    commands.work()

    commands.put(older)

    assert outcomes(commands.work()) == [("command.rejected.v1", "superseded")]
    assert commands.posts() == ["POST /orders/501"]


def test_what_was_looked_up_too_long_is_not_sent_in_the_time_that_is_left(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = commands.luna_order()
    baseline = LunaCommands.baseline
    with monkeypatch.context() as patch:

        def slow(*given: Any) -> Any:
            patch.setattr(Context, "get_remaining_time_in_millis", lambda _: 40_000)
            return baseline(*given)

        patch.setattr(LunaCommands, "baseline", slow)
        id_ = commands.send(STATUS, order, PROCESSING)
        commands.work()
        assert (commands.state(order, id_), commands.posts()) == ("received", [])

    assert outcomes(commands.pass_time(seconds=40)) == [("command.succeeded.v1", None)]


def test_the_id_of_a_charge_is_in_the_log_where_it_could_not_be_written(
    commands: Commands, caplog: pytest.LogCaptureFixture
) -> None:
    order = commands.net32_order(NUMBER, lines=[("10.00", 2)])
    commands.put(event(SHIP, order, A_SHIPMENT), "ship_order")
    message = commands.receive("ship_order")
    charged: list[str] = []

    def once_charged(step: Any) -> bool:
        charged.extend(["x"] * (step.call.startswith("POST") and step.side == "after"))
        return bool(charged) and "dynamodb" in step.call

    run_until(once_charged, lambda: commands.handle("ship_order", message))

    (logged,) = [vars(record) for record in caplog.records if record.getMessage() == "charge taken"]
    assert logged["result"]["charge_id"] == "1"
