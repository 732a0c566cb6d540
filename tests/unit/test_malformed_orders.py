"""P6: each of ten thousand malformed orders of each provider is normalized, or refused with a reason.

The reason tells what is wrong, and no value.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from orderbus.domain.connections import parse_connection
from orderbus.domain.content import canonical
from orderbus.domain.errors import NotNormalizableError
from orderbus.domain.orders import Order
from orderbus.intake.raw_forms import raw_form, refuse_unstorable
from orderbus.intake.source import Source
from orderbus.providers.lunasoft.source import LunaSource
from orderbus.providers.net32.source import Net32Source
from orderbus.providers.wire import parse_json

from tests.malformed import LUNA_SHOP, SHOPS, Shop
from tests.malformed_orders import malformed_orders

PARTS = 4
COUNT = 10_000 // PARTS
NOW = datetime(2026, 1, 5, tzinfo=UTC)


def source_of(shop: Shop) -> Source:
    connection = parse_connection(
        shop.connection,
        {
            "provider": shop.provider,
            "base_url": "http://127.0.0.1:1",
            "credentials": {"api_key": "k", "subscription_key": "k"},
        },
    )
    if shop is LUNA_SHOP:
        return LunaSource(connection, lambda: NOW)
    return Net32Source(connection, lambda: NOW)


def texts(value: Any) -> Iterator[str]:
    """Return what a value holds that could be told by mistake: texts and numbers, of five characters on."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from texts(each)
            yield from texts(key)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif len(str(value).strip()) >= 5 and not isinstance(value, bool):
        yield str(value).strip()


def field_names(shop: Shop) -> set[str]:
    """Return the names that a reason may tell: those of the provider's own form, and ours."""
    return {key for key in texts(shop.make(1)) if key.isidentifier()} | {"order", "lines", "total"}


def outcome(source: Source, raw: Any) -> str:
    """Return why an order is refused, or an empty text where it is normalized and can be stored."""
    try:
        source.external_id(raw)
        refuse_unstorable(raw, raw_form(raw))
        order = source.normalize(raw, now=NOW)
    except NotNormalizableError as reason:
        return str(reason) or "none"
    assert_can_be_stored(order)
    return ""


def assert_can_be_stored(order: Order) -> None:
    stored = order.as_json()
    assert json.loads(canonical(stored).decode()) == stored  # strict UTF-8, unlike what is only hashed
    assert abs(stored["total"]["amount_minor"]) < 10**17  # exact also where a consumer reads it as a long


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.provider)
def test_ten_thousand_malformed_orders_are_each_normalized_or_refused_with_a_reason(
    shop: Shop, part: int
) -> None:
    source = source_of(shop)
    seen: Counter[str] = Counter()
    known = field_names(shop)

    for body in malformed_orders(shop, COUNT, seed=part):
        raw = parse_json(body)
        reason = outcome(source, raw)
        if reason:
            assert raw_form(json.loads(raw_form(raw))) == raw_form(raw)
            assert re.fullmatch(r"[ -~]{5,400}", reason), reason
            told = [text for text in texts(raw) if text in reason and text not in known]
            assert not told, (reason, told)
        seen["refused" if reason else "normalized"] += 1
        seen[re.sub(r"\d+", "N", reason)] += 1

    assert seen["refused"] + seen["normalized"] == COUNT
    assert min(seen["refused"], seen["normalized"]) > COUNT // 10
    assert len(seen) > 50  # so many different reasons: the orders are not all broken in one way
