"""The sample events of `sam local invoke`: each does its work, on the first order that each sandbox makes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from infra.sandbox.lunasoft import make_order
from tests.command_world import Commands, a_command_world
from tests.starting import lambda_that
from tests.world import LUNA, NET32, RETAILYS, ROOT, ZONOS

NET32_ORDER, LUNA_ORDER = f"{NET32}:20000001", f"{LUNA}:60001"
RETAILYS_ORDER, ZONOS_ORDER = f"{RETAILYS}:80001", f"{ZONOS}:999-100001"


@pytest.fixture
def shop() -> Iterator[Commands]:
    """Give a stack and the four sandboxes, each with the first order that it makes."""
    with a_command_world() as commands:
        world = commands.world
        for sandbox in (world.net32, world.lunasoft, world.retailys, world.zonos):
            sandbox.place_generated()
        yield commands


def invoke(shop: Commands, function: str, sample: str = "") -> dict[str, Any]:
    """Invoke a function with its sample event, or another one of its samples."""
    if function in shop.urls:
        os.environ["OWN_QUEUE"] = shop.urls[function]
    file = ROOT / "tests" / "events" / f"{sample or function}.json"
    return shop.world.invoke(function, json.loads(file.read_text()))


def told(shop: Commands) -> list[tuple[str, str, str]]:
    """Return type, subject and, of a command's outcome, command of each event since the last call."""
    return [
        (each["type"], each["subject"], each["data"].get("command_id", "")) for each in shop.world.relay()
    ]


@pytest.mark.parametrize(
    ("function", "connection", "order"),
    [
        ("fetch_net32", NET32, NET32_ORDER),
        ("fetch_lunasoft", LUNA, LUNA_ORDER),
        ("fetch_retailys", RETAILYS, RETAILYS_ORDER),
        ("fetch_zonos", ZONOS, ZONOS_ORDER),
    ],
)
def test_a_fetch_starts_its_connection_and_brings_its_order(
    shop: Commands, function: str, connection: str, order: str
) -> None:
    with lambda_that() as started:
        assert invoke(shop, function) == {"started": [connection]}
    answer = invoke(shop, function, f"{function}_connection")

    assert [event["connection"] for event in started] == [connection]
    assert (answer["connection"], answer["created"], answer["complete"]) == (connection, 1, True)
    assert told(shop) == [("order.created.v1", order, "")]


def test_an_import_brings_its_order(shop: Commands) -> None:
    with lambda_that() as started:
        assert invoke(shop, "import_order")["statusCode"] == 202
    answer = invoke(shop, "import_order", "import_order_hint")

    assert [event["order_id"] for event in started] == ["999-100001"]
    assert answer == {"connection": ZONOS, "order_id": "999-100001", "outcome": "imported"}
    assert told(shop) == [("order.created.v1", ZONOS_ORDER, "")]


def test_each_command_is_carried_out_once_and_a_charge_settled(shop: Commands) -> None:
    invoke(shop, "fetch_net32", "fetch_net32_connection")
    invoke(shop, "fetch_lunasoft", "fetch_lunasoft_connection")
    told(shop)

    for function in ("preauthorize_order", "ship_order", "update_order") * 2:
        assert invoke(shop, function) == {"batchItemFailures": []}
    for seconds in (6, 11):  # at the first time the charge is pending
        shop.world.pass_time(seconds=seconds)
        assert invoke(shop, "settle_charge") == {"batchItemFailures": []}

    assert shop.posts() == ["POST /orders/60001", "POST /orders/20000001/charges/"]
    assert told(shop) == [
        ("command.succeeded.v1", NET32_ORDER, "sample-1"),
        ("command.accepted.v1", NET32_ORDER, "sample-2"),
        ("command.succeeded.v1", LUNA_ORDER, "sample-3"),
        ("command.succeeded.v1", NET32_ORDER, "sample-2"),
    ]


def test_a_command_that_waits_is_kept_though_its_message_is_on_no_queue(shop: Commands) -> None:
    invoke(shop, "fetch_net32", "fetch_net32_connection")
    shop.world.connect(NET32, "net32", shop.world.net32_at.url, mode="read_only")

    answer = invoke(shop, "ship_order")

    assert answer == {"batchItemFailures": [{"itemIdentifier": "19dd0b57-b21e-4ac1-bd88-01bbb068cb78"}]}
    assert shop.state(NET32_ORDER, "sample-2") == "received"
    assert shop.posts() == []


def test_a_reconciliation_finds_what_a_fetch_cannot_see_any_more(shop: Commands) -> None:
    invoke(shop, "fetch_lunasoft", "fetch_lunasoft_connection")
    shop.world.lunasoft.place(make_order(1, created="2026-11-10T09:00:00-0600"))
    told(shop)

    with lambda_that() as started:
        assert invoke(shop, "reconcile_orders") == {"started": [LUNA, RETAILYS, ZONOS]}
    answer = invoke(shop, "reconcile_orders", "reconcile_orders_connection")

    assert {event["connection"] for event in started} == {LUNA, RETAILYS, ZONOS}
    assert (answer["missed"], answer["created"], answer["complete"]) == (1, 1, True)
    assert told(shop) == [("order.created.v1", f"{LUNA}:1", "")]


def test_what_the_stream_brings_is_published_and_published_again_with_the_same_id(shop: Commands) -> None:
    invoke(shop, "fetch_lunasoft", "fetch_lunasoft_connection")
    [first] = shop.world.relay()

    assert invoke(shop, "publish_events") == {"published": 1, "refused": 0}
    [sample] = shop.world.receive()
    assert (sample["type"], sample["subject"]) == ("order.created.v1", f"{LUNA}:54123")
    assert invoke(shop, "publish_events", "publish_events_again")["published"] == 1
    assert [event["id"] for event in shop.world.receive()] == [first["id"]]


def test_a_sweep_finds_nothing_silent_and_nothing_due(shop: Commands) -> None:
    answer = invoke(shop, "sweep_due")

    assert (answer["silent"], answer["commands"]) == ([], 0)
