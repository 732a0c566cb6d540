"""The Zonos sandbox lists and shows orders as Zonos's pages say."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from infra.sandbox.server import Served
from infra.sandbox.zonos import ZonosSandbox, make_order

CREDENTIALS = {"store": "999", "secret": "test-secret"}
JSON_HEADERS = {"Accept": "application/json", "Content-Type": "application/json"}
NUMBERS, DETAIL = "/v1/orderNumbers", "/v2/orderDetail"


@pytest.fixture
def sandbox() -> ZonosSandbox:
    return ZonosSandbox()


def post(served: Served, path: str, **fields: Any) -> requests.Response:
    body = {**CREDENTIALS, **fields}
    return requests.post(f"{served.url}{path}", json=body, headers=JSON_HEADERS, timeout=5)


def place(sandbox: ZonosSandbox, number: int, timestamp: str, **fields: Any) -> None:
    sandbox.place(make_order(number, **fields), timestamp=timestamp)


def list_numbers(served: Served, **fields: Any) -> list[int]:
    answer = post(served, NUMBERS, **fields)
    assert answer.status_code == 200
    return [int(order["id"].removeprefix("999-")) for order in answer.json()["orders"]]


def test_days_are_whole_utc_days_and_both_ends_are_included(sandbox: ZonosSandbox, served: Served) -> None:
    place(sandbox, 1, "2015-01-01 23:59:59.999999")
    place(sandbox, 2, "2015-01-02 00:00:00.0")
    place(sandbox, 3, "2015-01-03 23:59:59.9")
    place(sandbox, 4, "2015-01-04 00:00:00.0")

    assert list_numbers(served, sinceDate="20150102") == [2, 3, 4]
    assert list_numbers(served, sinceDate="20150102", throughDate="20150103") == [2, 3]
    assert list_numbers(served, sinceDate="20150102", throughDate="20150102") == [2]
    assert list_numbers(served, sinceDate="20150105") == []


@pytest.mark.parametrize("order_id", ["999-20", "20", 20])
def test_since_order_id_excludes_the_order_itself_and_takes_each_form_of_an_id(
    sandbox: ZonosSandbox, served: Served, order_id: str | int
) -> None:
    for number in (10, 20, 30, 40):
        sandbox.place(make_order(number))

    assert list_numbers(served, sinceOrderId=order_id) == [30, 40]


@pytest.mark.parametrize("order_id", ["999-21", "998-20", 999999])
def test_since_order_id_that_is_not_there_is_an_error_with_http_200(
    sandbox: ZonosSandbox, served: Served, order_id: str | int
) -> None:
    sandbox.place(make_order(20))

    answer = post(served, NUMBERS, sinceOrderId=order_id)

    assert (answer.status_code, answer.json()) == (
        200,
        {"error": f"Couldn't find order for sinceOrderId: {order_id}"},
    )


def test_test_orders_are_listed_among_the_others_and_counted(sandbox: ZonosSandbox, served: Served) -> None:
    sandbox.place(make_order(1, test=True))
    sandbox.place(make_order(2))
    sandbox.place(make_order(3, testOrder="true"))

    answer = post(served, NUMBERS, sinceDate="20150101").json()

    assert (answer["totalCount"], answer["orderCount"], answer["testOrderCount"]) == (3, 1, 2)
    assert [order["testOrder"] for order in answer["orders"]] == [True, False, "true"]


@pytest.mark.parametrize("value", [True, False, None, "no"])
def test_statuses_are_shown_whatever_the_value_of_the_parameter(
    sandbox: ZonosSandbox, served: Served, value: object
) -> None:
    place(sandbox, 1, "2015-01-01 00:33:14.0", status="IGLOBAL_FRAUD_REVIEW", merchantOrderId="m-1")

    plain = post(served, NUMBERS, sinceDate="20150101").json()["orders"][0]
    with_status = post(served, NUMBERS, sinceDate="20150101", statuses=value).json()["orders"][0]

    assert list(plain) == ["testOrder", "id", "timestamp"]
    assert with_status == plain | {
        "merchantOrderId": "m-1",
        "orderStatus": "IGLOBAL_FRAUD_REVIEW",
        "orderStatusDate": 1420072394000,
        "orderStatusDateString": "2015-01-01 00:33:14.0",
    }


def test_orders_without_a_merchant_order_id_are_those_of_the_last_week(
    sandbox: ZonosSandbox, served: Served
) -> None:
    today = datetime.now(UTC)
    for number, days in ((1, 8), (2, 7), (3, 0)):
        place(sandbox, number, f"{today - timedelta(days=days):%Y-%m-%d} 12:00:00.0")
    place(sandbox, 4, f"{today:%Y-%m-%d} 12:00:00.0", merchantOrderId="m-4")

    assert list_numbers(served, missingMerchantOrderId=True) == [2, 3]
    assert list_numbers(served, missingMerchantOrderId=True, sinceDate="20000101") == [1, 2, 3]
    sandbox.missing_days = 14
    assert list_numbers(served, missingMerchantOrderId=True) == [1, 2, 3]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "Parameter sinceOrderId or sinceDate is required"),
        ({"missingMerchantOrderId": False}, "Parameter sinceOrderId or sinceDate is required"),
        ({"throughDate": "20150101"}, "Parameter throughDate requires Parameter sinceDate"),
        (
            {"sinceOrderId": "999-1", "sinceDate": "20150101"},
            "Cannot specify both Parameters sinceOrderId and sinceDate",
        ),
        ({"sinceOrderId": "999-"}, "orderId: 999- is not a valid orderId"),
        ({"sinceDate": "2015-01-01"}, "could not parse input"),
        ({"sinceDate": "20150230"}, "could not parse input"),
        ({"sinceDate": 20150101}, "could not parse input"),
    ],
)
def test_a_list_that_is_not_asked_for_as_documented_is_refused_with_http_200(
    served: Served, fields: dict[str, Any], error: str
) -> None:
    answer = post(served, NUMBERS, **fields)

    assert (answer.status_code, answer.json()) == (200, {"error": error})


@pytest.mark.parametrize("given", [{"orderId": "999-7"}, {"orderId": 7}, {"referenceId": "cart-7"}])
def test_a_detail_is_the_order_as_it_was_placed(
    sandbox: ZonosSandbox, served: Served, given: dict[str, Any]
) -> None:
    order = sandbox.place(make_order(7, oddity={"nested": [1, None, "é"]}))

    answer = post(served, DETAIL, **given)

    assert (answer.status_code, answer.json()) == (200, {"order": order})


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "Parameter orderId or referenceId is required"),
        (
            {"orderId": "999-7", "referenceId": "cart-7"},
            "Cannot specify both Parameters orderId and referenceId",
        ),
        ({"orderId": "999-x"}, "orderId: 999-x is not a valid orderId"),
        ({"orderId": "999-8"}, "Could not find an order with orderId: 999-8"),
        ({"orderId": "998-7"}, "Could not find an order with orderId: 998-7"),
        ({"referenceId": "cart-8"}, "Could not find an order with referenceId: cart-8"),
    ],
)
def test_a_detail_that_cannot_be_shown_is_refused_with_http_400(
    sandbox: ZonosSandbox, served: Served, fields: dict[str, Any], error: str
) -> None:
    sandbox.place(make_order(7))

    answer = post(served, DETAIL, **fields)

    assert (answer.status_code, answer.json()) == (400, {"error": error})
    assert sandbox.counts()["handed_out"] == 0


@pytest.mark.parametrize(("path", "status"), [(NUMBERS, 200), (DETAIL, 400)])
@pytest.mark.parametrize(
    "wrong", [{"store": "998"}, {"secret": "wrong"}, {"store": None}, {"secret": None}, {"store": " 999"}]
)
def test_wrong_credentials_are_refused(served: Served, path: str, status: int, wrong: dict[str, Any]) -> None:
    answer = post(served, path, sinceDate="20150101", orderId="999-1", **wrong)

    assert (answer.status_code, answer.json()) == (status, {"error": "Invalid security credentials"})


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [(NUMBERS, 200, "could not parse input"), (DETAIL, 400, "Invalid post body")],
)
@pytest.mark.parametrize("body", ["{,}", "[]", "", "null"])
def test_a_body_that_is_no_json_object_is_refused(
    served: Served, path: str, status: int, error: str, body: str
) -> None:
    answer = requests.post(f"{served.url}{path}", data=body, headers=JSON_HEADERS, timeout=5)

    assert (answer.status_code, answer.json()) == (status, {"error": error})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json"}, 406),
        ({"Accept": "text/html", "Content-Type": "application/json"}, 406),
        ({"Accept": "application/json"}, 415),
        ({"Accept": "application/json", "Content-Type": "text/plain"}, 415),
    ],
)
def test_a_wrong_header_is_answered_with_a_page(served: Served, headers: dict[str, str], status: int) -> None:
    answer = requests.post(f"{served.url}{NUMBERS}", data="{}", headers=headers, timeout=5)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "text/html;charset=utf-8"
    assert answer.text.startswith("<html>")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", NUMBERS), ("POST", "/v1/orderDetail"), ("POST", "/v2/orderNumbers")]
)
def test_another_method_or_path_is_not_found(served: Served, method: str, path: str) -> None:
    answer = requests.request(
        method, f"{served.url}{path}", json=CREDENTIALS, headers=JSON_HEADERS, timeout=5
    )

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("passed", "status"), [(True, "IGLOBAL_ORDER_IN_PROCESS"), (False, "IGLOBAL_ORDER_CANCELLED")]
)
def test_a_review_ends_once_and_both_list_and_detail_show_it(
    sandbox: ZonosSandbox, served: Served, passed: bool, status: str
) -> None:
    place(sandbox, 1, "2015-01-01 00:33:14.0", status="IGLOBAL_FRAUD_REVIEW")
    before = datetime.now(UTC)

    sandbox.finish_review(1, passed=passed)

    row = post(served, NUMBERS, sinceDate="20150101", statuses=True).json()["orders"][0]
    assert (row["orderStatus"], row["timestamp"]) == (status, "2015-01-01 00:33:14.0")
    assert row["orderStatusDate"] >= int(before.timestamp() * 1000)
    assert post(served, DETAIL, orderId="999-1").json()["order"]["orderStatus"] == status
    with pytest.raises(ValueError, match="order 1 is not under review"):
        sandbox.finish_review(1, passed=True)


def test_an_order_can_be_edited_replaced_and_removed_and_keeps_its_day(
    sandbox: ZonosSandbox, served: Served
) -> None:
    place(sandbox, 1, "2015-01-01 00:33:14.0")
    place(sandbox, 2, "2015-01-01 00:33:15.0")

    sandbox.edit(1, zip=[])
    sandbox.place(make_order(2, city=""))

    assert post(served, DETAIL, orderId=1).json()["order"] == make_order(1, zip=[])
    assert post(served, DETAIL, orderId=2).json()["order"] == make_order(2, city="")
    assert list_numbers(served, sinceDate="20150101", throughDate="20150101") == [1, 2]
    sandbox.remove(1)
    assert list_numbers(served, sinceDate="20150101") == [2]
    assert post(served, DETAIL, orderId=1).status_code == 400


def test_generated_orders_are_of_this_moment_and_have_rising_numbers(
    sandbox: ZonosSandbox, served: Served
) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)

    placed = [sandbox.place_generated()["orderId"] for _ in range(3)]

    rows = post(served, NUMBERS, sinceDate=f"{before:%Y%m%d}").json()["orders"]
    assert placed == [row["id"] for row in rows] == ["999-100001", "999-100002", "999-100003"]
    assert all(datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC) > before for row in rows)


def test_an_order_without_an_id_or_a_time_is_listed_as_it_is(sandbox: ZonosSandbox, served: Served) -> None:
    sandbox.place(make_order(1, orderId=None), timestamp="yesterday")

    today = f"{datetime.now(UTC):%Y%m%d}"
    rows = post(served, NUMBERS, sinceDate="20150101", throughDate=today).json()["orders"]

    assert rows == [{"testOrder": False, "id": None, "timestamp": "yesterday"}]
