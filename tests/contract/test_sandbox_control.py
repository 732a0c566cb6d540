"""Orders can be placed, faults ordered and calls read over HTTP, by other processes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from infra.sandbox.control import answer_control
from infra.sandbox.lunasoft import LunaSoftSandbox
from infra.sandbox.lunasoft import make_order as make_lunasoft_order
from infra.sandbox.messages import Request
from infra.sandbox.net32 import Net32Sandbox, make_order
from infra.sandbox.server import Served, serve

KEY = {"Subscription-Key": "test-key"}


@pytest.fixture
def sandbox() -> Net32Sandbox:
    return Net32Sandbox()


def post(served: Served, what: str, content: object) -> requests.Response:
    return requests.post(f"{served.root}/_sandbox/{what}", json=content, timeout=5)


def get(served: Served, what: str) -> Any:
    return requests.get(f"{served.root}/_sandbox/{what}", timeout=5).json()


def test_an_order_placed_over_http_is_handed_out_as_it_was_placed(served: Served) -> None:
    order = make_order(20000007, oddity={"nested": [1, None, "é"]})

    placed = post(served, "orders", order)

    assert (placed.status_code, placed.json()) == (201, order)
    assert requests.get(f"{served.url}/orders/", headers=KEY, timeout=5).json() == [order]


def test_an_empty_object_places_a_new_order_each_time(served: Served) -> None:
    placed = [post(served, "orders", {}).json() for _ in range(3)]

    assert [order["orderId"] for order in placed] == [20000001, 20000002, 20000003]
    assert requests.get(f"{served.url}/orders/", headers=KEY, timeout=5).json() == placed


def test_lunasoft_takes_orders_over_http_too() -> None:
    order = make_lunasoft_order(54200)
    with serve(LunaSoftSandbox()) as served:
        first = post(served, "orders", order)
        second = post(served, "orders", {})
        headers = {"Authorization": "test-key"}
        shown = requests.get(f"{served.url}/orders/54200", headers=headers, timeout=5)

    assert first.json() == shown.json() == order
    assert second.json()["id"] == "60001"


def test_a_fault_ordered_over_http_hits_the_request_that_it_matches(served: Served) -> None:
    wanted = {
        "fault": "status",
        "code": 503,
        "after_effect": True,
        "match": "GET /orders/",
        "times": 2,
    }

    armed = post(served, "faults", wanted)

    assert (armed.status_code, armed.json()) == (201, {"armed": wanted})
    codes = [requests.get(f"{served.url}/orders/", headers=KEY, timeout=5) for _ in range(3)]
    assert [answer.status_code for answer in codes] == [503, 503, 200]


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"fault": "late", "seconds": 0.01}, 200),
        ({"fault": "garbage"}, 200),
        ({"fault": "empty_body"}, 200),
        ({"fault": "html", "status": 502}, 502),
        ({"fault": "rate_limited", "seconds": 9}, 429),
        ({"fault": "status", "code": 500, "body": {"a": 1}, "headers": {"X": "y"}}, 500),
        ({"fault": "hang"}, None),
        ({"fault": "reset", "after_effect": True}, None),
        ({"fault": "cut_off", "after_bytes": 1}, None),
    ],
)
def test_every_kind_can_be_ordered_over_http(
    served: Served, wanted: dict[str, object], status: int | None
) -> None:
    assert post(served, "faults", wanted).status_code == 201

    if status is None:
        with pytest.raises(requests.RequestException):
            requests.get(f"{served.url}/orders/", headers=KEY, timeout=0.3)
    else:
        answer = requests.get(f"{served.url}/orders/", headers=KEY, timeout=5)
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"fault": "explode"}, "fault must be one of late, hang, reset, cut_off"),
        ({}, "fault must be one of"),
        ({"fault": "late"}, "fault late cannot be ordered so: seconds: "),
        ({"fault": "late", "seconds": "soon"}, "fault late cannot be ordered so: seconds: "),
        ({"fault": "hang", "seconds": 3}, "fault hang cannot be ordered so: seconds: "),
        ({"fault": "hang", "match": "orders"}, 'match must read "METHOD /path-prefix"'),
        ({"fault": "hang", "times": 0}, "times must be 1 or more"),
        ({"fault": "hang", "times": "2"}, "times a whole number"),
        (["hang"], "The body must be a JSON object."),
    ],
)
def test_an_order_for_a_fault_that_cannot_be_understood_is_refused_and_says_why(
    served: Served, wanted: object, message: str
) -> None:
    answer = post(served, "faults", wanted)

    assert answer.status_code == 400
    assert message in answer.json()["error"]
    assert requests.get(f"{served.url}/orders/", headers=KEY, timeout=5).status_code == 200


@pytest.mark.parametrize("body", ["{", "[]", '"text"'])
def test_an_order_that_is_no_json_object_is_refused(served: Served, body: str) -> None:
    answer = requests.post(f"{served.root}/_sandbox/orders", data=body, timeout=5)

    assert answer.status_code == 400
    assert get(served, "state")["placed"] == 0


@pytest.mark.parametrize("named", [{"id": "none"}, {"id": None}, {"id": "-1"}, {"total": "1.00"}])
def test_a_lunasoft_order_without_a_number_comes_after_the_greatest(named: dict[str, Any]) -> None:
    sandbox = LunaSoftSandbox()
    sandbox.place(make_lunasoft_order(70000))
    with serve(sandbox) as served:
        assert post(served, "orders", named).json() == named
        headers = {"Authorization": "test-key"}
        listed = requests.get(f"{served.url}/orders?sort=id", headers=headers, timeout=5).json()
        shown = requests.get(f"{served.url}/orders/70001", headers=headers, timeout=5).json()

    assert listed["orders"][1] == named
    assert shown == {**named, "statuses": []}


def test_calls_are_listed_with_method_path_status_and_time_and_no_secret(served: Served) -> None:
    requests.get(f"{served.url}/orders/?a=b", headers=KEY, timeout=5)
    requests.get(f"{served.url}/orders/", headers={"Subscription-Key": "s3cret"}, timeout=5)

    calls = get(served, "calls")["calls"]

    assert [(c["method"], c["path"], c["status"]) for c in calls] == [
        ("GET", "/orders/?a=b", 200),
        ("GET", "/orders/", 401),
    ]
    age = datetime.now(UTC) - datetime.fromisoformat(calls[0]["time"])
    assert timedelta(0) <= age < timedelta(seconds=10)
    assert "s3cret" not in str(calls)
    assert "test-key" not in str(calls)


def test_the_state_counts_what_was_placed_and_handed_out(sandbox: Net32Sandbox, served: Served) -> None:
    sandbox.page_size = 2
    for _ in range(3):
        post(served, "orders", {})
    requests.get(f"{served.url}/orders/", headers=KEY, timeout=5)
    requests.get(f"{served.url}/pre-auth/20000001", headers=KEY, timeout=5)

    assert get(served, "state") == {
        "placed": 3,
        "pending": 1,
        "handed_out": 2,
        "viewed": 2,
        "preauthorizations": 1,
        "charges": 0,
    }


def test_the_own_endpoints_are_not_among_the_calls_and_know_no_others(served: Served) -> None:
    assert requests.get(f"{served.root}/_sandbox/orders", timeout=5).status_code == 404
    assert requests.post(f"{served.root}/_sandbox/state", timeout=5).status_code == 404
    assert get(served, "calls") == {"calls": []}


@pytest.mark.parametrize(("peer", "status"), [("127.0.0.1", 200), ("::1", 200), ("203.0.113.7", 403)])
def test_only_this_machine_may_use_the_own_endpoints(peer: str, status: int) -> None:
    request = Request("GET", "/_sandbox/state", {})

    assert answer_control(Net32Sandbox(), request, peer=peer).status == status
