"""LunaSoft's sample order, normalized field by field, and nothing of it lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from orderbus.domain.content import content_of
from orderbus.providers.lunasoft.mapping import LunaMapping
from orderbus.providers.lunasoft.options import LunaOptions

SAMPLE = Path(__file__).parents[1] / "samples" / "providers" / "lunasoft-order-54123.json"
DETAIL: dict[str, Any] = json.loads(SAMPLE.read_text())
LISTED = {key: value for key, value in DETAIL.items() if key != "statuses"}

ADDRESS = {
    "name": "Test Customer",
    "company": None,
    "lines": ["10 w broadway ste 701"],
    "city": "salt lake city",
    "region": "UT",
    "postal_code": "84101",
    "country": "US",
    "country_raw": None,
    "phone": "801-755-9966",
}
NORMALIZED = {
    "order_id": "luna-main:54123",
    "provider": "lunasoft",
    "connection": "luna-main",
    "external_id": "54123",
    "number": "54123",
    "placed_at": "2015-04-27T23:34:31Z",
    "placed_at_raw": "2015-04-27T17:34:31-0600",
    "test": False,
    "lifecycle": "completed",
    "payment": "paid",
    "fulfilment": "unfulfilled",
    "holds": [],
    "warnings": [],
    "provider_status": "Complete",
    "currency": "USD",
    "lines": [
        {
            "line_id": "3223",
            "product_id": "16383",
            "sku": None,
            "name": "Test Product",
            "quantity": {"ordered": 1, "shipped": 0, "cancelled": 0},
            "unit_price": {"amount_minor": 28999, "currency": "USD"},
            "total": {"amount_minor": 28999, "currency": "USD"},
            "provider_data": {
                "model": "",
                "description": "",
                "did_override_shipping_cost": False,
                "total_override_shipping_cost": "0.00",
                "is_gift_certificate": False,
                "gift_cert_amount": "0.00",
                "gift_cert_code": "",
                "shipment_info": None,
            },
        }
    ],
    "charges": [
        {"kind": "shipping", "name": "flat rate", "amount": {"amount_minor": 1300, "currency": "USD"}},
        {"kind": "tax", "name": None, "amount": {"amount_minor": 1986, "currency": "USD"}},
    ],
    "discounts": [],
    "gift_certificates": [],
    "total": {"amount_minor": 32285, "currency": "USD"},
    "customer": {
        "customer_id": "628",
        "first_name": "Test",
        "last_name": "Customer",
        "name": "Test Customer",
        "company": None,
        "email": "email@test.com",
        "phone": "801-755-9966",
    },
    "billing_address": ADDRESS | {"email": "email@test.com"},
    "shipping_address": ADDRESS | {"email": None},
    "payments": [
        {
            "method": "Credit Card",
            "gateway": "authorize.net",
            "card_type": "Visa",
            "card_last_4": "0027",
            "reference": None,
        }
    ],
    "note": None,
    "provider_data": {
        "user_email": "email@test.com",
        "order_description": "Site shopping order",
        "payment_option_id": "16",
        "payment_detail": "",
        "check_num": "",
        "check_date": "0000-00-00",
        "promo_rule_info_admin": "",
        "gift_cert_id": None,
        "gift_cert_info": "",
        "gift_cert_is_credit_voucher": True,
        "notes": "",
        "marketing_source_id": None,
        "marketing_source_choice": "",
        "marketing_source_other": "",
        "admin_created": False,
        "web_order": True,
        "is_guest_checkout": False,
        "created_ip": "127.0.0.1",
        "created_user_id": "628",
        "modified": "",
        "modified_user_id": None,
        "statuses": DETAIL["statuses"],
    },
}


def normalized(raw: dict[str, Any]) -> dict[str, Any]:
    mapping = LunaMapping("luna-main", LunaOptions())
    return mapping.normalize(raw, now=datetime(2026, 1, 5, tzinfo=UTC)).as_json()


def test_the_sample_order_is_normalized_field_by_field() -> None:
    assert normalized(DETAIL) == NORMALIZED


def test_the_lists_form_differs_from_the_details_only_by_the_history_it_does_not_have() -> None:
    listed = normalized(LISTED)

    assert "statuses" not in listed["provider_data"]
    listed["provider_data"]["statuses"] = DETAIL["statuses"]
    assert listed == NORMALIZED


def test_lines_shipping_and_tax_are_the_total() -> None:
    order = normalized(DETAIL)

    parts = [line["total"] for line in order["lines"]] + [each["amount"] for each in order["charges"]]

    assert sum(part["amount_minor"] for part in parts) == order["total"]["amount_minor"] == 32285


def changed(key: str, value: Any) -> Any:
    """Return another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, list):
        return value[:1] * 2
    if key == "created":
        return "2015-04-27T17:34:32-0600"
    if key.endswith(("_country",)):
        return "ca"
    return {"0.00": "1.00", "1": "2", "0": "77"}.get(value, f"{value or 5}7")


@pytest.mark.parametrize("key", [key for key in DETAIL if key != "id"])
def test_no_change_of_any_field_of_an_order_is_overlooked(key: str) -> None:
    other = DETAIL | {key: changed(key, DETAIL[key])}

    assert content_of(normalized(other)) != content_of(NORMALIZED)


@pytest.mark.parametrize("key", DETAIL["line_items"][0])
def test_no_change_of_any_field_of_a_line_is_overlooked(key: str) -> None:
    line = DETAIL["line_items"][0]
    other = DETAIL | {"line_items": [line | {key: changed(key, line[key])}]}

    assert content_of(normalized(other)) != content_of(NORMALIZED)


def test_what_the_page_does_not_describe_is_kept_as_it_came() -> None:
    more = {
        "loyalty": {"points": 12, "tiers": ["a", None]},
        "": "",
        "line_items": [DETAIL["line_items"][0] | {"engraving": "To Ö."}],
    }

    order = normalized(DETAIL | more)

    assert order["provider_data"]["loyalty"] == {"points": 12, "tiers": ["a", None]}
    assert order["provider_data"][""] == ""
    assert order["lines"][0]["provider_data"]["engraving"] == "To Ö."
