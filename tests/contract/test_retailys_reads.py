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
    ProviderError,
    RateLimitedError,
    RefusedError,
    UnclearError,
)
from orderbus.providers.retailys.source import DETAIL, LIST, RetailysSource

from infra.sandbox.faults import CutOff, EmptyBody, Fault, Garbage, Html, RateLimited, Reset, Status
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
    ("fault", "kind"),
    [
        (Status(400), RefusedError),
        (Status(404), NotFoundError),
        (Status(500), UnclearError),
        (Html(200), UnclearError),
        (Html(502), UnclearError),
        (Garbage(), UnclearError),
        (EmptyBody(), UnclearError),
        (CutOff(40), UnclearError),
        (Reset(), UnclearError),
        (Status(200, body={"message": "Error", "detail": ""}), UnclearError),
        (Status(200, body=[]), UnclearError),
        (Status(200, body={"orders": []}), UnclearError),
        (Status(200, body={"paginator": {}, "orders": []}), UnclearError),
        (Status(200, body={"paginator": {"page": 1, "pages": 1}}), UnclearError),
        (Status(200, body={"paginator": {"pages": True}, "orders": []}), UnclearError),
        (Status(200, body={"paginator": {"pages": 1.5}, "orders": []}), UnclearError),
        (Status(200, body={"paginator": {"page": 1, "pages": 1}, "orders": 7}), UnclearError),
        (Status(200, body={"paginator": {"page": 1, "pages": 1}, "orders": {"0": {}}}), UnclearError),
        (Status(200, body={"paginator": {"page": 2, "pages": 9}, "orders": [{}]}), UnclearError),
        (Status(200, body={"paginator": {"page": 1, "pages": 1, "total": 3}, "orders": []}), UnclearError),
        (Status(200, body={"paginator": {"page": 1, "pages": 1, "total": 1}, "orders": []}), UnclearError),
        (Status(200, body={"paginator": {"page": 1, "pages": 3, "total": 5}, "orders": []}), UnclearError),
    ],
    ids=str,
)
def test_an_answer_that_is_no_page_is_never_an_empty_one(
    sandbox: RetailysSandbox, source: RetailysSource, fault: Fault, kind: type[ProviderError]
) -> None:
    sandbox.fail_next(fault, times=3)

    with pytest.raises(kind) as refused:
        source.list_window(BEGIN, END, 1)

    assert type(refused.value) is kind


def test_a_later_page_without_orders_is_no_end(sandbox: RetailysSandbox, source: RetailysSource) -> None:
    sandbox.fail_next(Status(200, body={"paginator": {"page": "2", "pages": "3"}, "orders": []}))

    with pytest.raises(UnclearError, match="page 2 of 3 of the orders came without any of them"):
        source.list_window(BEGIN, END, 2)


@pytest.mark.parametrize("pages", [0, 1])
def test_a_window_of_one_page_with_fewer_orders_than_it_says_is_not_whole(
    sandbox: RetailysSandbox, source: RetailysSource, pages: int
) -> None:
    # As where `pages` is counted with the page's size that was asked for, and less than that is given.
    paginator = {"page": 1, "per_page": 100, "pages": pages, "total": 3}
    sandbox.fail_next(Status(200, body={"paginator": paginator, "orders": [{"id": 1}, {"id": 2}]}))

    with pytest.raises(UnclearError) as refused:
        source.list_window(BEGIN, END, 1)

    assert str(refused.value) == (
        f"retailys-main: page 1 of {pages} of the orders came with 2 of 3;"
        " if it always does, put a smaller options.per_page"
    )


def test_the_first_page_in_place_of_the_second_is_no_second_page(
    sandbox: RetailysSandbox, source: RetailysSource
) -> None:
    sandbox.fail_next(Status(200, body={"paginator": {"page": 1, "pages": 3}, "orders": [{"id": 1}]}))

    with pytest.raises(UnclearError, match="page 2 of 3 of the orders was asked for, and page 1 came"):
        source.list_window(BEGIN, END, 2)


@pytest.mark.parametrize(
    ("total", "said"), [(0, 0), (1, 1), ("1", 1), (True, None), (False, None), (None, None)]
)
def test_a_total_is_a_number_also_where_it_is_one_or_none(
    sandbox: RetailysSandbox, source: RetailysSource, total: object, said: int | None
) -> None:
    rows = [{"id": 1}] if said else []
    sandbox.fail_next(
        Status(200, body={"paginator": {"page": 1, "pages": 1, "total": total}, "orders": rows})
    )

    assert source.list_window(BEGIN, END, 1).total == said


@pytest.mark.parametrize("empty", [[], {}, "", None])
@pytest.mark.parametrize("pages", [0, 1, "0", "1", 1.0])
def test_no_orders_is_an_empty_page_in_every_form(
    sandbox: RetailysSandbox, source: RetailysSource, empty: object, pages: object
) -> None:
    body = {"paginator": {"page": 1, "per_page": 250, "pages": pages, "total": 0}, "orders": empty}
    sandbox.fail_next(Status(200, body=body))

    page = source.list_window(BEGIN, END, 1)

    assert (page.rows, page.pages) == ([], int(float(str(pages))))


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
