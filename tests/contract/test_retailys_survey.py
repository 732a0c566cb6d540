"""What a reconciliation asks a Retailys instance for: windows of their own that leave no second out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from orderbus.domain.errors import UnclearError
from orderbus.intake.survey import Batch
from orderbus.providers.retailys.source import RetailysSource
from orderbus.providers.retailys.survey import survey

from infra.sandbox.faults import Status
from infra.sandbox.retailys import RetailysSandbox, make_order
from infra.sandbox.retailys_listing import Habits
from infra.sandbox.retailys_orders import format_time
from infra.sandbox.server import Served
from tests.contract.test_retailys_reads import connected

SINCE = datetime(2026, 1, 5, tzinfo=UTC)
UNTIL = SINCE + timedelta(hours=13)


@pytest.fixture
def sandbox() -> RetailysSandbox:
    return RetailysSandbox()


@pytest.fixture
def source(served: Served) -> RetailysSource:
    return connected(served.url)


def shown(batches: list[Batch]) -> set[str]:
    return {each.external_id for batch in batches for each in batch.shown}


@pytest.mark.parametrize("inclusive", [True, False], ids=["both ends are in it", "neither is"])
def test_an_order_of_a_second_at_which_windows_meet_is_in_one_of_them(
    sandbox: RetailysSandbox, source: RetailysSource, inclusive: bool
) -> None:
    sandbox.orders.habits = Habits(inclusive=inclusive)
    for number, hours in enumerate((0, 5, 6, 12, 13), 1):
        sandbox.place(make_order(number, placed=format_time(SINCE + timedelta(hours=hours))))

    batches = list(survey(source, SINCE, UNTIL))

    assert shown(batches) == {"1", "2", "3", "4", "5"}
    assert [batch.upto for batch in batches] == [SINCE + timedelta(hours=hours) for hours in (6, 12, 13)]


def paged(sandbox: RetailysSandbox, total: int, *pages: list[int | None]) -> None:
    """Let the list answer with these orders, page by page."""
    for number, ids in enumerate(pages, 1):
        paginator = {"page": number, "pages": len(pages), "total": total}
        sandbox.fail_next(Status(200, {"paginator": paginator, "orders": [{"id": id_} for id_ in ids]}))


def test_pages_that_show_fewer_orders_than_there_are_make_no_survey(
    sandbox: RetailysSandbox, source: RetailysSource
) -> None:
    paged(sandbox, 3, [1, 2], [1])

    with pytest.raises(UnclearError, match="changed while they were listed"):
        list(survey(source, SINCE, SINCE + timedelta(hours=1)))


@pytest.mark.parametrize(
    ("total", "pages", "found"),
    [(3, ([1, None], [2]), {"1", "2"}), (2, ([1, 1],), {"1"}), (0, ([],), set())],
    ids=["an order without an id", "an order twice on one page", "no order"],
)
def test_pages_that_show_all_there_is_are_a_survey(
    sandbox: RetailysSandbox,
    source: RetailysSource,
    total: int,
    pages: tuple[list[int | None], ...],
    found: set[str],
) -> None:
    paged(sandbox, total, *pages)

    assert shown(list(survey(source, SINCE, SINCE + timedelta(hours=1)))) == found


def test_pages_that_do_not_say_how_many_orders_there_are_are_not_turned(
    sandbox: RetailysSandbox, source: RetailysSource
) -> None:
    sandbox.page_size = 3
    sandbox.orders.habits = Habits(tells_total=False)
    for number in range(1, 8):
        sandbox.place(make_order(number, placed=format_time(SINCE + timedelta(hours=number))))

    assert shown(list(survey(source, SINCE, UNTIL))) == {str(number) for number in range(1, 8)}
    assert all("&page=1&" in call.path for call in sandbox.calls)
