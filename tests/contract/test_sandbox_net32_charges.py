"""The Net32 sandbox authorizes and charges, and answers for the documented test numbers."""

from typing import Any

import pytest
import requests

from infra.sandbox.faults import Reset
from infra.sandbox.net32 import Net32Sandbox, make_order
from infra.sandbox.server import Served

KEY = {"Subscription-Key": "test-key"}
ANY_LINE = {"lineItems": [{"lineItemId": "1", "quantity": 1}]}
ORDER = make_order(20000001, lines=[("10.05", 4), ("3.00", 2)])
FIRST, SECOND = (line["lineItemId"] for line in ORDER["lineItems"])


@pytest.fixture
def sandbox() -> Net32Sandbox:
    sandbox = Net32Sandbox()
    sandbox.place(ORDER)
    return sandbox


def get(served: Served, path: str) -> requests.Response:
    return requests.get(f"{served.url}{path}", headers=KEY, timeout=5)


def charge(served: Served, order_id: int | str, content: object) -> requests.Response:
    url = f"{served.url}/orders/{order_id}/charges/"
    return requests.post(url, json=content, headers=KEY, timeout=5)


def lines_of(quantities: dict[Any, int]) -> dict[str, Any]:
    return {"lineItems": [{"lineItemId": i, "quantity": q} for i, q in quantities.items()]}


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (10002000, 200),
        (10002001, 200),
        (10004020, 402),
        (10004021, 402),
        (10004040, 404),
        (10004060, 406),
        (10004061, 406),
        (10004062, 406),
    ],
)
def test_the_documented_numbers_of_the_pre_authorization_answer_by_their_status(
    served: Served, number: int, status: int
) -> None:
    assert get(served, f"/pre-auth/{number}").status_code == status


def test_a_placed_order_is_authorized_and_each_attempt_is_counted(
    sandbox: Net32Sandbox, served: Served
) -> None:
    answers = [get(served, "/pre-auth/20000001") for _ in range(2)]

    assert answers[0].json() == {"orderId": 20000001, "authorized": True}
    assert get(served, "/pre-auth/20000002").status_code == 404
    assert sandbox.preauthorizations == {"20000001": 2, "20000002": 1}


@pytest.mark.parametrize(
    ("number", "charge_id", "statuses"),
    [
        (19281414, 3, ["success", "success"]),
        (19281458, 4, ["success", "success"]),
        (19281471, 5, ["pending", "success"]),
        (10004020, 6, ["declined", "declined"]),
        (10004021, 7, ["declined", "declined"]),
    ],
)
@pytest.mark.parametrize("asked_before", [True, False])
def test_the_documented_numbers_of_the_charge_have_their_charge_ids(
    served: Served, number: int, charge_id: int, statuses: list[str], asked_before: bool
) -> None:
    if asked_before:
        answer = charge(served, number, ANY_LINE)
        assert (answer.status_code, answer.json()) == (202, {"chargeRequestId": charge_id})

    reports = [get(served, f"/orders/{number}/charges/{charge_id}").json() for _ in range(2)]

    assert [report["status"] for report in reports] == statuses
    assert {report["orderId"] for report in reports} == {number}
    assert {report["chargeRequestId"] for report in reports} == {charge_id}


def test_the_number_without_a_documented_charge_id_is_refused(sandbox: Net32Sandbox, served: Served) -> None:
    assert charge(served, 19281480, ANY_LINE).status_code == 422
    assert sandbox.charges == []


def test_a_charge_is_pending_and_then_has_a_breakdown_that_adds_up_to_the_payout(
    sandbox: Net32Sandbox, served: Served
) -> None:
    sandbox.settle_after = 2
    accepted = charge(served, 20000001, lines_of({FIRST: 1, str(SECOND): 2}))

    reports = [get(served, "/orders/20000001/charges/1").json() for _ in range(4)]

    assert (accepted.status_code, accepted.json()) == (202, {"chargeRequestId": 1})
    assert [report["status"] for report in reports] == ["pending", "pending", "success", "success"]
    assert reports[2] == {
        "orderId": 20000001,
        "chargeRequestId": 1,
        "status": "success",
        "breakdown": [
            {"kind": "items", "amount": 16.05},
            {"kind": "commission", "amount": -1.61},
        ],
        "payout": 14.44,
    }


def test_an_order_whose_card_is_declined_is_accepted_first(sandbox: Net32Sandbox, served: Served) -> None:
    sandbox.declined_orders.add("20000001")

    assert charge(served, 20000001, lines_of({FIRST: 1})).status_code == 202
    reports = [get(served, "/orders/20000001/charges/1").json() for _ in range(2)]
    assert [report["status"] for report in reports] == ["pending", "declined"]
    assert "payout" not in reports[1]


def test_the_same_charge_again_ships_and_charges_again(sandbox: Net32Sandbox, served: Served) -> None:
    content = lines_of({FIRST: 4, SECOND: 1})

    ids = [charge(served, 20000001, content).json()["chargeRequestId"] for _ in range(2)]

    assert ids == [1, 2]
    assert sandbox.shipped == {("20000001", str(FIRST)): 8, ("20000001", str(SECOND)): 2}
    assert sandbox.counts()["charges"] == len(sandbox.charges) == 2


def test_charge_ids_begin_anew_with_each_order(sandbox: Net32Sandbox, served: Served) -> None:
    other = sandbox.place(make_order(20000002))
    line = other["lineItems"][0]["lineItemId"]

    charge(served, 20000001, lines_of({FIRST: 1}))
    answer = charge(served, 20000002, lines_of({line: 1}))

    assert answer.json() == {"chargeRequestId": 1}
    assert get(served, "/orders/20000002/charges/1").json()["orderId"] == 20000002
    assert get(served, "/orders/20000002/charges/2").status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        {"lineItems": []},
        {"lineItems": [FIRST]},
        {"lineItems": [{"quantity": 1}]},
        lines_of({FIRST: 0}),
        lines_of({FIRST: -1}),
        {"lineItems": [{"lineItemId": FIRST, "quantity": "1"}]},
        {"lineItems": [{"lineItemId": FIRST, "quantity": True}]},
        lines_of({FIRST: 1, 999: 1}),
    ],
)
def test_a_malformed_charge_is_refused_and_ships_nothing(
    sandbox: Net32Sandbox, served: Served, content: object
) -> None:
    assert charge(served, 20000001, content).status_code == 400
    assert (sandbox.charges, sandbox.shipped) == ([], {})


def test_a_charge_that_is_not_json_is_refused(sandbox: Net32Sandbox, served: Served) -> None:
    url = f"{served.url}/orders/20000001/charges/"
    answer = requests.post(url, data="{,}", headers=KEY, timeout=5)

    assert answer.json() == {"statusCode": 400, "message": "The body is not JSON."}
    assert sandbox.charges == []


def test_a_charge_for_an_unknown_order_is_not_found(served: Served) -> None:
    assert charge(served, 20000099, ANY_LINE).status_code == 404
    assert get(served, "/orders/20000099/charges/1").status_code == 404


@pytest.mark.parametrize(("after_effect", "shipped"), [(False, 0), (True, 1)])
def test_an_unclear_answer_leaves_the_charge_taken_or_not(
    sandbox: Net32Sandbox, served: Served, after_effect: bool, shipped: int
) -> None:
    sandbox.fail_next(Reset(after_effect=after_effect), match="POST /orders/")

    with pytest.raises(requests.ConnectionError):
        charge(served, 20000001, lines_of({FIRST: 1}))

    assert len(sandbox.charges) == sandbox.shipped["20000001", str(FIRST)] == shipped
