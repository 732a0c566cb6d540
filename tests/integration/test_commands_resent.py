"""P2: a set that is sent once more ends, and never overrides a newer one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.sandbox.faults import RateLimited, Reset, Status
from infra.sandbox.zonos import make_order
from tests.command_world import Commands, a_command_world
from tests.world import ZONOS

STATUS = "order.set_status.v1"
ORDER = f"{ZONOS}:999-20000001"
SET = "POST /v1/updateVendorOrderStatus"


@pytest.fixture
def commands() -> Iterator[Commands]:
    with a_command_world() as made:
        made.world.zonos.place(make_order(20000001, lines=[("10.00", 1)]))
        made.world.poll(ZONOS)
        made.world.relay()
        yield made


def sent(commands: Commands) -> int:
    return sum(call.path == SET.split()[1] for call in commands.world.zonos.calls)


def sent_without_an_answer(commands: Commands) -> str:
    """Send a set whose request is reset; return the command's id."""
    commands.world.zonos.fail_next(Reset(), match=SET)
    id_ = commands.send(STATUS, ORDER, {"status": "VENDOR_PREPARING_ORDER"})
    commands.work()
    return id_


def outcomes(told: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    return [(each["causationid"], each["type"], each["data"].get("reason")) for each in told]


def test_one_that_is_never_taken_again_is_unknown_a_day_after_its_first(commands: Commands) -> None:
    id_ = sent_without_an_answer(commands)
    commands.world.zonos.fail_next(RateLimited(60), match=SET, times=1000)

    told: list[dict[str, Any]] = []
    for _ in range(9):
        told += commands.pass_time(hours=3)
        commands.drop_messages()  # the sweep alone: no message is kept for so long

    assert outcomes(told) == [(id_, "command.unknown.v1", "no_answer")]
    assert "429" in told[0]["data"]["message"] or "slow" in told[0]["data"]["message"]


def test_one_that_was_not_taken_the_second_time_is_sent_once_it_is(commands: Commands) -> None:
    id_ = sent_without_an_answer(commands)
    commands.world.zonos.fail_next(RateLimited(60), match=SET, times=2)

    told = [each for _ in range(10) for each in commands.pass_time(minutes=2)]

    assert outcomes(told) == [(id_, "command.succeeded.v1", None)]
    assert sent(commands) == 4


def test_it_is_not_sent_once_more_by_a_process_that_has_too_little_time_left(commands: Commands) -> None:
    id_ = sent_without_an_answer(commands)
    for _ in range(7):
        commands.world.pass_time(minutes=1)
        commands.world.invoke("sweep_due", {})
        commands.work(remaining_ms=40_000)
    assert (commands.state(ORDER, id_), sent(commands)) == ("sending", 1)

    told = [each for _ in range(4) for each in commands.pass_time(minutes=1)]

    assert outcomes(told) == [(id_, "command.succeeded.v1", None)]
    assert sent(commands) == 2


def test_until_it_was_taken_the_second_time_no_other_is_carried_out(commands: Commands) -> None:
    older = sent_without_an_answer(commands)
    commands.world.zonos.fail_next(RateLimited(60), match=SET, times=2)
    while sent(commands) < 2:
        assert commands.pass_time(minutes=1) == []

    newer = commands.send(STATUS, ORDER, {"status": "VENDOR_SHIPMENT_READY"})
    told = [each for _ in range(8) for each in commands.pass_time(minutes=1)]

    assert outcomes(told) == [(id_, "command.succeeded.v1", None) for id_ in (older, newer)]
    assert sent(commands) == 5


def test_one_that_is_refused_the_second_time_is_unknown_since_the_first_may_be_why(
    commands: Commands,
) -> None:
    id_ = sent_without_an_answer(commands)
    commands.world.zonos.fail_next(Status(400, {"error": "it has a later status"}), match=SET)

    told = [each for _ in range(10) for each in commands.pass_time(minutes=1)]

    assert outcomes(told) == [(id_, "command.unknown.v1", "no_answer")]
    assert told[0]["data"]["provider"]["text"] == "it has a later status"
    assert sent(commands) == 2


def test_one_that_a_newer_has_overtaken_is_not_sent_once_more(commands: Commands) -> None:
    older = sent_without_an_answer(commands)
    commands.world.connect(ZONOS, "zonos", commands.world.zonos_at.url, mode="read_only")
    told = [each for _ in range(9) for each in commands.pass_time(minutes=1)]
    commands.world.connect(ZONOS, "zonos", commands.world.zonos_at.url)
    newer = commands.send(STATUS, ORDER, {"status": "VENDOR_SHIPMENT_READY"})
    told += [each for _ in range(12) for each in commands.pass_time(minutes=1)]

    assert sorted(outcomes(told)) == sorted(
        [(newer, "command.succeeded.v1", None), (older, "command.unknown.v1", "no_answer")]
    )
    assert sent(commands) == 2
