"""P7: whatever is wrong with a connection or a request, it is told of without what it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.malformed import LUNA_SHOP, SHOPS, Shop
from tests.planted import (
    EVERYTHING,
    SECRETS,
    Witness,
    a_witness,
    assert_says_nothing,
    connect,
    poll,
    relay,
    store,
)
from tests.world import World

Json = dict[str, Any]


@pytest.fixture
def witness(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Iterator[Witness]:
    with a_witness(world, capsys, caplog) as listening:
        yield listening


@pytest.fixture(params=SHOPS, ids=lambda shop: shop.provider)
def shop(request: pytest.FixtureRequest) -> Shop:
    chosen: Shop = request.param
    return chosen


def test_a_refused_key_is_not_told(world: World, witness: Witness, shop: Shop) -> None:
    world.lunasoft._key = world.net32._key = "another"

    answer = poll(world, witness, shop)
    events = relay(world, witness)

    assert answer is not None
    assert answer["error"]["code"] == "credentials_refused"
    assert [event["type"] for event in events] == ["connection.degraded.v1"]
    assert_says_nothing(events)
    witness.heard_nothing_planted(but="credentials_refused")


@pytest.mark.parametrize(
    "base_url",
    [
        f"http://quentin:{SECRETS['other']}@127.0.0.1:1",
        f"https://{SECRETS['other']}@127.0.0.1:1/path",
        f"http://127.0.0.1:1/?key={SECRETS['other']}",
        f"http://127.0.0.1:{SECRETS['other']}",
        f"http://[{SECRETS['other']}",
        f"http://{SECRETS['other']}\u2100.example",
        f"ftp://{SECRETS['other']}",
        SECRETS["other"],
        "http://127.0.0.1:1",
        "https://127.0.0.1:1",
    ],
    ids=range(10),
)
def test_a_wrong_address_is_not_told(world: World, witness: Witness, shop: Shop, base_url: str) -> None:
    connect(world, shop, base_url=base_url)

    answer = poll(world, witness, shop)

    assert answer is not None
    assert answer["error"]["code"] in {"configuration", "provider_unreachable"}
    witness.heard_nothing_planted(but=shop.connection)


@pytest.mark.parametrize(
    "secret",
    [f"{SECRETS['other']}\nX-Injected: 1", f"{SECRETS['other']}é", f"{SECRETS['other']}\x00", ""],
    ids=range(4),
)
def test_a_key_that_cannot_be_sent_is_not_told(
    world: World, witness: Witness, shop: Shop, secret: str
) -> None:
    connect(world, shop, credentials={"api_key": secret, "subscription_key": secret})

    answer = poll(world, witness, shop)

    assert answer is not None
    assert answer["error"]["code"] == "configuration"
    witness.heard_nothing_planted(but=shop.connection)


UNREADABLE = {
    "a text": f"api_key = {SECRETS['other']}",
    "a list": json.dumps([SECRETS["other"]]),
    "credentials that are a text": json.dumps(
        {"provider": SECRETS["other"], "credentials": SECRETS["other"]}
    ),
    "a key that is a list": json.dumps(
        {"credentials": {"api_key": [SECRETS["other"]], "subscription_key": {}}}
    ),
    "a mode and an address": json.dumps({"mode": SECRETS["other"], "base_url": [SECRETS["other"]]}),
    "a zone and a currency": json.dumps(
        {"options": {"timezone": SECRETS["other"], "currency": SECRETS["other"]}}
    ),
    "a start and a size": json.dumps(
        {"options": {"start_at": SECRETS["other"], "page_size": SECRETS["other"]}}
    ),
    "a map of fields": json.dumps(
        {"options": {"field_map": {"total": SECRETS["other"]}, "shipped_statuses": 1}}
    ),
    "another key": json.dumps({"credentials": {"password": SECRETS["other"]}}),
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_connection_that_cannot_be_read_is_told_of_by_its_keys(
    world: World, witness: Witness, shop: Shop, text: str
) -> None:
    if text.startswith("{"):
        at = {"provider": shop.provider, "base_url": "http://127.0.0.1:1"}
        keys = {"credentials": {"api_key": SECRETS["luna"], "subscription_key": SECRETS["net32"]}}
        text = json.dumps(at | keys | json.loads(text))
    store(shop.connection, text)
    world.restart()

    answer = poll(world, witness, shop)
    witness.invoke(world, f"fetch_{shop.provider}", {})
    world.pass_time(minutes=20)
    witness.invoke(world, "sweep_due", {})

    assert answer is not None
    assert answer["error"]["code"] == "configuration"
    witness.heard_nothing_planted(but=shop.connection)


def test_two_connections_with_one_key_are_named_without_it(
    world: World, witness: Witness, shop: Shop
) -> None:
    at = world.lunasoft_at if shop is LUNA_SHOP else world.net32_at
    credentials = {"api_key": SECRETS["luna"], "subscription_key": SECRETS["net32"]}
    for name in (shop.connection, f"{shop.connection}-twin"):
        world.connect(name, shop.provider, at.url, credentials=credentials)

    answer = witness.invoke(world, f"fetch_{shop.provider}", {})

    assert answer is not None
    assert "are the same" in answer["refused"][0]["message"]
    witness.heard_nothing_planted(but="connection refused")


def test_requests_that_cannot_be_meant_are_answered_without_what_they_hold(
    world: World, witness: Witness, shop: Shop
) -> None:
    for event in ({"connection": shop.connection, "redrive": EVERYTHING}, {"connection": "not-there"}):
        witness.invoke(world, f"fetch_{shop.provider}", event)
    for event in (
        {"since": EVERYTHING},
        {"since": "2020-01-01", "next": EVERYTHING},
        {EVERYTHING: EVERYTHING},
    ):
        witness.invoke(world, "publish_events", event)

    witness.heard_nothing_planted(but="there is no connection 'not-there'")
