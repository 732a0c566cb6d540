"""Every endpoint of Retailys by its client method, over HTTP; of the reads the exact request and answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from orderbus.providers.http import ProviderHttp
from orderbus.providers.retailys.client import RetailysClient
from orderbus.providers.retailys.wire import Me, OrderStatus, Shipper

from infra.sandbox.base import Call
from infra.sandbox.faults import Delivery
from infra.sandbox.messages import Request
from infra.sandbox.retailys import RetailysSandbox, make_order
from infra.sandbox.server import Served

PAGE = Path(__file__).parents[1] / "samples" / "providers" / "retailys-orders.txt"
ENDPOINTS: dict[tuple[str, str], Callable[[RetailysClient], object]] = {
    ("POST", "/System/Orders"): lambda client: client.create_order({}),
    ("GET", "/System/Orders/{id}"): lambda client: client.get_order("7"),
    ("GET", "/System/Orders"): lambda client: client.list_orders(),
    ("POST", "/System/Orders/{id}/item"): lambda client: client.add_item("7", {}),
    ("PUT", "/System/Orders/{id}/item"): lambda client: client.edit_item("7", {}),
    ("DELETE", "/System/Orders/{id}/item/{itemId}"): lambda client: client.delete_item("7", "7001"),
    ("GET", "/System/Orders/Statuses"): lambda client: client.list_statuses(),
    ("PATCH", "/System/Orders/{id}/status"): lambda client: client.set_status("7", 2),
    ("POST", "/System/Orders/{id}/tracking"): lambda client: client.add_tracking(
        "7", shipper_id=1, tracking_number="Z1"
    ),
    ("POST", "/System/Orders/{id}/history"): lambda client: client.add_history(
        "7", type_="order", name="", status=""
    ),
    ("PATCH", "/System/Orders/{id}/paid"): lambda client: client.set_paid("7"),
    ("PATCH", "/System/Orders/{id}/done"): lambda client: client.set_done("7"),
    ("PATCH", "/System/Orders/{id}/cancel"): lambda client: client.cancel("7"),
    ("PATCH", "/System/Orders/{id}/sent"): lambda client: client.set_sent("7"),
    ("PATCH", "/System/Orders/{id}/delivered"): lambda client: client.set_delivered("7"),
}


class Recording(RetailysSandbox):
    """The sandbox, with the requests as they came in."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Request] = []

    def receive(self, request: Request) -> tuple[Call, Delivery]:
        self.requests.append(request)
        return super().receive(request)

    @property
    def last(self) -> tuple[str, str, Any]:
        request = self.requests[-1]
        return request.method, request.target, json.loads(request.body) if request.body else None


@pytest.fixture
def sandbox() -> Recording:
    sandbox = Recording()
    sandbox.place(make_order(7, lines=[("249.50", 2), ("72.50", 1)]))
    return sandbox


@pytest.fixture
def client(served: Served) -> RetailysClient:
    return RetailysClient("retailys-main", ProviderHttp("retailys-main", served.url, {"token": "test-key"}))


def test_every_endpoint_of_the_page_has_a_method() -> None:
    named = re.findall(r"^Endpoint \[([A-Z]+)\] (\S+)", PAGE.read_text(), re.MULTILINE)

    assert len(named) == 15
    assert set(named) == set(ENDPOINTS)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=" ".join)
def test_each_method_calls_its_endpoint_once(
    sandbox: Recording, client: RetailysClient, endpoint: tuple[str, str]
) -> None:
    method, path = endpoint

    ENDPOINTS[endpoint](client)

    called = [(call.method, call.path.partition("?")[0]) for call in sandbox.calls]
    assert called == [(method, path.replace("{id}", "7").replace("{itemId}", "7001"))]
    assert sandbox.calls[0].status != 404


def test_the_token_stands_in_a_header_of_its_own_without_a_prefix(
    sandbox: Recording, client: RetailysClient
) -> None:
    client.list_orders()
    client.set_sent("7")

    assert [request.headers["token"] for request in sandbox.requests] == ["test-key", "test-key"]
    assert [request.headers["Accept"] for request in sandbox.requests] == ["application/json"] * 2
    assert not any("Authorization" in request.headers for request in sandbox.requests)


def test_orders_are_listed_in_stubs_and_say_how_many_pages_there_are(
    sandbox: Recording, client: RetailysClient
) -> None:
    for order_id in range(8, 18):
        sandbox.place(make_order(order_id))

    page = client.list_orders()

    assert sandbox.last == ("GET", "/v1/System/Orders?page=1", None)
    assert [order["id"] for order in page.rows] == list(range(17, 7, -1))
    assert page.pages == 2
    assert page.rows[0]["customer"] == {"id": 7, "api_link": "/System/People/7"}
    assert page.rows[0]["money"] == Decimal("571.5")


def test_orders_are_listed_by_every_parameter_that_there_is(
    sandbox: Recording, client: RetailysClient
) -> None:
    sandbox.edit(7, done=True, trackings=[{"shipper_id": 1, "tracking_number": "Z 1", "tracking_url": ""}])
    sandbox.set_status(7, sandbox.statuses[1])
    prague = timezone(timedelta(hours=1))

    page = client.list_orders(
        channel_id=3,
        company_id=1,
        customer_id=7,
        status_id=2,
        done=True,
        canceled=False,
        from_=datetime(2019, 12, 1, 8, 15, 30, tzinfo=prague),
        to=datetime(2026, 12, 15, 8, 15, 30, tzinfo=UTC),
        tracking="Z 1",
        page=1,
        per_page=250,
        expanded=True,
    )

    query = (
        "channel_id=3&company_id=1&customer_id=7&status_id=2&done=true&canceled=false"
        "&from=2019-12-01T08%3A15%3A30%2B01%3A00&to=2026-12-15T08%3A15%3A30%2B00%3A00&tracking=Z+1"
        "&page=1&per_page=250&expanded=true"
    )
    assert sandbox.last == ("GET", f"/v1/System/Orders?{query}", None)
    assert [order["id"] for order in page.rows] == [7]
    assert page.rows[0]["customer"]["first_name"] == "Jan"


@pytest.mark.parametrize(
    "filter_",
    [
        {"channel_id": 4},
        {"company_id": 2},
        {"customer_id": 8},
        {"status_id": 1},
        {"done": True},
        {"canceled": True},
        {"from_": datetime(2026, 1, 5, 8, 0, 8, tzinfo=UTC)},
        {"to": datetime(2026, 1, 5, 8, 0, 6, tzinfo=UTC)},
        {"tracking": "Z1"},
        {"page": 2},
    ],
    ids=lambda filter_: next(iter(filter_)),
)
def test_each_filter_of_the_list_leaves_out_what_does_not_pass_it(
    client: RetailysClient, filter_: dict[str, Any]
) -> None:
    assert [order["id"] for order in client.list_orders().rows] == [7]
    assert client.list_orders(**filter_).rows == []


def test_a_boolean_is_written_in_the_form_that_the_connection_says(
    sandbox: Recording, served: Served
) -> None:
    http = ProviderHttp("retailys-main", served.url, {"token": "test-key"})
    client = RetailysClient("retailys-main", http, boolean_form="one_zero")

    page = client.list_orders(done=False, canceled=False, expanded=True)

    assert sandbox.last[1] == "/v1/System/Orders?done=0&canceled=0&page=1&expanded=1"
    assert page.rows[0]["channel"]["type"] == "eshop"


def test_one_order_is_shown_in_stubs_or_expanded(sandbox: Recording, client: RetailysClient) -> None:
    in_stubs = client.get_order("7")
    asked_first = sandbox.last
    expanded = client.get_order("7", expanded=True)

    assert asked_first == ("GET", "/v1/System/Orders/7?expanded=false", None)
    assert sandbox.last == ("GET", "/v1/System/Orders/7?expanded=true", None)
    assert in_stubs["payment"] == {"id": 4, "api_link": "/System/Channels/3/Payments/4"}
    assert expanded["payment"] == {"id": 4, "name": "Payment 4", "price": Decimal("0.0"), "currency": "CZK"}
    assert in_stubs["name"] == expanded["name"] == "Jan Novák"


def test_all_statuses_of_the_instance_are_listed_whatever_the_number_of_pages(
    sandbox: Recording, client: RetailysClient
) -> None:
    flags = {"icon": "", "color": "", "sort": 1, "complete_order": False, "cancel_order": None}
    sandbox.statuses = tuple({"id": i, "name": f"Stav {i}", **flags} for i in range(1, 502))

    statuses = client.list_statuses()

    assert [(request.method, request.target) for request in sandbox.requests] == [
        ("GET", f"/v1/System/Orders/Statuses?page={page}&per_page=250") for page in (1, 2, 3)
    ]
    assert [status.id for status in statuses] == [str(i) for i in range(1, 502)]
    assert statuses[0] == OrderStatus(id="1", name="Stav 1", complete_order=False, cancel_order=None)


def test_an_instance_without_statuses_has_none(sandbox: Recording, client: RetailysClient) -> None:
    sandbox.statuses = ()

    assert client.list_statuses() == []
    assert len(sandbox.requests) == 1


def test_all_shippers_are_listed(sandbox: Recording, client: RetailysClient) -> None:
    shippers = client.list_shippers()

    assert sandbox.last == ("GET", "/v1/System/Lists/Shippers?page=1&per_page=250", None)
    assert shippers == [Shipper(id="1", name="PPL"), Shipper(id="2", name="Zásilkovna")]


def test_the_token_says_whose_it_is(sandbox: Recording, client: RetailysClient) -> None:
    me = client.who_am_i()

    assert sandbox.last == ("GET", "/v1/System/Me", None)
    assert me == Me(id="1", name="OrderBus", system_instance_path="sandbox", app_id="46")
