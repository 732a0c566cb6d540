"""From a Retailys order to the normalized one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from orderbus.domain.content import content_of
from orderbus.domain.orders import Address, Order
from orderbus.providers.retailys.mapping import RetailysMapping
from orderbus.providers.retailys.options import RetailysOptions
from orderbus.providers.retailys.source import LIST
from orderbus.providers.wire import parse_json

from infra.sandbox.retailys import make_order

SAMPLES = Path(__file__).parents[1] / "samples" / "providers"
NOW = datetime(2026, 1, 6, 12, tzinfo=UTC)
BILLING = Address(
    name="Jan Novák",
    lines=("Dlouhá 1",),
    city="Praha",
    postal_code="11000",
    country="CZ",
    phone="+420 601 000 000",
    email="jan.novak@example.cz",
)


def normalize(order: Any, **options: Any) -> Order:
    """Normalize an order as it would arrive: through JSON."""
    raw = parse_json(json.dumps(order).encode())
    return RetailysMapping("retailys-main", RetailysOptions(**options)).normalize(raw, now=NOW)


def without_data(order: Order) -> Order:
    """Return the order without what was not mapped, of it and of its lines."""
    lines = tuple(replace(line, provider_data={}) for line in order.lines)
    return replace(order, lines=lines, provider_data={})


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text())


def test_the_synthetic_sample_is_normalized_exactly() -> None:
    (listed,) = sample("retailys-orders-page.synthetic.json")["orders"]

    order = normalize(listed).as_json()

    czk = {"currency": "CZK"}
    party = {
        "name": "Jan Novák",
        "company": None,
        "email": "jan.novak@example.cz",
        "phone": "+420 601 000 000",
    }
    address = {
        **party,
        "lines": ["Dlouhá 1"],
        "city": "Praha",
        "region": None,
        "postal_code": "11000",
        "country": "CZ",
        "country_raw": None,
    }
    article = listed["items"][0]["article"]
    price = {
        "base_price": "412.4",
        "final_price": "499.0",
        "vat": "21.0",
        "vat_value": "86.6",
        "currency": "CZK",
    }
    assert order == {
        "order_id": "retailys-main:1001",
        "provider": "retailys",
        "connection": "retailys-main",
        "external_id": "1001",
        "number": "1001",
        "placed_at": "2019-12-01T07:15:30Z",
        "placed_at_raw": "2019-12-01T08:15:30+01:00",
        "test": False,
        "lifecycle": "open",
        "payment": "pending",
        "fulfilment": "unfulfilled",
        "holds": [],
        "warnings": [],
        "provider_status": None,
        "currency": "CZK",
        "lines": [
            {
                "line_id": "1001001",
                "product_id": "5001",
                "sku": "SKU-5001",
                "name": "Zboží 5001",
                "quantity": {"ordered": 1, "shipped": 0, "cancelled": 0},
                "unit_price": {"amount_minor": 49900, **czk},
                "total": {"amount_minor": 49900, **czk},
                "provider_data": {
                    "count": 1,
                    "ordered": 1,
                    "waiting_count": 0,
                    "note": "",
                    "price": price,
                    "price_original": None,
                },
            }
        ],
        "charges": [],
        "discounts": [],
        "gift_certificates": [],
        "total": {"amount_minor": 49900, **czk},
        "customer": {"customer_id": "7", "first_name": None, "last_name": None, **party},
        "billing_address": address,
        "shipping_address": address,
        "payments": [
            {
                "method": None,
                "gateway": None,
                "card_type": None,
                "card_last_4": None,
                "reference": "pay-1001",
            }
        ],
        "note": "Prosím volejte předem",
        "provider_data": {
            "company_id": "1",
            "channel_id": "3",
            "shipping_id": "2",
            "payment_id": "4",
            "articles": {"5001": article},
            "paid": "0.0",
            "date_maturity": None,
            "company_nr": "",
            "company_vat": "",
            "our_note": "",
            "hash": "synthetic-1001",
            "main_currency_code": "CZK",
            "currency_rate": "1.0",
            "date_paid": None,
            "weight": "0.5",
            "trackings": [],
            "order_url": None,
            "invoice_url": None,
            "ip": "127.0.0.1",
            "external_order_prefix": None,
            "external_order_id": None,
            "external_payment_url": None,
        },
    }


def test_list_and_detail_say_the_same_but_for_what_the_list_never_has() -> None:
    (listed,) = sample("retailys-orders-page.synthetic.json")["orders"]
    expanded = sample("retailys-order-1001-expanded.synthetic.json")

    in_list, in_detail = (normalize(each).as_json() for each in (listed, expanded))

    assert content_of(in_list, without=LIST.unseen) == content_of(in_detail, without=LIST.unseen)
    for name in ("customer", "company", "channel", "shipping", "payment"):
        assert in_detail["provider_data"][name] == json.loads(json.dumps(expanded[name]), parse_float=str)
        assert name not in in_list["provider_data"]


def test_all_that_a_list_shows_is_in_the_normalized_order() -> None:
    raw = make_order(7, our_note="Balit zvlášť", trackings=[{"tracking_number": "Z1"}], new_field={"a": [1]})

    data = normalize(raw).provider_data

    assert (data["our_note"], data["trackings"], data["new_field"]) == (
        "Balit zvlášť",
        [{"tracking_number": "Z1"}],
        {"a": [1]},
    )


@pytest.mark.parametrize(
    ("flags", "lifecycle", "fulfilment", "status", "shipped"),
    [
        ({}, "open", "unfulfilled", None, 0),
        ({"sent": True}, "open", "fulfilled", "sent", 2),
        ({"sent": True, "delivered": True}, "open", "delivered", "sent, delivered", 2),
        ({"delivered": 1}, "open", "delivered", "delivered", 2),
        ({"done": True}, "completed", "unfulfilled", "done", 0),
        ({"done": "1", "sent": "true"}, "completed", "fulfilled", "sent, done", 2),
        ({"canceled": True}, "cancelled", "unfulfilled", "canceled", 0),
        ({"canceled": True, "done": True}, "cancelled", "unfulfilled", "done, canceled", 0),
        ({"done": None}, "open", "unfulfilled", None, 0),
        ({"delivered": None}, "open", "unfulfilled", None, 0),
    ],
)
def test_flags_are_lifecycle_and_fulfilment(
    flags: dict[str, Any], lifecycle: str, fulfilment: str, status: str | None, shipped: int
) -> None:
    order = normalize(make_order(7, **flags))

    assert (order.lifecycle, order.fulfilment, order.provider_status) == (lifecycle, fulfilment, status)
    assert order.lines[0].quantity.shipped == shipped
    assert order.holds == ()


@pytest.mark.parametrize("canceled", [None, "", [], {}])
def test_an_order_of_which_nothing_says_whether_it_is_cancelled_is_held(canceled: object) -> None:
    order = normalize(make_order(7, canceled=canceled, done=True))

    assert order.lifecycle == "unknown"
    assert [(hold.reason, hold.since, hold.raw) for hold in order.holds] == [("unknown_status", NOW, None)]


@pytest.mark.parametrize("sent", [None, "", [], {}])
def test_an_order_of_which_nothing_says_whether_it_is_sent_is_held(sent: object) -> None:
    order = normalize(make_order(7, sent=sent))
    delivered = normalize(make_order(7, sent=sent, delivered=True))

    assert (order.fulfilment, [hold.reason for hold in order.holds]) == ("unknown", ["unknown_status"])
    assert (delivered.fulfilment, delivered.holds) == ("delivered", ())


@pytest.mark.parametrize(
    ("delivery", "expected"),
    [
        ({}, BILLING),
        ({"delivery_state_code": "cz"}, BILLING),
        ({"delivery_name": "Eva"}, replace(BILLING, name="Eva")),
        (
            {"delivery_phone": "1", "delivery_email": "e@x.cz"},
            replace(BILLING, phone="1", email="e@x.cz"),
        ),
        (
            {"delivery_name": "Eva", "delivery_street": "Krátká 2", "delivery_state_code": "SK"},
            Address(name="Eva", lines=("Krátká 2",), country="SK"),
        ),
        ({"delivery_zip": "04001"}, Address(postal_code="04001")),
        ({"delivery_state_code": "SK"}, Address(country="SK")),
        ({"delivery_state_code": "XX"}, Address(country_raw="XX")),
        ({"state_code": "", "delivery_state_code": "CZ"}, BILLING),
        ({"state_code": "XX", "delivery_state_code": "CZ"}, Address(country="CZ")),
    ],
)
def test_an_empty_delivery_address_is_the_billing_address(
    delivery: dict[str, Any], expected: Address
) -> None:
    assert normalize(make_order(7, **delivery)).shipping_address == expected


def test_an_order_without_any_address_has_none() -> None:
    names = ("name", "street", "city", "zip", "state_code", "phone", "email")
    nothing: dict[str, Any] = dict.fromkeys(names, "")

    order = normalize(make_order(7, **nothing))

    assert (order.billing_address, order.shipping_address) == (None, None)


def test_what_an_order_refers_to_is_known_by_its_id_in_every_form() -> None:
    forms: list[Any] = [{"id": 7, "api_link": "/x"}, {"id": "7"}, {"id": 7, "name": "Eva"}, 7, "7"]

    orders = [normalize(make_order(1, customer=form, channel=form)) for form in forms]

    assert {order.customer.customer_id for order in orders} == {"7"}
    assert {order.provider_data["channel_id"] for order in orders} == {"7"}
    assert normalize(make_order(1, customer=True)).customer.customer_id is None
    shown = [order.provider_data.get("channel") for order in orders]
    assert shown == [None, None, {"id": 7, "name": "Eva"}, None, None]


def test_the_same_order_says_the_same_in_both_forms_of_its_numbers() -> None:
    raw = make_order(7, paid=71.5)
    as_texts = json.loads(json.dumps(raw), parse_float=str, parse_int=str)

    numbers, texts = normalize(raw), normalize(as_texts)

    assert as_texts["money"] == "571.5"
    assert without_data(numbers) == without_data(texts)
    assert Decimal(texts.provider_data["paid"]) == numbers.provider_data["paid"]
