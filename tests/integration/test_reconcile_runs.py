"""A reconciliation that fails or runs out of time says where to go on, goes on, and alarms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.sandbox.faults import RateLimited, Status
from tests.reconciling import (
    SHOPS,
    Shop,
    counted,
    invoke_with,
    now,
    out_of_sight,
    place_zonos,
    polled,
    reconcile,
    told,
)
from tests.starting import lambda_that
from tests.world import World


@pytest.fixture(params=SHOPS, ids=lambda shop: shop.connection)
def shop(request: pytest.FixtureRequest) -> Shop:
    found: Shop = request.param
    return found


def test_a_run_out_of_time_says_where_to_go_on_and_the_next_runs_end(world: World, shop: Shop) -> None:
    polled(world, shop)
    for number in range(5_000, 5_012):
        shop.place(world, number, now() - timedelta(hours=10 * (5_013 - number)))
    event: dict[str, Any] = {"connection": shop.connection, "until": now().isoformat()}
    event["since"] = (now() - timedelta(days=6)).isoformat()
    missing: list[str] = []
    runs = 0
    while True:
        # An order is read, and then there is no time for another one; or a batch, where none is missing.
        left = iter([60_000, 60_000])
        answer = invoke_with(world, event, partial(next, left, 1_000))
        runs += 1
        missing += answer["missing"]
        if answer["complete"]:
            break
        assert answer["next"] >= event["since"]
        event["since"] = answer["next"]

    assert missing == [shop.external_id(number) for number in range(5_000, 5_012)]
    assert runs >= 6
    assert len(told(world)) == 12


def test_a_provider_that_fails_is_said_counted_and_gone_on_from(
    world: World, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    late = out_of_sight(world, shop)
    shop.sandbox(world).fail_next(Status(401), times=3)

    with counted(capsys) as counts:
        answer = reconcile(world, shop)

    assert answer["error"]["code"] == "credentials_refused"
    assert (answer["complete"], answer["next"], answer["missed"]) == (False, answer["since"], 0)
    assert (counts["ReconciliationsFailed"], counts["ReconciliationsCompleted"]) == (1, 0)
    while "error" in (answer := reconcile(world, shop, since=answer["next"])):
        continue
    assert answer["missing"] == [late]


def test_a_missing_order_that_cannot_be_read_alarms(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    shop = SHOPS[2]
    out_of_sight(world, shop)
    world.zonos.fail_next(Status(500), match="POST /v2/orderDetail", times=500)

    with counted(capsys) as counts:
        answer = reconcile(world, shop)

    # A day at the edge of two lists is in both of them.
    assert (answer["complete"], answer["unread"], answer["missed"]) == (True, 2, 0)
    assert counts["ReconciliationsFailed"] == 1


def test_what_fails_for_all_orders_is_asked_once(world: World) -> None:
    shop = two_missing(world)
    shop.asked(world)
    world.zonos.fail_next(RateLimited(30), match="POST /v2/orderDetail")

    answer = reconcile(world, shop)

    assert (answer["error"]["code"], answer["unread"], answer["created"]) == ("rate_limited", 0, 0)
    assert shop.asked(world)["/v2/orderDetail"] == 1


def scheduled(
    world: World, shop: Shop, answers: Callable[[dict[str, Any]], int]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Reconcile as the schedule does, with time for one order, and see what is started."""
    left = iter([60_000])
    with lambda_that(answers) as started:
        event = {"connection": shop.connection, "scheduled": True}
        return invoke_with(world, event, lambda: next(left, 1_000)), started


def two_missing(world: World) -> Shop:
    """Have a shop with two orders that the fetch cannot see any more."""
    shop = SHOPS[2]
    world.traveller.move_to(now().replace(hour=12))
    polled(world, shop)
    for number in (5_000, 5_001):
        place_zonos(world, number, now() - timedelta(days=6, hours=20))
    return shop


def test_a_scheduled_run_in_which_nothing_could_be_done_is_not_started_again_and_alarms(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = two_missing(world)
    world.zonos.fail_next(Status(500), match="POST /v2/orderDetail", times=500)

    with counted(capsys) as counts:
        answer, started = scheduled(world, shop, lambda _: 202)

    assert started == []
    assert answer["error"] == {
        "code": "provider_unclear",
        "message": "zonos-main: the time of a run was over before one order more was taken in",
    }
    assert (counts["ReconciliationsFailed"], counts["ReconciliationsCompleted"]) == (1, 0)


def test_what_was_missed_alarms_even_if_the_rest_cannot_be_started(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = two_missing(world)

    with counted(capsys) as counts, pytest.raises(ClientError):
        scheduled(world, shop, lambda _: 403)

    assert (counts["OrdersMissed"], counts["OrdersCreated"]) == (1, 1)


@pytest.mark.parametrize("until", [{}, {"until": "2026-11-20T00:00:00Z"}], ids=["a week", "to midnight"])
def test_a_run_whose_time_ends_among_what_zonos_calls_missing_is_gone_on_from(
    world: World, until: dict[str, str]
) -> None:
    shop = SHOPS[2]
    polled(world, shop)
    world.zonos.missing_days = 30
    for number in (5_000, 5_001):
        place_zonos(world, number, now() - timedelta(days=25))
    shop.asked(world)

    def left() -> int:
        return 1_000 if any(call.path == "/v2/orderDetail" for call in world.zonos.calls) else 60_000

    with lambda_that() as started:
        first = invoke_with(world, {"connection": shop.connection, "scheduled": True, **until}, left)
    (goes_on,) = started
    second = reconcile(world, shop, since=goes_on["since"], until=goes_on["until"])

    assert (first["missing"], first["complete"]) == (["999-5000"], False)
    assert (second["missing"], second["complete"]) == (["999-5001"], True)
