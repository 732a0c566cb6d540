"""Reconciliation: an order that the fetch cannot see any more is found, taken in once, and alarms."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError
from orderbus.aws.erasing import Erasure
from orderbus.runtime import clients
from orderbus.runtime.observability import metrics

from infra.sandbox import lunasoft, retailys, zonos
from infra.sandbox.faults import RateLimited, Status
from tests.aws_calls import aws_calls
from tests.starting import lambda_that
from tests.world import BUCKET, LUNA, NET32, RETAILYS, TABLE, ZONOS, World

LUNA_FORM = "%Y-%m-%dT%H:%M:%S%z"
METRICS = ("OrdersMissed", "OrdersCreated", "ReconciliationsCompleted", "ReconciliationsFailed")


def now() -> datetime:
    return datetime.now(UTC)


def place_luna(world: World, number: int, placed: datetime, **fields: Any) -> None:
    world.lunasoft.place(lunasoft.make_order(number, created=placed.strftime(LUNA_FORM), **fields))


def place_retailys(world: World, number: int, placed: datetime, **fields: Any) -> None:
    text = placed.isoformat(timespec="seconds")
    world.retailys.place(retailys.make_order(number, placed=text, **fields))


def place_zonos(world: World, number: int, placed: datetime, **fields: Any) -> None:
    text = placed.strftime("%Y-%m-%d %H:%M:%S.0")
    world.zonos.place(zonos.make_order(number, **fields), timestamp=text)


@dataclass(frozen=True)
class Shop:
    """A provider's connection, and how it is asked to reconcile."""

    connection: str
    place: Callable[..., None]
    external_id: Callable[[int], str]
    bad: dict[str, Any]
    calls: dict[str, int]
    "The provider's calls of a reconciliation of a week in which one order is missing."

    def sandbox(self, world: World) -> Any:
        return getattr(world, self.connection.split("-")[0].replace("luna", "lunasoft"))

    def asked(self, world: World) -> dict[str, int]:
        """Count the provider's calls by path since the last time."""
        calls = self.sandbox(world).calls
        paths = [call.path.split("?")[0] for call in calls]
        calls.clear()
        return {path: paths.count(path) for path in dict.fromkeys(paths)}


SHOPS = [
    Shop(LUNA, place_luna, str, {"total": "?"}, {"/orders": 2}),
    Shop(RETAILYS, place_retailys, str, {"money": "?"}, {"/System/Orders": 28}),
    Shop(
        ZONOS,
        place_zonos,
        lambda number: f"999-{number}",
        {"items": "?"},
        {"/v1/orderNumbers": 10, "/v2/orderDetail": 1},
    ),
]


@pytest.fixture(params=SHOPS, ids=lambda shop: shop.connection)
def shop(request: pytest.FixtureRequest) -> Shop:
    found: Shop = request.param
    return found


def polled(world: World, shop: Shop) -> None:
    """Poll, and let all of it be told."""
    shop.sandbox(world)
    world.poll(shop.connection)
    world.relay()


def reconcile(world: World, shop: Shop, **more: Any) -> dict[str, Any]:
    return world.invoke("reconcile_orders", {"connection": shop.connection, **more})


@contextmanager
def counted(capsys: pytest.CaptureFixture[str]) -> Iterator[dict[str, int]]:
    """Give the metrics of the invocations within."""
    metrics.clear_metrics()
    capsys.readouterr()
    found: dict[str, int] = {}
    yield found
    for line in capsys.readouterr().out.splitlines():
        if '"_aws"' in line:
            said = json.loads(line)
            found.update({name: sum(said[name]) for name in METRICS if name in said})


def told(world: World) -> list[tuple[str, str, str]]:
    events = world.relay()
    assert len({event["id"] for event in events}) == len(events)
    return sorted((event["type"], event["subject"].split(":")[1], event["intake"]) for event in events)


def out_of_sight(world: World, shop: Shop) -> str:
    """Let an order become visible so late that no poll shows it any more; return its id."""
    for number in range(2_000, 2_060):
        shop.place(world, number, now() - timedelta(days=1, hours=1))
    shop.place(world, 3_000, now() - timedelta(hours=1))
    polled(world, shop)
    shop.place(world, 1_000, now() - timedelta(days=6))
    world.pass_time(minutes=1)
    polled(world, shop)
    return shop.external_id(1_000)


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


@pytest.mark.parametrize("included", [True, False])
def test_each_day_of_zonos_is_compared_once_whatever_the_last_day_of_a_list_means(
    world: World, *, included: bool
) -> None:
    shop = SHOPS[2]
    polled(world, shop)
    place_zonos(world, 1_000, now() - timedelta(days=30))
    world.zonos.through_is_included = included

    span = [(now() - timedelta(days=ago)).isoformat() for ago in (32, 28)]
    answer = reconcile(world, shop, since=span[0], until=span[1])

    assert (answer["compared"], answer["created"], answer["complete"]) == (1, 1, True)


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


def invoke_with(world: World, event: dict[str, Any], left: Callable[[], int]) -> dict[str, Any]:
    class Dwindling:
        function_name = "orderbus-reconcile-orders"
        memory_limit_in_mb = 512
        invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:test"
        aws_request_id = "00000000-0000-4000-8000-000000000000"

        def get_remaining_time_in_millis(self) -> int:
            return left()

    world.invoke("reconcile_orders", {"connection": "none"})  # loads it
    return world.handlers["reconcile_orders"](event, Dwindling())


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


def test_a_list_that_is_not_sorted_as_it_was_asked_to_be_is_no_survey(world: World) -> None:
    shop = SHOPS[0]
    polled(world, shop)
    newest_first = [
        lunasoft.make_order(number, created=(now() - timedelta(hours=hours)).strftime(LUNA_FORM))
        for number, hours in ((9_002, 1), (9_001, 30))
    ]
    world.lunasoft.fail_next(Status(200, {"orders": newest_first, "next_page": 2}), match="GET /orders?")

    answer = reconcile(world, shop)

    assert (answer["complete"], answer["error"]["code"], answer["created"]) == (False, "provider_unclear", 0)


def site_pages(world: World, *pages: list[tuple[int, str]]) -> None:
    """Let the next lists of LunaSoft be these pages of numbers and times."""
    for number, page in enumerate(pages, 1):
        orders = [lunasoft.make_order(order, created=created) for order, created in page]
        answer = {"orders": orders, "next_page": number + 1 if number < len(pages) else False}
        world.lunasoft.fail_next(Status(200, answer), match="GET /orders?")


def test_a_site_that_sorts_by_its_own_clock_is_compared_through_the_night_whose_hour_comes_twice(
    world: World,
) -> None:
    shop = SHOPS[0]
    polled(world, shop)
    first = [(9_001, "2026-11-01T01:10:00-0700"), (9_002, "2026-11-01T01:50:00-0600")]
    second = [(9_003, "2026-11-01T01:55:00-0600"), (9_004, "2026-11-01T03:00:00-0700")]
    site_pages(world, first, second)

    answer = reconcile(world, shop, since="2026-10-30T00:00:00Z", until="2026-11-01T08:00:00Z")

    # The first one was placed after the span, and those behind it were not.
    assert (answer["complete"], answer["missing"]) == (True, ["9002", "9003"])


def test_a_list_is_not_read_beyond_the_end_of_the_span(world: World) -> None:
    shop = SHOPS[0]
    polled(world, shop)
    shop.asked(world)
    site_pages(world, [(9_001, "2026-11-01T08:00:00+0000")], [(9_002, "2026-11-01T09:00:00+0000")])

    answer = reconcile(world, shop, since="2026-10-30T00:00:00Z", until="2026-11-01T08:00:00Z")

    assert (answer["complete"], answer["missing"]) == (True, ["9001"])
    assert shop.asked(world) == {"/orders": 1}


@pytest.mark.parametrize(
    ("spread", "calls"), [(timedelta(minutes=10), 36), (timedelta(), 51)], ids=["hours", "a second"]
)
def test_what_a_crowded_window_costs(world: World, spread: timedelta, calls: int) -> None:
    shop = SHOPS[1]
    polled(world, shop)
    world.retailys.page_size = 3
    placed = (now() - timedelta(days=6)).replace(microsecond=0)
    for number in range(33):  # eleven pages
        shop.place(world, 5_000 + number, placed + number * spread)
    shop.asked(world)

    answer = reconcile(world, shop, since=placed.isoformat())

    assert (answer["complete"], answer["created"]) == (True, 33)
    assert shop.asked(world) == {"/System/Orders": calls}


def time_for_12_calls(world: World) -> Callable[[], int]:
    return lambda: 1_000 if len(world.retailys.calls) >= 12 else 60_000


def test_a_crowded_window_is_compared_in_parts_that_a_run_has_time_for(world: World) -> None:
    shop = SHOPS[1]
    polled(world, shop)
    world.retailys.page_size = 3
    placed = now() - timedelta(days=5)
    for number in range(5_000, 5_060):  # twenty pages
        shop.place(world, number, placed + timedelta(minutes=5 * (number - 5_000)))
    event = {"since": placed.isoformat(), "until": (placed + timedelta(hours=6)).isoformat()}
    answers: list[dict[str, Any]] = []
    while not (answers and answers[-1]["complete"]):
        assert len(answers) < 5
        shop.asked(world)
        answers.append(invoke_with(world, {"connection": shop.connection, **event}, time_for_12_calls(world)))
        event["since"] = answers[-1].get("next", event["since"])

    assert sum(answer["created"] for answer in answers) == 60
    assert [answer.get("error") for answer in answers] == [None] * len(answers)


def test_orders_that_come_while_a_window_is_paged_make_no_survey_of_it(world: World) -> None:
    shop = SHOPS[1]
    polled(world, shop)
    placed = now() - timedelta(days=2)
    for number in range(5_000, 5_005):
        shop.place(world, number, placed - timedelta(seconds=number))
    world.retailys.page_size = 2
    world.retailys.arrive_during_read = 2  # before the first page, and between it and the second
    span = {"since": (placed - timedelta(hours=3)).isoformat(), "until": placed.isoformat()}

    shifted, again = reconcile(world, shop, **span), reconcile(world, shop, **span)

    assert (shifted["complete"], shifted["error"]["code"]) == (False, "provider_unclear")
    assert (again["complete"], again["compared"]) == (True, 7)
