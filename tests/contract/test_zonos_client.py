"""Each Zonos endpoint by its client method: the exact request that goes out, and the answer as it is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from orderbus.providers.zonos.client import ZonosClient
from orderbus.providers.zonos.http import ZonosHttp

from infra.sandbox.base import Call
from infra.sandbox.faults import Delivery
from infra.sandbox.messages import Request
from infra.sandbox.server import serve
from infra.sandbox.zonos import ZonosSandbox, make_order

SAMPLES = Path(__file__).parents[1] / "samples" / "providers"
SECRET = "f5bde245-f55e-414d-b722-80b25161c12c"


class RecordingSandbox(ZonosSandbox):
    """A store that keeps the requests that came in."""

    def __init__(self) -> None:
        super().__init__(secret=SECRET)
        self.requests: list[Request] = []

    def receive(self, request: Request) -> tuple[Call, Delivery]:
        self.requests.append(request)
        return super().receive(request)


@dataclass
class Store:
    sandbox: RecordingSandbox
    client: ZonosClient

    def sent(self) -> tuple[str, str, Any]:
        """Return method, path and body of the only request so far."""
        (request,) = self.sandbox.requests
        return request.method, request.target, json.loads(request.body)


@pytest.fixture
def store() -> Iterator[Store]:
    sandbox = RecordingSandbox()
    with serve(sandbox) as served:
        http = ZonosHttp("zonos-main", served.url, store="999", secret=SECRET)
        yield Store(sandbox, ZonosClient("zonos-main", http, "999"))


def read_sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text())


def page_request(title: str) -> Any:
    """Read the request that stands below a title of the page "Order numbers"."""
    page = (SAMPLES / "zonos-order-numbers.it.txt").read_text()
    below = page[page.index(title) :]
    return json.JSONDecoder().raw_decode(below[below.index("{") :])[0]


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("ESEMPIO RICHIESTA: sinceOrderId", {"since_order_id": "999-99999"}),
        ("ESEMPIO RICHIESTA: sinceOrderId", {"since_order_id": "99999"}),
        ("ESEMPIO RICHIESTA: sinceOrderId", {"since_order_id": 99999}),
        ("ESEMPIO DI RICHIESTA: sinceDate\n", {"since_date": date(2015, 1, 1)}),
        (
            "ESEMPIO DI RICHIESTA: sinceDate, throughDate",
            {"since_date": date(2015, 1, 1), "through_date": date(2015, 6, 1)},
        ),
        ("ESEMPIO DI RICHIESTA: missingMerchantOrderId", {"missing_merchant_order_id": True}),
        ("ESEMPIO DI RICHIESTA: stati", {"since_date": date(2015, 1, 1), "statuses": True}),
    ],
)
def test_order_numbers_are_asked_for_exactly_as_the_page_shows(
    store: Store, title: str, asked: dict[str, Any]
) -> None:
    store.sandbox.place(make_order(99999))

    store.client.order_numbers(**asked)

    assert store.sent() == ("POST", "/v1/orderNumbers", page_request(title))


def test_order_numbers_of_a_span_that_miss_a_merchant_order_id(store: Store) -> None:
    store.sandbox.place(make_order(1), timestamp="2015-01-01 00:33:14.0")
    store.sandbox.place(make_order(2, merchantOrderId="m-2"), timestamp="2015-01-01 00:33:14.0")

    found = store.client.order_numbers(
        since_date=date(2015, 1, 1), missing_merchant_order_id=True, statuses=True
    )

    assert [row["id"] for row in found.orders] == ["999-1"]
    assert store.sent() == (
        "POST",
        "/v1/orderNumbers",
        {
            "store": "999",
            "secret": SECRET,
            "sinceDate": "20150101",
            "missingMerchantOrderId": True,
            "statuses": True,
        },
    )


def test_the_headers_are_those_that_the_page_demands(store: Store) -> None:
    store.client.order_numbers(since_date=date(2015, 1, 1))
    store.sandbox.place(make_order(1))
    store.client.update_merchant_order_id(1, "m-1")

    headers = [(each.headers["Accept"], each.headers["Content-Type"]) for each in store.sandbox.requests]
    assert headers == [("application/json", "application/json")] * 2


def test_the_list_of_the_page_is_read_with_its_counts(store: Store) -> None:
    store.sandbox.place_seed_orders()

    found = store.client.order_numbers(since_date=date(2015, 1, 1), through_date=date(2015, 1, 2))

    assert (found.total_count, found.order_count, found.test_order_count) == (6, 5, 1)
    assert found.orders == read_sample("zonos-order-numbers.json")["orders"]


def test_the_list_with_statuses_of_the_page_is_read_with_its_counts(store: Store) -> None:
    store.sandbox.place_seed_orders(2)

    found = store.client.order_numbers(since_date=date(2015, 1, 1), statuses=True)

    assert (found.total_count, found.order_count, found.test_order_count) == (2, 1, 1)
    assert found.orders == read_sample("zonos-order-numbers-statuses.json")["orders"]


def test_order_numbers_after_an_order_leave_out_the_order_itself(store: Store) -> None:
    for number in (10, 20, 30):
        store.sandbox.place(make_order(number))

    found = store.client.order_numbers(since_order_id="999-20")

    assert [row["id"] for row in found.orders] == ["999-30"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"since_order_id": 1, "since_date": date(2015, 1, 1)},
            "sinceOrderId and sinceDate cannot be sent together",
        ),
        (
            {"since_order_id": 1, "through_date": date(2015, 1, 1)},
            "sinceOrderId and throughDate cannot be sent together",
        ),
        (
            {"since_order_id": 1, "missing_merchant_order_id": True},
            "sinceOrderId and missingMerchantOrderId cannot be sent together",
        ),
        (
            {
                "since_date": date(2015, 1, 1),
                "through_date": date(2015, 1, 2),
                "missing_merchant_order_id": True,
            },
            "throughDate and missingMerchantOrderId cannot be sent together",
        ),
        ({"through_date": date(2015, 1, 1)}, "throughDate needs sinceDate"),
        (
            {"since_date": date(2015, 1, 2), "through_date": date(2015, 1, 1)},
            "throughDate is before sinceDate",
        ),
        ({}, "one of sinceOrderId, sinceDate and missingMerchantOrderId is needed"),
        ({"statuses": True}, "one of sinceOrderId, sinceDate and missingMerchantOrderId is needed"),
        ({"since_order_id": "999-x"}, "not an order id as 999-99991 or 99991"),
    ],
)
def test_what_cannot_be_sent_together_is_named_and_never_sent(
    store: Store, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        store.client.order_numbers(**asked)

    assert store.sandbox.requests == []


@pytest.mark.parametrize("order_id", ["999-99999", "99999", 99999, " 999-99999 "])
def test_a_detail_is_asked_for_by_the_full_id(store: Store, order_id: str | int) -> None:
    order = store.sandbox.place(make_order(99999, lines=[("19.99", 2)]))

    found = store.client.order_detail(order_id=order_id)

    assert json.loads(json.dumps(found.order, default=float)) == order
    assert found.decoded_as is None
    assert store.sent() == (
        "POST",
        "/v2/orderDetail",
        {"store": "999", "secret": SECRET, "orderId": "999-99999"},
    )


def test_a_detail_is_asked_for_by_the_reference(store: Store) -> None:
    store.sandbox.place(make_order(99999, referenceId="cart 17"))

    found = store.client.order_detail(reference_id="cart 17")

    assert found.order["orderId"] == "999-99999"
    assert store.sent() == (
        "POST",
        "/v2/orderDetail",
        {"store": "999", "secret": SECRET, "referenceId": "cart 17"},
    )


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"order_id": 1, "reference_id": "cart-1"}, "order_id and reference_id cannot be sent together"),
        ({}, "order_id or reference_id is needed"),
        ({"order_id": "1; drop"}, "not an order id as 999-99991 or 99991"),
        ({"order_id": True}, "not an order id as 999-99991 or 99991"),
    ],
)
def test_a_detail_is_asked_for_by_exactly_one_of_its_two_ids(
    store: Store, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        store.client.order_detail(**asked)

    assert store.sandbox.requests == []


def test_a_merchant_order_id_is_set(store: Store) -> None:
    store.sandbox.place(make_order(99999))

    answer = store.client.update_merchant_order_id("99999", "12-34567")

    assert answer == {"success": "Updated Order: 99999 with new merchantOrderId: 12-34567"}
    assert store.sandbox.updates.merchant_order_ids == [("999-99999", "12-34567")]
    assert store.sent() == (
        "POST",
        "/v1/updateMerchantOrderId",
        {"store": "999", "secret": SECRET, "orderId": "999-99999", "merchantOrderId": "12-34567"},
    )


def test_a_vendor_status_is_set(store: Store) -> None:
    store.sandbox.place(make_order(99999))

    answer = store.client.update_vendor_order_status("999-99999", "VENDOR_END_OF_DAY_COMPLETE")

    assert answer["order"]["orderStatus"] == "VENDOR_END_OF_DAY_COMPLETE"
    assert store.sent() == (
        "POST",
        "/v1/updateVendorOrderStatus",
        {
            "store": "999",
            "secret": SECRET,
            "orderId": "999-99999",
            "orderStatus": "VENDOR_END_OF_DAY_COMPLETE",
        },
    )


def test_the_tracking_numbers_are_set_as_a_whole(store: Store) -> None:
    store.sandbox.place(make_order(99999))

    answer = store.client.set_shipment_tracking(99999, ["1Z204E380338943508", "1Z204E380338943509"])

    assert answer == {"success": "Updated Order: 99999 with new tracking info."}
    assert store.sandbox.updates.trackings == {"999-99999": ["1Z204E380338943508", "1Z204E380338943509"]}
    assert store.sent() == (
        "POST",
        "/v2/setShipmentTracking",
        {
            "store": "999",
            "secret": SECRET,
            "orderId": "999-99999",
            "trackingList": [{"number": "1Z204E380338943508"}, {"number": "1Z204E380338943509"}],
        },
    )


@pytest.mark.parametrize(
    "update",
    [
        lambda client: client.update_merchant_order_id("x", "m"),
        lambda client: client.update_vendor_order_status("x", "VENDOR_SHIPMENT_READY"),
        lambda client: client.set_shipment_tracking("x", ["1Z1"]),
    ],
)
def test_an_update_of_what_is_no_order_id_is_never_sent(
    store: Store, update: Callable[[ZonosClient], object]
) -> None:
    with pytest.raises(ValueError, match=r"^not an order id as 999-99991 or 99991$"):
        update(store.client)

    assert store.sandbox.requests == []
