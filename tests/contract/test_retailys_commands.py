"""Retailys' adapter, over HTTP against the sandbox: plans, what answers mean, and what is found again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from orderbus.commands.adapter import Plan, Refused, Shipment, Situation, Step, Succeeded
from orderbus.domain.commands import Command, Rejection, parse_message
from orderbus.domain.connections import parse_connection
from orderbus.domain.errors import CredentialsError, NotSentError, RateLimitedError, UnclearError
from orderbus.providers.retailys.commands import RetailysCommands
from orderbus.providers.retailys.source import RetailysSource

from infra.sandbox.faults import Fault, Garbage, Html, RateLimited, Reset, Status
from infra.sandbox.retailys import RetailysSandbox, make_order
from infra.sandbox.server import serve
from tests.contract.live import live_order

NUMBER = 7
ORDER = str(NUMBER)


class Instance:
    """An instance with one order of two lines, of 2 and 1."""

    def __init__(self, sandbox: RetailysSandbox, url: str) -> None:
        self.sandbox = sandbox
        self.url = url
        sandbox.place(make_order(NUMBER, lines=[("249.50", 2), ("72.50", 1)]))

    def adapter(self, url: str = "", token: str = "test-key") -> RetailysCommands:  # noqa: S107 - the sandbox's
        fields = {"credentials": {"token": token}}
        connection = parse_connection(
            "retailys-main", {"provider": "retailys", "base_url": url or self.url, **fields}
        )
        return RetailysCommands(RetailysSource(connection, lambda: datetime.now(UTC)))

    def lines(self) -> list[str]:
        return [line.line_id for line in live_order(self.adapter(), ORDER).order.lines]

    def effects(self) -> dict[str, int]:
        """Return what of the order's writes has happened, without what was only read."""
        order = self.sandbox.show(NUMBER, expanded=False)
        flags = {name: int(order[name]) for name in ("sent", "delivered", "done", "canceled")}
        counts = self.sandbox.counts()
        names = ("created", "statuses_set", "status_mails", "trackings", "history")
        happened = flags | {name: counts[name] for name in names} | {"paid": int(order["paid"] or 0)}
        return {name: count for name, count in happened.items() if count}


@pytest.fixture
def instance() -> Iterator[Instance]:
    sandbox = RetailysSandbox()
    with serve(sandbox) as served:
        yield Instance(sandbox, served.url)


def command(type_: str, **data: Any) -> Command:
    detail = {"id": "c-1", "subject": f"retailys-main:{ORDER}", "data": data}
    return parse_message(json.dumps({"detail-type": type_, "time": "2026-01-05T12:00:00Z", "detail": detail}))


def ship(lines: dict[str, int], **more: Any) -> Command:
    wanted = [{"line_id": line, "quantity": quantity} for line, quantity in lines.items()]
    return command("order.ship.v1", shipment_id="s-1", lines=wanted, **more)


def plan(
    instance: Instance, wanted: Command, *earlier: Shipment, left: dict[str, int] | None = None
) -> Plan | Rejection:
    adapter = instance.adapter()
    live = live_order(adapter, ORDER)
    return adapter.plan(wanted, wanted.arguments(), Situation(live.order, live, earlier, left or {}))


def prepared(instance: Instance, type_: str, data: dict[str, Any]) -> tuple[RetailysCommands, Step, Any]:
    made = plan(instance, command(type_, **data))
    assert isinstance(made, Plan)
    (step,) = made.steps
    adapter = instance.adapter()
    return adapter, step, adapter.baseline(step, adapter.read_live(ORDER))


def test_tracking_goes_before_sent_and_sent_only_with_the_last_line(instance: Instance) -> None:
    one, two = instance.lines()
    left = {one: 2, two: 1}

    part = plan(instance, ship({one: 1}, carrier="ppl", tracking_numbers=["A1", "A1", "A2"]), left=left)
    whole = plan(instance, ship(left, carrier="2", tracking_numbers=["B1"]), left=left)
    silent = plan(instance, ship(left, notify_customer=True), left=left)

    assert isinstance(part, Plan)
    assert isinstance(whole, Plan)
    assert isinstance(silent, Plan)
    assert [(step.name, step.repeat) for step in part.steps] == [
        ("tracking A1", "append"),
        ("tracking A2", "append"),
    ]
    assert [step.arguments.get("shipper") for step in part.steps] == [1, 1]
    assert [(step.name, step.repeat) for step in whole.steps] == [("tracking B1", "append"), ("sent", "set")]
    assert [step.name for step in silent.steps] == ["sent"]
    assert silent.result == {"ignored": ["notify_customer"]}
    assert (whole.effects, whole.ships) == (frozenset({"ships"}), left)
    for step in whole.steps:
        assert isinstance(instance.adapter().send(step, {}), Succeeded)
    assert instance.effects() == {"sent": 1, "trackings": 1}


def test_a_number_that_is_there_is_not_added_again(instance: Instance) -> None:
    adapter, step, baseline = prepared(
        instance, "order.add_tracking.v1", {"carrier": "PPL", "tracking_number": "A1"}
    )
    adapter.send(step, baseline)

    again = plan(instance, command("order.add_tracking.v1", carrier="PPL", tracking_number="A1"))

    assert again == Plan([])


@pytest.mark.parametrize(
    ("type_", "data", "reason"),
    [
        ("order.add_tracking.v1", {"carrier": "DHL", "tracking_number": "A1"}, "unknown_carrier"),
        ("order.set_status.v1", {"status": "Shipped"}, "unknown_status"),
        ("order.set_status.v1", {"status": "99"}, "unknown_status"),
        (
            "order.set_state.v1",
            {"state": "paid", "amount": {"amount_minor": 1, "currency": "EUR"}},
            "invalid_arguments",
        ),
        ("order.preauthorize.v1", {}, "not_supported"),
        ("order.acknowledge.v1", {"merchant_order_id": "1"}, "not_supported"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_sent(
    instance: Instance, type_: str, data: dict[str, Any], reason: str
) -> None:
    refused = plan(instance, command(type_, **data))

    assert isinstance(refused, Rejection)
    assert refused.reason == reason


def test_a_tracking_number_without_a_carrier_is_refused(instance: Instance) -> None:
    refused = plan(instance, ship({"x": 1}, tracking_numbers=["A1"]))

    assert isinstance(refused, Rejection)
    assert refused.reason == "invalid_arguments"


@pytest.mark.parametrize(
    ("type_", "data", "effects", "ships"),
    [
        ("order.set_status.v1", {"status": "připravuje se"}, set(), {}),
        ("order.set_status.v1", {"status": "4"}, {"ships", "completes"}, "rest"),
        ("order.set_status.v1", {"status": "Stornováno"}, {"cancels"}, {}),
        ("order.set_state.v1", {"state": "sent"}, {"ships"}, "rest"),
        ("order.set_state.v1", {"state": "delivered"}, {"delivers"}, {}),
        ("order.set_state.v1", {"state": "completed"}, {"completes"}, {}),
        ("order.set_state.v1", {"state": "cancelled"}, {"cancels"}, {}),
        ("order.set_state.v1", {"state": "paid"}, {"pays"}, {}),
        ("order.set_state.v1", {"state": "paid", "payment_status": "denied"}, set(), {}),
    ],
)
def test_what_a_status_or_a_state_does_is_told_for_the_guards(
    instance: Instance, type_: str, data: dict[str, Any], effects: set[str], ships: Any
) -> None:
    made = plan(instance, command(type_, **data))

    assert isinstance(made, Plan)
    assert (made.effects, made.ships, made.sets_state) == (frozenset(effects), ships, True)


def test_a_state_that_is_set_already_is_left_alone(instance: Instance) -> None:
    instance.sandbox.set_state(NUMBER, "sent")

    made = plan(instance, command("order.set_state.v1", state="sent"))

    assert made == Plan([], sets_state=True, result={"already": "sent"})


def test_paid_is_the_orders_total_to_the_cent_unless_an_amount_is_named(instance: Instance) -> None:
    for data, paid in (
        ({"state": "paid"}, "571.50"),
        ({"state": "paid", "amount": {"amount_minor": 49910, "currency": "CZK"}}, "499.10"),
    ):
        adapter, step, baseline = prepared(instance, "order.set_state.v1", data)
        assert step.arguments["paid"] == paid
        assert isinstance(adapter.send(step, baseline), Succeeded)
        assert instance.sandbox.show(NUMBER, expanded=False)["paid"] == float(paid)


@pytest.mark.parametrize(
    ("type_", "data", "happened"),
    [
        ("order.set_status.v1", {"status": "Nová"}, {"statuses_set": 1}),
        ("order.set_status.v1", {"status": "Odesláno"}, {"statuses_set": 1, "status_mails": 1}),
        ("order.set_state.v1", {"state": "completed"}, {"done": 1}),
        ("order.set_state.v1", {"state": "cancelled"}, {"canceled": 1}),
        ("order.add_history.v1", {"name": "n", "status": "s", "kind": "apps"}, {"history": 1}),
        ("order.create.v1", {"name": "Eva", "channel": 3}, {"created": 1}),
        ("order.add_item.v1", {"name": "Hrnek", "count": 1, "price": 10}, {}),
        ("order.edit_item.v1", {"id": 7001, "name": "Hrnek", "count": 1, "price": 10}, {}),
        ("order.remove_item.v1", {"item_id": "7002"}, {}),
    ],
)
def test_each_write_is_carried_out_once_with_its_answers_id(
    instance: Instance, type_: str, data: dict[str, Any], happened: dict[str, int]
) -> None:
    adapter, step, baseline = prepared(instance, type_, data)

    answer = adapter.send(step, baseline)

    assert isinstance(answer, Succeeded)
    assert answer.result["provider"]["id"] is not None
    assert instance.effects() == happened


@pytest.mark.parametrize(
    ("type_", "data", "status"),
    [
        ("order.set_state.v1", {"state": "delivered"}, 422),
        ("order.remove_item.v1", {"item_id": "1"}, 404),
        ("order.add_item.v1", {"name": "Hrnek"}, 400),
    ],
)
def test_a_refusal_has_the_providers_status_and_words(
    instance: Instance, type_: str, data: dict[str, Any], status: int
) -> None:
    adapter, step, baseline = prepared(instance, type_, data)

    answer = adapter.send(step, baseline)

    assert isinstance(answer, Refused)
    assert answer.provider["status"] == status
    assert answer.provider["text"] in answer.message
    assert answer.reason == ("not_found" if status == 404 else "provider_refused")
    assert instance.effects() == {}


def test_a_wrong_token_a_429_and_no_connection_change_nothing(instance: Instance) -> None:
    _, step, baseline = prepared(instance, "order.set_state.v1", {"state": "completed"})

    with pytest.raises(CredentialsError):
        instance.adapter(token="wrong").send(step, baseline)
    instance.sandbox.fail_next(RateLimited(7))
    with pytest.raises(RateLimitedError):
        instance.adapter().send(step, baseline)
    with pytest.raises(NotSentError):
        instance.adapter("http://127.0.0.1:9").send(step, baseline)
    assert instance.effects() == {}


UNCLEAR: dict[str, Callable[[bool], Fault]] = {
    "reset": lambda after: Reset(after_effect=after),
    "500": lambda after: Status(500, after_effect=after),
    "302": lambda after: Status(302, "", {"Location": "/elsewhere"}, after_effect=after),
    "HTML": lambda after: Html(200, after_effect=after),
    "effect and error": lambda after: Status(200, {"id": 7, "error": "y"}, after_effect=after),
}
SHOWN: dict[str, tuple[str, dict[str, Any]]] = {
    "status": ("order.set_status.v1", {"status": "Odesláno"}),
    "sent": ("order.set_state.v1", {"state": "sent"}),
    "completed": ("order.set_state.v1", {"state": "completed"}),
    "cancelled": ("order.set_state.v1", {"state": "cancelled"}),
    "paid": ("order.set_state.v1", {"state": "paid"}),
    "tracking": ("order.add_tracking.v1", {"carrier": "PPL", "tracking_number": "A1"}),
}
NOT_SHOWN: dict[str, tuple[str, dict[str, Any]]] = {
    "history": ("order.add_history.v1", {"name": "n", "status": "s", "kind": "apps"}),
    "create": ("order.create.v1", {"name": "Eva"}),
    "item": ("order.add_item.v1", {"name": "Hrnek", "count": 1, "price": 10}),
}


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("fault", UNCLEAR)
@pytest.mark.parametrize("what", [*SHOWN, *NOT_SHOWN])
def test_what_is_unclear_is_found_again_where_it_is_shown(
    instance: Instance, what: str, fault: str, *, after_effect: bool
) -> None:
    adapter, step, baseline = prepared(instance, *(SHOWN | NOT_SHOWN)[what])
    instance.sandbox.fail_next(UNCLEAR[fault](after_effect))

    with pytest.raises(UnclearError):
        adapter.send(step, baseline)
    found = adapter.read_back(step, baseline)
    expected = "happened" if after_effect else "not_happened"
    assert found == (expected if what in SHOWN else "cannot_tell")


def test_a_status_that_it_had_before_cannot_be_told_apart(instance: Instance) -> None:
    adapter, step, baseline = prepared(instance, "order.set_status.v1", {"status": "Odesláno"})
    adapter.send(step, baseline)

    adapter, step, baseline = prepared(instance, "order.set_status.v1", {"status": "Odesláno"})
    instance.sandbox.fail_next(Garbage())

    with pytest.raises(UnclearError):
        adapter.send(step, baseline)
    assert adapter.read_back(step, baseline) == "cannot_tell"


def test_what_says_that_it_was_not_paid_names_no_amount(instance: Instance) -> None:
    data = {"state": "paid", "payment_status": "denied", "payment_id": "p-1"}
    adapter, step, baseline = prepared(instance, "order.set_state.v1", data)

    adapter.send(step, baseline)

    assert (step.name, step.arguments["paid"]) == ("paid denied", None)
    assert instance.sandbox.show(NUMBER, expanded=False)["external_payment_id"] == "p-1"
    assert instance.effects() == {}


def test_a_name_that_two_have_is_not_guessed() -> None:
    shippers = ({"id": 1, "name": "PPL"}, {"id": 2, "name": "ppl"})
    sandbox = RetailysSandbox(shippers=shippers)
    with serve(sandbox) as served:
        instance = Instance(sandbox, served.url)
        by_name = plan(instance, command("order.add_tracking.v1", carrier="Ppl", tracking_number="A1"))
        by_id = plan(instance, command("order.add_tracking.v1", carrier="2", tracking_number="A1"))

    assert isinstance(by_name, Rejection)
    assert by_name.reason == "unknown_carrier"
    assert isinstance(by_id, Plan)
