"""What may be shipped, and why not; the normalized order is closed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from orderbus.domain.errors import NotNormalizableError
from orderbus.domain.money import Money
from orderbus.domain.orders import (
    Customer,
    Hold,
    Line,
    Order,
    Quantity,
    blocked_by,
    checked_json,
    order_id,
)

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


def test_a_field_that_the_form_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="colour"):
        an_order(colour="red")


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"lifecycle": "Jane Doe"}, "lifecycle"),
        ({"payment": "Jane Doe"}, "payment"),
        ({"holds": ({"reason": "Jane Doe", "since": HELD.since},)}, "holds[0].reason"),
        ({"warnings": ("Jane Doe",)}, "warnings[0]"),
        ({"lines": ({"line_id": "Jane Doe"},)}, "lines[0]"),
        ({"lines": (replace(a_line(1), quantity=Quantity(ordered=-1)),)}, "lines[0].quantity.ordered"),
        ({"lines": (a_line(1, shipped=-1),)}, "lines[0].quantity.shipped"),
        ({"lines": (a_line(1, cancelled=-1),)}, "lines[0].quantity.cancelled"),
        ({"total": Money(amount_minor=5, currency="US")}, "total.currency"),
        ({"total": Money(amount_minor=0.5, currency="USD")}, "total.amount_minor"),  # type: ignore[arg-type]
        ({"number": 1}, "number"),
        ({"placed_at": "Jane Doe"}, "placed_at"),
    ],
)
def test_an_order_that_is_not_of_its_form_is_not_kept_and_no_value_is_told(
    fields: dict[str, Any], where: str
) -> None:
    with pytest.raises(NotNormalizableError) as refused:
        checked_json(an_order(**fields))

    assert str(refused.value) == f"the normalized order is not of its form, at `$.{where}`"


def test_a_checked_order_is_plain_json_with_all_of_its_fields() -> None:
    order = an_order(
        placed_at=HELD.since,
        holds=(HELD,),
        provider_data={"weight": Decimal("1.50"), "far": 10**18 - 1, "deep": [[{"a": None}]]},
    )

    plain = checked_json(order)

    assert plain == json.loads(json.dumps(plain))
    assert list(plain) == list(Order.__struct_fields__)
    assert plain["placed_at"] == "2026-01-05T00:00:00Z"
    assert plain["holds"] == [{"reason": "on_hold", "since": "2026-01-05T00:00:00Z", "raw": None}]
    assert plain["provider_data"] == {"weight": "1.50", "far": 10**18 - 1, "deep": [[{"a": None}]]}


def test_an_order_cannot_be_changed_in_place() -> None:
    order = an_order()

    with pytest.raises(AttributeError):
        order.payment = "paid"  # type: ignore[misc]
