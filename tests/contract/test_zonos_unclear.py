"""What of Zonos is unclear, limited or never sent: reads are repeated, writes are not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from orderbus.domain.errors import (
    ConfigurationError,
    NotSentError,
    RateLimitedError,
    RefusedError,
    UnclearError,
)

from infra.sandbox.faults import CutOff, EmptyBody, Fault, Garbage, Html, RateLimited, Reset, Status
from infra.sandbox.zonos import ZonosSandbox
from tests.contract.zonos_store import (
    READS,
    Call,
    Store,
    a_store,
    each_call,
    each_read,
    each_write,
)


@pytest.fixture
def store() -> Iterator[Store]:
    with a_store() as store:
        yield store


def an_error(text: object, status: int = 200) -> Status:
    return Status(status, body={"error": text})


@each_call
@pytest.mark.parametrize("fault", [Html(), Garbage(), EmptyBody(), Status(200, body=[]), CutOff(10)])
def test_an_answer_that_is_no_json_object_is_unclear(store: Store, call: Call, fault: Fault) -> None:
    store.sandbox.fail_next(fault)

    store.error_of(call, UnclearError)


@each_call
def test_a_limit_says_when_to_come_again(store: Store, call: Call) -> None:
    store.sandbox.fail_next(RateLimited(seconds=9))

    with pytest.raises(RateLimitedError) as caught:
        call(store.client())

    assert caught.value.retry_after == 9


@each_read
def test_a_read_is_sent_again_where_the_provider_stumbles(store: Store, call: Call) -> None:
    store.sandbox.fail_next(Status(502))
    store.sandbox.fail_next(Reset())

    call(store.client())

    assert [each.status for each in store.sandbox.calls] == [502, None, 200]


@each_read
def test_a_read_is_unclear_where_the_provider_keeps_stumbling_whatever_it_says(
    store: Store, call: Call
) -> None:
    store.sandbox.fail_next(an_error("Invalid security credentials", 500), times=3)

    store.error_of(call, UnclearError)

    assert len(store.sandbox.calls) == 3


@each_write
@pytest.mark.parametrize(
    "fault",
    [
        Status(500, after_effect=True),
        Status(502),
        Status(503, headers={"Retry-After": "5"}),
        Status(408),
        Status(425),
        Status(302, headers={"Location": "/elsewhere"}),
        Html(status=502),
        Reset(after_effect=True),
        Reset(),
        CutOff(5),
    ],
)
def test_a_write_whose_outcome_is_unclear_is_sent_once_and_says_so(
    store: Store, call: Call, fault: Fault
) -> None:
    store.sandbox.fail_next(fault)

    store.error_of(call, UnclearError)

    assert len(store.sandbox.calls) == 1


@each_write
@pytest.mark.parametrize("effect", [{"success": "Updated Order: 7"}, {"order": {"orderId": "999-7"}}])
def test_a_write_whose_answer_has_both_an_effect_and_an_error_is_unclear(
    store: Store, call: Call, effect: dict[str, Any]
) -> None:
    store.sandbox.fail_next(Status(200, body={"error": "partly"} | effect))

    message = store.error_of(call, UnclearError)

    assert message == "zonos-main: the answer has both an effect and an error"


@each_read
def test_a_redirect_is_not_followed_so_the_secret_goes_nowhere_else(store: Store, call: Call) -> None:
    store.sandbox.fail_next(Status(307, headers={"Location": "/v1/elsewhere"}))

    store.error_of(call, RefusedError)

    assert len(store.sandbox.calls) == 1


@each_call
def test_nothing_is_sent_where_nobody_listens(call: Call) -> None:
    store = Store(ZonosSandbox(), "http://127.0.0.1:9")

    assert "nothing was sent" in store.error_of(call, NotSentError)


def test_a_base_url_that_is_none_is_a_setting_to_change() -> None:
    store = Store(ZonosSandbox(), "zonos")

    store.error_of(READS["order_detail"], ConfigurationError)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "zonos-main: the answer has no list of orders"),
        ({"totalCount": 1, "orders": None}, "zonos-main: the answer has no list of orders"),
        ({"totalCount": 1, "orders": {}}, "zonos-main: the answer has no list of orders"),
        ({"totalCount": 0, "orders": "999-1"}, "zonos-main: the answer has no list of orders"),
        ({"orders": {}}, "zonos-main: the answer has no list of orders"),
        (
            {"totalCount": 2, "orders": [{"id": "999-1"}]},
            "zonos-main: the list counts 2 orders and holds 1; nothing is skipped",
        ),
    ],
)
def test_a_list_that_is_not_whole_is_unclear(store: Store, body: dict[str, Any], message: str) -> None:
    store.sandbox.fail_next(Status(200, body=body))

    assert store.error_of(READS["order_numbers"], UnclearError) == message


@pytest.mark.parametrize(
    "body",
    [
        {"totalCount": 0},
        {"totalCount": "0", "orders": None},
        {"totalCount": 0, "orders": {}},
        {"totalCount": 0, "orders": " "},
        {"orders": []},
        {"totalCount": "7" * 5000, "orders": []},
    ],
)
def test_a_list_without_orders_is_empty(store: Store, body: dict[str, Any]) -> None:
    store.sandbox.fail_next(Status(200, body=body))

    assert store.client().order_numbers(since_date=date(2015, 1, 1)).orders == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"success": True}, "zonos-main: the answer has no order"),
        ({"order": []}, "zonos-main: the answer has no order"),
        ({"order": None}, "zonos-main: the answer has no order"),
        ({"order": {"orderId": "999-8"}}, "zonos-main: the answer is not the order that was asked for"),
        ({"order": {"orderId": ["999-7"]}}, "zonos-main: the answer is not the order that was asked for"),
    ],
)
def test_a_detail_that_is_not_the_order_is_unclear(store: Store, body: dict[str, Any], message: str) -> None:
    store.sandbox.fail_next(Status(200, body=body))

    assert store.error_of(READS["order_detail"], UnclearError) == message


def test_an_answer_that_is_not_utf_8_is_read_all_the_same_and_says_so(store: Store) -> None:
    store.sandbox.encoding = "iso-8859-1"

    found = store.client().order_detail(order_id=7)

    assert (found.order["city"], found.decoded_as) == ("São Paulo", "iso-8859-1")
