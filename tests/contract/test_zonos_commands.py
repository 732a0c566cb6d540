"""Zonos's adapter, over HTTP against the sandbox: plans, what answers mean, and what is found again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from orderbus.commands.adapter import Finding, Plan, Refused, Shipment, Situation, Step, Succeeded
from orderbus.domain.commands import Command, Rejection, parse_message
from orderbus.domain.connections import parse_connection
from orderbus.domain.errors import (
    CredentialsError,
    NotFoundError,
    NotSentError,
    RateLimitedError,
    UnclearError,
)
from orderbus.providers.zonos.commands import ZonosCommands
from orderbus.providers.zonos.source import ZonosSource

from infra.sandbox.faults import Fault, Garbage, Html, RateLimited, Reset, Status
from infra.sandbox.server import serve
from infra.sandbox.zonos import ZonosSandbox, make_order
from tests.contract.live import live_order

NUMBER = 99991
ORDER = f"999-{NUMBER}"
COMPLETE = "VENDOR_END_OF_DAY_COMPLETE"


class Store:
    """A store with one order of two lines, of 2 and 1, and a discount."""

    def __init__(self, sandbox: ZonosSandbox, url: str) -> None:
        self.sandbox = sandbox
        self.url = url
        sandbox.place(make_order(NUMBER, lines=[("10.00", 2), ("5.00", 1)], discount="3.00"))

    def adapter(self, url: str = "", secret: str = "test-secret") -> ZonosCommands:  # noqa: S107 - the sandbox's
        fields = {"credentials": {"store": "999", "secret": secret}, "options": {}}
        connection = parse_connection(
            "zonos-main", {"provider": "zonos", "base_url": url or self.url, **fields}
        )
        return ZonosCommands(ZonosSource(connection, lambda: datetime.now(UTC)))

    def lines(self) -> list[str]:
        return [line.line_id for line in live_order(self.adapter(), ORDER).order.lines]

    def status(self) -> str:
        return str(live_order(self.adapter(), ORDER).order.provider_status)


@pytest.fixture
def store() -> Iterator[Store]:
    sandbox = ZonosSandbox()
    with serve(sandbox) as served:
        yield Store(sandbox, served.url)


def command(type_: str, **data: Any) -> Command:
    detail = {"id": "c-1", "subject": f"zonos-main:{ORDER}", "data": data}
    return parse_message(json.dumps({"detail-type": type_, "time": "2026-01-05T12:00:00Z", "detail": detail}))


def ship(lines: dict[str, int], **more: Any) -> Command:
    wanted = [{"line_id": line, "quantity": quantity} for line, quantity in lines.items()]
    return command("order.ship.v1", shipment_id="s-1", lines=wanted, **more)


def plan(
    store: Store, wanted: Command, *earlier: Shipment, left: dict[str, int] | None = None
) -> Plan | Rejection:
    adapter = store.adapter()
    live = live_order(adapter, ORDER)
    return adapter.plan(wanted, wanted.arguments(), Situation(live.order, live, earlier, left or {}))


def only_step(made: Plan | Rejection) -> Step:
    assert isinstance(made, Plan)
    (step,) = made.steps
    return step


def test_a_part_tells_its_tracking_and_leaves_the_status(store: Store) -> None:
    one, two = store.lines()

    made = plan(store, ship({one: 1}, carrier="UPS", tracking_numbers=["1Z1"]), left={one: 2, two: 1})

    tracking = Step("tracking 1Z1", "set", {"order": ORDER, "numbers": ["1Z1"]})
    assert made == Plan([tracking], frozenset({"ships"}), {one: 1}, result={"ignored": ["carrier"]})


def test_the_last_part_tells_all_tracking_numbers_and_then_the_end_of_the_day(store: Store) -> None:
    one, two = store.lines()
    earlier = Shipment("c-0", "s-0", {one: 1}, tracking_numbers=("1Z1",))
    wanted = ship({one: 1, two: 1}, tracking_numbers=["1Z2"])

    made = plan(store, wanted, earlier, left={one: 1, two: 1})

    assert isinstance(made, Plan)
    assert [(step.name, step.repeat) for step in made.steps] == [
        ("tracking 1Z1, 1Z2", "set"),
        (f"status {COMPLETE}", "set"),
    ]
    assert (made.effects, made.ships) == (frozenset({"ships", "completes"}), {one: 1, two: 1})
    for step in made.steps:
        assert isinstance(store.adapter().send(step, {}), Succeeded)
    assert store.sandbox.updates.trackings == {ORDER: ["1Z1", "1Z2"]}
    assert store.sandbox.updates.statuses == [(ORDER, COMPLETE)]


@pytest.mark.parametrize(
    ("type_", "data", "effects", "ships"),
    [
        ("order.set_status.v1", {"status": "VENDOR_PREPARING_ORDER"}, {"overwrites"}, {}),
        ("order.set_status.v1", {"status": COMPLETE}, {"ships", "completes"}, "rest"),
        ("order.set_status.v1", {"status": "VENDOR_CANCELLATION_REQUEST"}, {"cancels"}, {}),
        ("order.set_state.v1", {"state": "cancelled"}, {"cancels"}, {}),
    ],
)
def test_what_a_status_does_is_told_for_the_guards(
    store: Store, type_: str, data: dict[str, Any], effects: set[str], ships: Any
) -> None:
    made = plan(store, command(type_, **data))

    assert isinstance(made, Plan)
    assert (made.effects, made.ships, made.sets_state) == (frozenset(effects), ships, True)


@pytest.mark.parametrize(
    ("type_", "data", "reason"),
    [
        ("order.set_status.v1", {"status": "IGLOBAL_ORDER_IN_PROCESS"}, "unknown_status"),
        ("order.set_status.v1", {"status": "Shipped"}, "unknown_status"),
        ("order.set_state.v1", {"state": "paid"}, "not_supported"),
        ("order.set_state.v1", {"state": "delivered"}, "not_supported"),
        ("order.preauthorize.v1", {}, "not_supported"),
        ("order.create.v1", {"x": 1}, "not_supported"),
    ],
)
def test_what_a_vendor_cannot_do_is_refused_before_anything_is_sent(
    store: Store, type_: str, data: dict[str, Any], reason: str
) -> None:
    refused = plan(store, command(type_, **data))

    assert isinstance(refused, Rejection)
    assert refused.reason == reason


def test_an_order_is_not_created_at_zonos(store: Store) -> None:
    wanted = command("order.create.v1", x=1)

    refused = store.adapter().plan(wanted, wanted.arguments(), Situation(None))

    assert isinstance(refused, Rejection)
    assert refused.reason == "not_supported"


def test_tracking_is_added_to_what_is_known_and_the_merchants_id_is_set(store: Store) -> None:
    earlier = Shipment("c-0", None, {}, tracking_numbers=("1Z1",))
    tracking = only_step(
        plan(store, command("order.add_tracking.v1", carrier="UPS", tracking_number="1Z2"), earlier)
    )
    acknowledge = only_step(plan(store, command("order.acknowledge.v1", merchant_order_id="12-34567")))

    store.adapter().send(tracking, {})
    store.adapter().send(acknowledge, {})

    assert store.sandbox.updates.trackings == {ORDER: ["1Z1", "1Z2"]}
    assert store.sandbox.updates.merchant_order_ids == [(ORDER, "12-34567")]


def test_a_locked_order_is_refused_in_the_providers_words(store: Store) -> None:
    step = only_step(plan(store, command("order.set_status.v1", status="VENDOR_SHIPMENT_READY")))
    store.sandbox.set_status(NUMBER, "IGLOBAL_FRAUD_REVIEW")

    answer = store.adapter().send(step, {})

    words = "An order with the status IGLOBAL_FRAUD_REVIEW cannot be updated"
    assert isinstance(answer, Refused)
    assert (answer.reason, answer.provider["text"]) == ("provider_refused", words)
    assert words in answer.message
    assert store.adapter().read_back(step, {}) == "not_happened"


def test_an_order_that_is_gone_is_not_found(store: Store) -> None:
    step = only_step(plan(store, command("order.acknowledge.v1", merchant_order_id="1")))
    store.sandbox.remove(NUMBER)

    answer = store.adapter().send(step, {})

    assert isinstance(answer, Refused)
    assert answer.reason == "not_found"
    with pytest.raises(NotFoundError):
        store.adapter().read_live(ORDER)


def test_a_wrong_secret_a_429_and_no_connection_change_nothing(store: Store) -> None:
    step = only_step(plan(store, command("order.acknowledge.v1", merchant_order_id="1")))

    with pytest.raises(CredentialsError):
        store.adapter(secret="another-secret").send(step, {})
    store.sandbox.fail_next(RateLimited(7))
    with pytest.raises(RateLimitedError):
        store.adapter().send(step, {})
    with pytest.raises(NotSentError):
        store.adapter("http://127.0.0.1:9").send(step, {})
    assert not store.sandbox.updates.merchant_order_ids


UNCLEAR: dict[str, Callable[[bool], Fault]] = {
    "reset": lambda after: Reset(after_effect=after),
    "500": lambda after: Status(500, after_effect=after),
    "302": lambda after: Status(302, "", {"Location": "/elsewhere"}, after_effect=after),
    "HTML": lambda after: Html(200, after_effect=after),
    "effect and error": lambda after: Status(200, {"success": "x", "error": "y"}, after_effect=after),
}


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("fault", UNCLEAR)
@pytest.mark.parametrize(
    ("type_", "data", "findings"),
    [
        ("order.set_status.v1", {"status": "VENDOR_SHIPMENT_READY"}, ("not_happened", "happened")),
        ("order.acknowledge.v1", {"merchant_order_id": "1"}, ("not_happened", "happened")),
        (
            "order.add_tracking.v1",
            {"carrier": "UPS", "tracking_number": "1Z1"},
            ("cannot_tell", "cannot_tell"),
        ),
    ],
)
def test_what_is_unclear_is_found_again_where_zonos_shows_it(
    store: Store,
    type_: str,
    data: dict[str, Any],
    findings: tuple[Finding, Finding],
    fault: str,
    *,
    after_effect: bool,
) -> None:
    step = only_step(plan(store, command(type_, **data)))
    store.sandbox.fail_next(UNCLEAR[fault](after_effect))

    with pytest.raises(UnclearError):
        store.adapter().send(step, {})
    assert store.adapter().read_back(step, {}) == findings[after_effect]


@pytest.mark.parametrize(
    ("wanted", "shown", "finding"),
    [
        ("VENDOR_CANCELLATION_REQUEST", "IGLOBAL_ORDER_CANCELLED", "happened"),
        ("VENDOR_CANCELLATION_REQUEST", "IGLOBAL_ORDER_CANCELED", "happened"),
        ("VENDOR_CANCELLATION_REQUEST", "IGLOBAL_ORDER_IN_PROCESS", "not_happened"),
        ("VENDOR_SHIPMENT_READY", "Vendor_Shipment_Ready", "happened"),
        ("VENDOR_SHIPMENT_READY", "IGLOBAL_ORDER_CANCELLED", "not_happened"),
        ("VENDOR_SHIPMENT_READY", None, "not_happened"),
    ],
)
def test_a_status_is_found_again_by_what_it_means(
    store: Store, wanted: str, shown: str | None, finding: Finding
) -> None:
    step = only_step(plan(store, command("order.set_status.v1", status=wanted)))
    store.sandbox.edit(NUMBER, orderStatus=shown)

    assert store.adapter().read_back(step, {}) == finding


def test_a_merchant_order_id_that_comes_back_as_a_number_is_found_again(store: Store) -> None:
    step = only_step(plan(store, command("order.acknowledge.v1", merchant_order_id="4711")))
    store.sandbox.edit(NUMBER, merchantOrderId=4711)

    assert store.adapter().read_back(step, {}) == "happened"


def test_garbage_after_the_effect_is_unclear_and_the_effect_is_found(store: Store) -> None:
    step = only_step(plan(store, command("order.set_status.v1", status=COMPLETE)))
    store.sandbox.fail_next(Garbage())

    with pytest.raises(UnclearError):
        store.adapter().send(step, {})
    assert store.adapter().read_back(step, {}) == "happened"
    assert store.status() == COMPLETE
