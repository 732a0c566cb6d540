"""What is a page of Retailys' list, and what is none."""

from __future__ import annotations

import pytest
from orderbus.domain.errors import NotFoundError, ProviderError, RefusedError, UnclearError
from orderbus.providers.retailys.source import RetailysSource

from infra.sandbox.faults import CutOff, EmptyBody, Fault, Garbage, Html, Reset, Status
from infra.sandbox.retailys import RetailysSandbox
from infra.sandbox.server import Served
from tests.contract.test_retailys_reads import BEGIN, END, connected


@pytest.fixture
def sandbox() -> RetailysSandbox:
    return RetailysSandbox()


@pytest.fixture
def source(served: Served) -> RetailysSource:
    return connected(served.url)


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
