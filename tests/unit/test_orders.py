"""What may be shipped, and why not; the normalized order is closed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from orderbus.domain.money import Money
from orderbus.domain.orders import Customer, Hold, Line, Order, Quantity, blocked_by, order_id
from pydantic import ValidationError

USD_5 = Money(amount_minor=500, currency="USD")
HELD = Hold(reason="on_hold", since=datetime(2026, 1, 5, tzinfo=UTC))


def a_line(ordered: int, shipped: int = 0, cancelled: int = 0) -> Line:
    quantity = Quantity(ordered=ordered, shipped=shipped, cancelled=cancelled)
    return Line(line_id="1", quantity=quantity, unit_price=USD_5, total=USD_5)


def an_order(**fields: Any) -> Order:
    made: dict[str, Any] = {
        "order_id": "c:1",
        "provider": "net32",
        "connection": "c",
        "external_id": "1",
        "number": "1",
        "placed_at": None,
        "lifecycle": "open",
        "payment": "paid",
        "fulfilment": "unfulfilled",
        "currency": "USD",
        "lines": (a_line(1),),
        "total": USD_5,
        "customer": Customer(),
    }
    return Order(**(made | fields))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ()),
        ({"lifecycle": "completed"}, ()),
        ({"lifecycle": "unknown"}, ()),
        ({"payment": "pending"}, ()),
        ({"payment": "unknown"}, ()),
        ({"payment": "partially_paid"}, ()),
        ({"lines": (a_line(2, shipped=1),)}, ()),
        ({"lines": (a_line(1, shipped=1), a_line(2, cancelled=1))}, ()),
        ({"lifecycle": "cancelled"}, ("cancelled",)),
        ({"holds": (HELD,)}, ("hold",)),
        ({"test": True}, ("test_order",)),
        ({"payment": "declined"}, ("payment_declined",)),
        ({"payment": "refunded"}, ("refunded",)),
        ({"lines": ()}, ("nothing_left_to_ship",)),
        ({"lines": (a_line(0),)}, ("nothing_left_to_ship",)),
        ({"lines": (a_line(2, shipped=1, cancelled=1),)}, ("nothing_left_to_ship",)),
        ({"lines": (a_line(1, shipped=2), a_line(1, cancelled=1))}, ("nothing_left_to_ship",)),
        (
            {"lifecycle": "cancelled", "holds": (HELD,), "lines": (), "test": True, "payment": "declined"},
            ("cancelled", "hold", "nothing_left_to_ship", "test_order", "payment_declined"),
        ),
    ],
)
def test_every_reason_against_a_shipment_is_named(fields: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert blocked_by(an_order(**fields), ship_test_orders=False) == expected


def test_a_test_order_may_be_shipped_where_its_connection_allows_it() -> None:
    assert blocked_by(an_order(test=True), ship_test_orders=True) == ()


def test_an_order_id_is_the_connection_and_the_providers_id() -> None:
    assert order_id("net32-main", "19281414") == "net32-main:19281414"


@pytest.mark.parametrize(
    "fields",
    [
        {"colour": "red"},
        {"lifecycle": "shipped"},
        {"payment": "maybe"},
        {"holds": ({"reason": "weather", "since": HELD.since},)},
        {"warnings": ("odd",)},
        {"lines": ({"line_id": "1"},)},
    ],
)
def test_a_field_or_a_word_that_the_form_does_not_have_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        an_order(**fields)


@pytest.mark.parametrize("part", ["ordered", "shipped", "cancelled"])
def test_a_quantity_is_never_negative(part: str) -> None:
    with pytest.raises(ValidationError):
        Quantity(**({"ordered": 1} | {part: -1}))


def test_an_order_cannot_be_changed_in_place() -> None:
    order = an_order()

    with pytest.raises(ValidationError):
        order.payment = "paid"  # type: ignore[misc]
