"""What a message must be to be a command, and what arguments a command may have."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from orderbus.domain.commands import (
    ARGUMENTS,
    ArgumentsError,
    Command,
    MalformedMessageError,
    Ship,
    parse_message,
)

SHIP = "order.ship.v1"
LINES = [{"line_id": "1", "quantity": 2}]


def message(data: Any = None, type_: str = SHIP, **detail: Any) -> dict[str, Any]:
    whole = {"id": "c-1", "subject": "net32-main:7", "type": type_, "data": data} | detail
    return {
        "detail-type": type_,
        "time": "2026-01-05T12:00:00Z",
        "detail": {key: value for key, value in whole.items() if value is not None},
    }


def parsed(*args: Any, **more: Any) -> Command:
    return parse_message(json.dumps(message(*args, **more)))


def test_a_command_is_read_as_it_was_sent() -> None:
    data = {"shipment_id": "s-1", "lines": LINES, "carrier": "UPS", "tracking_numbers": ["1Z999"]}

    command = parsed(data, time="2026-01-05T11:00:00+01:00")

    assert (command.id, command.subject, command.type) == ("c-1", "net32-main:7", SHIP)
    assert command.time == datetime(2026, 1, 5, 10, tzinfo=UTC)
    arguments = command.arguments()
    assert isinstance(arguments, Ship)
    assert arguments.quantities() == {"1": 2}
    assert (arguments.carrier, arguments.tracking_numbers) == ("UPS", ("1Z999",))


def test_without_a_time_of_its_own_the_envelopes_counts() -> None:
    assert parsed({}).time == datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_content_is_type_subject_and_data_in_whatever_order_and_nothing_else() -> None:
    one = parsed({"a": 1, "b": [1, 2]})
    hash_ = one.content_hash()

    assert parsed({"b": [1, 2], "a": 1}, time="2026-01-04T00:00:00Z", source="x").content_hash() == hash_
    assert parsed({"a": 1, "b": [2, 1]}).content_hash() != hash_
    assert parsed({"a": 1, "b": [1, 2]}, subject="net32-main:8").content_hash() != hash_
    assert parsed({"a": 1, "b": [1, 2]}, type_="order.create.v1").content_hash() != hash_


@pytest.mark.parametrize(
    "text",
    [
        "not JSON",
        "[]",
        "[" * 100_000,
        '"text"',
        json.dumps({"detail-type": SHIP, "time": "2026-01-05T12:00:00Z", "detail": "text"}),
        json.dumps(message() | {"time": "soon"}),
        json.dumps(message(id="")),
        json.dumps(message() | {"detail": {"subject": "net32-main:7"}}),
        json.dumps(message(id="x" * 201)),
        json.dumps(message(id="c\n1")),
        json.dumps(message(id="c\ud800")),
        json.dumps(message(id=7)),
        json.dumps(message(subject=["net32-main:7"])),
        json.dumps(message(type_="order.shipped.v1")),
        json.dumps(message(type_="order.created.v1")),
    ],
)
def test_what_nobody_could_be_told_of_is_malformed(text: str) -> None:
    with pytest.raises(MalformedMessageError) as refused:
        parse_message(text)

    assert len(str(refused.value)) < 100


@pytest.mark.parametrize("id_", ["x", "x" * 200, "ünï 1", "a/b#c"])
def test_an_id_is_any_printable_text(id_: str) -> None:
    assert parsed({}, id=id_).id == id_


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "data: object missing required field `shipment_id`"),
        ("text", "data: expected `object`, got `str`"),
        ([], "data: expected `object`, got `array`"),
        ({"shipment_id": "s", "lines": []}, "data.lines: expected `array` of length >= 1"),
        ({"shipment_id": "", "lines": LINES}, "data.shipment_id: expected `str` of length >= 1"),
        ({"shipment_id": " s", "lines": LINES}, "data: shipment_id: has blanks round it, or"),
        ({"shipment_id": "s", "lines": LINES, "more": 1}, "data: object contains unknown field `more`"),
        ({"shipment_id": "s", "lines": LINES * 2}, "data: lines: name a line twice"),
        (
            {"shipment_id": "s", "lines": LINES, "tracking_numbers": ["1"] * 51},
            "data.tracking_numbers: expected `array` of length <= 50",
        ),
        ({"shipment_id": "s", "lines": LINES, "carrier": 7}, "data.carrier: expected `str | null`"),
        ({"shipment_id": "s", "lines": LINES, "notify_customer": 1}, "data.notify_customer: expected `bool`"),
    ],
)
def test_arguments_that_cannot_be_meant_are_named(data: Any, said: str) -> None:
    with pytest.raises(ArgumentsError) as refused:
        parsed(data).arguments()

    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("quantity", [0, -1, 1.5, 1.0, "1", True, None, 10**10])
def test_a_quantity_is_a_whole_number_from_1_on(quantity: Any) -> None:
    data = {"shipment_id": "s", "lines": [{"line_id": "1", "quantity": quantity}]}

    with pytest.raises(ArgumentsError, match=r"^data\.lines\[0\]\.quantity: expected `int`"):
        parsed(data).arguments()


@pytest.mark.parametrize("number", ["1Z 999", "1Z999\n", "", "é", "x" * 101, 7])
def test_a_tracking_number_is_ascii_without_blanks(number: Any) -> None:
    data = {"shipment_id": "s", "lines": LINES, "tracking_numbers": [number]}

    with pytest.raises(ArgumentsError, match=r"^data\.tracking_numbers\[0\]: expected `str`"):
        parsed(data).arguments()


def test_a_value_is_not_quoted() -> None:
    with pytest.raises(ArgumentsError) as refused:
        parsed({"state": "secret"}, type_="order.set_state.v1").arguments()

    assert str(refused.value) == "data.state: none of the values that it may have"


def test_only_a_payment_has_an_amount() -> None:
    amount = {"amount_minor": 100, "currency": "USD"}
    with pytest.raises(ArgumentsError, match="only paid has an amount"):
        parsed({"state": "sent", "amount": amount}, type_="order.set_state.v1").arguments()

    paid = parsed({"state": "paid", "amount": amount}, type_="order.set_state.v1").arguments()
    assert paid.amount.as_json() == amount


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ({"time": "yesterday"}, "time: not an ISO 8601 time"),
        ({"time": 5}, "time: not an ISO 8601 time"),
        ({"type": "order.cancel.v1"}, "type: differs from the event's detail-type"),
    ],
)
def test_a_flaw_of_the_envelope_is_one_of_the_arguments(detail: dict[str, Any], said: str) -> None:
    command = parse_message(json.dumps(message({"shipment_id": "s", "lines": LINES}, **detail)))

    with pytest.raises(ArgumentsError, match=said):
        command.arguments()


def test_data_of_more_than_the_ledger_holds_is_refused() -> None:
    command = parsed({"note": "x" * 2_000_000}, type_="order.create.v1")

    with pytest.raises(ArgumentsError, match="data: larger than 100000 bytes"):
        command.arguments()


@pytest.mark.parametrize("type_", sorted(ARGUMENTS))
def test_every_type_refuses_what_is_no_object(type_: str) -> None:
    with pytest.raises(ArgumentsError, match=r"^data: expected `object`, got `int`"):
        parsed(7, type_=type_).arguments()


def test_an_amount_that_was_paid_is_not_below_zero() -> None:
    data = {"state": "paid", "amount": {"amount_minor": -1, "currency": "USD"}}

    with pytest.raises(ArgumentsError, match="amount: below zero"):
        parsed(data, type_="order.set_state.v1").arguments()
