"""LunaSoft's orders in all forms that its page allows or that were seen."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from orderbus.domain.orders import Order
from orderbus.providers.lunasoft.mapping import LunaMapping
from orderbus.providers.lunasoft.options import LunaOptions

from infra.sandbox.lunasoft_orders import make_order

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def a_raw(**fields: Any) -> dict[str, Any]:
    """Return an order of 62.15 items, 10.00 shipping and 5.00 tax in two lines, 77.15 in all."""
    lines = [("25.95", 2), ("10.25", 1)]
    return make_order(1, lines=lines, shipping="10.00", tax="5.00") | fields


def normalize(raw: Any, **options: Any) -> Order:
    return LunaMapping("luna", LunaOptions(**options)).normalize(raw, now=NOW)


def test_numbers_are_read_as_texts_and_as_numbers() -> None:
    numbers = {
        "id": 1,
        "order_num": 1,
        "user_id": 628,
        "total": Decimal("77.15"),
        "tax": 5,
        "shipping_cost": Decimal("10.00"),
        "promo_code_discount": 0,
        "is_paid": "true",
    }
    lines = [
        line
        | {
            "id": int(line["id"]),
            "cost": Decimal(line["cost"]),
            "quantity": int(line["quantity"]),
            "total_cost": Decimal(line["total_cost"]),
            "product_id": int(line["product_id"]),
        }
        for line in a_raw()["line_items"]
    ]

    assert normalize(a_raw() | numbers | {"line_items": lines}) == normalize(a_raw())


@pytest.mark.parametrize("empty", ["", "  ", None, [], {}, "0000-00-00"])
def test_what_is_empty_in_any_form_is_null(empty: Any) -> None:
    texts = ("first_name", "last_name", "customer_note", "shipping_company", "created", "billing_country")
    order = normalize(a_raw(**dict.fromkeys((*texts, "tax", "current_status", "is_paid"), empty)))

    assert (order.customer.first_name, order.customer.name, order.customer.company) == (None, None, None)
    assert (order.note, order.placed_at, order.placed_at_raw, order.provider_status) == (None,) * 4
    assert order.billing_address is not None
    assert (order.billing_address.country, order.billing_address.country_raw) == (None, None)
    assert (order.payment, order.lifecycle) == ("unknown", "open")
    assert [charge.kind for charge in order.charges] == ["shipping"]


def test_an_address_of_which_nothing_is_filled_in_is_null() -> None:
    raw = a_raw()
    blank = {key: "" for key in raw if key.startswith(("billing_", "shipping_")) and key != "shipping_cost"}

    order = normalize(raw | blank)

    assert (order.billing_address, order.shipping_address) == (None, None)


def test_a_transaction_id_of_0_is_none() -> None:
    assert normalize(a_raw(transaction_id="0")).payments[0].reference is None
    assert normalize(a_raw(transaction_id="8812")).payments[0].reference == "8812"


def test_a_second_line_of_an_address_is_kept() -> None:
    order = normalize(a_raw(shipping_address2="c/o Night Desk"))

    assert order.shipping_address is not None
    assert order.shipping_address.lines == ("10 w broadway ste 701", "c/o Night Desk")


@pytest.mark.parametrize(
    ("status", "lifecycle", "fulfilment", "holds"),
    [
        ("Processing", "open", "unfulfilled", []),
        ("Anything Else", "open", "unfulfilled", []),
        ("Shipped", "open", "fulfilled", []),
        ("shipped", "open", "unfulfilled", []),
        ("Complete", "completed", "unfulfilled", []),
        ("Completed", "completed", "unfulfilled", []),
        ("Cancelled", "cancelled", "unfulfilled", []),
        ("Canceled", "cancelled", "unfulfilled", []),
        ("On Hold", "open", "unfulfilled", [("on_hold", NOW, "On Hold")]),
    ],
)
def test_a_status_is_told_by_the_axes_that_it_concerns(
    status: str, lifecycle: str, fulfilment: str, holds: list[tuple[str, datetime, str]]
) -> None:
    order = normalize(a_raw(current_status=status))

    assert (order.lifecycle, order.fulfilment, order.provider_status) == (lifecycle, fulfilment, status)
    assert [(hold.reason, hold.since, hold.raw) for hold in order.holds] == holds


def test_which_status_means_what_is_the_sites_own() -> None:
    own = {
        "shipped_statuses": ["Raus"],
        "completed_statuses": ["Fertig"],
        "cancelled_statuses": ["Storno"],
        "hold_statuses": ["Warten"],
    }

    assert normalize(a_raw(current_status="Raus"), **own).fulfilment == "fulfilled"
    assert normalize(a_raw(current_status="Fertig"), **own).lifecycle == "completed"
    assert normalize(a_raw(current_status="Storno"), **own).lifecycle == "cancelled"
    assert normalize(a_raw(current_status="Warten"), **own).holds[0].raw == "Warten"
    assert normalize(a_raw(current_status="Shipped"), **own).fulfilment == "unfulfilled"


@pytest.mark.parametrize(
    ("whole", "first", "second", "shipped", "fulfilment"),
    [
        (False, False, False, [0, 0], "unfulfilled"),
        (False, True, False, [2, 0], "partial"),
        (False, True, True, [2, 1], "fulfilled"),
        (True, False, False, [2, 1], "fulfilled"),
        (None, "", None, [0, 0], "unfulfilled"),
    ],
)
def test_what_is_shipped_is_counted_by_line(
    whole: Any, first: Any, second: Any, shipped: list[int], fulfilment: str
) -> None:
    raw = a_raw(is_fulfilled=whole)
    raw["line_items"][0]["is_fulfilled"] = first
    raw["line_items"][1]["is_fulfilled"] = second

    order = normalize(raw)

    assert [line.quantity.shipped for line in order.lines] == shipped
    assert order.fulfilment == fulfilment


@pytest.mark.parametrize(("paid", "payment"), [(True, "paid"), (False, "pending"), (None, "unknown")])
def test_payment_goes_by_is_paid_alone(paid: bool | None, payment: str) -> None:
    assert normalize(a_raw(is_paid=paid, transaction_id="8812")).payment == payment


def test_a_country_that_iso_3166_does_not_have_is_kept_and_said() -> None:
    order = normalize(a_raw(shipping_country="England", billing_country="gb"))

    assert order.shipping_address is not None
    assert order.billing_address is not None
    assert (order.shipping_address.country, order.shipping_address.country_raw) == (None, "England")
    assert (order.billing_address.country, order.billing_address.country_raw) == ("GB", None)
    assert order.warnings == ("unknown_country",)


def test_a_time_that_cannot_be_read_is_kept_and_said() -> None:
    order = normalize(a_raw(created="last Tuesday"))

    assert (order.placed_at, order.placed_at_raw) == (None, "last Tuesday")
    assert order.warnings == ("no_placed_at",)


def test_an_order_without_a_number_has_its_id_for_one() -> None:
    assert normalize(a_raw(order_num="")).number == "1"
    assert normalize(a_raw(order_num="A-77")).number == "A-77"


def test_an_id_with_blanks_round_it_is_the_id() -> None:
    assert normalize(a_raw(id=" 1 ")).order_id == "luna:1"
