"""P3: a charge of which nothing definite is heard for long is unknown; only the provider's time counts."""

from __future__ import annotations

from typing import Any

import pytest
from orderbus.providers.net32.commands import Net32Commands
from orderbus.runtime import clients

from infra.sandbox.faults import Status
from tests.charging import NUMBER, SHIP, a_day, an_order, asked, let_pass, ship, types
from tests.command_world import Commands
from tests.world import NET32


def test_a_charge_that_never_settles_is_unknown_after_a_day_with_its_id_and_asked_about_daily(
    commands: Commands,
) -> None:
    order = an_order(commands, settle_after=10**9)
    id_ = commands.send(SHIP, order, ship())
    told = commands.work()
    told += a_day(commands)

    assert types(told) == ["command.accepted.v1", "command.unknown.v1"]
    assert told[1]["data"]["reason"] == "not_settled"
    assert told[1]["data"]["charge_id"] == "1"

    before = asked(commands)
    for _ in range(3):
        assert commands.pass_time(days=1, minutes=2) == []
    assert asked(commands) == before + 3
    commands.world.net32.charges[0].pending_polls = 0
    (resolved,) = commands.pass_time(days=1, minutes=2)
    assert resolved["type"] == "command.succeeded.v1"
    assert (resolved["causationid"], resolved["data"]["resolved_by"]) == (id_, "provider")


def test_one_that_was_unknown_and_has_failed_after_all_is_not_applied_and_gives_back(
    commands: Commands,
) -> None:
    order = an_order(commands, settle_after=10**9)
    commands.world.net32.declined_orders.add(str(NUMBER))
    id_ = commands.send(SHIP, order, ship(2))
    commands.work()
    a_day(commands)

    commands.world.net32.charges[0].pending_polls = 0
    (resolved,) = commands.pass_time(days=1, minutes=2)

    assert (resolved["type"], resolved["causationid"]) == ("command.rejected.v1", id_)
    assert (resolved["data"]["reason"], resolved["data"]["resolved_by"]) == ("not_applied", "provider")
    commands.send(SHIP, order, ship(2, "s-2"))
    assert types(commands.work()) == ["command.accepted.v1"]


def test_after_thirty_days_more_nobody_asks(commands: Commands) -> None:
    order = an_order(commands, settle_after=10**9)
    id_ = commands.send(SHIP, order, ship())
    commands.work()
    a_day(commands)
    for _ in range(32):
        commands.world.pass_time(days=1, minutes=2)
        commands.ask(order, id_)

    before = asked(commands)
    assert commands.pass_time(days=5) == []
    assert asked(commands) == before


def test_time_in_which_the_provider_does_not_answer_does_not_count(commands: Commands) -> None:
    order = an_order(commands, settle_after=3)
    id_ = commands.send(SHIP, order, ship())
    commands.work()
    commands.world.net32.fail_next(Status(401), match=f"GET /orders/{NUMBER}/charges/", times=10_000)
    # Each would count for half an hour, and all of them for more than a day.
    for _ in range(50):
        commands.world.pass_time(hours=1)
        commands.ask(order, id_)
    assert commands.state(order, id_) == "accepted"

    commands.world.net32._armed.clear()
    told: list[dict[str, Any]] = []
    for _ in range(5):
        told += commands.pass_time(minutes=17)
    assert types(told) == ["command.succeeded.v1"]


def test_time_in_which_nobody_asked_does_not_count(commands: Commands) -> None:
    order = an_order(commands, settle_after=1)
    id_ = commands.send(SHIP, order, ship())
    commands.work()
    commands.drop_messages()

    commands.world.pass_time(hours=30)
    commands.ask(order, id_)

    assert commands.state(order, id_) == "accepted"
    assert types(let_pass(commands, 20, step=20)) == ["command.succeeded.v1"]


def test_a_charge_that_the_provider_does_not_know_is_unknown_after_a_day(commands: Commands) -> None:
    order = an_order(commands)
    id_ = commands.send(SHIP, order, ship())
    commands.work()
    commands.world.net32.charges.clear()

    (told,) = a_day(commands)

    assert (told["type"], told["data"]["reason"]) == ("command.unknown.v1", "not_settled")
    assert (told["causationid"], told["data"]["charge_id"]) == (id_, "1")
    assert "404" in told["data"]["message"]


@pytest.mark.parametrize("hindrance", ["credentials", "off", "gone", "fault"])
def test_a_charge_that_cannot_be_asked_about_is_unknown_after_a_week(
    commands: Commands, hindrance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = an_order(commands, settle_after=0)
    id_ = commands.send(SHIP, order, ship())
    commands.work()
    if hindrance == "credentials":
        commands.world.net32.fail_next(Status(401), match=f"GET /orders/{NUMBER}/charges/", times=10_000)
    elif hindrance == "fault":
        monkeypatch.setattr(Net32Commands, "settle", lambda *_: dict[str, str]()["a secret"])
    elif hindrance == "off":
        commands.world.connect(NET32, "net32", commands.world.net32_at.url, mode="off")
    else:
        clients.ssm().delete_parameter(Name=f"/orderbus/connections/{NET32}")
    for _ in range(6):
        commands.world.pass_time(days=1)
        commands.ask(order, id_)
    assert commands.state(order, id_) == "accepted"

    for _ in range(2):
        commands.world.pass_time(days=1)
        commands.ask(order, id_)

    told = [each for each in commands.world.relay() if each["data"].get("command_id") == id_]
    assert types(told) == ["command.unknown.v1"]
    assert told[0]["data"]["reason"] == "not_settled"
    assert "a secret" not in told[0]["data"]["message"]
