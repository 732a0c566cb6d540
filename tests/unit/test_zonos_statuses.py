"""A Zonos order in the normalized form: its status, its holds, its times, whether it is a test."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from orderbus.domain.errors import NotNormalizableError
from orderbus.domain.orders import Order, blocked_by
from orderbus.providers.zonos.mapping import ZonosMapping
from orderbus.providers.zonos.options import ZonosOptions

from infra.sandbox.zonos import make_order
from infra.sandbox.zonos_updates import VENDOR_STATUSES

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ROW = {"id": "999-7", "testOrder": False, "timestamp": "2026-01-05 11:59:01.5"}
SHIPPABLE = {
    "IGLOBAL_ORDER_IN_PROCESS",
    "VENDOR_PREPARING_ORDER",
    "VENDOR_SHIPMENT_READY",
    "VENDOR_LABELS_PRINTED_DATE",
}


def normalize(order: Any, row: Any = ROW, **options: Any) -> Order:
    mapping = ZonosMapping("zonos-main", "999", ZonosOptions(**options))
    return mapping.normalize({"order": order} if row is None else {"order": order, "listed": row}, now=NOW)


def an_order(**fields: Any) -> Order:
    return normalize(make_order(7, **fields))


@pytest.mark.parametrize(
    ("status", "lifecycle", "fulfilment", "hold"),
    [
        ("IGLOBAL_FRAUD_REVIEW", "open", "unfulfilled", "fraud_review"),
        ("IGLOBAL_ORDER_ON_HOLD", "open", "unfulfilled", "on_hold"),
        ("IGLOBAL_ORDER_IN_PROCESS", "open", "unfulfilled", None),
        ("IGLOBAL_ORDER_CANCELLED", "cancelled", "unfulfilled", None),
        ("IGLOBAL_ORDER_CANCELED", "cancelled", "unfulfilled", None),
        ("IGLOBAL_LABELS_PROCESSING", "open", "unfulfilled", "other"),
        ("VENDOR_PREPARING_ORDER", "open", "unfulfilled", None),
        ("VENDOR_SHIPMENT_READY", "open", "unfulfilled", None),
        ("VENDOR_LABELS_PRINTED_DATE", "open", "unfulfilled", None),
        ("VENDOR_CANCELLATION_REQUEST", "open", "unfulfilled", "other"),
        ("VENDOR_END_OF_DAY_COMPLETE", "completed", "fulfilled", None),
        ("IGLOBAL_ORDER_TELEPORTED", "unknown", "unknown", "unknown_status"),
        ("VENDOR_", "unknown", "unknown", "unknown_status"),
        (None, "unknown", "unknown", "unknown_status"),
        ("", "unknown", "unknown", "unknown_status"),
    ],
)
def test_each_status_has_its_meaning(
    status: str | None, lifecycle: str, fulfilment: str, hold: str | None
) -> None:
    order = an_order(orderStatus=status)

    assert (order.lifecycle, order.fulfilment) == (lifecycle, fulfilment)
    assert order.provider_status == (status or None)
    expected = [] if hold is None else [(hold, NOW, status or None)]
    assert [(each.reason, each.since, each.raw) for each in order.holds] == expected


@pytest.mark.parametrize("status", ["igLOBAL_order_cancelled", " IGLOBAL_ORDER_CANCELED "])
def test_a_status_is_read_whatever_its_case(status: str) -> None:
    assert an_order(orderStatus=status).lifecycle == "cancelled"


@pytest.mark.parametrize(
    "status",
    [
        *VENDOR_STATUSES,
        "IGLOBAL_FRAUD_REVIEW",
        "IGLOBAL_ORDER_IN_PROCESS",
        "IGLOBAL_ORDER_ON_HOLD",
        "IGLOBAL_ORDER_CANCELLED",
        "IGLOBAL_ORDER_CANCELED",
        "IGLOBAL_LABELS_PROCESSING",
        "ANYTHING_NEW",
        None,
    ],
)
def test_nothing_but_a_status_that_is_known_to_be_ready_is_shippable(status: str | None) -> None:
    order = an_order(orderStatus=status)

    assert (blocked_by(order, ship_test_orders=False) == ()) is (status in SHIPPABLE)


def test_a_completed_order_has_all_its_lines_shipped() -> None:
    order = an_order(status="VENDOR_END_OF_DAY_COMPLETE")

    assert [(line.quantity.ordered, line.quantity.shipped) for line in order.lines] == [(2, 2), (1, 1)]


@pytest.mark.parametrize(("flag", "test"), [(True, True), (False, False), ("true", True), ("false", False)])
def test_the_test_flag_comes_as_a_boolean_or_as_a_text(flag: object, test: bool) -> None:
    order = an_order(testOrder=flag)

    assert order.test is test
    assert (blocked_by(order, ship_test_orders=False) == ("test_order",)) is test
    assert blocked_by(order, ship_test_orders=True) == ()


@pytest.mark.parametrize(
    ("row", "test"),
    [
        (ROW | {"testOrder": True}, True),
        (ROW | {"testOrder": "true"}, True),
        (ROW | {"testOrder": 1}, True),
        (ROW | {"testOrder": "false"}, False),
        (ROW, False),
        (None, False),
    ],
)
def test_a_detail_without_the_test_flag_has_that_of_its_row(row: dict[str, Any] | None, test: bool) -> None:
    assert normalize(make_order(7, testOrder=None), row).test is test


def test_the_test_flag_of_the_detail_counts_before_that_of_its_row() -> None:
    assert normalize(make_order(7, testOrder=False), ROW | {"testOrder": True}).test is False


def test_a_test_flag_that_is_neither_is_refused() -> None:
    with pytest.raises(NotNormalizableError, match=r"^testOrder: neither yes nor no$"):
        an_order(testOrder="maybe")
    with pytest.raises(NotNormalizableError, match=r"^listed\.testOrder: neither yes nor no$"):
        normalize(make_order(7, testOrder=None), ROW | {"testOrder": "maybe"})


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2015-01-01 00:33:14.0", datetime(2015, 1, 1, 0, 33, 14, tzinfo=UTC)),
        ("2015-01-01 00:33:14.12", datetime(2015, 1, 1, 0, 33, 14, 120000, tzinfo=UTC)),
        ("2015-01-01 00:33:14.123456", datetime(2015, 1, 1, 0, 33, 14, 123456, tzinfo=UTC)),
        ("2015-01-01 00:33:14.123456789", datetime(2015, 1, 1, 0, 33, 14, 123456, tzinfo=UTC)),
        ("2015-01-01 00:33:14", datetime(2015, 1, 1, 0, 33, 14, tzinfo=UTC)),
        ("2099-12-31 23:59:59.9", datetime(2099, 12, 31, 23, 59, 59, 900000, tzinfo=UTC)),
        (1420097594000, datetime(2015, 1, 1, 7, 33, 14, tzinfo=UTC)),
    ],
)
def test_the_time_of_an_order_is_that_of_its_row_in_utc(text: object, moment: datetime) -> None:
    order = normalize(make_order(7), ROW | {"timestamp": text})

    assert (order.placed_at, order.placed_at_raw, order.warnings) == (moment, str(text), ())


@pytest.mark.parametrize(
    "text", ["01/02/2015 00:33", "2015-13-01 00:00:00.0", "1420097594000", 10**17, True, [], None, ""]
)
def test_a_time_in_another_form_is_kept_as_it_came_and_said(text: object) -> None:
    order = normalize(make_order(7), ROW | {"timestamp": text})

    assert (order.placed_at, order.warnings) == (None, ("no_placed_at",))
    assert order.placed_at_raw == (None if text is None else str(text))


def test_times_that_come_as_text_are_of_the_zone_of_the_connection() -> None:
    summer, winter = (
        normalize(make_order(7), ROW | {"timestamp": text}, timezone="America/Denver").placed_at
        for text in ("2015-07-01 00:33:14.0", "2015-01-01 00:33:14.0")
    )

    assert summer == datetime(2015, 7, 1, 6, 33, 14, tzinfo=UTC)
    assert winter == datetime(2015, 1, 1, 7, 33, 14, tzinfo=UTC)


def test_an_order_read_without_its_row_has_no_time_and_no_warning_of_it() -> None:
    order = normalize(make_order(7), None)

    assert (order.placed_at, order.placed_at_raw, order.warnings) == (None, None, ())


def test_a_detail_that_has_a_time_of_its_own_counts_first() -> None:
    order = make_order(7, timestamp="2015-01-01 00:33:14.0")

    expected = datetime(2015, 1, 1, 0, 33, 14, tzinfo=UTC)
    assert normalize(order, None).placed_at == normalize(order, ROW).placed_at == expected


@pytest.mark.parametrize("own", [None, "", "soon"])
def test_a_detail_whose_own_time_says_nothing_has_that_of_its_row(own: str | None) -> None:
    order = normalize(make_order(7, timestamp=own))

    assert (order.placed_at, order.placed_at_raw) == (
        datetime(2026, 1, 5, 11, 59, 1, 500000, tzinfo=UTC),
        ROW["timestamp"],
    )


@pytest.mark.parametrize(
    ("told", "since"),
    [
        (
            {"orderStatusDate": 1420097594000, "orderStatusDateString": "2015-01-01 14:16:17.0"},
            datetime(2015, 1, 1, 7, 33, 14, tzinfo=UTC),
        ),
        ({"orderStatusDateString": "2015-01-01 14:16:17.0"}, datetime(2015, 1, 1, 14, 16, 17, tzinfo=UTC)),
        (
            {"orderStatusDate": None, "orderStatusDateString": "2015-01-01 14:16:17.123456789"},
            datetime(2015, 1, 1, 14, 16, 17, 123456, tzinfo=UTC),
        ),
        ({"orderStatusDate": "soon", "orderStatusDateString": "later"}, NOW),
        ({}, NOW),
    ],
)
def test_a_hold_is_dated_by_the_number_then_by_the_text_then_by_now(
    told: dict[str, Any], since: datetime
) -> None:
    row = ROW | {"orderStatus": "IGLOBAL_FRAUD_REVIEW"} | told

    order = normalize(make_order(7, status="IGLOBAL_FRAUD_REVIEW"), row)

    assert [hold.since for hold in order.holds] == [since]
