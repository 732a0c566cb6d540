"""Every fault does on the wire what it says, and has its effect exactly when it says so."""

import socket
import time
from contextlib import suppress

import pytest
import requests

from infra.sandbox.faults import (
    CutOff,
    EmptyBody,
    Fault,
    Garbage,
    Hang,
    Html,
    Late,
    RateLimited,
    Reset,
    Status,
)
from infra.sandbox.lunasoft import LunaSoftSandbox
from infra.sandbox.net32 import Net32Sandbox, make_order
from infra.sandbox.server import Served, serve

KEY = {"Subscription-Key": "test-key"}
VIEWED = [["20000001"]]


@pytest.fixture
def sandbox() -> Net32Sandbox:
    sandbox = Net32Sandbox()
    sandbox.place(make_order(20000001))
    return sandbox


def read_orders(served: Served, *, wait: float = 5) -> requests.Response:
    return requests.get(f"{served.url}/orders/", headers=KEY, timeout=wait)


def test_late_acts_at_once_and_answers_properly_but_late(sandbox: Net32Sandbox, served: Served) -> None:
    sandbox.fail_next(Late(0.3))

    start = time.perf_counter()
    answer = read_orders(served)

    assert time.perf_counter() - start >= 0.3
    assert [order["orderId"] for order in answer.json()] == [20000001]


def test_late_has_had_its_effect_when_the_client_gives_up(sandbox: Net32Sandbox, served: Served) -> None:
    sandbox.fail_next(Late(0.5))

    with pytest.raises(requests.ReadTimeout):
        read_orders(served, wait=0.2)

    assert sandbox.handed_out == VIEWED
    # The answer is given up too: it is not sent, nor noted as sent, when its time comes.
    time.sleep(0.5)
    assert sandbox.calls[0].status is None
    assert read_orders(served).json() == []


@pytest.mark.parametrize(("after_effect", "viewed"), [(False, []), (True, VIEWED)])
def test_hang_lasts_until_the_client_gives_up(
    sandbox: Net32Sandbox,
    served: Served,
    after_effect: bool,
    viewed: list[list[str]],
) -> None:
    sandbox.fail_next(Hang(after_effect=after_effect))

    with pytest.raises(requests.ReadTimeout):
        read_orders(served, wait=0.3)

    assert sandbox.handed_out == viewed
    assert sandbox.calls[0].status is None


@pytest.mark.parametrize(("after_effect", "viewed"), [(False, []), (True, VIEWED)])
def test_reset_is_a_real_reset_before_or_after_the_effect(
    sandbox: Net32Sandbox,
    served: Served,
    after_effect: bool,
    viewed: list[list[str]],
) -> None:
    sandbox.fail_next(Reset(after_effect=after_effect))
    request = b"GET /orders/ HTTP/1.1\r\nHost: x\r\nSubscription-Key: test-key\r\n\r\n"

    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as connection:
        connection.sendall(request)
        with pytest.raises(ConnectionResetError):
            connection.recv(1)

    assert sandbox.handed_out == viewed
    assert sandbox.calls[0].status is None


@pytest.mark.parametrize("after_bytes", [0, 1, 100, 10_000])
def test_cut_off_announces_all_and_sends_less(
    sandbox: Net32Sandbox, served: Served, after_bytes: int
) -> None:
    sandbox.fail_next(CutOff(after_bytes))
    request = b"GET /orders/ HTTP/1.1\r\nHost: x\r\nSubscription-Key: test-key\r\n\r\n"

    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as connection:
        connection.sendall(request)
        received = b"".join(iter(lambda: connection.recv(65536), b""))

    head, _, body = received.partition(b"\r\n\r\n")
    announced = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    assert len(body) == min(after_bytes, announced - 1)
    assert sandbox.handed_out == VIEWED


def test_a_cut_off_answer_is_an_error_to_requests(sandbox: Net32Sandbox, served: Served) -> None:
    sandbox.fail_next(CutOff(50))

    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="50 bytes read"):
        read_orders(served)


def test_garbage_is_a_200_that_is_not_json(sandbox: Net32Sandbox, served: Served) -> None:
    sandbox.fail_next(Garbage())

    answer = read_orders(served)

    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert sandbox.handed_out == VIEWED


def test_an_empty_body_has_the_proper_status(sandbox: Net32Sandbox, served: Served) -> None:
    sandbox.fail_next(EmptyBody())

    answer = read_orders(served)

    assert (answer.status_code, answer.content) == (200, b"")
    assert sandbox.handed_out == VIEWED


@pytest.mark.parametrize("status", [200, 406, 502])
@pytest.mark.parametrize(("after_effect", "viewed"), [(False, []), (True, VIEWED)])
def test_html_is_a_page_for_people(
    sandbox: Net32Sandbox,
    served: Served,
    status: int,
    after_effect: bool,
    viewed: list[list[str]],
) -> None:
    sandbox.fail_next(Html(status, after_effect=after_effect))

    answer = read_orders(served)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.text.startswith("<html>")
    assert sandbox.handed_out == viewed


@pytest.mark.parametrize("code", [500, 503])
@pytest.mark.parametrize(("after_effect", "viewed"), [(False, []), (True, VIEWED)])
def test_a_status_has_its_effect_only_when_ordered_so(
    sandbox: Net32Sandbox,
    served: Served,
    code: int,
    after_effect: bool,
    viewed: list[list[str]],
) -> None:
    sandbox.fail_next(Status(code, headers={"Retry-After": "7"}, after_effect=after_effect))

    answer = read_orders(served)

    assert answer.status_code == sandbox.calls[0].status == code
    assert answer.headers["Retry-After"] == "7"
    assert answer.json() == {"statusCode": code, "message": "The sandbox was told to fail."}
    assert sandbox.handed_out == viewed


def test_a_status_may_have_a_body_of_its_own(sandbox: Net32Sandbox, served: Served) -> None:
    sandbox.fail_next(Status(400, {"message": "No."}))
    sandbox.fail_next(Status(500, "Oops"))

    assert read_orders(served).json() == {"message": "No."}
    assert read_orders(served).text == "Oops"


def test_each_provider_has_its_own_hint_when_it_limits_the_rate() -> None:
    net32, lunasoft = Net32Sandbox(), LunaSoftSandbox()
    net32.fail_next(RateLimited(3))
    lunasoft.fail_next(RateLimited(3))
    with serve(net32) as at_net32, serve(lunasoft) as at_lunasoft:
        by_text = read_orders(at_net32)
        by_header = requests.get(f"{at_lunasoft.url}/orders", timeout=5)

    assert by_text.status_code == by_header.status_code == 429
    assert by_text.json() == {
        "statusCode": 429,
        "message": "Rate limit is exceeded. Try again in 3 seconds.",
    }
    assert "Retry-After" not in by_text.headers
    assert by_header.headers["Retry-After"] == "3"
    assert by_header.json()["errors"][0]["code"] == "429"


@pytest.mark.parametrize(
    "fault", [Status(500), Reset(), Hang(), CutOff(20), Html(502), Late(0.05), EmptyBody()]
)
def test_after_a_fault_the_next_request_is_answered_properly(
    sandbox: Net32Sandbox, served: Served, fault: Fault
) -> None:
    sandbox.fail_next(fault, match="GET /pre-auth/")
    with requests.Session() as session:
        with suppress(requests.RequestException):
            session.get(f"{served.url}/pre-auth/10002000", headers=KEY, timeout=0.3)

        answer = session.get(f"{served.url}/orders/", headers=KEY, timeout=5)

    assert [order["orderId"] for order in answer.json()] == [20000001]
