"""A connection is read strictly, and no message or text of it ever shows a secret."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from msgspec.structs import asdict
from orderbus.domain.connections import Connection, parse_connection, refuse_same_account
from orderbus.domain.errors import ConfigurationError

SECRET = "s3cr3t-do-not-show"


def a_connection(name: str = "net32-main", **fields: Any) -> Connection:
    made: dict[str, Any] = {"provider": "net32", "credentials": {"subscription_key": SECRET}}
    return parse_connection(name, made | fields)


def refusal(name: str = "net32-main", **fields: Any) -> str:
    with pytest.raises(ConfigurationError) as refused:
        a_connection(name, **fields)
    return str(refused.value)


def test_a_connection_is_live_and_without_options_unless_it_says_more() -> None:
    connection = a_connection()

    assert (connection.name, connection.provider) == ("net32-main", "net32")
    assert (connection.mode, connection.base_url, connection.options) == ("live", None, {})
    assert connection.secret("subscription_key") == SECRET


@pytest.mark.parametrize("name", ["a", "net32-main", "0", "a" * 40, "-"])
def test_a_name_has_1_to_40_small_letters_digits_and_hyphens(name: str) -> None:
    assert a_connection(name).name == name


@pytest.mark.parametrize("name", ["", "Net32", "net 32", "net32/main", "net32_main", "a" * 41, "ä", "a\n"])
def test_another_name_is_refused(name: str) -> None:
    said = "has other characters than a-z, 0-9 and -, or not 1 to 40 of them"
    assert refusal(name) == f"connection {name!r}: name: {said}"


@pytest.mark.parametrize(
    "base_url",
    [
        "https://api.net32.com",
        "https://www.shop.example/site_api/shopping_cart",
        "http://127.0.0.1:7001",
        "http://[::1]:7001/x",
        "HTTPS://Shop.Example",
    ],
)
def test_a_base_url_is_a_web_address(base_url: str) -> None:
    assert a_connection(base_url=base_url).base_url == base_url


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "api.net32.com",
        "ftp://api.net32.com",
        "https://",
        "https:///orders",
        "https://a..b",
        f"https://{'a' * 64}.example",
        "https://host:99999",
        "https://host:port",
        "http://[::1",
        "https://two words",
        "https://host/?key=1",
        "https://host/#part",
        f"https://user:{SECRET}@host",
    ],
)
def test_another_base_url_is_refused_by_name_without_being_shown(base_url: str) -> None:
    assert refusal(base_url=base_url) == (
        "connection 'net32-main': base_url: is not a web address as https://host/path,"
        " without a user, query or fragment"
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"mode": "paused"}, "mode: has to be one of 'live', 'read_only', 'off'"),
        ({"colour": SECRET}, "colour: is not known"),
        ({"provider": 5}, "provider: has to be a text in quotes, and is a whole number"),
        ({"credentials": SECRET}, "credentials: has to be a table, and is a text in quotes"),
        ({"credentials": {"key": 123456789}}, "credentials.key: has to be a text in quotes"),
        ({"credentials": {"key": [SECRET]}}, "credentials.key: has to be a text in quotes"),
        ({"credentials": {"key": " \n"}}, "credentials.key: is empty"),
        ({"options": SECRET}, "options: has to be a table, and is a text in quotes"),
    ],
)
def test_every_wrong_key_is_named_and_no_value(fields: dict[str, Any], said: str) -> None:
    assert refusal(**fields) == f"connection 'net32-main': {said}"


def test_all_wrong_keys_are_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_connection("luna", {"mode": "on", "colour": "red"})

    assert str(refused.value) == (
        "connection 'luna': provider: is missing; mode: has to be one of 'live', 'read_only', 'off';"
        " colour: is not known"
    )


def test_a_name_that_goes_on_and_on_is_cut_in_the_message() -> None:
    assert f"connection {'x' * 60!r}: " in refusal("x" * 5000)


def test_white_space_round_a_pasted_key_is_stripped() -> None:
    connection = a_connection(credentials={"subscription_key": f"  {SECRET}\n"})

    assert connection.secret("subscription_key") == SECRET
    assert connection.account() == a_connection().account()


def test_a_missing_credential_is_named_with_what_to_do() -> None:
    with pytest.raises(ConfigurationError) as refused:
        a_connection(credentials={"api_key": SECRET}).secret("subscription_key")

    assert str(refused.value) == (
        "connection 'net32-main' (net32) has no credential 'subscription_key';"
        " put it into its [credentials] and run `orderbus connections put`"
    )


def test_no_text_of_a_connection_shows_a_secret() -> None:
    connection = a_connection()

    shown = [repr(connection), str(connection), f"{connection.credentials}", connection.account()]
    shown.append(json.dumps(asdict(connection), default=str))

    assert SECRET not in " ".join(shown)
    assert "**********" in repr(connection)
    with pytest.raises(TypeError):
        msgspec.json.encode(connection)


def test_two_connections_to_one_account_are_refused_by_name() -> None:
    with pytest.raises(ConfigurationError) as refused:
        refuse_same_account([a_connection("one"), a_connection("two")])

    assert str(refused.value) == (
        "connections 'one' and 'two' are the same net32 account;"
        " remove one: each would get only a part of the orders"
    )


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("https://api.net32.com", "https://api.net32.com/"),
        ("https://api.net32.com", "https://API.net32.com"),
        ("https://api.net32.com", "https://api.net32.com:443/"),
        ("http://localhost:80/v1", "http://localhost/v1"),
    ],
)
def test_one_address_written_in_two_ways_is_one_account(one: str, two: str) -> None:
    assert a_connection(base_url=one).account() == a_connection(base_url=two).account()


def test_another_key_another_provider_or_another_address_is_another_account() -> None:
    refuse_same_account(
        [
            a_connection("one"),
            a_connection("two", credentials={"subscription_key": "other"}),
            a_connection("three", provider="lunasoft"),
            a_connection("four", base_url="http://127.0.0.1:7001"),
            a_connection("five", credentials={"other_key": SECRET}),
        ]
    )


def test_white_space_within_a_credential_makes_no_other_account() -> None:
    one, two = (a_connection(credentials={"store": store, "secret": SECRET}) for store in ("999", "9 99"))

    assert one.account() == two.account()


def test_the_order_in_which_credentials_are_written_makes_no_other_account() -> None:
    one = a_connection(credentials={"store": "999", "secret": SECRET})
    two = a_connection(credentials={"secret": SECRET, "store": "999"})

    assert one.account() == two.account()
