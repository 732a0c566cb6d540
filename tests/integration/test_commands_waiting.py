"""What cannot be sent now waits, is sent later, and is dropped by nothing but its age."""

from __future__ import annotations

import pytest

from infra.sandbox.faults import Fault, RateLimited, Status
from tests.command_world import Commands, added, event, outcome
from tests.faults.steps import kill_at

STATUS = "order.set_status.v1"
SHIP = "order.ship.v1"
PROCESSING = {"status": "Processing", "note": "packed"}


@pytest.mark.parametrize(("fault", "wait"), [(RateLimited(7), 7), (Status(401), 60), (Status(403), 60)])
def test_what_was_not_taken_goes_back_and_is_sent_later(commands: Commands, fault: Fault, wait: int) -> None:
    order = commands.luna_order()
    commands.world.lunasoft.fail_next(fault, match="POST /orders")
    id_ = commands.send(STATUS, order, PROCESSING)

    told = commands.work()
    assert [each["type"] for each in told] == ["connection.degraded.v1"] * (wait == 60)
    assert commands.state(order, id_) == "received"
    commands.world.pass_time(seconds=wait - 3)
    assert commands.work() == []

    commands.world.pass_time(seconds=5)
    assert outcome(commands.work()) == ("command.succeeded.v1", None)
    assert added(commands) == ["Processing"]


def test_no_live_answer_no_shipment(commands: Commands) -> None:
    order = commands.luna_order()
    line = commands.line_of(order)
    commands.world.lunasoft.fail_next(Status(400), match="GET /orders/501")
    commands.send(SHIP, order, {"shipment_id": "s", "lines": [{"line_id": line, "quantity": 2}]})

    assert commands.work() == []
    assert commands.posts() == []

    commands.world.pass_time(seconds=10)
    assert outcome(commands.work()) == ("command.succeeded.v1", None)


def test_credentials_that_are_refused_for_a_day_expire_what_waited(commands: Commands) -> None:
    order = commands.luna_order()
    commands.world.lunasoft.fail_next(Status(401), match="POST /orders", times=1000)
    commands.send(STATUS, order, PROCESSING)
    told = commands.work()
    for _ in range(25):
        told += commands.pass_time(hours=1)

    assert [each["type"] for each in told] == ["connection.degraded.v1", "command.rejected.v1"]
    assert told[1]["data"]["reason"] == "expired"
    assert commands.dead_letters() == []
    assert added(commands) == []


@pytest.mark.parametrize("mode", ["read_only", "off"])
def test_a_connection_that_is_stopped_sends_nothing_and_loses_nothing(commands: Commands, mode: str) -> None:
    order = commands.luna_order()
    commands.world.connect("luna-main", "lunasoft", commands.world.lunasoft_at.url, mode=mode)
    calls = len(commands.world.lunasoft.calls)
    id_ = commands.send(STATUS, order, PROCESSING)
    assert commands.work() == []
    assert commands.pass_time(hours=2) == []
    assert len(commands.world.lunasoft.calls) == calls
    assert commands.state(order, id_) == "received"

    commands.world.connect("luna-main", "lunasoft", commands.world.lunasoft_at.url)
    assert outcome(commands.pass_time(minutes=5)) == ("command.succeeded.v1", None)


def test_what_waits_for_hours_is_let_go_by_its_queue_and_never_taken_for_dead(commands: Commands) -> None:
    order = commands.luna_order()
    commands.world.connect("luna-main", "lunasoft", commands.world.lunasoft_at.url, mode="read_only")
    id_ = commands.send(STATUS, order, PROCESSING)
    for _ in range(30):
        commands.world.pass_time(seconds=301)
        commands.work()

    assert len(commands.answers) == 0  # the message has gone, and the ledger has the command
    assert commands.dead_letters() == []
    assert commands.state(order, id_) == "received"
    commands.world.connect("luna-main", "lunasoft", commands.world.lunasoft_at.url)
    assert outcome(commands.sweep()) == ("command.succeeded.v1", None)


def test_what_the_queue_loses_is_found_in_the_ledger(commands: Commands) -> None:
    order = commands.luna_order()
    message = event(STATUS, order, PROCESSING)
    commands.put(message)
    kill_at(2, lambda: commands.handle("update_order", commands.receive("update_order")))
    commands.drop_messages()
    commands.world.restart()

    told = commands.pass_time(minutes=5) + commands.pass_time(minutes=5)

    assert outcome(told) == ("command.succeeded.v1", None)
    assert added(commands) == ["Processing"]
