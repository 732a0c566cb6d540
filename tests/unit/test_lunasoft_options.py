"""What a LunaSoft connection leaves open is an option, and a wrong one is named."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from orderbus.domain.connections import parse_connection
from orderbus.domain.errors import ConfigurationError, NotNormalizableError
from orderbus.providers.lunasoft.options import parse_options
from orderbus.providers.lunasoft.source import LunaSource
from orderbus.runtime import clients

MIDNIGHT = datetime(2026, 1, 5, tzinfo=UTC)


def a_source(**options: Any) -> LunaSource:
    fields = {
        "provider": "lunasoft",
        "base_url": "http://h",
        "credentials": {"api_key": "k"},
        "options": options,
    }
    return LunaSource(parse_connection("luna", fields), clients.now)


@pytest.mark.parametrize(
    ("raw", "expected"), [({"id": "54123"}, "54123"), ({"id": 5}, "5"), ({"id": " 7 "}, "7")]
)
def test_the_id_of_a_raw_order_is_its_number_as_text(raw: dict[str, Any], expected: str) -> None:
    assert a_source().external_id(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {},
        {"id": None},
        {"id": True},
        {"id": "A1"},
        {"id": "-5"},
        {"id": ""},
        {"id": "٣"},
        {"id": "9" * 19},
        {"id": Decimal("5.0")},
        {"id": ["5"]},
    ],
)
def test_an_order_without_a_numeric_id_has_none(raw: Any) -> None:
    with pytest.raises(NotNormalizableError, match=r"^id: "):
        a_source().external_id(raw)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"colour": "red"}, "options.colour: is not known"),
        ({"currency": "DEM"}, "options.currency: currency 'DEM' is not in ISO 4217"),
        ({"min_interval_ms": -1}, "options.min_interval_ms: has to be a whole number >= 0"),
        ({"min_interval_ms": 5_001}, "options.min_interval_ms: has to be a whole number <= 5000"),
        (
            {"shipped_statuses": "Shipped"},
            "options.shipped_statuses: has to be a list, and is a text in quotes",
        ),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, Any], said: str) -> None:
    connection = parse_connection("luna", {"provider": "lunasoft", "options": options})

    with pytest.raises(ConfigurationError) as refused:
        parse_options(connection)

    assert str(refused.value) == f"connection 'luna': {said}"


def test_two_wrong_options_are_both_named_in_full() -> None:
    connection = parse_connection("luna", {"provider": "lunasoft", "options": {"a": 1, "b": 2}})

    with pytest.raises(ConfigurationError) as refused:
        parse_options(connection)

    assert str(refused.value) == ("connection 'luna': options.a: is not known; options.b: is not known")


@pytest.mark.parametrize(
    ("text", "start"), [("all", None), ("2026-01-05", MIDNIGHT), ("2026-01-05T01:00+01:00", MIDNIGHT)]
)
def test_a_connection_begins_with_all_orders_or_at_a_time(text: str, start: datetime | None) -> None:
    assert a_source(start_at=text).start_at == start


def test_a_start_that_is_neither_all_nor_a_time_is_refused() -> None:
    with pytest.raises(ConfigurationError) as refused:
        a_source(start_at="yesterday")

    assert str(refused.value) == ("connection 'luna': options.start_at: neither \"all\" nor an ISO 8601 time")


def test_a_site_has_no_public_address_so_a_connection_names_it() -> None:
    connection = parse_connection("luna", {"provider": "lunasoft", "credentials": {"api_key": "k"}})

    with pytest.raises(ConfigurationError) as refused:
        LunaSource(connection, clients.now)

    assert str(refused.value) == (
        "connection 'luna' (lunasoft) needs a base_url: https://<site>/site_api/shopping_cart"
    )
