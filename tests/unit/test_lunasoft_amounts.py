"""What LunaSoft's amounts add up to, and what is said where they do not."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orderbus.domain.orders import Order
from orderbus.providers.lunasoft.mapping import LunaMapping
from orderbus.providers.lunasoft.options import LunaOptions

from infra.sandbox.lunasoft_orders import make_order


def a_raw(**fields: Any) -> dict[str, Any]:
    """Return an order of 62.15 items, 10.00 shipping and 5.00 tax: 77.15 in all."""
    return make_order(1, lines=[("25.95", 2), ("10.25", 1)], shipping="10.00", tax="5.00") | fields


def normalize(raw: dict[str, Any], **options: Any) -> Order:
    return LunaMapping("luna", LunaOptions(**options)).normalize(raw, now=datetime(2026, 1, 5, tzinfo=UTC))


def test_lines_and_charges_are_the_total() -> None:
    order = normalize(a_raw())

    assert [line.total.amount_minor for line in order.lines] == [5190, 1025]
    assert [(charge.kind, charge.amount.amount_minor) for charge in order.charges] == [
        ("shipping", 1000),
        ("tax", 500),
    ]
    assert order.total.amount_minor == 7715
    assert order.warnings == ()


@pytest.mark.parametrize(
    ("fields", "discounts", "certificates", "total"),
    [
        (
            {"promo_code": "SPRING", "promo_code_info": "10 off", "promo_code_discount": "10.00"},
            [("SPRING", "10 off", 1000)],
            [],
            "67.15",
        ),
        (
            {"promo_rule_info": "Loyal", "promo_rule_discount": "5.00"},
            [(None, "Loyal", 500)],
            [],
            "72.15",
        ),
        (
            {"promo_rule_discount_shipping": "10.00"},
            [(None, "shipping discount", 1000)],
            [],
            "67.15",
        ),
        (
            {"gift_cert_code": "G-1", "gift_cert_applied": "20.00"},
            [],
            [("G-1", 2000)],
            "57.15",
        ),
        (
            {
                "promo_code": "SPRING",
                "promo_code_discount": "1.00",
                "promo_rule_info": "Loyal",
                "promo_rule_discount": "2.00",
                "promo_rule_discount_shipping": "3.00",
                "gift_cert_applied": "4.00",
            },
            [("SPRING", None, 100), (None, "Loyal", 200), (None, "shipping discount", 300)],
            [(None, 400)],
            "67.15",
        ),
    ],
)
def test_discounts_and_gift_certificates_are_taken_off(
    fields: dict[str, str],
    discounts: list[tuple[str | None, str | None, int]],
    certificates: list[tuple[str | None, int]],
    total: str,
) -> None:
    order = normalize(a_raw(**fields, total=total))

    assert [(each.code, each.name, each.amount.amount_minor) for each in order.discounts] == discounts
    assert [(each.code, each.amount.amount_minor) for each in order.gift_certificates] == certificates
    assert order.warnings == ()


@pytest.mark.parametrize("total", ["77.14", "77.16", "67.15", "0", "-77.15"])
def test_totals_that_do_not_add_up_are_kept_and_said(total: str) -> None:
    order = normalize(a_raw(total=total))

    assert order.total.amount_minor == int(Decimal(total) * 100)
    assert order.warnings == ("totals_mismatch",)


@pytest.mark.parametrize("nothing", ["0.00", "0", 0, "", None])
def test_shipping_that_costs_nothing_keeps_the_name_of_how_it_goes(nothing: Any) -> None:
    order = normalize(a_raw(shipping_option="Store pickup", shipping_cost=nothing, total="67.15"))

    assert [(charge.kind, charge.name, charge.amount.amount_minor) for charge in order.charges] == [
        ("shipping", "Store pickup", 0),
        ("tax", None, 500),
    ]
    assert order.warnings == ()


def test_what_costs_nothing_and_has_no_name_is_left_out() -> None:
    order = normalize(a_raw(shipping_option="", shipping_cost="0.00", tax="0.00", total="62.15"))

    assert order.charges == ()


def test_a_code_that_took_nothing_off_is_kept() -> None:
    order = normalize(a_raw(promo_code="FREESHIP", gift_cert_code="G-1"))

    assert [(each.code, each.amount.amount_minor) for each in order.discounts] == [("FREESHIP", 0)]
    assert [(each.code, each.amount.amount_minor) for each in order.gift_certificates] == [("G-1", 0)]
    assert order.warnings == ()


def test_a_line_without_a_total_costs_its_price_times_its_quantity() -> None:
    raw = a_raw()
    raw["line_items"] = [line | {"total_cost": ""} for line in raw["line_items"]]

    assert [line.total.amount_minor for line in normalize(raw).lines] == [5190, 1025]


def test_the_providers_own_total_of_a_line_counts() -> None:
    raw = a_raw()
    raw["line_items"][0]["total_cost"] = "50.00"

    order = normalize(raw)

    assert (order.lines[0].unit_price.amount_minor, order.lines[0].total.amount_minor) == (2595, 5000)
    assert order.warnings == ("totals_mismatch",)


def test_a_fraction_of_a_cent_is_rounded_and_said() -> None:
    order = normalize(a_raw(tax="5.0049", total="77.1549"))

    assert order.total.amount_minor == 7715
    assert order.warnings == ("amount_rounded",)


@pytest.mark.parametrize(("currency", "minor"), [("USD", 1200_00), ("JPY", 1200), ("KWD", 1200_000)])
def test_amounts_are_in_the_minor_units_of_the_connections_currency(currency: str, minor: int) -> None:
    raw = make_order(1, lines=[("1200", 1)], shipping="0", tax="0")

    order = normalize(raw, currency=currency)

    assert (order.total.amount_minor, order.currency, order.total.currency) == (minor, currency, currency)
    assert order.lines[0].total.currency == currency
    assert order.warnings == ()


cents = st.integers(0, 10**7)


@given(st.lists(st.tuples(cents, st.integers(0, 9)), max_size=5), cents, cents)
def test_orders_that_add_up_are_never_said_not_to(
    lines: list[tuple[int, int]], shipping: int, tax: int
) -> None:
    priced = [(str(Decimal(price).scaleb(-2)), quantity) for price, quantity in lines]
    raw = make_order(
        1, lines=priced, shipping=str(Decimal(shipping).scaleb(-2)), tax=str(Decimal(tax).scaleb(-2))
    )

    order = normalize(raw)

    assert order.warnings == ()
    assert order.total.amount_minor == sum(p * q for p, q in lines) + shipping + tax
