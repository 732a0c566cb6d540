"""Each endpoint of Net32's page, called over HTTP by its client method: the request to the letter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import get_args

import pytest
from orderbus.domain.errors import NotFoundError
from orderbus.providers.answers import Arrived
from orderbus.providers.http import ProviderHttp
from orderbus.providers.net32.client import Net32Client, list_of_orders

from infra.sandbox.net32 import Envelope
from infra.sandbox.net32_orders import make_order
from infra.sandbox.net32_test_numbers import CHARGES, PREAUTHORIZATIONS
from infra.sandbox.server import serve
from tests.contract.recording import RecordingNet32

# Once: what is sent must not be decoded on the way, so that a part of it can be read.
ONCE_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Subscription-Key": "test-key",
}
CHARGE_BODY = {"lineItems": [{"lineItemId": "192814140001", "quantity": 2}]}


@pytest.fixture
def account() -> RecordingNet32:
    return RecordingNet32()


@pytest.fixture
def client(account: RecordingNet32) -> Iterator[Net32Client]:
    with serve(account) as served:
        yield Net32Client(ProviderHttp("net32-main", served.url, {"Subscription-Key": "test-key"}))


def test_pending_orders_are_taken_with_the_slash_at_the_end(
    account: RecordingNet32, client: Net32Client
) -> None:
    account.place(make_order(19281414))

    arrived = client.take_orders()

    assert account.line == "GET /orders/"
    assert account.headers == ONCE_HEADERS
    assert account.body == b""
    assert arrived == Arrived(200, json.dumps([make_order(19281414)]).encode(), cut_off="")


def test_orders_that_were_taken_are_not_returned_again(account: RecordingNet32, client: Net32Client) -> None:
    for number in range(1, 151):
        account.place(make_order(number))

    pages = [client.take_orders() for _ in range(3)]

    found = [[order["orderId"] for order in list_of_orders(page.body, ()) or []] for page in pages]
    assert found == [list(range(1, 101)), list(range(101, 151)), []]
    assert [request.target for request in account.requests] == ["/orders/"] * 3


@pytest.mark.parametrize("envelope", get_args(Envelope))
def test_orders_are_read_from_each_envelope(
    account: RecordingNet32, client: Net32Client, envelope: Envelope
) -> None:
    account.envelope = envelope
    account.place(make_order(19281414, total=1.1))

    full, empty = client.take_orders(), client.take_orders()

    (order,) = list_of_orders(full.body, ()) or []
    assert (order["orderId"], order["total"]) == (19281414, Decimal("1.1"))
    assert empty.status == (204 if envelope == "no_content" else 200)
    assert list_of_orders(empty.body, ()) == []


def test_a_preauthorization_is_asked_for_without_a_slash_at_the_end(
    account: RecordingNet32, client: Net32Client
) -> None:
    account.place(make_order(19281414))

    arrived = client.preauthorize("19281414")

    assert account.line == "GET /pre-auth/19281414"
    assert account.headers == ONCE_HEADERS
    assert account.body == b""
    assert (arrived.status, json.loads(arrived.body)) == (200, {"orderId": 19281414, "authorized": True})
    assert account.preauthorizations == {"19281414": 1}


@pytest.mark.parametrize(("number", "status"), PREAUTHORIZATIONS.items())
def test_each_documented_number_is_preauthorized_or_declined_with_a_status_of_its_own(
    account: RecordingNet32, client: Net32Client, number: str, status: int
) -> None:
    arrived = client.preauthorize(number)

    assert arrived.status == status
    assert json.loads(arrived.body)["statusCode" if status != 200 else "authorized"] in {status, True}
    assert len(account.requests) == 1


def test_a_charge_is_posted_with_the_slash_at_the_end(account: RecordingNet32, client: Net32Client) -> None:
    account.place(make_order(19281414))

    arrived = client.charge("19281414", CHARGE_BODY)

    assert account.line == "POST /orders/19281414/charges/"
    assert account.headers == ONCE_HEADERS | {"Content-Type": "application/json"}
    assert json.loads(account.body) == CHARGE_BODY
    assert (arrived.status, json.loads(arrived.body)) == (202, {"chargeRequestId": 3})
    assert account.shipped == {("19281414", "192814140001"): 2}


@pytest.mark.parametrize("number", CHARGES)
def test_each_documented_number_is_charged_under_its_documented_id(client: Net32Client, number: str) -> None:
    arrived = client.charge(number, CHARGE_BODY)

    assert json.loads(arrived.body) == {"chargeRequestId": CHARGES[number].charge_id}


def test_a_refused_charge_arrives_with_its_status_and_was_sent_once(
    account: RecordingNet32, client: Net32Client
) -> None:
    arrived = client.charge("19281480", CHARGE_BODY)

    assert arrived.status == 422
    assert len(account.requests) == 1


def test_a_charge_is_asked_about_without_a_slash_at_the_end(
    account: RecordingNet32, client: Net32Client
) -> None:
    status = client.charge_status("19281414", "3")

    assert account.line == "GET /orders/19281414/charges/3"
    assert account.headers == ONCE_HEADERS | {"Accept-Encoding": "gzip, deflate"}
    assert account.body == b""
    assert status == {
        "orderId": 19281414,
        "chargeRequestId": 3,
        "status": "success",
        "breakdown": [
            {"kind": "items", "amount": Decimal("44.58")},
            {"kind": "commission", "amount": Decimal("-4.46")},
        ],
        "payout": Decimal("40.12"),
    }


@pytest.mark.parametrize("number", CHARGES)
def test_each_documented_charge_ends_as_the_sandbox_takes_it_to(client: Net32Client, number: str) -> None:
    kind = CHARGES[number]

    states = [client.charge_status(number, str(kind.charge_id))["status"] for _ in range(2)]

    end = "declined" if kind.declined else "success"
    assert states == ["pending" if kind.pending_at_first else end, end]


def test_an_unknown_charge_is_not_found(client: Net32Client) -> None:
    with pytest.raises(NotFoundError, match=r"^net32-main: the provider answered 404;"):
        client.charge_status("19281414", "99")


@pytest.mark.parametrize(
    ("order_id", "charge_id", "sent"),
    [
        ("../account", "3", "/orders/..%2Faccount/charges/3"),
        ("1", "3/../../2?x=1", "/orders/1/charges/3%2F..%2F..%2F2%3Fx%3D1"),
    ],
)
def test_an_id_cannot_lead_elsewhere(
    account: RecordingNet32, client: Net32Client, order_id: str, charge_id: str, sent: str
) -> None:
    with pytest.raises(NotFoundError):
        client.charge_status(order_id, charge_id)

    assert account.line == f"GET {sent}"
