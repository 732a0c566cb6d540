"""A command of several steps goes on where it stopped, and says so where it was done in part."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.sandbox.faults import RateLimited, Reset, Status
from infra.sandbox.retailys import make_order
from tests.command_world import Commands, a_command_world, outcome
from tests.world import RETAILYS

SHIP = "order.ship.v1"
ORDER = f"{RETAILYS}:7001"
TRACKING, SENT = "POST /System/Orders/7001/tracking", "PATCH /System/Orders/7001/sent"


@pytest.fixture
def commands() -> Iterator[Commands]:
    with a_command_world() as made:
        made.world.retailys.place(make_order(7001, lines=[("249.50", 2)]))
        made.world.poll(RETAILYS)
        made.world.relay()
        yield made


def ship(commands: Commands) -> str:
    carrier = commands.world.retailys.shippers[0]["name"]
    return commands.send(
        SHIP,
        ORDER,
        {
            "shipment_id": "s-1",
            "lines": [{"line_id": "7001001", "quantity": 2}],
            "carrier": carrier,
            "tracking_numbers": ["1Z999"],
        },
    )


def writes(commands: Commands) -> list[str]:
    return [f"{call.method} {call.path}" for call in commands.world.retailys.calls if call.method != "GET"]


def test_tracking_goes_before_the_state_that_ends_the_shipment(commands: Commands) -> None:
    ship(commands)

    assert outcome(commands.work()) == ("command.succeeded.v1", None)
    assert writes(commands) == [TRACKING, SENT]


def test_a_second_step_that_was_not_taken_is_sent_later_and_the_first_is_not_sent_again(
    commands: Commands,
) -> None:
    commands.world.retailys.fail_next(RateLimited(5), match=SENT)
    id_ = ship(commands)
    assert commands.work() == []
    assert commands.state(ORDER, id_) == "received"

    commands.world.pass_time(seconds=6)

    assert outcome(commands.work()) == ("command.succeeded.v1", None)
    assert writes(commands) == [TRACKING, SENT, SENT]
    assert commands.world.retailys.trackings == [("7001", "1Z999")]


def test_a_second_step_that_is_refused_is_told_as_done_in_part(commands: Commands) -> None:
    commands.world.retailys.fail_next(Status(422), match=SENT)
    ship(commands)

    (told,) = commands.work()

    assert (told["type"], told["data"]["reason"]) == ("command.unknown.v1", "partly_applied")
    assert [step["state"] for step in told["data"]["steps"]] == ["done", "todo"]
    assert told["data"]["provider"]["status"] == 422


def test_a_first_step_that_is_refused_is_a_rejection_and_gives_back(commands: Commands) -> None:
    commands.world.retailys.fail_next(Status(400), match=TRACKING)
    ship(commands)

    assert outcome(commands.work()) == ("command.rejected.v1", "provider_refused")
    assert commands.item(ORDER, "RESERVATIONS")["shipments"]["S"] == "[]"


def test_a_set_that_is_not_found_is_sent_once_more_two_minutes_after_its_deadline(
    commands: Commands,
) -> None:
    commands.world.retailys.fail_next(Reset(), match=SENT)
    id_ = ship(commands)
    assert commands.work() == []

    assert commands.pass_time(seconds=127) == []
    assert commands.state(ORDER, id_) == "sending"
    assert writes(commands) == [TRACKING, SENT]

    assert commands.pass_time(seconds=100) == []
    assert outcome(commands.pass_time(seconds=60)) == ("command.succeeded.v1", None)
    assert writes(commands) == [TRACKING, SENT, SENT]


def test_a_set_that_is_unclear_twice_is_unknown(commands: Commands) -> None:
    commands.world.retailys.fail_next(Reset(), match=SENT, times=10)
    ship(commands)
    told = commands.work()
    for _ in range(12):
        told += commands.pass_time(minutes=1)

    assert outcome(told) == ("command.unknown.v1", "no_answer")
    assert writes(commands) == [TRACKING, SENT, SENT]


def test_what_was_cancelled_meanwhile_is_not_sent_once_more(commands: Commands) -> None:
    commands.world.retailys.fail_next(Reset(), match=SENT)
    ship(commands)
    told = commands.work()
    commands.world.retailys.edit(7001, canceled=True)
    for _ in range(6):
        told += commands.pass_time(minutes=1)

    assert outcome(told) == ("command.unknown.v1", "no_answer")
    assert "cancelled" in told[0]["data"]["message"]
    assert writes(commands) == [TRACKING, SENT]
