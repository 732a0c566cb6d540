"""Net32's orders, whose form is assumed: each assumption is an option, and nothing that came is lost."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from orderbus.domain.content import content_of
from orderbus.domain.orders import Order
from orderbus.providers.net32.mapping import Net32Mapping
from orderbus.providers.net32.options import Net32Options
from orderbus.providers.wire import parse_json

from infra.sandbox.net32_orders import make_order


def a_raw(**fields: Any) -> dict[str, Any]:
    """Return an order as it arrives: 62.15 items, 10.00 shipping and 5.00 tax, 77.15 in all."""
    made = make_order(19281414, lines=[("25.95", 2), ("10.25", 1)], shipping="10.00", tax="5.00")
    arrived: dict[str, Any] = parse_json(json.dumps(made).encode())
    return arrived | fields


def normalize(raw: Any, **options: Any) -> Order:
    return Net32Mapping("net32-main", Net32Options(**options)).normalize(raw)


def normalized(raw: Any) -> dict[str, Any]:
    return normalize(raw).as_json()


def usd(amount_minor: int) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": "USD"}


def test_an_order_in_the_assumed_form_is_normalized_field_by_field() -> None:
    raw = a_raw()
    raw["lineItems"] = raw["lineItems"][:1]

    assert normalized(raw) == {
        "order_id": "net32-main:19281414",
        "provider": "net32",
        "connection": "net32-main",
        "external_id": "19281414",
        "number": "19281414",
        "placed_at": "2026-01-05T16:30:00Z",
        "placed_at_raw": "2026-01-05T16:30:00Z",
        "test": False,
        "lifecycle": "open",
        "payment": "pending",
        "fulfilment": "unfulfilled",
        "holds": [],
        "warnings": ["totals_mismatch"],
        "provider_status": None,
        "currency": "USD",
        "lines": [
            {
                "line_id": "192814140001",
                "product_id": "70001",
                "sku": "VP-101",
                "name": "Nitrile gloves, box 1",
                "quantity": {"ordered": 2, "shipped": 0, "cancelled": 0},
                "unit_price": usd(2595),
                "total": usd(5190),
                "provider_data": {},
            }
        ],
        "charges": [
            {"kind": "shipping", "name": None, "amount": usd(1000)},
            {"kind": "tax", "name": None, "amount": usd(500)},
        ],
        "discounts": [],
        "gift_certificates": [],
        "total": usd(7715),
        "customer": {
            "customer_id": None,
            "first_name": None,
            "last_name": None,
            "name": "Bright Smile Dental",
            "company": None,
            "email": "office@bright-smile.example",
            "phone": "555-0142",
        },
        "billing_address": None,
        "shipping_address": {
            "name": "Bright Smile Dental",
            "company": None,
            "lines": ["12 Molar Street", "Suite 4"],
            "city": "Springfield",
            "region": "IL",
            "postal_code": "62701",
            "country": "US",
            "country_raw": None,
            "phone": None,
            "email": None,
        },
        "payments": [],
        "note": None,
        "provider_data": {"customer": raw["customer"], "shippingAddress": raw["shippingAddress"]},
    }


def test_an_order_that_adds_up_has_no_warning() -> None:
    assert normalize(a_raw()).warnings == ()


def test_numbers_are_read_as_numbers_and_as_texts() -> None:
    raw = a_raw()
    texts = {"orderId": "19281414", "total": "77.15", "shipping": "10.00", "tax": "5.00"}
    lines = [{key: str(value) for key, value in line.items()} for line in raw["lineItems"]]

    assert normalize(raw | texts | {"lineItems": lines}) == normalize(raw)


@pytest.mark.parametrize(
    ("keys", "field"),
    [
        (("orderId", "id", "orderNumber", "orderNum"), "orderId"),
        (("lineItems", "orderLineItems", "items"), "lineItems"),
        (("total", "orderTotal"), "total"),
        (("shipping", "shippingTotal"), "shipping"),
        (("tax", "taxTotal"), "tax"),
        (("orderDate", "orderTime", "dateOrdered", "createdDate", "created"), "orderDate"),
        (("customer", "buyer"), "customer"),
        (("shippingAddress", "shipTo"), "shippingAddress"),
    ],
)
def test_a_field_is_found_under_each_of_its_assumed_names(keys: tuple[str, ...], field: str) -> None:
    expected = normalized(a_raw())
    for key in keys:
        raw = a_raw()
        raw[key] = raw.pop(field)

        order = normalized(raw)

        for left_out in ("provider_data", "number"):
            order.pop(left_out)
            expected.pop(left_out, None)
        assert order == expected


@pytest.mark.parametrize(
    ("keys", "field"),
    [
        (("lineItemId", "id"), "lineItemId"),
        (("quantity", "qty"), "quantity"),
        (("unitPrice", "price"), "unitPrice"),
        (("description", "name"), "description"),
    ],
)
def test_a_lines_field_is_found_under_each_of_its_assumed_names(keys: tuple[str, ...], field: str) -> None:
    expected = normalize(a_raw())
    for key in keys:
        raw = a_raw()
        raw["lineItems"] = [
            {key if name == field else name: value for name, value in line.items()}
            for line in raw["lineItems"]
        ]

        assert normalize(raw) == expected


def test_of_two_names_that_are_there_the_first_counts_and_the_other_is_kept() -> None:
    order = normalize(a_raw(id=7, orderTotal=1))

    assert (order.external_id, order.total.amount_minor) == ("19281414", 7715)
    assert order.provider_data["id"] == 7
    assert order.provider_data["orderTotal"] == 1


def test_other_names_are_an_option() -> None:
    raw = {"ref": "A-7", "sum": "5.00", "rows": [{"no": 1, "n": 1, "each": "5.00"}], "id": 3, "total": "9"}
    fields = {
        "total": ["sum"],
        "lines": ["rows"],
        "line.id": ["no"],
        "line.quantity": ["n"],
        "line.price": ["each"],
    }

    order = normalize(raw, order_id_keys=["ref"], field_map=fields)

    assert (order.external_id, order.total.amount_minor, order.lines[0].line_id) == ("A-7", 500, "1")
    assert order.warnings == ("no_placed_at",)
    assert order.provider_data == {"id": 3, "total": "9"}


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-01-05T16:30:00", "UTC", "2026-01-05T16:30:00Z"),
        ("2026-01-05T16:30:00", "America/New_York", "2026-01-05T21:30:00Z"),
        ("2026-07-05 16:30:00", "America/New_York", "2026-07-05T20:30:00Z"),
        ("2026-01-05T16:30:00-0800", "America/New_York", "2026-01-06T00:30:00Z"),
    ],
)
def test_a_time_without_an_offset_is_of_the_connections_zone(text: str, zone: str, expected: str) -> None:
    order = normalize(a_raw(orderDate=text), timezone=zone).as_json()

    assert (order["placed_at"], order["placed_at_raw"]) == (expected, text)


@pytest.mark.parametrize("value", ["5 Jan 2026", 1767630600, 1767630600000, "", None])
def test_a_time_that_cannot_be_read_is_kept_and_said(value: Any) -> None:
    order = normalize(a_raw(orderDate=value))

    assert order.placed_at is None
    assert order.placed_at_raw == (str(value) if value else None)
    assert order.warnings == ("no_placed_at",)


def test_amounts_are_of_the_connections_currency() -> None:
    order = normalize(a_raw(), currency="KWD")

    assert (order.total.amount_minor, order.total.currency, order.warnings) == (77150, "KWD", ())


def changed(value: Any) -> Any:
    if isinstance(value, dict):
        return value | {"name": "Another"}
    if isinstance(value, list):
        return value[:1]
    return value + 1 if isinstance(value, int | Decimal) else "2026-01-06T16:30:00Z"


@pytest.mark.parametrize("key", [*a_raw(), "colour"])
def test_no_change_of_any_field_of_an_order_is_overlooked(key: str) -> None:
    raw = a_raw(colour="red")

    assert content_of(normalized(raw | {key: changed(raw[key])})) != content_of(normalized(raw))


@pytest.mark.parametrize("key", [*a_raw()["lineItems"][0], "colour"])
def test_no_change_of_any_field_of_a_line_is_overlooked(key: str) -> None:
    line = a_raw()["lineItems"][0] | {"colour": "red"}
    raw, other = (a_raw(lineItems=[each]) for each in (line, line | {key: changed(line[key])}))

    assert content_of(normalized(other)) != content_of(normalized(raw))


@pytest.mark.parametrize("key", [*a_raw()["shippingAddress"], "floor"])
def test_no_change_of_any_field_of_an_address_is_overlooked(key: str) -> None:
    address = a_raw()["shippingAddress"]
    other = a_raw(shippingAddress=address | {key: "elsewhere"})

    assert content_of(normalized(other)) != content_of(normalized(a_raw()))


def test_an_exact_fraction_that_is_not_mapped_is_kept_as_its_text() -> None:
    assert normalized(a_raw(weight=Decimal("1.50")))["provider_data"]["weight"] == "1.50"
