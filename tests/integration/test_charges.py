"""P2, P3: a charge that finishes later is asked about until the answer is definite, whatever was lost."""

from __future__ import annotations

from infra.sandbox.faults import Meanwhile, Reset, Status
from infra.sandbox.messages import json_answer
from tests.charging import GROWING, NUMBER, SHIP, a_day, an_order, asked, let_pass, ship, types
from tests.command_world import Commands, event
from tests.faults.steps import run_until


def test_a_charge_is_accepted_then_succeeds_with_its_breakdown_in_exact_money(commands: Commands) -> None:
    order = an_order(commands)
    commands.send(SHIP, order, ship(2))

    (accepted,) = commands.work()
    commands.world.pass_time(seconds=6)
    assert commands.work() == []
    commands.world.pass_time(seconds=11)
    (succeeded,) = commands.work()

    assert accepted["type"] == "command.accepted.v1"
    assert accepted["data"]["result"] == {"charge_id": "1", "status": "pending"}
    result = succeeded["data"]["result"]
    assert (result["charge_id"], result["status"]) == ("1", "success")
    assert result["payout"] == {"amount_minor": 1800, "currency": "USD"}
    assert asked(commands) == 2
    assert commands.world.net32.shipped == {(str(NUMBER), f"{NUMBER}0001"): 2}


def test_a_charge_that_settles_after_20_minutes_settles(commands: Commands) -> None:
    order = an_order(commands, settle_after=len(GROWING))
    commands.send(SHIP, order, ship())
    commands.work()

    told = let_pass(commands, 18 * 60, step=30)
    assert told == []
    told = let_pass(commands, 35 * 60)

    assert types(told) == ["command.succeeded.v1"]
    assert asked(commands) == len(GROWING) + 1
    assert len(commands.world.net32.charges) == 1


def test_a_charge_settles_whose_answer_was_cut_within_a_character(commands: Commands) -> None:
    order = an_order(commands)
    commands.send(SHIP, order, ship())
    commands.work()
    answer = {"status": "success", "payout": 8.1, "note": "thanks \ud83d"}
    commands.world.net32.fail_next(Status(200, answer), match="GET /orders/")

    (told,) = let_pass(commands, 20, step=20)

    assert told["type"] == "command.succeeded.v1"
    assert told["data"]["result"]["payout"] == {"amount_minor": 810, "currency": "USD"}
    assert told["data"]["result"]["provider"] == {"status": "success", "payout": "8.1", "note": "thanks ?"}


def test_another_command_under_the_id_of_a_charge_is_a_conflict_and_asks_nothing(commands: Commands) -> None:
    order = an_order(commands)
    id_ = commands.send(SHIP, order, ship())
    commands.work()

    commands.send("order.refresh.v1", order, {}, id=id_)
    (told,) = commands.work()

    assert (told["type"], told["data"]["state"]) == ("command.conflict.v1", "accepted")
    assert [answer["batchItemFailures"] for answer in commands.answers] == [[]]
    assert asked(commands) == 0


def test_a_declined_charge_is_rejected_and_gives_back(commands: Commands) -> None:
    order = an_order(commands)
    commands.world.net32.declined_orders.add(str(NUMBER))
    commands.send(SHIP, order, ship(2))
    commands.work()

    (told,) = let_pass(commands, 120, step=20)
    assert told["type"] == "command.rejected.v1"
    assert told["data"]["reason"] in {"payment_declined", "charge_failed"}

    commands.world.net32.declined_orders.clear()
    commands.send(SHIP, order, ship(2, "s-2"))
    assert types(commands.work()) == ["command.accepted.v1"]


def test_a_message_too_many_asks_nothing_and_is_followed_by_no_other(commands: Commands) -> None:
    order = an_order(commands, settle_after=10**9)
    id_ = commands.send(SHIP, order, ship())
    commands.work()
    for _ in range(3):
        commands.ask(order, id_)
    assert asked(commands) == 0

    commands.world.pass_time(seconds=6)
    commands.work()

    assert asked(commands) == 1


def test_the_process_dies_right_after_the_charge_was_noted_and_it_settles_all_the_same(
    commands: Commands,
) -> None:
    order = an_order(commands)
    commands.put(event(SHIP, order, ship()), "ship_order")
    message = commands.receive("ship_order")
    run_until(
        lambda step: step.call == "sqs.SendMessage" or "DeleteItem" in step.call,
        lambda: commands.handle("ship_order", message),
    )
    commands.drop_messages()
    commands.world.restart()

    told = let_pass(commands, 300)

    assert types(told) == ["command.accepted.v1", "command.succeeded.v1"]
    assert len(commands.world.net32.charges) == 1


def test_a_charge_whose_answer_is_lost_is_unknown_at_once_and_never_sent_again(commands: Commands) -> None:
    order = an_order(commands)
    commands.world.net32.fail_next(Reset(after_effect=True), match="POST /orders/")
    commands.send(SHIP, order, ship(2))

    (told,) = commands.work()

    assert (told["type"], told["data"]["reason"]) == ("command.unknown.v1", "no_answer")
    commands.send(SHIP, order, ship(1, "s-2"))
    (second,) = commands.work()
    assert second["data"]["reason"] == "already_shipped"
    assert let_pass(commands, 600) == []
    assert len(commands.world.net32.charges) == 1


def test_a_refusal_is_not_lost_to_a_person_who_resolves_another_charge_at_that_moment(
    commands: Commands,
) -> None:
    order = an_order(commands)
    net32 = commands.world.net32
    net32.fail_next(Reset(after_effect=True), match="POST /orders/")
    first = commands.send(SHIP, order, ship(1))
    told = commands.work()
    answer = {"command_id": first, "outcome": "not_applied", "note": "not in the portal"}

    def resolve() -> None:
        commands.send("command.resolve.v1", order, answer)
        commands.handle("update_order", commands.receive("update_order"))

    refused = json_answer(400, {"message": "not now"})
    net32.fail_next(Meanwhile(resolve, alter=lambda _: refused), match="POST /orders/")
    second = commands.send(SHIP, order, ship(1, "s-2"))
    told += commands.work()

    assert [(each["causationid"], each["type"]) for each in told if each["causationid"] == second] == [
        (second, "command.rejected.v1")
    ]
    commands.send(SHIP, order, ship(2, "s-3"))
    assert types(commands.work()) == ["command.accepted.v1"]


def test_a_person_and_the_provider_do_not_both_resolve_a_charge(commands: Commands) -> None:
    order = an_order(commands, settle_after=10**9)
    id_ = commands.send(SHIP, order, ship())
    commands.work()
    a_day(commands)
    answer = {"command_id": id_, "outcome": "not_applied", "note": "not in the portal"}
    commands.send("command.resolve.v1", order, answer)
    told = commands.work()
    assert sorted(types(told)) == ["command.rejected.v1", "command.succeeded.v1"]

    commands.world.net32.charges[0].pending_polls = 0
    assert commands.pass_time(days=2) == []
