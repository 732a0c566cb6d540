"""A Zonos order in the normalized form: parties, payment, statuses, times, what is left over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from orderbus.domain.errors import NotNormalizableError
from orderbus.domain.orders import Address, Customer, Order, Payment
from orderbus.providers.zonos.mapping import ZonosMapping
from orderbus.providers.zonos.options import ZonosOptions

from infra.sandbox.zonos import make_order

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ROW = {"id": "999-7", "testOrder": False, "timestamp": "2026-01-05 11:59:01.5"}


def normalize(order: Any, row: Any = ROW, **options: Any) -> Order:
    mapping = ZonosMapping("zonos-main", "999", ZonosOptions(**options))
    return mapping.normalize({"order": order} if row is None else {"order": order, "listed": row}, now=NOW)


def an_order(**fields: Any) -> Order:
    return normalize(make_order(7, **fields))


def test_an_order_has_its_ids_and_its_money_in_the_currency_of_the_store() -> None:
    order = an_order()

    assert (order.order_id, order.external_id, order.number) == ("zonos-main:999-7", "999-7", "999-7")
    assert (order.provider, order.connection) == ("zonos", "zonos-main")
    assert (order.currency, order.total.amount_minor, order.total.currency) == ("USD", 7056, "USD")
    assert order.provider_data["foreignCurrencyCode"] == "BRL"
    assert order.warnings == ()


def test_the_currency_of_the_store_is_an_option_and_counts_its_own_minor_units() -> None:
    order = normalize(make_order(7, lines=[("1200", 1)], shipping="300", duties="0"), currency="JPY")

    assert (order.currency, order.total.amount_minor) == ("JPY", 1500)


@pytest.mark.parametrize("code", ["XXL", "", None, 7, "brl"])
def test_a_foreign_currency_that_does_not_exist_is_only_information(code: object) -> None:
    order = an_order(foreignCurrencyCode=code)

    assert (order.currency, order.provider_data["foreignCurrencyCode"]) == ("USD", code)


def test_the_ship_to_has_no_prefix_and_the_bill_to_has_one() -> None:
    order = an_order(
        name="Ana Maria da Silva",
        company="Silva SA",
        phone="1",
        email="ship@example.com",
        billingName="João Pessoa Neto",
        billingCompany="Neto Ltda",
        billingPhone="2",
        billingEmail="bill@example.com",
        billingAddress1="Rua B 2",
        billingAddress2="",
        billingCity="Rio",
        billingState="Rio de Janeiro",
        billingZip="20000-000",
        billingCountryCode="br",
    )

    assert order.shipping_address == Address(
        name="Ana Maria da Silva",
        company="Silva SA",
        lines=("Rua das Laranjeiras 12", "ap. 4"),
        city="São Paulo",
        region="São Paulo",
        postal_code="01000-000",
        country="BR",
        phone="1",
        email="ship@example.com",
    )
    assert order.billing_address == Address(
        name="João Pessoa Neto",
        company="Neto Ltda",
        lines=("Rua B 2",),
        city="Rio",
        region="Rio de Janeiro",
        postal_code="20000-000",
        country="BR",
        phone="2",
        email="bill@example.com",
    )
    assert order.customer == Customer(
        name="Ana Maria da Silva", company="Silva SA", email="ship@example.com", phone="1"
    )


def test_what_the_ship_to_leaves_out_of_the_customer_the_bill_to_has() -> None:
    order = an_order(
        name="", email=[], phone=None, billingName="Ana", billingEmail="b@example.com", billingPhone="2"
    )

    assert order.customer == Customer(name="Ana", email="b@example.com", phone="2")


@pytest.mark.parametrize("empty", [[], {}, "", "  ", None])
def test_empty_in_every_form_is_nothing(empty: object) -> None:
    keys = ("zip", "city", "address2", "company", "phone", "poNumber", "paymentProcessing", "notes")
    order = an_order(promoCode=empty, **dict.fromkeys(keys, empty))

    assert order.shipping_address is not None
    address = order.shipping_address.as_json()
    assert {name: address[name] for name in ("postal_code", "city", "company", "phone", "lines")} == {
        "postal_code": None,
        "city": None,
        "company": None,
        "phone": None,
        "lines": ["Rua das Laranjeiras 12"],
    }
    assert (order.payments, order.payment, order.note, order.discounts) == ((), "unknown", None, ())


@pytest.mark.parametrize("code", ["PR", "VI", "br", "GB"])
def test_a_country_is_iso_3166_whatever_its_case(code: str) -> None:
    order = an_order(countryCode=code)

    assert order.shipping_address is not None
    assert (order.shipping_address.country, order.shipping_address.country_raw) == (code.upper(), None)
    assert order.warnings == ()


@pytest.mark.parametrize("key", ["countryCode", "billingCountryCode"])
def test_a_country_that_does_not_exist_is_kept_as_it_came_and_said(key: str) -> None:
    order = an_order(**{key: "Narnia"})

    address = order.shipping_address if key == "countryCode" else order.billing_address
    assert address is not None
    assert (address.country, address.country_raw) == (None, "Narnia")
    assert order.warnings == ("unknown_country",)


def test_an_order_without_a_bill_to_has_none() -> None:
    order = make_order(7)
    order = {key: value for key, value in order.items() if not key.startswith("billing")}

    assert normalize(order).billing_address is None


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("AUTH_CAPTURE", "paid"),
        ("PRIOR_AUTH_CAPTURE", "paid"),
        ("CAPTURE_ONLY", "paid"),
        ("auth_only", "authorized"),
        ("CREDIT", "refunded"),
        ("VOID", "refunded"),
        ("SOMETHING", "unknown"),
        (None, "unknown"),
        ("", "unknown"),
    ],
)
def test_the_payment_is_known_by_the_type_of_its_transaction(kind: str | None, state: str) -> None:
    order = an_order(paymentProcessing={"transactionType": kind, "paymentGateway": "STRIPE"})

    assert order.payment == state


def test_a_payment_is_read_and_also_kept_as_it_came() -> None:
    paid = {
        "paymentGateway": "AUTHORIZE_NET",
        "paymentProcessor": "iGlobal_CC",
        "cardType": "VISA",
        "transactionId": 12345,
        "transactionType": "AUTH_CAPTURE",
        "avsResult": "Y",
    }

    order = an_order(paymentProcessing=paid)

    assert order.payments == (
        Payment(method="iGlobal_CC", gateway="AUTHORIZE_NET", card_type="VISA", reference="12345"),
    )
    assert order.provider_data["paymentProcessing"] == paid


def test_a_purchase_order_has_its_number_as_the_reference() -> None:
    order = an_order(paymentProcessing={"cardType": "PURCHASE_ORDER"}, poNumber="PO-17")

    assert order.payments == (Payment(card_type="PURCHASE_ORDER", reference="PO-17"),)
    assert (order.payment, order.provider_data["poNumber"]) == ("unknown", "PO-17")


def test_the_note_of_the_order_is_what_its_customer_wrote() -> None:
    notes = [
        {"customerNote": True, "note": "Leave it at the door."},
        {"customerNote": False, "note": "Checked by Zonos."},
        {"customerNote": "true", "note": "Ring twice."},
        {"customerNote": True, "note": ""},
        {"note": "whose?"},
    ]

    order = an_order(notes=notes)

    assert order.note == "Leave it at the door.\nRing twice."
    assert order.provider_data["notes"] == notes


def test_nothing_that_the_provider_said_is_lost() -> None:
    raw = make_order(7, billingAltPhone="+1", birthDate="1980-01-01", somethingNew={"a": [1, None]})

    order = normalize(raw)

    kept = ["merchantOrderId", "referenceId", "itemsTotal", "grandTotal", "shippingCarrierServiceLevel"]
    kept += ["nationalIdentifier", "boxCount", "billingAltPhone", "birthDate", "somethingNew"]
    assert {key: order.provider_data[key] for key in kept} == {key: raw[key] for key in kept}
    assert "decoded_as" not in order.provider_data
    assert not {"orderId", "items", "name", "billingName", "orderStatus"} & order.provider_data.keys()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"order": {"orderId": "x"}}, "orderId: not an order id as 999-99991 or 99991"),
        ({"order": {"orderId": None}}, "orderId: not an order id as 999-99991 or 99991"),
        ({"order": {"orderId": True}}, "orderId: not an order id as 999-99991 or 99991"),
        ({"order": []}, "id: the row of the list has no order id as 999-99991"),
        ({"id": "999-7"}, "id: the row of the list has no order id as 999-99991"),
        (None, "id: the row of the list has no order id as 999-99991"),
        ({"order": {"orderId": "999-7"}}, "items: the detail has no lines"),
    ],
)
def test_what_is_no_order_is_refused_and_says_why(raw: object, reason: str) -> None:
    mapping = ZonosMapping("zonos-main", "999", ZonosOptions())

    with pytest.raises(NotNormalizableError) as caught:
        mapping.normalize(raw, now=NOW)

    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"items": [{"productId": "1", "quantity": 1}]}, "items.0.unitPrice: missing"),
        ({"items": {"productId": "1"}}, "items: not a list"),
        ({"shippingTotal": "cheap"}, "shippingTotal: not a number"),
        ({"promoCode": "SUMMER"}, "promoCode: not an object"),
    ],
)
def test_a_field_that_cannot_be_read_is_named_without_its_value(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotNormalizableError) as caught:
        an_order(**fields)

    assert str(caught.value) == reason


@pytest.mark.parametrize("row", [None, [], "999-7", 7, {}])
def test_a_row_that_is_none_does_not_spoil_its_order(row: object) -> None:
    mapping = ZonosMapping("zonos-main", "999", ZonosOptions())

    order = mapping.normalize({"order": make_order(7), "listed": row}, now=NOW)

    assert (order.external_id, order.warnings) == ("999-7", ("no_placed_at",))
