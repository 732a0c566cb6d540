"""The money of a Zonos order: lines, discounts that come as lines, promotions, and the total."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from orderbus.domain.errors import NotNormalizableError
from orderbus.domain.orders import Order
from orderbus.providers.wire import parse_json
from orderbus.providers.zonos.mapping import ZonosMapping
from orderbus.providers.zonos.options import ZonosOptions

from infra.sandbox.zonos import make_order

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
PRODUCT = {"productId": "17898-1", "sku": "SUN-1", "description": "Glasses", "quantity": 1, "unitPrice": 199}
SUMMER = {"productId": None, "sku": None, "description": "SUMMER", "quantity": 1, "unitPrice": -10.0}


def normalize(**fields: Any) -> Order:
    mapping = ZonosMapping("zonos-main", "999", ZonosOptions())
    return mapping.normalize({"order": make_order(7, **fields)}, now=NOW)


def a_total(grand_total: object, *items: dict[str, Any], **fields: Any) -> Order:
    """An order of 30 shipping and 45.10 duties."""
    return normalize(
        items=list(items), shippingTotal=30, dutyTaxesTotal=45.1, grandTotal=grand_total, **fields
    )


def test_lines_and_charges_are_read_in_minor_units() -> None:
    order = normalize(lines=[("24.95", 2), ("7.25", 1)], shipping="9.50", duties="3.91")

    assert [
        (line.line_id, line.product_id, line.sku, line.name, line.quantity.ordered) for line in order.lines
    ] == [
        ("17898-675234", "17898-675234", "SUN-1", "Sunglasses 1", 2),
        ("17898-675235", "17898-675235", "SUN-2", "Sunglasses 2", 1),
    ]
    assert [(line.unit_price.amount_minor, line.total.amount_minor) for line in order.lines] == [
        (2495, 4990),
        (725, 725),
    ]
    assert [(charge.kind, charge.name, charge.amount.amount_minor) for charge in order.charges] == [
        ("shipping", "Express", 950),
        ("duty", None, 391),
    ]
    assert (order.total.amount_minor, order.discounts, order.warnings) == (7056, (), ())


def test_an_item_below_zero_is_a_discount_and_no_line() -> None:
    order = normalize(lines=[("24.95", 2)], shipping="9.50", duties="3.42", discount="5.00")

    assert [line.line_id for line in order.lines] == ["17898-675234"]
    assert [(each.code, each.name, each.amount.amount_minor) for each in order.discounts] == [
        (None, "SUMMER", 500)
    ]
    assert (order.total.amount_minor, order.warnings) == (5782, ())
    assert order.provider_data["items"] == [
        {"productId": None, "sku": None, "description": "SUMMER", "quantity": 1, "unitPrice": -5.0}
    ]


@pytest.mark.parametrize("product_id", [None, "", "17898-2"])
def test_an_item_below_zero_is_a_discount_whatever_product_it_names(product_id: str | None) -> None:
    order = a_total("264.10", PRODUCT, SUMMER | {"productId": product_id})

    assert [line.line_id for line in order.lines] == ["17898-1"]
    assert (order.discounts[0].amount.amount_minor, order.warnings) == (1000, ())


@pytest.mark.parametrize(("quantity", "off"), [(2, 2000), (None, 1000), ("3", 3000)])
def test_a_discount_counts_as_often_as_it_says(quantity: object, off: int) -> None:
    order = a_total(None, PRODUCT, SUMMER | {"quantity": quantity})

    assert order.discounts[0].amount.amount_minor == off


def test_an_item_without_a_product_id_is_a_line_where_it_costs_something() -> None:
    order = a_total(
        None, PRODUCT | {"productId": None}, PRODUCT | {"productId": "", "sku": "", "unitPrice": 0}
    )

    assert [(line.line_id, line.total.amount_minor) for line in order.lines] == [
        ("SUN-1", 19900),
        ("item", 0),
    ]


def test_lines_of_the_same_product_have_ids_of_their_own() -> None:
    order = a_total(None, PRODUCT, PRODUCT, PRODUCT | {"productId": "17898-2"}, PRODUCT)

    assert [line.line_id for line in order.lines] == ["17898-1", "17898-1#2", "17898-2", "17898-1#3"]


def test_no_two_lines_have_one_id_whatever_the_products_are_called() -> None:
    names = ("A", "A#2", "A", "A", "A#2", "A#3")

    order = a_total(None, *(PRODUCT | {"productId": name} for name in names))

    assert [line.line_id for line in order.lines] == ["A", "A#2", "A#3", "A#4", "A#2#2", "A#3#2"]


def test_line_ids_do_not_depend_on_the_place_of_the_line() -> None:
    other = PRODUCT | {"productId": "17898-2"}

    one, another = a_total(None, PRODUCT, other, SUMMER), a_total(None, SUMMER, other, PRODUCT)

    assert {line.line_id: line.product_id for line in one.lines} == {
        line.line_id: line.product_id for line in another.lines
    }


def test_what_is_left_of_an_item_stays_with_its_line() -> None:
    order = a_total(None, PRODUCT | {"itemCustomization": "engraved: A&B", "hsCode": "9004.10"})

    assert order.lines[0].provider_data == {"itemCustomization": "engraved: A&B", "hsCode": "9004.10"}


def test_a_total_that_is_what_it_adds_up_to() -> None:
    order = a_total("264.10", PRODUCT, SUMMER)

    assert (order.total.amount_minor, order.warnings) == (26410, ())


def test_a_total_after_the_promotion() -> None:
    order = a_total("264.10", PRODUCT, promoCode={"code": "SUMMER", "amount": 10})

    assert [(each.code, each.name, each.amount.amount_minor) for each in order.discounts] == [
        ("SUMMER", None, 1000)
    ]
    assert (order.total.amount_minor, order.warnings) == (26410, ())


@pytest.mark.parametrize("amount", [10, "10.00", -10, Decimal("10.0")])
def test_a_total_before_the_promotion_is_read_as_what_the_customer_pays(amount: object) -> None:
    order = a_total("274.10", PRODUCT, promoCode={"code": "SUMMER", "amount": amount})

    assert order.discounts[0].amount.amount_minor == 1000
    assert (order.total.amount_minor, order.warnings) == (26410, ())
    assert order.provider_data["grandTotal"] == "274.10"
    assert order.provider_data["promoCode"] == {"code": "SUMMER", "amount": amount}


def test_a_promotion_that_stands_among_the_items_too_is_taken_off_once() -> None:
    promo = {"code": "SUMMER", "amount": 10}

    orders = [a_total(total, PRODUCT, SUMMER, promoCode=promo) for total in ("264.10", "274.10")]

    for order in orders:
        assert [(each.code, each.name, each.amount.amount_minor) for each in order.discounts] == [
            ("SUMMER", "SUMMER", 1000)
        ]
        assert (order.total.amount_minor, order.warnings) == (26410, ())


def test_a_promotion_beside_another_discount_is_taken_off_as_well() -> None:
    order = a_total("259.10", PRODUCT, SUMMER, promoCode={"code": "VIP", "amount": 5})

    assert [each.amount.amount_minor for each in order.discounts] == [1000, 500]
    assert (order.total.amount_minor, order.warnings) == (25910, ())


def test_a_promotion_that_took_nothing_off_still_says_its_code() -> None:
    order = a_total("274.10", PRODUCT, promoCode={"code": "FREESHIP", "amount": 0})

    assert [(each.code, each.amount.amount_minor) for each in order.discounts] == [("FREESHIP", 0)]
    assert order.warnings == ()


@pytest.mark.parametrize("total", ["274.10", "0", "264.11", "-1"])
def test_a_total_that_does_not_add_up_is_kept_and_said(total: str) -> None:
    order = a_total(total, PRODUCT, SUMMER)

    assert order.total.amount_minor == int(Decimal(total) * 100)
    assert order.warnings == ("totals_mismatch",)


@pytest.mark.parametrize("total", [None, "", []])
def test_a_total_that_is_missing_is_what_the_order_adds_up_to(total: object) -> None:
    order = a_total(total, PRODUCT, SUMMER)

    assert (order.total.amount_minor, order.warnings) == (26410, ())


def test_shipping_that_costs_nothing_is_a_charge_only_where_it_has_a_name() -> None:
    named = normalize(shippingTotal=0, dutyTaxesTotal=0)
    nameless = normalize(shippingTotal=None, dutyTaxesTotal=None, customerSelectedShippingName="")

    assert [(each.kind, each.name, each.amount.amount_minor) for each in named.charges] == [
        ("shipping", "Express", 0)
    ]
    assert nameless.charges == ()


def test_a_fraction_of_a_cent_is_rounded_and_said() -> None:
    order = a_total("274.105", PRODUCT)

    assert (order.total.amount_minor, order.warnings) == (27410, ("amount_rounded",))


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ([], "items: the detail has no lines"),
        (None, "items: the detail has no lines"),
        ({}, "items: the detail has no lines"),
        ([SUMMER], "items: the detail has no lines"),
        ([PRODUCT | {"quantity": None}], "items.0.quantity: not a whole number from 0 on"),
        ([PRODUCT | {"quantity": 1.5}], "items.0.quantity: not a whole number from 0 on"),
        ([PRODUCT | {"quantity": -1}], "items.0.quantity: not a whole number from 0 on"),
        ([PRODUCT | {"quantity": "1E+9"}], "items.0.quantity: not a whole number from 0 on"),
        ([PRODUCT, SUMMER | {"quantity": 0.5}], "items.1.quantity: not a whole number from 0 on"),
        ([PRODUCT | {"unitPrice": None}], "items.0.unitPrice: not a number"),
        ([PRODUCT | {"unitPrice": "NaN"}], "items.0.unitPrice: not a number of at most 15 digits"),
        (
            [PRODUCT | {"unitPrice": "1E+999999", "quantity": 10}],
            "items.0.unitPrice: not a number of at most 15 digits",
        ),
        (
            [PRODUCT, SUMMER | {"unitPrice": "-1E+999999", "quantity": 10}],
            "items.1.unitPrice: not a number of at most 15 digits",
        ),
        ([7], "items.0: not an object"),
    ],
)
def test_items_that_cannot_be_counted_are_refused_and_named(items: object, reason: str) -> None:
    with pytest.raises(NotNormalizableError) as caught:
        normalize(items=items)

    assert str(caught.value) == reason


def test_numbers_are_exact_in_either_form() -> None:
    text = b'[{"productId": 1, "quantity": 3, "unitPrice": 0.1}, {"quantity": "1", "unitPrice": "0.20"}]'

    order = a_total(None, *parse_json(text))

    assert [line.total.amount_minor for line in order.lines] == [30, 20]
    assert [line.product_id for line in order.lines] == ["1", None]


def test_two_thousand_lines_are_one_order() -> None:
    order = normalize(lines=[("1.25", 1)] * 2000, shipping="0", duties="0")

    assert (len(order.lines), len({line.line_id for line in order.lines})) == (2000, 2000)
    assert (order.total.amount_minor, order.warnings) == (250_000, ())
