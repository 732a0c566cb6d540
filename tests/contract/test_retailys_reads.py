"""What Retailys' answers mean, and what a connection makes of them for the intake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from time import monotonic
from typing import Any

import pytest
from orderbus.domain.connections import parse_connection
from orderbus.domain.errors import (
    ConfigurationError,
    CredentialsError,
    NotFoundError,
    RateLimitedError,
    UnclearError,
)
from orderbus.providers.retailys.source import DETAIL, LIST, RetailysSource

from infra.sandbox.faults import RateLimited
from infra.sandbox.retailys import RetailysSandbox, make_order
from infra.sandbox.server import Served, serve

NOW = datetime(2026, 1, 6, 12, tzinfo=UTC)
BEGIN, END = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC)


@pytest.fixture
def sandbox() -> RetailysSandbox:
    return RetailysSandbox()


def connected(url: str, **options: Any) -> RetailysSource:
    connection = parse_connection(
        "retailys-main",
        {
            "provider": "retailys",
            "base_url": url,
            "credentials": {"token": "test-key"},
            "options": options,
        },
    )
    return RetailysSource(connection, lambda: NOW)


@pytest.fixture
def source(served: Served) -> RetailysSource:
    return connected(served.url)


def test_a_window_is_read_in_whole_seconds_that_have_both_ends_in_them(
    sandbox: RetailysSandbox, source: RetailysSource
) -> None:
    prague = timezone(timedelta(hours=1))
    begin = datetime(2026, 1, 5, 9, 0, 7, 900_000, tzinfo=prague)

    page = source.list_window(begin, datetime(2026, 1, 5, 8, 0, 8, 1, tzinfo=UTC), 1)

    assert sandbox.calls[0].path == (
        "/System/Orders?from=2026-01-05T08%3A00%3A07%2B00%3A00&to=2026-01-05T08%3A00%3A09%2B00%3A00"
        "&page=1&per_page=250"
    )
    assert (page.rows, page.pages) == ([], 0)


def test_a_window_that_ends_on_a_second_ends_there(sandbox: RetailysSandbox, source: RetailysSource) -> None:
    source.list_window(BEGIN, datetime(2026, 1, 5, 8, 0, 8, tzinfo=UTC), 1)

    assert "&to=2026-01-05T08%3A00%3A08%2B00%3A00&" in sandbox.calls[0].path


def test_both_ends_of_a_window_are_in_it(sandbox: RetailysSandbox, source: RetailysSource) -> None:
    for order_id in (6, 7, 8, 9):
        sandbox.place(make_order(order_id))
    seventh, eighth = (datetime(2026, 1, 5, 8, 0, second, tzinfo=UTC) for second in (7, 8))

    page = source.list_window(seventh, eighth, 1)

    assert [source.external_id(row.value) for row in page.rows] == ["8", "7"]


def test_each_page_of_a_window_has_the_orders_as_they_came_and_when_they_were_asked_for(
    sandbox: RetailysSandbox, served: Served
) -> None:
    source = connected(served.url, per_page=10)
    for order_id in range(1, 26):
        sandbox.place(make_order(order_id))

    pages = [source.list_window(BEGIN, END, number) for number in (1, 2, 3, 4)]

    ids = [[source.external_id(row.value) for row in page.rows] for page in pages]
    assert ids == [
        [str(i) for i in range(25, 15, -1)],
        [str(i) for i in range(15, 5, -1)],
        [str(i) for i in range(5, 0, -1)],
        [],
    ]
    assert [page.pages for page in pages] == [3, 3, 3, 3]
    assert {(row.view, row.read_at) for page in pages for row in page.rows} == {(LIST, NOW)}
    assert sandbox.calls[0].path.endswith("&page=1&per_page=10")


def test_an_order_is_read_again_with_all_that_it_refers_to(
    sandbox: RetailysSandbox, source: RetailysSource
) -> None:
    sandbox.place(make_order(7))

    row = source.read_again("7")

    assert row is not None
    assert (row.view, row.read_at) == (DETAIL, NOW)
    assert row.value["channel"]["type"] == "eshop"
    assert sandbox.calls[0].path == "/System/Orders/7?expanded=true"


def test_an_order_that_is_gone_is_not_found(source: RetailysSource) -> None:
    with pytest.raises(NotFoundError):
        source.read_again("7")


def test_another_order_than_was_asked_for_is_no_answer(
    sandbox: RetailysSandbox, source: RetailysSource
) -> None:
    sandbox.place(make_order(8), order_id=7)

    with pytest.raises(UnclearError, match="not the order that was asked for"):
        source.read_again("7")


def test_a_wrong_token_is_refused() -> None:
    with (
        serve(RetailysSandbox(key="another-key")) as served,
        pytest.raises(CredentialsError, match=r"^retailys-main: the provider answered 401"),
    ):
        connected(served.url).list_window(BEGIN, END, 1)


def test_a_connection_without_a_base_url_asks_the_provider_itself() -> None:
    connection = parse_connection(
        "retailys-main", {"provider": "retailys", "credentials": {"token": "test-key"}}
    )

    source = RetailysSource(connection, lambda: NOW)

    assert source.client._http._base_url == "https://api.retailys.com/v1"


def test_a_connection_needs_a_token() -> None:
    connection = parse_connection("retailys-main", {"provider": "retailys"})

    with pytest.raises(ConfigurationError, match="has no credential 'token'"):
        RetailysSource(connection, lambda: NOW)


def test_a_429_says_when_to_come_again(sandbox: RetailysSandbox, source: RetailysSource) -> None:
    sandbox.fail_next(RateLimited(7))

    with pytest.raises(RateLimitedError) as refused:
        source.list_window(BEGIN, END, 1)

    assert refused.value.retry_after == 7
    assert len(sandbox.calls) == 1


@pytest.mark.parametrize("write", ["set_done", "cancel", "set_sent", "set_delivered"])
def test_a_429_to_a_write_says_that_nothing_happened(
    sandbox: RetailysSandbox, source: RetailysSource, write: str
) -> None:
    sandbox.place(make_order(7))
    sandbox.fail_next(RateLimited(7))

    with pytest.raises(RateLimitedError):
        getattr(source.client, write)("7")

    assert len(sandbox.calls) == 1


@pytest.mark.parametrize(
    ("id_", "text"), [(7, "7"), ("7", "7"), (" 7 ", "7"), (10**17, "1" + "0" * 17)], ids=str
)
def test_an_order_id_is_a_text_of_digits(source: RetailysSource, id_: object, text: str) -> None:
    assert source.external_id({"id": id_}) == text


def test_a_connection_can_ask_for_a_pause_between_its_calls(served: Served) -> None:
    source = connected(served.url, min_interval_ms=40)

    began = monotonic()
    for _ in range(3):
        source.list_window(BEGIN, END, 1)

    assert monotonic() - began >= 0.08


def test_the_options_say_how_a_connection_reads(served: Served, sandbox: RetailysSandbox) -> None:
    source = connected(served.url, start_at="2026-01-01T00:00:00+01:00", boolean_form="one_zero")

    source.client.list_orders(done=True)

    assert source.start_at == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert sandbox.calls[0].path == "/System/Orders?done=1&page=1"
    assert (source.provider, source.connection, source.ship_test_orders) == (
        "retailys",
        "retailys-main",
        False,
    )
    assert source.views == {"list": LIST, "detail": DETAIL}
