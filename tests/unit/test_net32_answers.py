"""In which shapes Net32's list of orders may come, and when it holds none without a doubt."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from orderbus.domain.connections import parse_connection
from orderbus.domain.errors import NotNormalizableError
from orderbus.providers.net32.client import hinted_wait, list_of_orders
from orderbus.providers.net32.source import Net32Source
from orderbus.runtime import clients

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def a_source(**options: Any) -> Net32Source:
    fields = {"provider": "net32", "credentials": {"subscription_key": "k"}, "options": options}
    return Net32Source(parse_connection("net32-main", fields), clients.now)


@pytest.mark.parametrize(
    "body",
    [
        b'[{"orderId": 1}]',
        b'{"payload": [{"orderId": 1}]}',
        b'{"statusCode": 200, "payload": {"result": [{"orderId": 1}]}, "message": "OK"}',
        b'{"payload": {"results": [{"orderId": 1}]}}',
        b'{"payload": {"orders": [{"orderId": 1}]}}',
        b'{"orders": [{"orderId": 1}]}',
        b'{"result": [{"orderId": 1}]}',
        b'\xef\xbb\xbf [{"orderId": 1}]\r\n',
    ],
)
def test_the_orders_are_found_in_each_assumed_shape(body: bytes) -> None:
    assert list_of_orders(body, ()) == [{"orderId": 1}]
    assert a_source().is_empty(body) is False


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        b"[]",
        b'{"payload": []}',
        b'{"payload": {"result": []}}',
        b'{"orders": []}',
        b'{"statusCode": 200, "payload": {"orders": []}, "message": "OK"}',
    ],
)
def test_an_answer_without_orders_is_empty_in_each_assumed_shape(body: bytes) -> None:
    assert list_of_orders(body, ()) == []
    assert a_source().is_empty(body) is True
    assert a_source().orders_of(body, NOW) == []


def test_an_empty_list_beside_an_error_is_not_taken_for_an_empty_one() -> None:
    body = b'{"statusCode": 500, "message": "broken", "payload": []}'

    assert a_source().is_empty(body) is False
    with pytest.raises(NotNormalizableError, match=r"without orders beside the statusCode 500$"):
        a_source().orders_of(body, NOW)


def test_orders_beside_an_error_are_taken() -> None:
    assert list_of_orders(b'{"statusCode": 500, "payload": [{"orderId": 1}]}', ()) == [{"orderId": 1}]


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"5",
        b'"orders"',
        b"{}",
        b'{"payload": null}',
        b'{"payload": {}}',
        b'{"data": []}',
        b'{"payload": {"items": [{"orderId": 1}]}}',
        b'{"orders": {"1": {}}}',
        b'{"statusCode": 429, "message": "Rate limit is exceeded."}',
    ],
)
def test_another_shape_is_no_list_and_is_not_taken_for_an_empty_one(body: bytes) -> None:
    assert list_of_orders(body, ()) is None
    assert a_source().is_empty(body) is False
    with pytest.raises(NotNormalizableError, match=r"^the answer has no list of orders "):
        a_source().orders_of(body, NOW)


@pytest.mark.parametrize("body", [b"<html>", b"[{", b"[1,]", b"\xff\xfe[", b"[" * 100_000])
def test_what_is_not_json_is_not_empty_and_cannot_be_read(body: bytes) -> None:
    assert a_source().is_empty(body) is False
    with pytest.raises(NotNormalizableError, match=r"^the answer .*(is not JSON|is nested too deeply)$"):
        a_source().orders_of(body, NOW)


def test_an_empty_list_beside_a_full_one_is_not_empty() -> None:
    body = b'{"payload": {"result": [], "orders": [{"orderId": 1}]}}'

    assert list_of_orders(body, ()) == []
    assert a_source().is_empty(body) is False
    with pytest.raises(NotNormalizableError, match=r"a list elsewhere; see options\.orders_path$"):
        a_source().orders_of(body, NOW)
    assert a_source(orders_path=["payload", "result"]).orders_of(body, NOW) == []
    assert len(a_source(orders_path=["payload", "orders"]).orders_of(body, NOW)) == 1


def test_an_empty_list_beside_one_of_texts_has_no_orders() -> None:
    assert a_source().orders_of(b'{"payload": {"result": [], "hints": ["none"]}}', NOW) == []


def test_an_empty_list_in_a_long_answer_goes_to_the_inbox_unread() -> None:
    assert a_source().is_empty(b'{"orders": [], "motd": "%s"}' % (b"x" * 500)) is False


def test_a_path_says_where_the_list_is() -> None:
    source = a_source(orders_path=["data", "pending"])

    rows = source.orders_of(b'{"data": {"pending": [{"orderId": 1}]}, "orders": [{"orderId": 2}]}', NOW)

    assert [row.value for row in rows] == [{"orderId": 1}]
    assert (rows[0].view.name, rows[0].read_at) == ("pending", NOW)
    assert source.is_empty(b'{"data": {"pending": []}}') is True


@pytest.mark.parametrize("body", [b'{"data": []}', b'{"orders": []}', b"[]", b'{"data": {"pending": {}}}'])
def test_where_a_path_leads_nowhere_the_answer_cannot_be_read(body: bytes) -> None:
    source = a_source(orders_path=["data", "pending"])

    assert source.is_empty(body) is False
    with pytest.raises(NotNormalizableError, match=r"see options\.orders_path$"):
        source.orders_of(body, NOW)


def test_fractions_are_read_exactly_and_long_numbers_whole() -> None:
    body = b'[{"orderId": 12345678901234567890, "total": 0.1, "odd": NaN, "far": 1e99999999999999999999}]'

    assert list_of_orders(body, ()) == [
        {
            "orderId": Decimal(12345678901234567890),
            "total": Decimal("0.1"),
            "odd": "NaN",
            "far": "1e99999999999999999999",
        }
    ]


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Rate limit is exceeded. Try again in 3 seconds.", 3.0),
        ("try again in 1 second", 1.0),
        ("TRY AGAIN IN 2.5 SECONDS", 2.5),
        ("Try again later.", None),
        ("Try again in a few seconds.", None),
        ("Try again in 123456 seconds.", None),
        ("", None),
    ],
)
def test_the_wait_that_a_429_names_in_its_text_is_read(message: str, seconds: float | None) -> None:
    assert hinted_wait(b'{"statusCode": 429, "message": "%s"}' % message.encode()) == seconds
