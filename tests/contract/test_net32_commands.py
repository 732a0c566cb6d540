"""Net32's adapter, over HTTP against the sandbox: plans, bodies, and what answers mean for the money."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from orderbus.commands.adapter import Accepted, Pending, Plan, Refused, Situation, Step, Succeeded
from orderbus.commands.adapter import Shipment as Other
from orderbus.domain.commands import Command, Rejection, parse_message
from orderbus.domain.connections import parse_connection
from orderbus.domain.errors import (
    CredentialsError,
    NotSentError,
    OrderBusError,
    RateLimitedError,
    RefusedError,
    UnclearError,
)
from orderbus.providers.net32.commands import Net32Commands
from orderbus.providers.net32.source import Net32Source

from infra.sandbox.faults import CutOff, EmptyBody, Fault, Garbage, Html, RateLimited, Reset, Status
from infra.sandbox.net32 import Net32Sandbox, make_order
from infra.sandbox.server import serve

ORDER = "20000001"
LINE = "200000010001"
USD = "USD"


class Vendor:
    """A vendor with one order of two lines, of 4 and 1."""

    def __init__(self, sandbox: Net32Sandbox, url: str) -> None:
        self.sandbox = sandbox
        self.url = url
        self.raw = sandbox.place(make_order(ORDER, lines=[("18.75", 4), ("62.40", 1)]))

    def adapter(self, url: str = "", **options: Any) -> Net32Commands:
        return Net32Commands(self.source(url, **options))

    def source(self, url: str = "", **options: Any) -> Net32Source:
        fields = {"credentials": {"subscription_key": "test-key"}, "options": options}
        connection = parse_connection(
            "net32-main", {"provider": "net32", "base_url": url or self.url, **fields}
        )
        return Net32Source(connection, lambda: datetime.now(UTC))

    def situation(self, *shipments: Other, order: str = ORDER) -> Situation:
        raw = self.raw | {"orderId": int(order)}
        return Situation(self.source().normalize(raw, now=datetime.now(UTC)), shipments=shipments)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    sandbox = Net32Sandbox(settle_after=1)
    with serve(sandbox) as served:
        yield Vendor(sandbox, served.url)


def command(type_: str, **data: Any) -> Command:
    detail = {"id": "c-1", "subject": f"net32-main:{ORDER}", "data": data}
    return parse_message(json.dumps({"detail-type": type_, "time": "2026-01-05T12:00:00Z", "detail": detail}))


def ship(quantity: int = 2, **more: Any) -> Command:
    lines = [{"line_id": LINE, "quantity": quantity}]
    return command("order.ship.v1", shipment_id="s-1", lines=lines, **more)


def planned(adapter: Net32Commands, wanted: Command, situation: Situation) -> Plan:
    made = adapter.plan(wanted, wanted.arguments(), situation)
    assert isinstance(made, Plan)
    return made


def charge_step(vendor: Vendor, **options: Any) -> tuple[Net32Commands, Step]:
    adapter = vendor.adapter(**options)
    return adapter, planned(adapter, ship(), vendor.situation()).steps[-1]


def test_a_shipment_is_one_charge_of_its_lines(vendor: Vendor) -> None:
    made = planned(vendor.adapter(), ship(), vendor.situation())

    body = {"lineItems": [{"lineItemId": LINE, "quantity": 2}]}
    assert made == Plan(
        [Step("charge", "charge", {"order": ORDER, "body": body})], frozenset({"ships", "pays"}), {LINE: 2}
    )


def test_the_payment_is_confirmed_before_the_first_charge_only_and_only_where_asked_for(
    vendor: Vendor,
) -> None:
    adapter = vendor.adapter(preauthorize_before_ship=True)
    earlier = Other("c-0", "s-0", {LINE: 1})

    first = planned(adapter, ship(), vendor.situation())
    second = planned(adapter, ship(), vendor.situation(earlier))

    assert [step.name for step in first.steps] == ["pre-authorization", "charge"]
    assert [step.name for step in second.steps] == ["charge"]


def test_what_the_body_has_no_place_for_is_told(vendor: Vendor) -> None:
    wanted = ship(carrier="UPS", tracking_numbers=["1Z1"], notify_customer=True)
    template = {
        "order": "{order_id}",
        "ship": {"by": "{carrier}", "numbers": "{tracking_numbers}"},
        "items": [{"id": "{line_id}", "qty": "{quantity}"}],
        "lists": [["{line_id}"], ["{quantity}"]],
        "tags": ["x"],
    }

    plain = planned(vendor.adapter(), wanted, vendor.situation())
    told = planned(vendor.adapter(charge_body=template), wanted, vendor.situation())

    assert plain.result == {"ignored": ["carrier", "tracking_numbers", "notify_customer"]}
    assert told.result == {"ignored": ["notify_customer"]}
    assert told.steps[0].arguments["body"] == {
        "order": ORDER,
        "ship": {"by": "UPS", "numbers": ["1Z1"]},
        "items": [{"id": LINE, "qty": 2}],
        "lists": [[LINE], [2]],
        "tags": ["x"],
    }


@pytest.mark.parametrize("type_", ["order.refresh.v1", "order.set_status.v1", "order.set_state.v1"])
def test_what_net32_does_not_have_is_not_supported(vendor: Vendor, type_: str) -> None:
    data = {"order.set_status.v1": {"status": "x"}, "order.set_state.v1": {"state": "paid"}}.get(type_, {})
    wanted = command(type_, **data)

    refused = vendor.adapter().plan(wanted, wanted.arguments(), vendor.situation())

    assert isinstance(refused, Rejection)
    assert refused.reason == "not_supported"


def test_only_the_orders_that_are_listed_are_touched(vendor: Vendor) -> None:
    adapter = vendor.adapter(only_orders=["10002000"])

    refused = adapter.plan(ship(), ship().arguments(), vendor.situation())

    assert isinstance(refused, Rejection)
    assert refused.reason == "not_allowed"
    planned(adapter, command("order.preauthorize.v1"), vendor.situation(order="10002000"))


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ("10002000", None),
        ("10002001", None),
        ("10004020", "payment_declined"),
        ("10004021", "payment_declined"),
        ("10004040", "not_found"),
        ("10004060", "provider_refused"),
        ("10004061", "provider_refused"),
        ("10004062", "provider_refused"),
    ],
)
def test_the_documented_numbers_are_authorized_or_not(vendor: Vendor, order: str, reason: str | None) -> None:
    adapter = vendor.adapter()
    wanted = command("order.preauthorize.v1")
    (step,) = planned(adapter, wanted, vendor.situation(order=order)).steps

    answer = adapter.send(step, {})

    assert (answer.reason if isinstance(answer, Refused) else None) == reason
    assert vendor.sandbox.preauthorizations == {order: 1}


def test_a_charge_is_accepted_asked_about_and_settles_in_exact_money(vendor: Vendor) -> None:
    adapter, step = charge_step(vendor)

    accepted = adapter.send(step, {})
    first, second = adapter.settle(ORDER, "1"), adapter.settle(ORDER, "1")

    assert accepted == Accepted("1", {"charge_id": "1"})
    assert first == Pending()
    assert isinstance(second, Succeeded)
    provider = second.result.pop("provider")
    assert provider["chargeRequestId"] == 1
    assert second.result == {
        "charge_id": "1",
        "status": "success",
        "payout": {"amount_minor": 3375, "currency": USD},
        "breakdown": [
            {"kind": "items", "amount": {"amount_minor": 3750, "currency": USD}},
            {"kind": "commission", "amount": {"amount_minor": -375, "currency": USD}},
        ],
    }
    assert vendor.sandbox.shipped == {(ORDER, LINE): 2}


@pytest.mark.parametrize(("order", "charge"), [("10004020", "6"), ("10004021", "7")])
def test_a_documented_decline_is_a_failed_charge(vendor: Vendor, order: str, charge: str) -> None:
    answer = vendor.adapter().settle(order, charge)

    assert isinstance(answer, Refused)
    assert (answer.reason, answer.provider["text"]) == ("charge_failed", "The card was declined.")


@pytest.mark.parametrize(("state", "known"), [("PENDING", True), ("on_the_moon", False), (None, False)])
def test_a_state_that_is_not_configured_is_pending_and_never_a_success(
    vendor: Vendor, state: str | None, *, known: bool
) -> None:
    vendor.sandbox.fail_next(Status(200, {"payload": {"status": state, "payout": 1}}))

    assert vendor.adapter().settle(ORDER, "1") == Pending(recognized=known)


def test_the_refused_documented_number_is_refused_in_the_providers_words(vendor: Vendor) -> None:
    adapter = vendor.adapter()
    step = planned(adapter, ship(), vendor.situation(order="19281480")).steps[0]

    answer = adapter.send(step, {})

    assert isinstance(answer, Refused)
    assert (answer.reason, answer.provider["status"]) == ("provider_refused", 422)
    assert "The line items cannot be charged." in answer.message
    assert not vendor.sandbox.charges


NOTHING_HAPPENED: dict[str, tuple[Fault, type[OrderBusError]]] = {
    "401": (Status(401), CredentialsError),
    "403": (Status(403), CredentialsError),
    "429": (RateLimited(7), RateLimitedError),
    "an envelope with 401": (Status(200, {"statusCode": 401, "message": "no"}), CredentialsError),
    "an envelope with 429": (Status(200, {"statusCode": 429, "message": "no"}), RateLimitedError),
}


@pytest.mark.parametrize("fault", NOTHING_HAPPENED)
def test_a_charge_that_was_not_taken_is_sent_again_later(vendor: Vendor, fault: str) -> None:
    ordered, kind = NOTHING_HAPPENED[fault]
    adapter, step = charge_step(vendor)
    vendor.sandbox.fail_next(ordered)

    with pytest.raises(kind):
        adapter.send(step, {})
    assert not vendor.sandbox.charges


def test_a_refused_connection_sent_nothing(vendor: Vendor) -> None:
    _, step = charge_step(vendor)

    with pytest.raises(NotSentError):
        vendor.adapter("http://127.0.0.1:9").send(step, {})


UNCLEAR: dict[str, Callable[[bool], Fault]] = {
    "reset": lambda after: Reset(after_effect=after),
    "500": lambda after: Status(500, after_effect=after),
    "503 with words": lambda after: Status(503, {"message": "no"}, after_effect=after),
    "408": lambda after: Status(408, after_effect=after),
    "302": lambda after: Status(302, "", {"Location": "/elsewhere"}, after_effect=after),
    "HTML": lambda after: Html(200, after_effect=after),
    "an envelope with 500": lambda after: Status(200, {"statusCode": 500}, after_effect=after),
    "no id": lambda after: Status(202, {"message": "OK"}, after_effect=after),
}
UNCLEAR_AFTER: dict[str, Fault] = {"cut off": CutOff(5), "garbage": Garbage(), "no body": EmptyBody()}


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("fault", UNCLEAR)
def test_an_answer_that_says_neither_is_unclear_and_nobody_can_tell(
    vendor: Vendor, fault: str, *, after_effect: bool
) -> None:
    adapter, step = charge_step(vendor)
    vendor.sandbox.fail_next(UNCLEAR[fault](after_effect))

    with pytest.raises(UnclearError):
        adapter.send(step, {})
    assert adapter.read_back(step, adapter.baseline(step, None)) == "cannot_tell"
    assert len(vendor.sandbox.charges) == after_effect


@pytest.mark.parametrize("fault", UNCLEAR_AFTER)
def test_a_charge_whose_answer_cannot_be_read_is_unclear(vendor: Vendor, fault: str) -> None:
    adapter, step = charge_step(vendor)
    vendor.sandbox.fail_next(UNCLEAR_AFTER[fault])

    with pytest.raises(UnclearError):
        adapter.send(step, {})
    assert len(vendor.sandbox.charges) == 1


TELLS_NOTHING: dict[str, tuple[Any, type[OrderBusError]]] = {
    "an envelope with 500": ({"statusCode": 500, "status": "error", "payload": None}, UnclearError),
    "an envelope with 404": ({"statusCode": "404", "message": "no"}, RefusedError),
    "an envelope with 401": ({"statusCode": 401}, CredentialsError),
    "an envelope without its object": ({"status": "success", "data": {"state": "pending"}}, UnclearError),
    "errors": ({"status": "success", "errors": ["x"]}, UnclearError),
    "errors within": ({"payload": {"status": "failed", "error": "x"}}, UnclearError),
    "a list": ([], UnclearError),
}


@pytest.mark.parametrize("what", TELLS_NOTHING)
def test_an_error_tells_nothing_of_a_charge(vendor: Vendor, what: str) -> None:
    answer, kind = TELLS_NOTHING[what]
    vendor.sandbox.fail_next(Status(200, answer))

    with pytest.raises(kind):
        vendor.adapter().settle(ORDER, "1")


SAYS_NO: dict[str, Any] = {
    "errors": {"errors": ["declined"]},
    "an error": {"error": "declined"},
    "an envelope with 402": {"statusCode": 402, "message": "declined"},
    "an envelope with 402 as a text": {"statusCode": "402", "message": "declined"},
}


@pytest.mark.parametrize("what", SAYS_NO)
def test_a_refusal_under_http_200_is_one(vendor: Vendor, what: str) -> None:
    adapter = vendor.adapter()
    wanted = command("order.preauthorize.v1")
    steps = [
        *planned(adapter, wanted, vendor.situation()).steps,
        *planned(adapter, ship(), vendor.situation()).steps,
    ]
    vendor.sandbox.fail_next(Status(200, SAYS_NO[what]), times=2)

    answers = [adapter.send(step, {}) for step in steps]

    assert [type(answer) for answer in answers] == [Refused, Refused]


@pytest.mark.parametrize(
    "answer",
    [
        {"error": "declined", "payload": {"id": 9}},
        {"statusCode": 402, "payload": {"chargeRequestId": 9}},
        {"chargeRequestId": 9, "errors": [{"code": 1}]},
    ],
)
def test_both_a_charge_and_an_error_is_unclear(vendor: Vendor, answer: Any) -> None:
    adapter, step = charge_step(vendor)
    vendor.sandbox.fail_next(Status(200, answer))

    with pytest.raises(UnclearError):
        adapter.send(step, {})


def test_a_large_settlement_is_told_in_part(vendor: Vendor) -> None:
    rows = [{"kind": f"part {number}", "amount": 1} for number in range(2_000)]
    vendor.sandbox.fail_next(Status(200, {"status": "success", "payout": 5, "breakdown": rows}))

    answer = vendor.adapter().settle(ORDER, "1")

    assert isinstance(answer, Succeeded)
    assert answer.result["payout"] == {"amount_minor": 500, "currency": USD}
    assert len(answer.result["breakdown"]) == 200
    assert answer.result["provider"]["truncated"] is True
