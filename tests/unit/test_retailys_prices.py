"""What a Retailys order costs, how many of what it is, and what of it is paid."""

from __future__ import annotations

from typing import Any

import pytest
from orderbus.domain.orders import Order
from orderbus.providers.retailys.mapping import RetailysMapping
from orderbus.providers.retailys.options import RetailysOptions
from orderbus.providers.wire import parse_json

from infra.sandbox.retailys import make_order
from tests.unit.test_retailys_mapping import NOW, normalize


def minor(order: Order) -> list[tuple[int, int]]:
    """Return what a piece and what the whole of each line costs."""
    return [(line.unit_price.amount_minor, line.total.amount_minor) for line in order.lines]


@pytest.mark.parametrize(
    ("paid", "money", "state"),
    [
        (0, 100, "pending"),
        ("0.00", "100", "pending"),
        (0.01, 100, "partially_paid"),
        (99.99, 100, "partially_paid"),
        (100, 100.0, "paid"),
        ("100.5", 100, "paid"),
        (0, 0, "paid"),
        (None, 100, "unknown"),
        ("", 100, "unknown"),
        (-5, 100, "unknown"),
    ],
)
def test_paid_is_an_amount(paid: object, money: object, state: str) -> None:
    assert normalize(make_order(7, paid=paid, money=money)).payment == state


@pytest.mark.parametrize("code", ["CZK", "czk", " CZK "])
def test_each_order_is_in_its_own_currency(code: str) -> None:
    order = normalize(make_order(7, lines=[("12.34", 1)], order_currency_code=code))

    assert (order.currency, order.total.amount_minor) == ("CZK", 1234)
    assert normalize(make_order(7, lines=[("1234", 1)], currency="JPY")).total.amount_minor == 1234


def test_final_price_is_read_as_the_price_of_one_piece_where_that_adds_up() -> None:
    order = normalize(make_order(7, lines=[("10.00", 3), ("5.00", 1)], money=35))

    assert minor(order) == [(1000, 3000), (500, 500)]
    assert order.warnings == ()


def test_final_price_is_read_as_the_price_of_the_line_where_only_that_adds_up() -> None:
    order = normalize(make_order(7, lines=[("10.00", 4), ("5.00", 1)], money=15))

    assert minor(order) == [(250, 1000), (500, 500)]
    assert order.warnings == ()


def test_final_price_is_read_as_the_price_of_one_piece_where_nothing_adds_up() -> None:
    order = normalize(make_order(7, lines=[("10.00", 4), ("5.00", 1)], money=144))

    assert minor(order) == [(1000, 4000), (500, 500)]
    assert order.warnings == ("totals_mismatch",)
    assert order.total.amount_minor == 14400


@pytest.mark.parametrize(
    ("reading", "expected", "warnings"),
    [("per_unit", (1000, 4000), ("totals_mismatch",)), ("per_line", (250, 1000), ())],
)
def test_a_connection_can_say_what_final_price_is(
    reading: str, expected: tuple[int, int], warnings: tuple[str, ...]
) -> None:
    order = normalize(make_order(7, lines=[("10.00", 4)], money=10), final_price=reading)

    assert (minor(order), order.warnings) == ([expected], warnings)


def test_a_line_that_cannot_be_divided_exactly_says_that_it_was_rounded() -> None:
    order = normalize(make_order(7, lines=[("10.00", 3)], money=10))

    assert (minor(order), order.warnings) == ([(333, 1000)], ("amount_rounded",))


def test_a_fraction_of_a_minor_unit_is_rounded_once_for_the_whole_line() -> None:
    order = normalize(make_order(7, lines=[("499.004", 3)], money=1497.01))

    assert (minor(order), order.warnings) == ([(49900, 149701)], ("amount_rounded",))


def test_an_item_in_another_currency_keeps_it_and_does_not_add_up() -> None:
    raw = make_order(7, lines=[("10.00", 1)], currency="EUR")
    raw["items"][0]["price"]["currency"] = "CZK"

    order = normalize(raw)

    assert (order.total.currency, order.lines[0].total.currency) == ("EUR", "CZK")
    assert order.warnings == ("totals_mismatch",)


def test_an_item_with_a_negative_price_is_a_discount_and_nothing_to_ship() -> None:
    raw = make_order(7, lines=[("100.00", 1), ("-12.50", 2)], money=75)
    raw["items"][1] |= {"name": "Sleva", "article": None}

    order = normalize(raw)

    assert minor(order) == [(10000, 10000)]
    assert [(each.name, each.amount.amount_minor) for each in order.discounts] == [("Sleva", 2500)]
    assert order.provider_data["discount_items"][0]["id"] == "7002"
    assert order.provider_data["discount_items"][0]["count"] == 2
    assert order.warnings == ()


def test_an_item_that_costs_nothing_is_a_line_that_ships() -> None:
    order = normalize(make_order(7, lines=[("100.00", 1), ("0.00", 2)]))

    assert minor(order) == [(10000, 10000), (0, 0)]
    assert (order.lines[1].quantity.ordered, order.discounts, order.warnings) == (2, (), ())


def test_an_items_currency_is_the_same_in_small_letters() -> None:
    raw = make_order(7, lines=[("10.00", 1)])
    raw["items"][0]["price"]["currency"] = "czk"

    assert normalize(raw).warnings == ()


@pytest.mark.parametrize(
    ("counts", "options", "ordered"),
    [
        ({"ordered": 2, "count": 5}, {}, 2),
        ({"ordered": None, "count": 5}, {}, 5),
        ({"ordered": "", "count": "5"}, {}, 5),
        ({"ordered": 0, "count": 5}, {}, 0),
        ({"ordered": 2, "count": 5}, {"quantity": ["count"]}, 5),
        ({"ordered": 2.0, "count": 5}, {}, 2),
    ],
)
def test_the_quantity_is_ordered_else_count(
    counts: dict[str, Any], options: dict[str, Any], ordered: int
) -> None:
    raw = make_order(7, lines=[("1.00", 1)])
    raw["items"][0] |= counts

    assert normalize(raw, **options).lines[0].quantity.ordered == ordered


def test_money_is_exact_where_a_float_is_not() -> None:
    body = b'{"id": 1, "order_currency_code": "EUR", "money": 0.1, "canceled": false, "items": '
    body += b'[{"id": 1, "count": 1, "price": {"final_price": 0.1}}]}'

    order = RetailysMapping("retailys-main", RetailysOptions()).normalize(parse_json(body), now=NOW)

    assert order.total.amount_minor == order.lines[0].total.amount_minor == 10
    assert order.warnings == ("no_placed_at",)
