"""Retailys orders that are not as they should be: kept with a warning, or refused by name."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import asdict, replace
from orderbus.domain.connections import Connection, parse_connection
from orderbus.domain.errors import ConfigurationError, NotNormalizableError
from orderbus.providers.retailys.options import parse_options
from orderbus.providers.retailys.source import RetailysSource
from orderbus.providers.wire import parse_json

from infra.sandbox.retailys import make_order
from tests.unit.test_retailys_mapping import NOW, normalize

EMPTY_FORMS: tuple[Any, ...] = (None, "", " ", [], {})


def refused(order: Any) -> str:
    with pytest.raises(NotNormalizableError) as reason:
        normalize(order)
    return str(reason.value)


def with_item(**fields: Any) -> Any:
    raw = make_order(7)
    raw["items"][1] |= fields
    return raw


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ([], "the order is not a JSON object"),
        (None, "the order is not a JSON object"),
        ({}, "id: missing; money: missing"),
        (make_order(7, id=None), "id: empty"),
        (make_order(7, id=[]), "id: empty"),
        (make_order(7, money=None), "money: not a number"),
        (make_order(7, money="1 234,50"), "money: not a number"),
        (make_order(7, money=True), "money: not a number"),
        (make_order(7, money=10**15), "money: not a number of at most 15 digits"),
        (make_order(7, order_currency_code="CZX"), "order_currency_code: currency 'CZX' is not in ISO 4217"),
        (make_order(7, order_currency_code=None), "order_currency_code: currency '' is not in ISO 4217"),
        (make_order(7, order_currency_code="Kč"), "order_currency_code: currency 'KČ' is not in ISO 4217"),
        (make_order(7, canceled="ano"), "canceled: neither yes nor no"),
        (make_order(7, paid="all"), "paid: not a number"),
        (make_order(7, items="none"), "items: not a list"),
        (make_order(7, items={"0": {}}), "items: not a list"),
        (make_order(7, items=[7]), "items.0: not an object"),
        (with_item(id=""), "items.1.id: empty"),
        (with_item(price=None), "items.1.price: not an object"),
        (with_item(price={"base_price": 1}), "items.1.price.final_price: missing"),
        (with_item(price={"final_price": ""}), "items.1.price.final_price: not a number"),
        (
            with_item(price={"final_price": 1, "currency": "XYZ"}),
            "items.1.price.currency: currency 'XYZ' is not in ISO 4217",
        ),
        (with_item(ordered=None, count=None), "items.1.ordered/count: missing"),
        (with_item(ordered=1.5), "items.1.ordered/count: not a whole number from 0 on"),
        (with_item(ordered=-1), "items.1.ordered/count: not a whole number from 0 on"),
        (with_item(ordered=10**9), "items.1.ordered/count: not a whole number from 0 on"),
    ],
)
def test_an_order_that_cannot_be_read_is_refused_by_the_name_of_the_field(order: Any, reason: str) -> None:
    assert refused(order).replace(" (lowercase)", "") == reason


def test_a_reason_never_holds_what_the_order_says() -> None:
    reason = refused(make_order(7, money="4111 1111 1111 1111", canceled="jan@example.cz"))

    assert reason == "money: not a number; canceled: neither yes nor no"


@pytest.mark.parametrize(
    "date",
    ["1.12.2019 8:15", "12/01/2019", "1575184530", "1575184530000", "soon", "-0001-11-30T00:00:00+00:00"],
)
def test_a_date_in_another_form_is_kept_as_it_is_and_said(date: str) -> None:
    order = normalize(make_order(7, date_order=date))

    assert (order.placed_at, order.placed_at_raw, order.warnings) == (None, date, ("no_placed_at",))


@pytest.mark.parametrize("date", [*EMPTY_FORMS, "0000-00-00", "0000-00-00 00:00:00"])
def test_a_date_that_is_not_set_is_none(date: object) -> None:
    order = normalize(make_order(7, date_order=date))

    assert (order.placed_at, order.placed_at_raw, order.warnings) == (None, None, ("no_placed_at",))


@pytest.mark.parametrize(
    ("date", "placed_at"),
    [
        ("2019-12-01T08:15:30+01:00", datetime(2019, 12, 1, 7, 15, 30, tzinfo=UTC)),
        ("2026-10-25T02:30:00+02:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T02:30:00+01:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("2019-12-01T07:15:30Z", datetime(2019, 12, 1, 7, 15, 30, tzinfo=UTC)),
        ("2019-12-01 08:15:30.250+0100", datetime(2019, 12, 1, 7, 15, 30, 250_000, tzinfo=UTC)),
        ("2099-01-01T00:00:00+00:00", datetime(2099, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_date_is_told_in_utc(date: str, placed_at: datetime) -> None:
    order = normalize(make_order(7, date_order=date))

    assert (order.placed_at, order.placed_at_raw) == (placed_at, date)


def test_a_date_without_an_offset_is_in_the_time_zone_of_the_connection() -> None:
    summer = make_order(7, date_order="2026-07-01T12:00:00")

    assert normalize(summer).placed_at == datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert normalize(summer, timezone="Europe/Prague").placed_at == datetime(2026, 7, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("field", ["state_code", "delivery_state_code"])
def test_a_country_that_does_not_exist_is_kept_as_it_is_and_said(field: str) -> None:
    unknown: dict[str, Any] = {field: "ZZ"}

    order = normalize(make_order(7, **unknown))

    address = order.billing_address if field == "state_code" else order.shipping_address
    assert address is not None
    assert (address.country, address.country_raw) == (None, "ZZ")
    assert order.warnings == ("unknown_country",)


def test_totals_that_do_not_add_up_are_kept_and_said() -> None:
    order = normalize(make_order(7, money=600.49))

    assert (order.total.amount_minor, order.warnings) == (60049, ("totals_mismatch",))
    assert sum(line.total.amount_minor for line in order.lines) == 57150


def test_an_order_of_2000_lines_is_read_whole() -> None:
    order = normalize(make_order(7, lines=[("0.35", 3)] * 2000))

    assert len(order.lines) == 2000
    assert order.total.amount_minor == sum(line.total.amount_minor for line in order.lines) == 210_000
    assert order.warnings == ()


@pytest.mark.parametrize("items", EMPTY_FORMS[:2] + EMPTY_FORMS[3:])
def test_an_order_without_lines_is_kept(items: object) -> None:
    free = normalize(make_order(7, items=items, money=0))
    owed = normalize(make_order(7, items=items, money=5))

    assert (free.lines, free.warnings) == ((), ())
    assert (owed.lines, owed.warnings) == ((), ("totals_mismatch",))


def test_an_order_that_has_no_items_field_is_kept() -> None:
    raw = make_order(7, money=0)
    del raw["items"]

    assert normalize(raw).lines == ()


def test_a_negative_total_is_kept() -> None:
    order = normalize(make_order(7, lines=[("-100.00", 1)]))

    assert (order.total.amount_minor, order.lines, order.warnings) == (-10000, (), ())
    assert order.discounts[0].amount.amount_minor == 10000


@pytest.mark.parametrize("empty", EMPTY_FORMS)
def test_empty_in_every_form_is_none(empty: Any) -> None:
    kept = {"id", "money", "items", "order_currency_code", "canceled", "sent"}
    raw = {key: value if key in kept else empty for key, value in make_order(7).items()}
    for item in raw["items"]:
        item |= {"article": empty, "name": empty, "ordered": empty}
        item["price"]["currency"] = empty

    order = normalize(raw)

    assert replace(order.lines[0], provider_data={}).as_json() == {
        "line_id": "7001",
        "product_id": None,
        "sku": None,
        "name": None,
        "quantity": {"ordered": 2, "shipped": 0, "cancelled": 0},
        "unit_price": {"amount_minor": 24950, "currency": "CZK"},
        "total": {"amount_minor": 49900, "currency": "CZK"},
        "provider_data": {},
    }
    assert (order.lifecycle, order.payment, order.fulfilment) == ("open", "unknown", "unfulfilled")
    assert (order.billing_address, order.shipping_address, order.note) == (None, None, None)
    assert not any(order.customer.as_json().values())
    assert (order.payments, order.placed_at, order.warnings) == ((), None, ("no_placed_at",))
    assert not order.provider_data.keys() & {
        "company_id",
        "channel_id",
        "shipping_id",
        "payment_id",
        "articles",
    }


def test_an_article_without_an_id_stays_with_its_line() -> None:
    order = normalize(with_item(article={"default_name": "Hrnek"}))

    assert order.lines[1].product_id is None
    assert order.lines[1].provider_data["article"] == {"default_name": "Hrnek"}


def test_an_article_that_is_only_named_is_an_id_of_its_line() -> None:
    order = normalize(with_item(article={"id": 55, "api_link": "/System/Content/Articles/55"}))

    assert (order.lines[1].product_id, list(order.provider_data["articles"])) == ("55", ["5001"])


@pytest.mark.parametrize("article", EMPTY_FORMS)
def test_an_item_without_an_article_has_no_product(article: Any) -> None:
    line = normalize(with_item(article=article)).lines[1]

    assert line.product_id is None
    assert "article" not in line.provider_data


@pytest.mark.parametrize(
    "idents", [None, {}, "x", [None], [{"type": "ean", "value": "859"}], [{"type": "internal_catalogid"}]]
)
def test_an_article_without_an_identifier_of_its_own_has_no_sku(idents: object) -> None:
    order = normalize(with_item(article={"id": 55, "idents": idents}))

    assert (order.lines[1].product_id, order.lines[1].sku) == ("55", None)


@pytest.mark.parametrize(
    "id_", [None, True, 7.5, "", "x", "-7", "7.0", "\u0667", 10**18, "1" * 19, [7], {"id": 7}]
)
def test_an_order_without_a_usable_id_is_refused(id_: object) -> None:
    with pytest.raises(NotNormalizableError, match=r"^id: "):
        a_source().external_id(parse_json(json.dumps({"id": id_}).encode()))


@pytest.mark.parametrize("value", [None, 7, "7", [{"id": 7}], {}])
def test_what_is_no_order_has_no_id(value: object) -> None:
    with pytest.raises(NotNormalizableError, match=r"^id: "):
        a_source().external_id(value)


def a_source() -> RetailysSource:
    connection = a_connection({})
    return RetailysSource(connection, lambda: NOW)


def a_connection(options: dict[str, Any]) -> Connection:
    return parse_connection(
        "retailys-main",
        {
            "provider": "retailys",
            "credentials": {"token": "secret-token"},
            "options": options,
        },
    )


def test_the_defaults_of_the_options_are_what_is_assumed() -> None:
    options = parse_options(a_connection({}))

    assert asdict(options) == {
        "start_at": "all",
        "min_interval_ms": 0,
        "per_page": 250,
        "timezone": "UTC",
        "boolean_form": "true_false",
        "quantity": ("ordered", "count"),
        "final_price": "by_sum",
    }


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"start_at": "yesterday"}, 'options.start_at: neither "all" nor an ISO 8601 time'),
        ({"min_interval_ms": -1}, "options.min_interval_ms: "),
        ({"per_page": 9}, "options.per_page: "),
        ({"per_page": 251}, "options.per_page: "),
        ({"timezone": "Prague"}, "options.timezone: not a name of the IANA time zone database"),
        ({"timezone": "../etc"}, "options.timezone: not a name of the IANA time zone database"),
        ({"boolean_form": "yes_no"}, "options.boolean_form: "),
        ({"quantity": []}, "options.quantity: "),
        ({"quantity": ["amount"]}, "options.quantity.0: "),
        ({"final_price": "per_box"}, "options.final_price: "),
        ({"currency": "CZK"}, "options.currency: "),
    ],
)
def test_a_wrong_option_is_refused_by_its_name(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        parse_options(a_connection(options))

    assert str(refusal.value).startswith(f"connection 'retailys-main': {named}")
    assert "secret-token" not in str(refusal.value)
