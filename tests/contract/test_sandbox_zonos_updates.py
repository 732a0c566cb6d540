"""The Zonos sandbox carries out what the vendor updates, and refuses what Zonos refuses."""

from typing import Any

import pytest
import requests

from infra.sandbox.faults import RateLimited, Reset
from infra.sandbox.server import Served
from infra.sandbox.zonos import ZonosSandbox, make_order
from infra.sandbox.zonos_updates import LOCKED_STATUSES, VENDOR_STATUSES

CREDENTIALS = {"store": "999", "secret": "test-secret"}
JSON_HEADERS = {"Accept": "application/json", "Content-Type": "application/json"}
MERCHANT_ID = "/v1/updateMerchantOrderId"
STATUS = "/v1/updateVendorOrderStatus"
TRACKING = "/v2/setShipmentTracking"


@pytest.fixture
def sandbox() -> ZonosSandbox:
    sandbox = ZonosSandbox()
    sandbox.place(make_order(99999))
    return sandbox


def post(served: Served, path: str, **fields: Any) -> requests.Response:
    body = {**CREDENTIALS, **fields}
    return requests.post(f"{served.url}{path}", json=body, headers=JSON_HEADERS, timeout=5)


def detail(served: Served) -> dict[str, Any]:
    order: dict[str, Any] = post(served, "/v2/orderDetail", orderId=99999).json()["order"]
    return order


def test_a_merchant_order_id_is_set_and_the_order_is_no_longer_missing_one(
    sandbox: ZonosSandbox, served: Served
) -> None:
    missing = post(served, "/v1/orderNumbers", missingMerchantOrderId=True).json()["totalCount"]

    answer = post(served, MERCHANT_ID, orderId="999-99999", merchantOrderId="12-34567")

    assert (answer.status_code, answer.json()) == (
        200,
        {"success": "Updated Order: 99999 with new merchantOrderId: 12-34567"},
    )
    assert detail(served)["merchantOrderId"] == "12-34567"
    assert missing == 1
    assert post(served, "/v1/orderNumbers", missingMerchantOrderId=True).json()["orders"] == []
    assert sandbox.updates.merchant_order_ids == [("999-99999", "12-34567")]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"merchantOrderId": "m"}, "Parameter orderId is required to processUpdateMerchantOrderId"),
        ({"orderId": 99999}, "Parameter merchantOrderId is required to updateMerchantOrderId."),
        ({"orderId": "x", "merchantOrderId": "m"}, "orderId: x is not a valid orderId"),
        (
            {"orderId": "999-99998", "merchantOrderId": "m"},
            "Could not retrieve order to updateMerchantOrderId for orderId: 99998",
        ),
        ({"orderId": 99999, "merchantOrderId": 5}, "could not parse input"),
    ],
)
def test_a_merchant_order_id_that_cannot_be_set_is_refused_with_http_200(
    sandbox: ZonosSandbox, served: Served, fields: dict[str, Any], error: str
) -> None:
    answer = post(served, MERCHANT_ID, **fields)

    assert (answer.status_code, answer.json()) == (200, {"error": error})
    assert sandbox.updates.merchant_order_ids == []


@pytest.mark.parametrize("status", VENDOR_STATUSES)
def test_the_vendor_sets_each_of_its_statuses(sandbox: ZonosSandbox, served: Served, status: str) -> None:
    answer = post(served, STATUS, orderId="999-99999", orderStatus=status)

    assert (answer.status_code, answer.json()["order"]["orderStatus"]) == (200, status)
    assert detail(served)["orderStatus"] == status
    assert sandbox.updates.statuses == [("999-99999", status)]


@pytest.mark.parametrize("locked", sorted(LOCKED_STATUSES))
def test_the_vendor_cannot_leave_a_locked_status(sandbox: ZonosSandbox, served: Served, locked: str) -> None:
    sandbox.set_status(99999, locked)

    answer = post(served, STATUS, orderId=99999, orderStatus="VENDOR_SHIPMENT_READY")

    assert (answer.status_code, list(answer.json())) == (200, ["error"])
    assert (detail(served)["orderStatus"], sandbox.updates.statuses) == (locked, [])


@pytest.mark.parametrize("status", ["IGLOBAL_ORDER_IN_PROCESS", "SHIPPED", None, 7])
def test_the_vendor_cannot_set_another_status(served: Served, status: object) -> None:
    answer = post(served, STATUS, orderId=99999, orderStatus=status)

    assert list(answer.json()) == ["error"]
    assert detail(served)["orderStatus"] == "IGLOBAL_ORDER_IN_PROCESS"


def test_a_tracking_list_replaces_the_one_before(sandbox: ZonosSandbox, served: Served) -> None:
    for numbers in (["1Z1", "1Z2"], ["1Z2", "1Z3"]):
        answer = post(served, TRACKING, orderId="999-99999", trackingList=[{"number": n} for n in numbers])

    assert (answer.status_code, answer.json()) == (
        200,
        {"success": "Updated Order: 99999 with new tracking info."},
    )
    assert sandbox.updates.trackings == {"999-99999": ["1Z2", "1Z3"]}
    assert sandbox.counts()["trackings_set"] == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"orderId": 99998, "trackingList": [{"number": "1Z1"}]},
        {"orderId": 99999},
        {"orderId": 99999, "trackingList": {"number": "1Z1"}},
        {"orderId": 99999, "trackingList": [{"numbers": "1Z1"}]},
        {"orderId": 99999, "trackingList": [{"number": ""}]},
        {"orderId": 99999, "trackingList": ["1Z1"]},
    ],
)
def test_a_tracking_list_that_cannot_be_set_is_refused_with_http_400(
    sandbox: ZonosSandbox, served: Served, fields: dict[str, Any]
) -> None:
    answer = post(served, TRACKING, **fields)

    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert sandbox.updates.trackings == {}


@pytest.mark.parametrize(("after_effect", "set_"), [(False, []), (True, [("999-99999", "m")])])
def test_an_unclear_answer_leaves_the_update_carried_out_or_not(
    sandbox: ZonosSandbox, served: Served, after_effect: bool, set_: list[tuple[str, str]]
) -> None:
    sandbox.fail_next(Reset(after_effect=after_effect), match=f"POST {MERCHANT_ID}")

    with pytest.raises(requests.ConnectionError):
        post(served, MERCHANT_ID, orderId=99999, merchantOrderId="m")

    assert sandbox.updates.merchant_order_ids == set_


def test_the_limit_that_can_be_ordered_answers_in_zonos_own_form(
    sandbox: ZonosSandbox, served: Served
) -> None:
    sandbox.fail_next(RateLimited(seconds=9))

    answer = post(served, TRACKING, orderId=99999, trackingList=[])

    assert (answer.status_code, answer.json()) == (429, {"error": "Too Many Requests"})
    assert answer.headers["Retry-After"] == "9"
