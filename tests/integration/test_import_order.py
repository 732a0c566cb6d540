"""The success page: a hint that nobody trusts brings an order at once, and says nothing about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from orderbus.intake.hints import IMPORTS_A_MINUTE

from infra.sandbox import lunasoft
from infra.sandbox.faults import RateLimited, Status
from infra.sandbox.zonos_orders import format_time, make_order
from tests.aws_calls import aws_calls
from tests.publishing import metrics
from tests.starting import lambda_that
from tests.telling import telling
from tests.world import LUNA, ZONOS, World

HINT = {"orderId": "999-7"}
ACCEPTED = {
    "statusCode": 202,
    "headers": {"content-type": "application/json", "cache-control": "no-store"},
    "body": '{"message":"Accepted."}',
}


def request(query: dict[str, str] | None, method: str = "GET") -> dict[str, Any]:
    """Return a request as an HTTP API hands it on."""
    about = {"http": {"method": method, "path": "/import", "sourceIp": "198.51.100.7"}, "stage": "$default"}
    event: dict[str, Any] = {"version": "2.0", "routeKey": f"{method} /import", "requestContext": about}
    return event | ({} if query is None else {"queryStringParameters": query})


def visit(world: World, query: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    """Follow a success page's link; return the answer, when what it started is done."""
    with lambda_that() as started:
        answer = world.invoke("import_order", request(HINT if query is None else query, **more))
    for event in started:
        assert event.pop("url") == "orderbus-import-order/invocations"
        world.invoke("import_order", event)
    return answer


def follow(world: World, order_id: str = "999-7", **more: Any) -> Any:
    """Return the outcome of a hint."""
    answer = world.invoke("import_order", {"order_id": order_id, **more})
    return answer.get("outcome") or answer["error"]["code"]


def asked(world: World) -> dict[str, int]:
    paths = [call.path for call in world.zonos.calls]
    world.zonos.calls.clear()
    return {path: paths.count(path) for path in dict.fromkeys(paths)}


def told(world: World) -> list[tuple[str, str]]:
    return sorted((event["type"], event["subject"]) for event in world.relay())


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_order_is_imported_at_once_with_all_that_a_fetch_would_know(world: World, method: str) -> None:
    world.zonos.place(make_order(7, test=True))

    answer = visit(world, method=method)

    assert answer == ACCEPTED
    assert asked(world) == {"/v1/orderNumbers": 1, "/v2/orderDetail": 1}
    [event] = world.relay()
    assert (event["type"], event["subject"], event["intake"]) == (
        "order.created.v1",
        f"{ZONOS}:999-7",
        "live",
    )
    order = event["data"]["order"]
    assert (event["test"], order["blocked_by"]) == (True, ["test_order"])
    placed = datetime.fromisoformat(order["placed_at"])
    assert datetime.now(UTC) - placed < timedelta(minutes=1)


@pytest.mark.parametrize("hint_first", [True, False], ids=["import first", "fetch first"])
def test_an_import_that_meets_the_fetch_makes_one_order_and_one_event(
    world: World, *, hint_first: bool
) -> None:
    world.zonos.place(make_order(7))

    steps: list[Callable[[], Any]] = [lambda: visit(world), lambda: world.poll(ZONOS)]
    for step in steps if hint_first else reversed(steps):
        step()

    assert told(world) == [("order.created.v1", f"{ZONOS}:999-7")]
    asked(world)
    world.poll(ZONOS)
    assert asked(world) == {"/v1/orderNumbers": 1}
    assert told(world) == []


def test_a_known_order_costs_no_call_to_the_provider_and_no_write(world: World) -> None:
    world.zonos.place(make_order(7))
    visit(world)
    asked(world)

    with aws_calls() as aws:
        answer = visit(world)

    assert answer == ACCEPTED
    assert asked(world) == {}
    assert aws.counts() == {"BatchGetItem": 1}


def test_the_answer_is_the_same_whatever_becomes_of_the_hint(world: World) -> None:
    world.zonos.place(make_order(7))
    world.zonos.place(make_order(8) | {"items": "?"})
    known = visit(world)
    answers = [
        known,
        visit(world),
        visit(world, {"orderId": "999-8"}),
        visit(world, {"orderId": "999-404"}),
        visit(world, {"orderId": "1-1"}),
        visit(world, {"orderId": "7", "connection": "nobody"}),
        visit(world, {"orderId": "7", "connection": "No Name"}),
        visit(world, {"orderId": "7", "connection": ""}),
    ]
    world.zonos.fail_next(Status(500), times=2)
    answers.append(visit(world, {"orderId": "999-9"}))
    with lambda_that(lambda _: 403):
        answers.append(world.invoke("import_order", request(HINT)))

    assert answers == [ACCEPTED] * 10


@pytest.mark.parametrize(
    "query",
    [
        None,
        {},
        {"orderId": ""},
        {"orderId": "7"},
        {"orderId": "999-7 "},
        {"orderId": "999-7,999-8"},
        {"orderId": "999--7"},
        {"orderId": "\u0669-\u0667"},
        {"orderId": "9" * 19 + "-1"},
        {"orderId": "999-7\n"},
        {"orderId": "ana@example.com", "connection": ZONOS},
        {"orderId": "999-0007"},
        {"orderId": "07", "connection": ZONOS},
    ],
)
def test_what_is_no_order_id_is_refused_and_starts_nothing(
    world: World, query: dict[str, str] | None
) -> None:
    with lambda_that() as started, telling() as said:
        answer = said.invoke(world, "import_order", request(query))

    assert answer is not None
    assert answer == ACCEPTED | {
        "statusCode": 400,
        "body": '{"message":"orderId is not an order id as 999-99999."}',
    }
    assert started == []
    assert "ana@example.com" not in said.output.getvalue()


def test_only_so_many_hints_a_minute_reach_the_provider(world: World) -> None:
    assert world.zonos.calls == []

    outcomes = [follow(world, f"999-{number}") for number in range(1, IMPORTS_A_MINUTE + 4)]

    assert outcomes == ["not_found"] * IMPORTS_A_MINUTE + ["limited"] * 3
    assert asked(world) == {"/v1/orderNumbers": IMPORTS_A_MINUTE, "/v2/orderDetail": IMPORTS_A_MINUTE}
    world.pass_time(minutes=1)
    assert follow(world, "999-1") == "not_found"
    # One small item, whatever is asked for.
    assert [item["sk"]["S"] for item in world.items("CONNECTION#")] == ["IMPORTS"]


def test_a_rate_limit_is_obeyed_by_hints_and_polls(world: World) -> None:
    world.zonos.place(make_order(7))
    world.poll(ZONOS)
    world.zonos.fail_next(RateLimited(120))
    assert follow(world, "999-8") == "rate_limited"
    asked(world)

    assert follow(world, "999-8") == "waits"
    assert world.poll(ZONOS, scheduled=True)["waits"] == "backoff"

    assert asked(world) == {}
    world.pass_time(minutes=3)
    assert follow(world, "999-8") == "not_found"


def test_a_hint_makes_polls_wait_for_minutes_whatever_the_provider_says(world: World) -> None:
    world.zonos.fail_next(RateLimited(10**6 - 1))
    assert follow(world) == "rate_limited"

    assert world.poll(ZONOS, scheduled=True)["waits"] == "backoff"

    world.pass_time(minutes=16)
    assert "waits" not in world.poll(ZONOS, scheduled=True)


def test_an_order_before_the_start_is_not_imported(world: World) -> None:
    world.zonos.place(make_order(6))
    world.zonos.place(make_order(7), timestamp="2026-01-01 00:00:00.0")
    start = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    world.connect(ZONOS, "zonos", world.zonos_at.url, options={"start_at": start})

    assert [follow(world, order) for order in ("999-6", "999-7")] == ["not_found", "not_found"]
    assert told(world) == []


@pytest.mark.parametrize(
    ("mode", "outcome"), [("off", "configuration"), ("read_only", "imported"), ("live", "imported")]
)
def test_a_connection_that_is_off_imports_nothing(world: World, mode: str, outcome: str) -> None:
    world.zonos.place(make_order(7))
    world.connect(ZONOS, "zonos", world.zonos_at.url, mode=mode)

    assert follow(world, connection=ZONOS) == outcome
    assert (asked(world) == {}) is (mode == "off")


def test_of_two_connections_the_store_in_front_of_the_id_tells_which(world: World) -> None:
    world.zonos.place(make_order(7))
    other = {"store": "888", "secret": "another"}
    world.connect("zonos-other", "zonos", world.zonos_at.url, credentials=other)
    world.connect("broken", "nobody-knows", world.zonos_at.url, credentials={})

    answer = world.invoke("import_order", {"order_id": "999-7"})

    assert answer == {"connection": ZONOS, "order_id": "999-7", "outcome": "imported"}


def test_an_order_of_another_provider_is_imported_by_the_connections_name(world: World) -> None:
    world.lunasoft.place(lunasoft.make_order(54))

    visit(world, {"orderId": "54", "connection": LUNA})
    world.poll(LUNA)

    assert told(world) == [("order.created.v1", f"{LUNA}:54")]


def test_another_order_in_the_answer_than_was_asked_for_is_not_imported(world: World) -> None:
    world.zonos.place(make_order(8), number=7)

    assert follow(world) == "provider_unclear"
    assert told(world) == []


def test_what_a_hint_was_first_to_read_is_counted_for_its_alarms(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.zonos.place(make_order(7, status="IGLOBAL_WHO_KNOWS"))
    world.zonos.place(make_order(8) | {"items": "?"})

    seen = []
    for order_id in ("999-7", "999-7", "999-8", "999-8"):
        outcome = follow(world, order_id)
        counted = metrics(capsys.readouterr().out)
        seen.append((outcome, counted["StatusesUnknown"], counted["OrdersQuarantined"]))

    assert seen == [("imported", 1, 0), ("known", 0, 0), ("set_aside", 0, 1), ("set_aside", 0, 0)]


def test_a_number_with_its_connection_is_the_order_with_the_store_in_front(world: World) -> None:
    world.zonos.place(make_order(7))

    answer = world.invoke("import_order", {"order_id": "7", "connection": ZONOS})

    assert answer == {"connection": ZONOS, "order_id": "999-7", "outcome": "imported"}
    [event] = world.relay()
    assert (event["subject"], event["type"]) == (f"{ZONOS}:999-7", "order.created.v1")
    assert event["data"]["order"]["placed_at"] is not None
    asked(world)
    assert follow(world, "7", connection=ZONOS) == "known"
    assert asked(world) == {}


def test_a_number_with_its_connection_is_found_after_the_start(world: World) -> None:
    world.zonos.place(make_order(7))
    start = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    world.connect(ZONOS, "zonos", world.zonos_at.url, options={"start_at": start})

    assert follow(world, "7", connection=ZONOS) == "imported"


@pytest.mark.parametrize("order_id", ["999-0007", "0007", "888-7", "0999-7"])
def test_no_other_name_of_an_order_makes_a_second_one_of_it(world: World, order_id: str) -> None:
    world.zonos.place(make_order(7))
    world.poll(ZONOS)
    asked(world)

    assert follow(world, order_id, connection=ZONOS) == "configuration"
    assert asked(world) == {}
    assert told(world) == [("order.created.v1", f"{ZONOS}:999-7")]


def test_an_order_that_neither_a_row_nor_its_detail_names_is_not_imported(world: World) -> None:
    order = {name: value for name, value in make_order(7).items() if name != "orderId"}
    world.zonos.fail_next(Status(200, {"order": order}), match="POST /v2/orderDetail")

    assert follow(world) == "provider_unclear"
    assert told(world) == []


def test_an_order_that_nothing_says_to_be_no_test_is_left_to_the_fetch(world: World) -> None:
    world.zonos.place(make_order(7, test=True), timestamp=format_time(datetime.now(UTC) - timedelta(days=9)))
    order = {name: value for name, value in make_order(7).items() if name != "testOrder"}
    world.zonos.fail_next(Status(200, {"order": order}), match="POST /v2/orderDetail")

    assert follow(world) == "not_found"
    assert told(world) == []
    world.poll(ZONOS)
    [event] = world.relay()
    assert (event["type"], event["test"]) == ("order.created.v1", True)


def test_an_order_that_only_its_row_names_is_imported(world: World) -> None:
    world.zonos.place(make_order(7))
    order = {name: value for name, value in make_order(7).items() if name != "orderId"}
    world.zonos.fail_next(Status(200, {"order": order}), match="POST /v2/orderDetail")

    assert follow(world) == "imported"
    assert told(world) == [("order.created.v1", f"{ZONOS}:999-7")]


def test_neither_the_secret_nor_a_customer_is_told_to_a_log_or_an_answer(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    planted = ("test-secret", "Ana Maria", "ana@example.com", "Laranjeiras")
    order = make_order(7)
    assert "Ana Maria" in str(order)
    world.zonos.place(order)
    world.zonos.place(make_order(8) | {"items": ["ana@example.com"]})
    with telling() as said:
        for order_id in ("999-7", "999-8", "999-9"):
            said.invoke(world, "import_order", {"order_id": order_id})
        for body in ({"error": "test-secret ana@example.com"}, "<html>test-secret</html>"):
            world.zonos.fail_next(Status(400, body))
            said.invoke(world, "import_order", {"order_id": "999-404"})
        world.zonos.fail_next(Status(500, "test-secret ana@example.com"))
        said.invoke(world, "reconcile_orders", {"connection": ZONOS})
        said.invoke(world, "reconcile_orders", {"connection": ZONOS})
        told_of = said.all(capsys, caplog)

    assert "999-8" in told_of
    assert [each for each in planted if each in told_of] == []
