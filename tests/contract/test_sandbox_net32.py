"""The Net32 sandbox reads orders destructively, as Net32's page says."""

from decimal import Decimal
from typing import Any, get_args

import pytest
import requests

from infra.sandbox.net32 import Envelope, Net32Sandbox, make_order
from infra.sandbox.server import Served, serve

KEY = {"Subscription-Key": "test-key"}


@pytest.fixture
def sandbox() -> Net32Sandbox:
    return Net32Sandbox()


def read(served: Served) -> requests.Response:
    return requests.get(f"{served.url}/orders/", headers=KEY, timeout=5)


def test_each_order_is_returned_once_and_at_most_100_at_a_time(sandbox: Net32Sandbox, served: Served) -> None:
    orders = [sandbox.place(make_order(number)) for number in range(20000001, 20000251)]

    pages = [read(served).json() for _ in range(4)]

    assert [len(page) for page in pages] == [100, 100, 50, 0]
    assert [order for page in pages for order in page] == orders
    assert sandbox.handed_out == [[str(order["orderId"]) for order in page] for page in pages]


def test_an_order_that_comes_in_later_is_in_the_next_read(sandbox: Net32Sandbox, served: Served) -> None:
    sandbox.place(make_order(20000001))
    read(served)
    sandbox.place(make_order(20000002))

    assert [order["orderId"] for order in read(served).json()] == [20000002]


def test_an_order_placed_again_is_new_again(sandbox: Net32Sandbox, served: Served) -> None:
    for note in ("first", "second"):
        sandbox.place(make_order(20000001, note=note))
        assert [order["note"] for order in read(served).json()] == [note]

    assert sandbox.handed_out == [["20000001"], ["20000001"]]


SHAPES: dict[Envelope, Any] = {
    "list": lambda body: body,
    "payload": lambda body: body["payload"],
    "payload.result": lambda body: body["payload"]["result"],
    "payload.results": lambda body: body["payload"]["results"],
    "payload.orders": lambda body: body["payload"]["orders"],
    "orders": lambda body: body["orders"],
    "empty_body": lambda body: body,
    "no_content": lambda body: body,
}


@pytest.mark.parametrize("envelope", get_args(Envelope))
def test_the_orders_stand_in_the_envelope_that_was_asked_for(envelope: Envelope) -> None:
    sandbox = Net32Sandbox(envelope=envelope)
    orders = [sandbox.place(make_order(number)) for number in (20000001, 20000002)]
    with serve(sandbox) as served:
        body = read(served).json()

    assert SHAPES[envelope](body) == orders


@pytest.mark.parametrize("envelope", ["list", "payload", "payload.result", "orders"])
def test_an_envelope_without_orders_is_empty(envelope: Envelope) -> None:
    with serve(Net32Sandbox(envelope=envelope)) as served:
        answer = read(served)

    assert (answer.status_code, SHAPES[envelope](answer.json())) == (200, [])


@pytest.mark.parametrize(("envelope", "status"), [("empty_body", 200), ("no_content", 204)])
def test_no_orders_can_be_no_body(envelope: Envelope, status: int) -> None:
    sandbox = Net32Sandbox(envelope=envelope)
    with serve(sandbox) as served, requests.Session() as session:
        answers = [session.get(f"{served.url}/orders/", headers=KEY, timeout=5) for _ in range(2)]

    assert [(answer.status_code, answer.content) for answer in answers] == [(status, b"")] * 2
    assert sandbox.handed_out == [[], []]


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "Access denied due to missing subscription key."),
        ({"Subscription-Key": "wrong"}, "Access denied due to invalid subscription key."),
        ({"Authorization": "test-key"}, "Access denied due to missing subscription key."),
    ],
)
def test_without_the_key_nothing_is_marked_as_viewed(
    sandbox: Net32Sandbox, served: Served, headers: dict[str, str], message: str
) -> None:
    sandbox.place(make_order(20000001))

    answer = requests.get(f"{served.url}/orders/", headers=headers, timeout=5)

    assert (answer.status_code, answer.json()) == (401, {"statusCode": 401, "message": message})
    assert sandbox.handed_out == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/orders"),
        ("POST", "/orders/"),
        ("GET", "/pre-auth/10002000/"),
        ("POST", "/pre-auth/10002000"),
        ("POST", "/orders/19281414/charges"),
        ("GET", "/orders/19281414/charges/3/"),
        ("GET", "/orders/19281414/"),
        ("GET", "/"),
    ],
)
def test_paths_are_found_only_with_their_slashes_and_methods(
    sandbox: Net32Sandbox, served: Served, method: str, path: str
) -> None:
    answer = requests.request(method, f"{served.url}{path}", headers=KEY, json={}, timeout=5)

    assert answer.status_code == 404
    assert answer.json() == {"statusCode": 404, "message": "Resource not found"}
    assert (sandbox.handed_out, sandbox.charges) == ([], [])


def test_malformed_orders_are_handed_out_as_they_are(sandbox: Net32Sandbox, served: Served) -> None:
    malformed: list[dict[str, Any]] = [
        {"orderId": None, "lineItems": "none"},
        {"lineItems": []},
        {"orderId": "not a number", "total": {"a": [1]}},
        {"orderNumber": 20000009, "total": "x"},
    ]
    for order in malformed:
        sandbox.place(order)

    assert read(served).json() == malformed
    assert sandbox.handed_out == [["without-id-0", "without-id-1", "not a number", "20000009"]]


def test_a_made_order_is_the_same_each_time_and_its_amounts_add_up() -> None:
    order = make_order(20000001, lines=[("0.35", 3), ("19.99", 2)], shipping="4.10")

    assert order == make_order("20000001", lines=[("0.35", 3), ("19.99", 2)], shipping="4.10")
    assert [line["lineItemId"] for line in order["lineItems"]] == [200000010001, 200000010002]
    assert (order["shipping"], order["tax"], order["total"]) == (4.10, 2.81, 47.94)
    lines = sum(Decimal(str(li["unitPrice"])) * li["quantity"] for li in order["lineItems"])
    assert lines + Decimal("4.10") + Decimal("2.81") == Decimal(str(order["total"]))


def test_an_order_can_have_2000_lines_and_fields_of_ones_own() -> None:
    order = make_order(20000001, lines=[("1.00", 1)] * 2000, tax="0.00", shipping="0.00", total=None)

    assert len({line["lineItemId"] for line in order["lineItems"]}) == 2000
    assert order["total"] is None
