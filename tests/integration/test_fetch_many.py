"""Hundreds of connections: each is started, at once and by itself, within seconds of a tick."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from orderbus.runtime import clients

from tests.aws_calls import aws_calls
from tests.starting import lambda_that
from tests.world import World

CONNECTIONS = 300
# What a call to Lambda takes on AWS, and more.
CALL_SECONDS = 0.05
WITHIN_SECONDS = 10.0


def many(world: World) -> list[str]:
    names = sorted(f"shop-{number:03}" for number in range(CONNECTIONS - 1))
    for name in names:
        world.connect(name, "lunasoft", f"https://{name}.example/site_api/shopping_cart")
    return ["luna-main", *names]


def test_each_of_three_hundred_connections_is_started_once_and_in_seconds(world: World) -> None:
    names = many(world)
    with lambda_that(seconds=CALL_SECONDS) as started, aws_calls() as calls:
        began = time.perf_counter()
        answer = world.invoke("fetch_lunasoft", {})
        took = time.perf_counter() - began

    assert answer == {"started": names}
    assert sorted(event["connection"] for event in started) == names
    assert {(event["url"], event["scheduled"]) for event in started} == {
        ("orderbus-fetch-lunasoft/invocations", True)
    }
    # Net32's connection is listed, too: 301, ten a page.
    assert calls.counts() == {"GetParametersByPath": 31}
    # One after the other they would take 15 seconds for the starts alone.
    assert took < WITHIN_SECONDS


def test_threads_that_ask_for_a_client_at_once_get_the_same_one(monkeypatch: pytest.MonkeyPatch) -> None:
    # As in a new process; the clients of this one go on being held to the policies.
    monkeypatch.setattr(clients, "_made", cache(clients._made.__wrapped__))

    with ThreadPoolExecutor(10) as threads:
        made = list(threads.map(lambda _: clients.functions(), range(10)))

    assert len({id(each) for each in made}) == 1


def test_one_that_is_not_started_is_named_and_the_others_are(world: World) -> None:
    for name in ("shop-1", "shop-2", "shop-3"):
        world.connect(name, "lunasoft", f"https://{name}.example/site_api/shopping_cart")

    with lambda_that(lambda event: 403 if event["connection"] == "shop-2" else 202) as started:
        answer = world.invoke("fetch_lunasoft", {})

    assert answer["started"] == ["luna-main", "shop-1", "shop-3"]
    assert sorted(event["connection"] for event in started) == answer["started"]
    assert [error["message"] for error in answer["refused"]] == [
        "connection 'shop-2' could not be started (AccessDeniedException)"
    ]


def test_connections_that_are_off_or_share_an_account_are_not_started(world: World) -> None:
    world.connect("shop-1", "lunasoft", "https://one.example/site_api/shopping_cart")
    world.connect("shop-2", "lunasoft", "https://one.example/site_api/shopping_cart")
    world.connect("shop-3", "lunasoft", "https://three.example/site_api/shopping_cart", mode="off")

    with lambda_that() as started:
        answer = world.invoke("fetch_lunasoft", {})

    assert [event["connection"] for event in started] == ["luna-main"]
    assert (answer["started"], len(answer["refused"])) == (["luna-main"], 1)
