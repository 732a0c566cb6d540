"""What an order at Retailys shows already, in every form of a flag or a number, counts for its commands."""

from __future__ import annotations

from typing import Any

import pytest
from orderbus.commands.adapter import Plan, Refused
from orderbus.domain.commands import Rejection
from orderbus.domain.errors import UnclearError

from infra.sandbox.faults import Status
from infra.sandbox.retailys import RetailysSandbox
from infra.sandbox.retailys_listing import Habits
from infra.sandbox.server import Served
from tests.contract.live import live_order
from tests.contract.test_retailys_commands import NUMBER, ORDER, Instance, command, plan, prepared, ship

STATES = {"sent": "sent", "delivered": "delivered", "completed": "done", "cancelled": "canceled"}
"What a state is called in the order."


@pytest.fixture
def sandbox() -> RetailysSandbox:
    return RetailysSandbox()


@pytest.fixture
def instance(sandbox: RetailysSandbox, served: Served) -> Instance:
    return Instance(sandbox, served.url)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    ("shown", "is_set"),
    [("0", False), ("false", False), (0, False), ("", False), ("1", True), ("true", True), (1, True)],
)
def test_a_state_is_set_already_only_where_its_flag_says_yes(
    instance: Instance, state: str, shown: object, is_set: bool
) -> None:
    flag: dict[str, Any] = {STATES[state]: shown}
    instance.sandbox.edit(NUMBER, **flag)

    made = plan(instance, command("order.set_state.v1", state=state))

    assert isinstance(made, Plan)
    assert [step.name for step in made.steps] == ([] if is_set else [state])
    assert made.result == ({"already": state} if is_set else {})


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("shown", "found"), [("0", "not_happened"), ("1", "happened")])
def test_a_flag_that_is_a_text_is_read_back_as_what_it_says(
    instance: Instance, state: str, shown: str, found: str
) -> None:
    adapter, step, baseline = prepared(instance, "order.set_state.v1", {"state": state})

    flag: dict[str, Any] = {STATES[state]: shown}
    instance.sandbox.edit(NUMBER, **flag)

    assert adapter.read_back(step, baseline) == found


@pytest.mark.parametrize(
    "rows",
    [
        [{"shipper_id": 1, "tracking_number": "1999"}],
        [{"tracking_number": 1999}, {"tracking_number": "X"}],
        [{"tracking_number": " 1999 "}],
        {"3": {"tracking_number": "1999"}},
    ],
    ids=str,
)
def test_a_number_that_is_there_in_whatever_form_is_not_added_again(instance: Instance, rows: Any) -> None:
    instance.sandbox.edit(NUMBER, trackings=rows)

    made = plan(instance, command("order.add_tracking.v1", carrier="PPL", tracking_number="1999"))

    assert made == Plan([])


@pytest.mark.parametrize(
    "rows", [None, "", {}, [], [None], [{}], [{"tracking_number": None}], ["None"]], ids=str
)
def test_where_no_number_is_there_it_is_added_and_found_again(instance: Instance, rows: Any) -> None:
    instance.sandbox.edit(NUMBER, trackings=rows)
    adapter, step, baseline = prepared(
        instance, "order.add_tracking.v1", {"carrier": "PPL", "tracking_number": "None"}
    )

    instance.sandbox.edit(NUMBER, trackings=[{"shipper_id": 1, "tracking_number": "None"}])

    assert adapter.read_back(step, baseline) == "happened"


def test_an_address_for_payments_that_cannot_be_read_hinders_no_command(instance: Instance) -> None:
    instance.sandbox.edit(NUMBER, paid=571.5, external_payment_url={"href": "https://pay.example/1"})

    sent = plan(instance, command("order.set_state.v1", state="sent"))
    paid = plan(instance, command("order.set_state.v1", state="paid", payment_url="https://pay.example/1"))

    assert isinstance(sent, Plan)
    assert isinstance(paid, Plan)
    assert (len(sent.steps), len(paid.steps)) == (1, 1)


def test_an_amount_that_is_a_text_is_read_back_as_what_it_says(instance: Instance) -> None:
    adapter, step, baseline = prepared(instance, "order.set_state.v1", {"state": "paid"})

    instance.sandbox.edit(NUMBER, paid="571.50")

    assert adapter.read_back(step, baseline) == "happened"


@pytest.mark.parametrize("paid", [571.5, "571.50"])
@pytest.mark.parametrize(
    "more",
    [{}, {"payment_id": "p-1"}, {"payment_status": "success"}, {"payment_url": "https://pay.example/1"}],
    ids=str,
)
def test_a_payment_that_the_order_shows_is_not_told_twice(
    instance: Instance, paid: object, more: dict[str, str]
) -> None:
    shown = {"external_payment_id": "p-1", "external_payment_url": "https://pay.example/1"}
    instance.sandbox.edit(NUMBER, paid=paid, **shown)

    made = plan(instance, command("order.set_state.v1", state="paid", **more))

    assert made == Plan([], sets_state=True, result={"already": "paid"})


@pytest.mark.parametrize(
    ("shown", "more"),
    [
        (571.49, {}),
        (600, {}),
        (571.5, {"amount": {"amount_minor": 57149, "currency": "CZK"}}),
        (571.5, {"payment_id": "p-2"}),
        (571.5, {"payment_url": "https://pay.example/2"}),
        (571.5, {"payment_status": "denied"}),
        (None, {"payment_status": "denied"}),
    ],
    ids=str,
)
def test_a_payment_that_says_something_new_is_told(
    instance: Instance, shown: float | None, more: dict[str, Any]
) -> None:
    known = {"external_payment_id": "p-1", "external_payment_url": "https://pay.example/1"}
    instance.sandbox.edit(NUMBER, paid=shown, **known)

    made = plan(instance, command("order.set_state.v1", state="paid", **more))

    assert isinstance(made, Plan)
    assert len(made.steps) == 1


def test_what_is_paid_of_an_order_in_yen_has_no_fraction(instance: Instance) -> None:
    instance.sandbox.edit(NUMBER, order_currency_code="JPY", money=572)

    made = plan(instance, command("order.set_state.v1", state="paid"))

    assert isinstance(made, Plan)
    assert [step.arguments["paid"] for step in made.steps] == ["572"]


def test_an_amount_that_was_paid_before_cannot_be_told_from_one_that_was_paid_now(instance: Instance) -> None:
    instance.sandbox.edit(NUMBER, paid=571.5)
    data = {"state": "paid", "payment_id": "p-1"}
    adapter, step, baseline = prepared(instance, "order.set_state.v1", data)

    assert adapter.read_back(step, baseline) == "cannot_tell"


def test_what_was_just_read_is_not_asked_for_again_before_a_step(instance: Instance) -> None:
    data = {"carrier": "PPL", "tracking_number": "A1"}
    adapter, step, _ = prepared(instance, "order.add_tracking.v1", data)
    live = live_order(adapter, ORDER)
    instance.sandbox.calls.clear()

    assert adapter.baseline(step, live) == {"there": 0}
    assert instance.sandbox.calls == []


@pytest.mark.parametrize(("id_", "there"), [(7, 1), (" 7 ", 1), (8, 0), (None, 0)])
def test_an_order_in_a_status_is_known_by_its_id_in_whatever_form(
    instance: Instance, id_: object, there: int
) -> None:
    adapter, step, _ = prepared(instance, "order.set_status.v1", {"status": "Odesláno"})
    paginator = {"page": 1, "pages": 1, "total": 2}
    instance.sandbox.fail_next(Status(200, {"paginator": paginator, "orders": [None, {"id": id_}]}))

    assert adapter.baseline(step, None) == {"there": there}


def test_an_order_that_may_be_on_another_page_may_be_in_the_status(instance: Instance) -> None:
    adapter, step, _ = prepared(instance, "order.set_status.v1", {"status": "Odesláno"})
    page = {"paginator": {"page": 1, "pages": 2, "total": 251}, "orders": [{"id": 8}]}
    instance.sandbox.fail_next(Status(200, page))

    assert adapter.baseline(step, None) == {"there": None}


@pytest.mark.parametrize("date", [None, "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00"])
def test_an_order_whose_date_has_no_second_beside_it_is_not_looked_for_by_it(
    instance: Instance, date: str | None
) -> None:
    instance.sandbox.edit(NUMBER, date_order=date)

    adapter, step, baseline = prepared(instance, "order.set_status.v1", {"status": "Odesláno"})

    assert (baseline, adapter.read_back(step, baseline)) == ({"there": None}, "cannot_tell")


@pytest.mark.parametrize(
    ("more", "result"),
    [
        ({}, {}),
        ({"carrier": "PPL", "tracking_numbers": ["A1"]}, {}),
        ({"carrier": "PPL"}, {"ignored": ["carrier"]}),
        ({"carrier": "DHL", "notify_customer": True}, {"ignored": ["carrier", "notify_customer"]}),
    ],
    ids=str,
)
def test_what_a_shipment_has_no_place_for_is_said(
    instance: Instance, more: dict[str, Any], result: dict[str, Any]
) -> None:
    made = plan(instance, ship({"7001": 1}, **more), left={"7001": 2})

    assert isinstance(made, Plan)
    assert made.result == result


def test_what_a_status_has_no_place_for_is_said(instance: Instance) -> None:
    made = plan(instance, command("order.set_status.v1", status="Nová", note="n", notify_customer=True))

    assert isinstance(made, Plan)
    assert made.result == {"ignored": ["note", "notify_customer"]}


@pytest.mark.parametrize("key", ["error", "errors"])
def test_an_error_in_a_success_is_a_refusal_unless_the_answer_shows_the_effect(
    instance: Instance, key: str
) -> None:
    adapter, step, baseline = prepared(instance, "order.set_state.v1", {"state": "sent"})

    instance.sandbox.fail_next(Status(200, {key: ["no"]}))
    refused = adapter.send(step, baseline)
    instance.sandbox.fail_next(Status(200, {"id": NUMBER, key: ["no"]}))

    assert isinstance(refused, Refused)
    with pytest.raises(UnclearError):
        adapter.send(step, baseline)


@pytest.mark.parametrize(
    "habits", [Habits(), Habits(inclusive=False)], ids=["both ends are in it", "neither is"]
)
def test_a_status_is_found_by_the_list_whether_or_not_its_ends_are_in_it(
    instance: Instance, habits: Habits
) -> None:
    instance.sandbox.orders.habits = habits
    adapter, step, baseline = prepared(instance, "order.set_status.v1", {"status": "Odesláno"})
    before = adapter.read_back(step, baseline)

    adapter.send(step, baseline)

    assert (before, adapter.read_back(step, baseline)) == ("not_happened", "happened")


@pytest.mark.parametrize("item", ["..", ".", "7001/", "1?x=2", "x", "-1"])
def test_an_item_is_taken_out_by_a_number_since_a_path_may_lead_to_the_order(
    instance: Instance, item: str
) -> None:
    refused = plan(instance, command("order.remove_item.v1", item_id=item))

    assert isinstance(refused, Rejection)
    assert (refused.reason, refused.message) == (
        "invalid_arguments",
        "data.item_id: at Retailys it is a number",
    )
