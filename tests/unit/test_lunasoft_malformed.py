"""What of LunaSoft cannot be read is refused with a reason that names the field, never its value."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from orderbus.domain.errors import NotNormalizableError
from orderbus.providers.lunasoft.mapping import LunaMapping
from orderbus.providers.lunasoft.options import LunaOptions

from infra.sandbox.lunasoft_orders import make_order

MAPPING = LunaMapping("luna", LunaOptions())
NOW = datetime(2026, 1, 5, tzinfo=UTC)


def a_raw(**fields: Any) -> dict[str, Any]:
    return make_order(1) | fields


def a_line(**fields: Any) -> dict[str, Any]:
    line: dict[str, Any] = a_raw()["line_items"][0]
    return line | fields


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (None, "the order is not a JSON object"),
        ([], "the order is not a JSON object"),
        ("order", "the order is not a JSON object"),
        ({}, "id: missing; total: missing; line_items: missing"),
        (a_raw(total=""), "total: not a number"),
        (a_raw(total="12,50"), "total: not a number"),
        (a_raw(total="NaN"), "total: not a number of at most 15 digits"),
        (a_raw(total=True), "total: not a number"),
        (a_raw(total={"amount": 5}), "total: not a number"),
        (a_raw(total="1E+20"), "total: not a number of at most 15 digits"),
        (a_raw(tax="free"), "tax: not a number"),
        (a_raw(id=""), "id: empty"),
        (a_raw(id=None), "id: empty"),
        (a_raw(is_paid="perhaps"), "is_paid: neither yes nor no"),
        (a_raw(first_name={"en": "Al"}), "first_name: not a text"),
        (a_raw(line_items=None), "line_items: not a list"),
        (a_raw(line_items={"1": {}}), "line_items: not a list"),
        (a_raw(line_items=["one"]), "line_items.0: not an object"),
        (a_raw(line_items=[a_line(id=" ")]), "line_items.0.id: empty"),
        (a_raw(line_items=[a_line(cost=None)]), "line_items.0.cost: not a number"),
        (a_raw(line_items=[a_line(quantity="1.5")]), "line_items.0.quantity: not a whole number from 0 on"),
        (a_raw(line_items=[a_line(quantity="-1")]), "line_items.0.quantity: not a whole number from 0 on"),
        (a_raw(line_items=[a_line(quantity="1E9")]), "line_items.0.quantity: not a whole number from 0 on"),
        (
            a_raw(line_items=[a_line(cost="1E+999999", quantity="20", total_cost=None)]),
            "line_items.0.cost: not a number of at most 15 digits",
        ),
        (
            {"line_items": [{}, {}]},
            (
                "id: missing; total: missing; line_items.0.id: missing; line_items.0.cost: missing;"
                " line_items.0.quantity: missing and 3 more"
            ),
        ),
    ],
)
def test_what_cannot_be_read_is_refused_by_the_field_and_never_by_its_value(raw: Any, said: str) -> None:
    with pytest.raises(NotNormalizableError) as refused:
        MAPPING.normalize(raw, now=NOW)

    assert str(refused.value) == said


def test_an_order_of_100_levels_is_kept_whole() -> None:
    deep = json.loads("[" * 99 + "]" * 99)

    assert MAPPING.normalize(a_raw(x=deep), now=NOW).as_json()["provider_data"]["x"] == deep
