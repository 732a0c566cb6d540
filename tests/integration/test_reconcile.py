"""Reconciliation: an order that the fetch cannot see any more is found, taken in once, and alarms."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from orderbus.aws.erasing import Erasure
from orderbus.runtime import clients

from infra.sandbox.faults import Status
from tests.aws_calls import aws_calls
from tests.reconciling import (
    SHOPS,
    Shop,
    counted,
    now,
    out_of_sight,
    place_zonos,
    polled,
    reconcile,
    told,
)
from tests.world import BUCKET, LUNA, NET32, TABLE, ZONOS, World


@pytest.fixture(params=SHOPS, ids=lambda shop: shop.connection)
def shop(request: pytest.FixtureRequest) -> Shop:
    found: Shop = request.param
    return found


def test_an_order_later_than_the_overlap_is_found_taken_in_once_and_alarms(
    world: World, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    late = out_of_sight(world, shop)
    shop.asked(world)

    with counted(capsys) as counts:
        answer = reconcile(world, shop)

    assert answer == {
        "connection": shop.connection,
        "since": answer["since"],
        "until": answer["until"],
        "compared": answer["compared"],
        "created": 1,
        "quarantined": 0,
        "missed": 1,
        "missing": [late],
        "unread": 0,
        "complete": True,
    }
    assert answer["compared"] >= 62
    assert counts == {
        "OrdersMissed": 1,
        "OrdersCreated": 1,
        "ReconciliationsCompleted": 1,
        "ReconciliationsFailed": 0,
    }
    assert shop.asked(world) == shop.calls
    assert told(world) == [("order.created.v1", late, "reconcile")]


def test_a_second_reconciliation_finds_nothing_and_writes_nothing(
    world: World, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    out_of_sight(world, shop)
    reconcile(world, shop)
    world.relay()

    with counted(capsys) as counts, aws_calls() as aws:
        answer = reconcile(world, shop)

    assert (answer["missed"], answer["missing"], answer["complete"]) == (0, [], True)
    assert counts["OrdersMissed"] == 0
    assert set(aws.counts()) == {"GetItem", "BatchGetItem"}
    assert told(world) == []


def test_an_order_that_the_next_poll_will_see_is_no_hole(world: World, shop: Shop) -> None:
    polled(world, shop)
    shop.place(world, 5_000, now() - timedelta(minutes=9))
    world.pass_time(minutes=2)

    answer = reconcile(world, shop)

    # It is old enough to be taken in; but the last complete poll was too early to see it.
    assert (answer["created"], answer["missed"]) == (1, 0)
    polled(world, shop)
    shop.place(world, 5_001, now() - timedelta(minutes=1))
    assert reconcile(world, shop)["missing"] == []


def test_an_order_in_quarantine_is_no_hole(world: World, shop: Shop) -> None:
    shop.place(world, 5_000, now() - timedelta(hours=1), **shop.bad)
    polled(world, shop)
    shop.place(world, 5_000, now() - timedelta(hours=1), **shop.bad, another="field")
    quarantined = [item for item in world.items() if item["sk"]["S"].startswith("QUARANTINE")]

    answer = reconcile(world, shop)

    assert (answer["quarantined"], answer["missed"], answer["missing"]) == (0, 0, [])
    assert len(quarantined) == 1
    assert told(world) == []


def test_an_unreadable_order_that_the_fetch_missed_is_set_aside_and_alarms_once(
    world: World, shop: Shop
) -> None:
    polled(world, shop)
    shop.place(world, 5_000, now() - timedelta(days=5), **shop.bad)

    first, second = reconcile(world, shop), reconcile(world, shop)

    missed = shop.external_id(5_000)
    assert (first["quarantined"], first["missed"], first["missing"]) == (1, 1, [missed])
    assert (second["quarantined"], second["missed"], second["missing"]) == (0, 0, [])
    assert told(world) == [("order.quarantined.v1", missed, "reconcile")]


def test_orders_before_the_start_are_no_holes(world: World, shop: Shop) -> None:
    shop.sandbox(world)
    at = {LUNA: world.lunasoft_at}.get(shop.connection)
    url = at.url if at else getattr(world, f"{shop.connection.split('-')[0]}_at").url
    start = (now() - timedelta(days=3)).isoformat()
    provider = shop.connection.split("-")[0].replace("luna", "lunasoft")
    world.connect(shop.connection, provider, url, options={"start_at": start})
    polled(world, shop)
    shop.place(world, 5_000, now() - timedelta(days=4))
    shop.place(world, 5_001, now() - timedelta(days=2))

    answer = reconcile(world, shop)

    assert answer["missing"] == [shop.external_id(5_001)]
    assert told(world) == [("order.created.v1", shop.external_id(5_001), "reconcile")]


def test_a_span_of_its_own_is_read_with_nothing_younger(world: World, shop: Shop) -> None:
    polled(world, shop)
    for number, days in ((5_000, 40), (5_001, 31), (5_002, 20)):
        shop.place(world, number, now() - timedelta(days=days))
    since, until = (now() - timedelta(days=days) for days in (35, 25))

    answer = reconcile(world, shop, since=since.isoformat(), until=until.isoformat())

    assert answer["missing"] == [shop.external_id(5_001)]


def test_net32_says_that_it_cannot_be_asked_again(world: World) -> None:
    answer = world.invoke("reconcile_orders", {"connection": NET32})

    assert answer == {
        "complete": False,
        "error": {
            "code": "configuration",
            "message": "connection 'net32-main' cannot be reconciled: net32 has no way to ask for orders"
            " that it has shown before",
        },
    }


@pytest.mark.parametrize(
    ("span", "message"),
    [
        ({"since": "yesterday"}, 'since is not an ISO 8601 time, e.g. "2026-11-20T00:00:00Z"'),
        ({"until": 7}, 'until is not an ISO 8601 time, e.g. "2026-11-20T00:00:00Z"'),
        (
            {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
            "since is not before until; without until it is ten minutes ago",
        ),
    ],
)
def test_a_span_that_is_none_is_refused(world: World, span: dict[str, Any], message: str) -> None:
    answer = world.invoke("reconcile_orders", {"connection": LUNA, **span})

    assert answer["error"] == {"code": "configuration", "message": message}


@pytest.mark.parametrize(("mode", "acknowledged"), [("live", 1), ("read_only", 0)])
def test_an_order_that_was_missing_at_zonos_is_acknowledged_once_the_ledger_has_it(
    world: World, mode: str, acknowledged: int
) -> None:
    shop = SHOPS[2]
    polled(world, shop)
    world.connect(ZONOS, "zonos", world.zonos_at.url, mode=mode, options={"acknowledge": True})
    place_zonos(world, 5_000, now() - timedelta(days=5))
    shop.asked(world)

    first = reconcile(world, shop)
    calls = shop.asked(world)
    second = reconcile(world, shop)

    assert (first["missing"], second["missing"]) == (["999-5000"], [])
    assert calls.get("/v1/updateMerchantOrderId", 0) == acknowledged
    assert shop.asked(world) == {"/v1/orderNumbers": 10}
    assert told(world) == [("order.created.v1", "999-5000", "reconcile")]


def test_an_order_that_was_erased_is_not_acknowledged(world: World) -> None:
    shop = SHOPS[2]
    shop.sandbox(world)
    world.connect(ZONOS, "zonos", world.zonos_at.url, options={"acknowledge": True})
    place_zonos(world, 5_000, now() - timedelta(hours=1))
    world.zonos.fail_next(Status(500), match="POST /v1/updateMerchantOrderId", times=1)
    polled(world, shop)
    Erasure(clients.dynamodb(), TABLE, clients.s3(), BUCKET).erase(f"{ZONOS}:999-5000", now())
    shop.asked(world)

    answer = reconcile(world, shop)

    assert (answer["complete"], answer["missing"]) == (True, [])
    assert shop.asked(world) == {"/v1/orderNumbers": 10}
