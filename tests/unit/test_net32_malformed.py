"""What of Net32 cannot be read is refused with a reason that names the field, never its value."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from orderbus.domain.connections import parse_connection
from orderbus.domain.errors import ConfigurationError, NotNormalizableError
from orderbus.providers.net32.mapping import Net32Mapping
from orderbus.providers.net32.options import Net32Options, parse_options

from infra.sandbox.net32_orders import make_order

MAPPING = Net32Mapping("net32-main", Net32Options())
NO_ID = "no order id: none of orderId, id, orderNumber, orderNum is a text or a number"


def a_raw(**fields: Any) -> dict[str, Any]:
    return make_order(19281414) | fields


def a_line(**fields: Any) -> dict[str, Any]:
    line: dict[str, Any] = make_order(19281414)["lineItems"][0]
    return line | fields


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (None, NO_ID),
        ([], NO_ID),
        (5, NO_ID),
        ({}, NO_ID),
        (a_raw(orderId=None), NO_ID),
        (a_raw(orderId=True), NO_ID),
        (a_raw(orderId=Decimal("5.0")), NO_ID),
        (a_raw(orderId=["5"]), NO_ID),
        ({"orderId": 5}, "total: not a number; lines: not a list"),
        (a_raw(total="12,50"), "total: not a number"),
        (a_raw(total=True), "total: not a number"),
        (a_raw(total="NaN"), "total: not a number of at most 15 digits"),
        (a_raw(total=Decimal("1E+30")), "total: not a number of at most 15 digits"),
        (a_raw(tax=[1]), "tax: not a number"),
        (a_raw(orderDate={"at": 5}), "placed_at: not a text"),
        (a_raw(lineItems=None), "lines: not a list"),
        (a_raw(lineItems={}), "lines: not a list"),
        (a_raw(lineItems=["one"]), "lines.0: not a JSON object"),
        (a_raw(lineItems=[a_line(lineItemId=None)]), "lines.0.id: empty"),
        (a_raw(lineItems=[a_line(lineItemId=" ")]), "lines.0.id: empty"),
        (
            a_raw(lineItems=[a_line(quantity="0.5")]),
            "lines.0.quantity: not a whole number from 0 on",
        ),
        (a_raw(lineItems=[a_line(quantity=-1)]), "lines.0.quantity: not a whole number from 0 on"),
        (a_raw(lineItems=[a_line(quantity=10**9)]), "lines.0.quantity: not a whole number from 0 on"),
        (a_raw(lineItems=[a_line(unitPrice="")]), "lines.0.price: not a number"),
        (
            a_raw(lineItems=[a_line(unitPrice=Decimal("1E+999999"))]),
            "lines.0.price: not a number of at most 15 digits",
        ),
        (a_raw(customer={"name": ["A", "B"]}), "customer.name: not a text"),
    ],
)
def test_what_cannot_be_read_is_refused_by_the_field_and_never_by_its_value(raw: Any, said: str) -> None:
    with pytest.raises(NotNormalizableError) as refused:
        MAPPING.normalize(raw)

    assert str(refused.value) == said


@pytest.mark.parametrize("party", [None, "Bright Smile Dental", 5, []])
def test_a_party_that_is_no_object_is_left_in_the_providers_data(party: Any) -> None:
    order = MAPPING.normalize(a_raw(customer=party, shippingAddress=party))

    assert (order.customer.name, order.shipping_address) == (None, None)
    assert (order.provider_data["customer"], order.provider_data["shippingAddress"]) == (party, party)


NO_LINES = (
    'options.charge_body: needs "{line_id}" and "{quantity}" as texts of their own, and only in a list of one'
    " entry, which is repeated for each line"
)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"colour": "red"}, "options.colour: is not known"),
        ({"currency": "DEM"}, "options.currency: currency 'DEM' is not in ISO 4217"),
        ({"timezone": "Mars/Olympus"}, "options.timezone: not a name of the IANA time zone database"),
        ({"timezone": "../etc/passwd"}, "options.timezone: not a name of the IANA time zone database"),
        ({"page_size": 0}, "options.page_size: has to be a whole number >= 1"),
        ({"orders_path": "payload"}, "options.orders_path: has to be a list, and is a text in quotes"),
        ({"charge_body": {"items": [{"id": "{lineid}", "quantity": "{quantity}"}]}}, NO_LINES),
        # As it stands it would be sent with these very words in the place of a line.
        ({"charge_body": {"id": "{line_id}", "quantity": "{quantity}"}}, NO_LINES),
        ({"charge_body": {"of": "{line_id}", "items": [["{line_id}", "{quantity}"]]}}, NO_LINES),
        ({"charge_body": {"items": [{"id": "{line_id}", "quantity": "{quantity}"}, {}]}}, NO_LINES),
        (
            {"order_id_keys": [1]},
            "options.order_id_keys.0: has to be a text in quotes, and is a whole number",
        ),
        (
            {"start_at": "2026-01-05"},
            (
                'options.start_at can only be "all" for net32: what it hands out is gone there,'
                " so none of it may be left out"
            ),
        ),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, Any], said: str) -> None:
    connection = parse_connection("net32-main", {"provider": "net32", "options": options})

    with pytest.raises(ConfigurationError) as refused:
        parse_options(connection)

    assert str(refused.value) == f"connection 'net32-main': {said}"


def test_an_unknown_field_of_the_map_is_named_beside_those_that_are_known() -> None:
    connection = parse_connection(
        "net32-main", {"provider": "net32", "options": {"field_map": {"price": ["p"]}}}
    )

    with pytest.raises(
        ConfigurationError, match=r"options\.field_map: unknown fields price; known are number,"
    ):
        parse_options(connection)
