"""A Zonos connection's options: defaults, and what is refused before anything is asked of anyone."""

from __future__ import annotations

from typing import Any

import pytest
from orderbus.domain.connections import Connection, parse_connection
from orderbus.domain.errors import ConfigurationError
from orderbus.providers.options import start_of
from orderbus.providers.zonos.options import ZonosOptions, parse_options


def a_connection(**options: Any) -> Connection:
    return parse_connection("zonos-main", {"provider": "zonos", "options": options})


def test_the_defaults_change_nothing_at_the_provider_and_ship_no_test() -> None:
    assert parse_options(a_connection()) == ZonosOptions(
        start_at="all",
        currency="USD",
        timezone="UTC",
        ship_test_orders=False,
        acknowledge=False,
        merchant_order_id="{external_id}",
        min_interval_ms=0,
    )


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"currency": "XXL"}, "options.currency: currency 'XXL' is not in ISO 4217"),
        ({"currency": "usd"}, "options.currency: currency 'usd' is not in ISO 4217"),
        ({"timezone": "Mars/Olympus"}, "options.timezone: not a name of the IANA time zone database"),
        ({"timezone": "/etc/passwd"}, "options.timezone: not a name of the IANA time zone database"),
        ({"min_interval_ms": -1}, "options.min_interval_ms: "),
        ({"acknowledge": "perhaps"}, "options.acknowledge: "),
        ({"merchant_id": "x"}, "options.merchant_id: is not known"),
        ({"currency": "X", "timezone": "Y"}, "options.currency: .*; options.timezone: not a name"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^connection 'zonos-main': {named}"):
        parse_options(a_connection(**options))


@pytest.mark.parametrize(
    "template",
    [
        "",
        "the same for all",
        "{}",
        "{order}",
        "{external_id.__class__}",
        "{external_id} {0}",
        "{{external_id}}",
    ],
)
def test_a_merchant_order_id_must_differ_by_order(template: str) -> None:
    with pytest.raises(ConfigurationError, match=r"needs \{external_id\} or \{number\}"):
        parse_options(a_connection(merchant_order_id=template))


@pytest.mark.parametrize("template", ["{", "}", "{external_id"])
def test_a_merchant_order_id_that_is_no_template_is_refused(template: str) -> None:
    with pytest.raises(ConfigurationError, match=r"options\.merchant_order_id: "):
        parse_options(a_connection(merchant_order_id=template))


@pytest.mark.parametrize("text", ["yesterday", "", "20150101", "ALL"])
def test_a_start_that_is_neither_all_nor_a_time_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r'options\.start_at: neither "all" nor an ISO 8601 time'):
        parse_options(a_connection(start_at=text))


def test_all_is_no_start() -> None:
    assert start_of(parse_options(a_connection(start_at="all")).start_at) is None
