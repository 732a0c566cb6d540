"""The writes of Retailys by their client methods, over HTTP: the exact request, its effect, the answer."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from orderbus.providers.answers import Arrived
from orderbus.providers.http import ProviderHttp
from orderbus.providers.retailys.client import RetailysClient

from infra.sandbox.retailys import make_order
from infra.sandbox.server import Served
from tests.contract.test_retailys_client import Recording


@pytest.fixture
def sandbox() -> Recording:
    sandbox = Recording()
    sandbox.place(make_order(7, lines=[("249.50", 2), ("72.50", 1)]))
    return sandbox


@pytest.fixture
def client(served: Served) -> RetailysClient:
    return RetailysClient("retailys-main", ProviderHttp("retailys-main", served.url, {"token": "test-key"}))


def json_of(arrived: Arrived) -> Any:
    assert arrived.cut_off == ""
    return json.loads(arrived.body)


def test_an_order_is_created_without_items_and_its_id_is_returned(
    sandbox: Recording, client: RetailysClient
) -> None:
    order = {
        "channel": 3,
        "name": "Eva Malá",
        "street": "Krátká 2",
        "city": "Brno",
        "zip": "60200",
        "state_code": "CZ",
        "email": "eva@example.cz",
        "date_order": "2026-02-01T10:00:00+01:00",
        "order_currency_code": "EUR",
    }

    arrived = client.create_order(order)

    assert sandbox.last == ("POST", "/v1/System/Orders", order)
    assert (arrived.status, json_of(arrived)) == (201, {"id": 80001})
    created = client.get_order("80001")
    assert created["items"] == []
    assert (created["name"], created["order_currency_code"], created["money"]) == ("Eva Malá", "EUR", 0)
    assert created["date_order"] == "2026-02-01T10:00:00+01:00"
    assert sandbox.created == ["80001"]


def test_an_item_is_added_to_an_order(sandbox: Recording, client: RetailysClient) -> None:
    item = {"name": "Hrnek", "count": 3, "price": 99.9, "article": 55}

    arrived = client.add_item("7", item)

    assert sandbox.last == ("POST", "/v1/System/Orders/7/item", item)
    assert (arrived.status, json_of(arrived)) == (201, {"id": 900002})
    order = client.get_order("7")
    assert [line["id"] for line in order["items"]] == [7001, 7002, 900002]
    assert order["items"][2]["price"]["final_price"] == Decimal("99.9")
    assert order["money"] == Decimal("871.2")


def test_an_item_of_an_order_is_edited(sandbox: Recording, client: RetailysClient) -> None:
    item = {"id": 7001, "name": "Hrnek", "count": 1, "price": 250}

    arrived = client.edit_item("7", item)

    assert sandbox.last == ("PUT", "/v1/System/Orders/7/item", item)
    assert (arrived.status, json_of(arrived)) == (201, {"id": 7001})
    order = client.get_order("7")
    assert [(line["id"], line["name"], line["count"]) for line in order["items"]] == [
        (7001, "Hrnek", 1),
        (7002, "Zboží 5002", 1),
    ]
    assert order["money"] == Decimal("322.5")


def test_an_item_is_taken_out_of_an_order(sandbox: Recording, client: RetailysClient) -> None:
    arrived = client.delete_item("7", "7002")

    assert sandbox.last == ("DELETE", "/v1/System/Orders/7/item/7002", None)
    assert (arrived.status, json_of(arrived)) == (200, {"id": 7002})
    order = client.get_order("7")
    assert [line["id"] for line in order["items"]] == [7001]
    assert order["money"] == 499


def test_a_status_is_set_and_does_what_it_does(sandbox: Recording, client: RetailysClient) -> None:
    arrived = client.set_status("7", 4)

    assert sandbox.last == ("PATCH", "/v1/System/Orders/7/status", {"status_id": 4})
    assert arrived.status == 200
    assert (json_of(arrived)["id"], json_of(arrived)["done"]) == (7, True)
    assert [order["id"] for order in client.list_orders(status_id=4).rows] == [7]


def test_a_tracking_number_is_added(sandbox: Recording, client: RetailysClient) -> None:
    arrived = client.add_tracking("7", shipper_id=2, tracking_number="Z 123/4")

    assert sandbox.last == (
        "POST",
        "/v1/System/Orders/7/tracking",
        {"shipper_id": 2, "tracking_number": "Z 123/4"},
    )
    assert (arrived.status, json_of(arrived)) == (201, {"id": 900002})
    assert client.get_order("7")["trackings"] == [
        {
            "shipper_id": 2,
            "tracking_number": "Z 123/4",
            "tracking_url": "https://tracking.example/Z 123/4",
        }
    ]


def test_a_record_is_added_to_the_history(sandbox: Recording, client: RetailysClient) -> None:
    arrived = client.add_history("7", type_="apps", name="OrderBus", status="packed")

    assert sandbox.last == (
        "POST",
        "/v1/System/Orders/7/history",
        {"type": "apps", "record": {"name": "OrderBus", "status": "packed"}},
    )
    assert (arrived.status, json_of(arrived)) == (201, {"id": 900002})
    assert sandbox.history == [("7", "apps", "OrderBus", "packed")]


def test_a_payment_is_told_with_all_that_is_known_of_it(sandbox: Recording, client: RetailysClient) -> None:
    arrived = client.set_paid(
        "7", paid=Decimal("100.10"), payment_id="pay-1", status="success", url="https://pay.example/1"
    )

    assert sandbox.last == (
        "PATCH",
        "/v1/System/Orders/7/paid",
        {"paid": 100.1, "payment_id": "pay-1", "status": "success", "url": "https://pay.example/1"},
    )
    assert b'"paid":100.10,' in sandbox.requests[-1].body
    order = json_of(arrived)
    assert arrived.status == 200
    assert (order["paid"], order["external_payment_id"]) == (100.1, "pay-1")
    assert order["external_payment_url"] == "https://pay.example/1"


def test_a_payment_is_told_exactly_where_a_float_is_not(sandbox: Recording, client: RetailysClient) -> None:
    client.set_paid("7", paid=Decimal("12345678901234567.89"))

    assert sandbox.requests[-1].body == b'{"paid":12345678901234567.89}'


def test_a_payment_is_told_without_anything(sandbox: Recording, client: RetailysClient) -> None:
    arrived = client.set_paid("7")

    assert sandbox.last == ("PATCH", "/v1/System/Orders/7/paid", {})
    assert json_of(arrived)["paid"] == 571.5


def test_an_order_is_done(sandbox: Recording, client: RetailysClient) -> None:
    arrived = client.set_done("7")

    assert sandbox.last == ("PATCH", "/v1/System/Orders/7/done", None)
    assert (arrived.status, json_of(arrived)["done"]) == (200, True)
    assert client.get_order("7")["done"] is True


def test_an_order_is_cancelled(sandbox: Recording, client: RetailysClient) -> None:
    arrived = client.cancel("7")

    assert sandbox.last == ("PATCH", "/v1/System/Orders/7/cancel", None)
    assert (arrived.status, json_of(arrived)["canceled"]) == (200, True)
    assert client.get_order("7")["canceled"] is True


def test_an_order_is_sent(sandbox: Recording, client: RetailysClient) -> None:
    arrived = client.set_sent("7")

    assert sandbox.last == ("PATCH", "/v1/System/Orders/7/sent", None)
    assert (arrived.status, json_of(arrived)["sent"]) == (200, True)
    assert client.get_order("7")["sent"] is True


def test_an_order_that_was_sent_is_delivered(sandbox: Recording, client: RetailysClient) -> None:
    sandbox.set_state(7, "sent")

    arrived = client.set_delivered("7")

    assert sandbox.last == ("PATCH", "/v1/System/Orders/7/delivered", None)
    assert (arrived.status, json_of(arrived)["delivered"]) == (200, True)


def test_a_refused_state_comes_back_as_it_was_answered(client: RetailysClient) -> None:
    arrived = client.set_delivered("7")

    assert (arrived.status, json_of(arrived)) == (422, {"message": "The order is not sent.", "detail": ""})


def test_an_id_cannot_lead_to_another_path(sandbox: Recording, client: RetailysClient) -> None:
    arrived = client.delete_item("7/../8", "1?x=2")

    assert sandbox.last[1] == "/v1/System/Orders/7%2F..%2F8/item/1%3Fx%3D2"
    assert arrived.status == 404
