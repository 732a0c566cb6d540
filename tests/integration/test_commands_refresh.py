"""`order.refresh.v1` reads an order now."""

from __future__ import annotations

import pytest

from tests.command_world import Commands, outcome
from tests.world import LUNA


def test_refresh_reads_the_order_now(commands: Commands) -> None:
    order = commands.luna_order()
    commands.world.lunasoft.edit(501, customer_note="Ring twice")

    commands.send("order.refresh.v1", order)
    told = {each["type"]: each for each in commands.work()}

    assert told.keys() == {"order.updated.v1", "command.succeeded.v1"}
    assert told["command.succeeded.v1"]["data"]["result"]["updated"] == 1


def test_a_connection_that_is_off_is_not_even_read_by_a_refresh(commands: Commands) -> None:
    order = commands.luna_order()
    url = commands.world.lunasoft_at.url
    commands.world.connect(LUNA, "lunasoft", url, mode="off")
    commands.world.lunasoft.calls.clear()

    id_ = commands.send("order.refresh.v1", order)

    assert commands.work() == []
    assert (commands.state(order, id_), commands.world.lunasoft.calls) == ("received", [])
    commands.world.connect(LUNA, "lunasoft", url)
    assert outcome(commands.pass_time(minutes=6)) == ("command.succeeded.v1", None)


def test_what_a_refresh_cannot_normalize_is_counted_for_its_alarm(
    commands: Commands, capsys: pytest.CaptureFixture[str]
) -> None:
    order = commands.luna_order()
    commands.world.lunasoft.edit(501, total="?")

    capsys.readouterr()

    commands.send("order.refresh.v1", order)
    commands.work()

    printed = capsys.readouterr().out
    assert printed.count('"OrdersQuarantined":[1.0]') == 1
    assert printed.count('"StatusesUnknown":[0.0]') == 1
