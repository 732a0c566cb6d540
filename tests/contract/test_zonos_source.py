"""A Zonos connection lists days, reads orders again and acknowledges them, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from orderbus.domain.connections import parse_connection
from orderbus.domain.content import content_of, lay_over
from orderbus.domain.errors import (
    NotFoundError,
    NotNormalizableError,
    UnclearError,
)
from orderbus.intake.days import Listed
from orderbus.intake.source import RawOrder
from orderbus.providers.zonos.source import ZonosSource

from infra.sandbox.faults import CutOff, Status
from infra.sandbox.server import Served
from infra.sandbox.zonos import ZonosSandbox, make_order

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
FIRST, SECOND = date(2015, 1, 1), date(2015, 1, 2)

MakeSource = Callable[..., ZonosSource]


@pytest.fixture
def sandbox() -> ZonosSandbox:
    return ZonosSandbox()


@pytest.fixture
def make_source(served: Served) -> MakeSource:
    def make(*, credentials: dict[str, str] | None = None, **options: Any) -> ZonosSource:
        fields = {
            "provider": "zonos",
            "base_url": served.url,
            "credentials": credentials or {"store": "999", "secret": "test-secret"},
            "options": options,
        }
        return ZonosSource(parse_connection("zonos-main", fields), lambda: NOW)

    return make


def ids(listed: list[Listed]) -> list[str | None]:
    return [each.external_id for each in listed]


def test_the_days_of_the_page_are_listed_with_one_call(
    sandbox: ZonosSandbox, make_source: MakeSource
) -> None:
    sandbox.place_seed_orders()

    listed = make_source().list_days(FIRST, SECOND)

    assert ids(listed) == [f"999-9999{n}" for n in range(1, 7)]
    assert len({each.marker for each in listed}) == 6
    assert [each.acknowledged for each in listed] == [False, True, False, False, False, False]
    assert {each.row.read_at for each in listed} == {NOW}
    assert [call.path for call in sandbox.calls] == ["/v1/orderNumbers"]


def test_a_day_is_listed_alone(sandbox: ZonosSandbox, make_source: MakeSource) -> None:
    sandbox.place_seed_orders()

    assert ids(make_source().list_days(SECOND, SECOND)) == ["999-99994", "999-99995", "999-99996"]


def marker_of_first(source: ZonosSource) -> str:
    (listed,) = source.list_days(FIRST, FIRST)
    return listed.marker


@pytest.mark.parametrize(
    "change",
    [
        {"orderStatus": "IGLOBAL_ORDER_IN_PROCESS"},
        {"merchantOrderId": "m-1"},
        {"testOrder": True},
    ],
)
def test_a_marker_tells_of_a_change_and_of_nothing_else(
    sandbox: ZonosSandbox, make_source: MakeSource, change: dict[str, Any]
) -> None:
    order = make_order(1, status="IGLOBAL_FRAUD_REVIEW")
    sandbox.place(order, timestamp="2015-01-01 00:33:14.0")
    source = make_source()
    before = marker_of_first(source)

    sandbox.set_status(1, "IGLOBAL_FRAUD_REVIEW")  # the same, on another date
    same = marker_of_first(source)
    sandbox.edit(1, **change)

    assert same == before
    assert marker_of_first(source) != before


@pytest.mark.parametrize(
    "row",
    [
        {"id": None},
        {"id": "x"},
        {"id": ["999-1"]},
        {"id": True},
        {"id": "999-"},
        {"id": json.loads("[" * 800 + "]" * 800)},
        {},
        "999-1",
        None,
        7,
        [],
    ],
)
def test_a_row_without_an_id_is_kept_and_named_and_the_others_are_listed(
    sandbox: ZonosSandbox, make_source: MakeSource, row: object
) -> None:
    good = {"id": "999-2", "testOrder": False, "timestamp": "2015-01-01 00:33:14.0"}
    sandbox.fail_next(Status(200, body={"totalCount": 2, "orders": [row, good]}))
    source = make_source()

    bad, other = source.list_days(FIRST, FIRST)

    assert (bad.external_id, bad.row.value, other.external_id) == (None, row, "999-2")
    assert source.views[bad.row.view.name] is bad.row.view
    with pytest.raises(NotNormalizableError, match=r"^id: the row of the list has no order id as 999-99991$"):
        source.external_id(bad.row.value)


def test_an_id_without_the_store_is_the_same_order(sandbox: ZonosSandbox, make_source: MakeSource) -> None:
    rows = [{"id": 99991}, {"id": "99992"}, {"id": " 999-99993 "}, {"id": "998-99991"}]
    sandbox.fail_next(Status(200, body={"totalCount": 4, "orders": rows}))

    expected = ["999-99991", "999-99992", "999-99993", "998-99991"]
    assert ids(make_source().list_days(FIRST, FIRST)) == expected


def test_a_list_that_is_cut_off_or_not_whole_lists_nothing(
    sandbox: ZonosSandbox, make_source: MakeSource
) -> None:
    sandbox.place_seed_orders()
    source = make_source()
    sandbox.fail_next(CutOff(200), times=3)
    sandbox.fail_next(Status(200, body={"totalCount": 6, "orders": [{"id": "999-99991"}]}))

    for _ in range(2):
        with pytest.raises(UnclearError):
            source.list_days(FIRST, SECOND)


def test_orders_before_the_start_are_left_out_and_one_without_a_time_is_not(
    sandbox: ZonosSandbox, make_source: MakeSource
) -> None:
    for number, timestamp in ((1, "2015-01-01 11:59:59.999"), (2, "2015-01-01 12:00:00.0"), (3, "never")):
        sandbox.place(make_order(number), timestamp=timestamp)
    today = datetime.now(UTC).date()

    source = make_source(start_at="2015-01-01T13:00:00+01:00")

    assert source.start_at == datetime(2015, 1, 1, 12, tzinfo=UTC)
    assert ids(source.list_days(FIRST, today)) == ["999-2", "999-3"]
    assert ids(make_source().list_days(FIRST, today)) == ["999-1", "999-2", "999-3"]


def test_times_are_in_the_zone_of_the_connection(sandbox: ZonosSandbox, make_source: MakeSource) -> None:
    sandbox.place_seed_orders(1)
    source = make_source(timezone="America/Denver")
    (listed,) = source.list_days(FIRST, FIRST)

    order = source.normalize(source.read_again("999-99991", listed).value, now=NOW)

    # The page's own sample: 00:33:14 in Mountain time is the status date that it shows as a number.
    assert order.placed_at == datetime.fromtimestamp(1420097594, UTC)


def test_an_order_is_read_with_its_row_and_without(sandbox: ZonosSandbox, make_source: MakeSource) -> None:
    sandbox.place_seed_orders(2)
    source = make_source()
    listed = source.list_days(FIRST, FIRST)[0]

    with_row, alone = source.read_again("999-99991", listed), source.read_again("999-99991")

    assert [each.view.name for each in (with_row, alone)] == ["listed", "detail"]
    assert {each.read_at for each in (with_row, alone)} == {NOW}
    assert source.external_id(with_row.value) == source.external_id(alone.value) == "999-99991"
    orders = [source.normalize(each.value, now=NOW) for each in (with_row, alone)]
    assert orders[0].placed_at == datetime(2015, 1, 1, 0, 33, 14, tzinfo=UTC)
    assert orders[0].placed_at_raw == "2015-01-01 00:33:14.0"
    # The view says that it never has what is missing here, so it is kept from what is stored.
    of_the_row = ("placed_at", "placed_at_raw", "holds")
    first, second = ({k: v for k, v in each.as_json().items() if k not in of_the_row} for each in orders)
    assert first == second
    assert (orders[1].placed_at, orders[1].warnings) == (None, ())
    assert alone.view.unseen == {"placed_at", "placed_at_raw"}


def test_list_and_detail_read_in_turn_a_hundred_times_say_the_same(
    sandbox: ZonosSandbox, make_source: MakeSource
) -> None:
    sandbox.place_seed_orders(1)
    source = make_source()
    (listed,) = source.list_days(FIRST, FIRST)
    views = [source.read_again("999-99991", listed), source.read_again("999-99991")] * 50
    stored = source.normalize(views[0].value, now=NOW).as_json()

    for raw in views:
        read = source.normalize(raw.value, now=NOW).as_json()
        laid = lay_over(read, stored, unseen=raw.view.unseen)
        assert content_of(laid) == content_of(stored)


def test_the_hold_of_the_page_is_dated_by_the_number_not_by_the_text(
    sandbox: ZonosSandbox, make_source: MakeSource
) -> None:
    sandbox.place_seed_orders(1)
    source = make_source()
    (listed,) = source.list_days(FIRST, FIRST)

    with_row = source.normalize(source.read_again("999-99991", listed).value, now=NOW)
    alone = source.normalize(source.read_again("999-99991").value, now=NOW)

    assert [(hold.reason, hold.raw, hold.since) for hold in with_row.holds] == [
        ("fraud_review", "IGLOBAL_FRAUD_REVIEW", datetime(2015, 1, 1, 7, 33, 14, tzinfo=UTC))
    ]
    assert [hold.since for hold in alone.holds] == [NOW]


def test_the_date_of_a_status_that_the_order_no_longer_has_is_not_taken(
    sandbox: ZonosSandbox, make_source: MakeSource
) -> None:
    sandbox.place_seed_orders(1)
    source = make_source()
    (listed,) = source.list_days(FIRST, FIRST)
    sandbox.set_status(99991, "IGLOBAL_ORDER_ON_HOLD")

    order = source.normalize(source.read_again("999-99991", listed).value, now=NOW)

    assert [(hold.reason, hold.since) for hold in order.holds] == [("on_hold", NOW)]


def test_a_detail_without_its_id_is_the_order_that_was_asked_for(
    sandbox: ZonosSandbox, make_source: MakeSource
) -> None:
    source = make_source()
    for without in ({"orderId": None}, {"orderId": ""}):
        sandbox.fail_next(Status(200, body={"order": make_order(7) | without}))

        assert source.external_id(source.read_again("999-7").value) == "999-7"


@pytest.mark.parametrize(
    ("placed_at", "begins"),
    [
        (datetime(2026, 1, 1, 23, 59, 59, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)),
        (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 4, tzinfo=UTC)),
        (datetime(2099, 12, 31, tzinfo=UTC), datetime(2026, 1, 7, tzinfo=UTC)),
        (None, datetime(2026, 1, 7, tzinfo=UTC)),
    ],
)
def test_an_order_is_watched_from_when_the_list_may_no_longer_have_it(
    make_source: MakeSource, placed_at: datetime | None, begins: datetime
) -> None:
    assert make_source().watch_from(placed_at, NOW) == begins


def test_a_vanished_order_is_not_found(sandbox: ZonosSandbox, make_source: MakeSource) -> None:
    sandbox.place(make_order(7))
    sandbox.remove(7)

    with pytest.raises(NotFoundError):
        make_source().read_again("999-7")


def test_a_raw_order_survives_the_way_through_json(sandbox: ZonosSandbox, make_source: MakeSource) -> None:
    sandbox.place_seed_orders(1)
    source = make_source()
    raw: RawOrder = source.read_again("999-99991", source.list_days(FIRST, FIRST)[0])

    stored = json.loads(json.dumps(raw.value, default=str))

    as_stored, as_read = (source.normalize(value, now=NOW) for value in (stored, raw.value))
    assert as_stored.as_json() == as_read.as_json()


def test_an_order_that_came_in_an_old_encoding_says_so(
    sandbox: ZonosSandbox, make_source: MakeSource
) -> None:
    sandbox.place(make_order(7))
    sandbox.encoding = "iso-8859-1"
    source = make_source()

    order = source.normalize(source.read_again("999-7").value, now=NOW)

    assert order.shipping_address is not None
    assert order.shipping_address.city == "São Paulo"
    assert order.provider_data["decoded_as"] == "iso-8859-1"


@pytest.mark.parametrize(("interval", "at_once"), [(0, 8), (625, 8), (1_000, 5), (5_000, 1)])
def test_so_many_orders_are_asked_for_at_once_that_none_waits_for_longer_than_five_seconds(
    make_source: MakeSource, interval: int, at_once: int
) -> None:
    assert make_source(min_interval_ms=interval).at_once == at_once
