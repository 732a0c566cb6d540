"""A fault hits the requests that it was armed for, in turn, and no others."""

import pytest
import requests

from infra.sandbox.faults import FaultError, Hang, Status
from infra.sandbox.lunasoft import LunaSoftSandbox
from infra.sandbox.net32 import Net32Sandbox
from infra.sandbox.server import Served, serve

KEY = {"Subscription-Key": "test-key"}


@pytest.fixture
def sandbox() -> Net32Sandbox:
    return Net32Sandbox()


def read_orders(served: Served) -> requests.Response:
    return requests.get(f"{served.url}/orders/", headers=KEY, timeout=5)


def test_faults_come_in_the_order_of_arming_and_as_often_as_armed(
    sandbox: Net32Sandbox, served: Served
) -> None:
    sandbox.fail_next(Status(503), times=2)
    sandbox.fail_next(Status(500))

    assert [read_orders(served).status_code for _ in range(4)] == [503, 503, 500, 200]


def test_a_fault_waits_for_the_request_that_it_matches(sandbox: Net32Sandbox, served: Served) -> None:
    sandbox.fail_next(Status(503), match="GET /pre-auth/")

    assert read_orders(served).status_code == 200
    path = f"{served.url}/pre-auth/10002000"
    answers = [requests.get(path, headers=KEY, timeout=5).status_code for _ in range(2)]
    assert answers == [503, 200]


def test_a_match_is_below_the_base_url_and_sees_the_query() -> None:
    sandbox = LunaSoftSandbox()
    sandbox.fail_next(Status(503), match="GET /orders?id=7")
    headers = {"Authorization": "test-key"}
    with serve(sandbox) as served:
        answers = [
            requests.get(f"{served.url}/orders?id={i}", headers=headers, timeout=5).status_code
            for i in (6, 7, 7)
        ]

    assert answers == [200, 503, 200]
    assert [call.path for call in sandbox.calls] == ["/orders?id=6", "/orders?id=7", "/orders?id=7"]


@pytest.mark.parametrize("match", ["/orders/", "GET orders", "get /orders/", ""])
def test_a_match_in_another_form_is_refused(sandbox: Net32Sandbox, match: str) -> None:
    with pytest.raises(FaultError, match="METHOD /path-prefix"):
        sandbox.fail_next(Hang(), match=match)
