"""Each endpoint of LunaSoft's page, called over HTTP by its client method: the request to the letter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from orderbus.domain.errors import UnclearError
from orderbus.providers.http import ProviderHttp
from orderbus.providers.lunasoft.client import LunaClient, LunaPage

from infra.sandbox.faults import Status
from infra.sandbox.lunasoft_orders import make_order
from infra.sandbox.lunasoft_sample import SAMPLE_ORDER
from infra.sandbox.server import serve
from tests.contract.recording import RecordingLunaSoft

BASE = "/site_api/shopping_cart"
READ_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "Authorization": "test-key",
}
LISTED_SAMPLE = {key: value for key, value in SAMPLE_ORDER.items() if key != "statuses"}


@pytest.fixture
def site() -> RecordingLunaSoft:
    return RecordingLunaSoft()


@pytest.fixture
def client(site: RecordingLunaSoft) -> Iterator[LunaClient]:
    with serve(site) as served:
        yield LunaClient("luna", ProviderHttp("luna", served.url, {"Authorization": "test-key"}))


def test_the_list_of_orders_is_asked_for_as_it_is(site: RecordingLunaSoft, client: LunaClient) -> None:
    site.place_seed_order()

    page = client.list_orders()

    assert site.line == f"GET {BASE}/orders"
    assert site.headers == READ_HEADERS
    assert site.body == b""
    assert page == LunaPage([LISTED_SAMPLE], next_page=None)


def test_the_list_is_newest_first_in_pages_of_50(site: RecordingLunaSoft, client: LunaClient) -> None:
    for order_id in range(1, 121):
        site.place(make_order(order_id))

    pages = [client.list_orders(), client.list_orders(page=2), client.list_orders(page=3)]

    assert [request.target for request in site.requests] == [
        f"{BASE}/orders",
        f"{BASE}/orders?page=2",
        f"{BASE}/orders?page=3",
    ]
    assert [page.next_page for page in pages] == [2, 3, None]
    found = [order["id"] for page in pages for order in page.orders]
    assert found == [str(order_id) for order_id in range(120, 0, -1)]


@pytest.mark.parametrize(
    ("sort", "sent", "ids"),
    [
        ("id", "sort=id", ["1", "2", "3"]),
        ("-id", "sort=-id", ["3", "2", "1"]),
        ("+id", "sort=%2Bid", ["1", "2", "3"]),
        ("created", "sort=created", ["1", "2", "3"]),
        ("-created,+id", "sort=-created%2C%2Bid", ["3", "2", "1"]),
    ],
)
def test_a_sort_is_sent_with_its_plus_encoded(
    site: RecordingLunaSoft, client: LunaClient, sort: str, sent: str, ids: list[str]
) -> None:
    for order_id in (2, 3, 1):
        site.place(make_order(order_id))

    page = client.list_orders(sort=sort)

    assert site.line == f"GET {BASE}/orders?{sent}"
    assert [order["id"] for order in page.orders] == ids


def test_the_filter_by_id_is_inclusive(site: RecordingLunaSoft, client: LunaClient) -> None:
    for order_id in (1, 2, 3):
        site.place(make_order(order_id))

    page = client.list_orders(sort="id", from_id=2)

    assert site.line == f"GET {BASE}/orders?sort=id&id=2"
    assert [order["id"] for order in page.orders] == ["2", "3"]


def test_a_filter_from_id_0_is_sent_too(site: RecordingLunaSoft, client: LunaClient) -> None:
    client.list_orders(from_id=0)

    assert site.line == f"GET {BASE}/orders?id=0"


@pytest.mark.parametrize(
    ("zone", "sent"),
    [
        (UTC, "2015-07-14T08%3A00%3A00%2B0000"),
        (timezone(timedelta(hours=-6)), "2015-07-14T08%3A00%3A00-0600"),
        (timezone(timedelta(hours=5, minutes=30)), "2015-07-14T08%3A00%3A00%2B0530"),
    ],
)
def test_the_filter_by_time_has_an_offset_without_a_colon_and_its_plus_encoded(
    site: RecordingLunaSoft, client: LunaClient, zone: Any, sent: str
) -> None:
    client.list_orders(created_on_after=datetime(2015, 7, 14, 8, 0, 0, 999_999, tzinfo=zone))

    assert site.line == f"GET {BASE}/orders?created_on_after={sent}"


def test_the_filter_by_time_is_inclusive_to_the_second(site: RecordingLunaSoft, client: LunaClient) -> None:
    site.place(make_order(1, created="2015-07-14T01:59:59-0600"))
    site.place(make_order(2, created="2015-07-14T02:00:00-0600"))

    page = client.list_orders(created_on_after=datetime(2015, 7, 14, 8, tzinfo=UTC))

    assert [order["id"] for order in page.orders] == ["2"]


def test_sort_filter_and_page_go_together(site: RecordingLunaSoft, client: LunaClient) -> None:
    moment = datetime(2015, 7, 14, 8, tzinfo=UTC)

    client.list_orders(sort="id", from_id=7, created_on_after=moment, page=2)

    sent = "sort=id&id=7&created_on_after=2015-07-14T08%3A00%3A00%2B0000&page=2"
    assert site.line == f"GET {BASE}/orders?{sent}"


@pytest.mark.parametrize(("next_page", "expected"), [(False, None), (None, None), (3, 3), ("3", 3)])
def test_next_page_is_a_number_or_false(
    site: RecordingLunaSoft, client: LunaClient, next_page: Any, expected: int | None
) -> None:
    site.fail_next(Status(200, body={"orders": [], "next_page": next_page}))

    assert client.list_orders() == LunaPage([], expected)


@pytest.mark.parametrize("next_page", [True, "", "no", -1, {}, [3], "7" * 5000])
def test_another_next_page_is_not_taken_for_the_end(
    site: RecordingLunaSoft, client: LunaClient, next_page: Any
) -> None:
    site.fail_next(Status(200, body={"orders": [], "next_page": next_page}))

    with pytest.raises(UnclearError, match=r"^luna: next_page is neither a number nor false$"):
        client.list_orders()


@pytest.mark.parametrize("answer", [{}, [], {"orders": None}, {"orders": {}}, {"order": []}])
def test_an_answer_without_a_list_is_not_taken_for_an_empty_one(
    site: RecordingLunaSoft, client: LunaClient, answer: Any
) -> None:
    site.fail_next(Status(200, body=json.dumps(answer)))

    with pytest.raises(UnclearError, match=r"^luna: the answer has no list of orders$"):
        client.list_orders()


def test_one_order_is_read_with_its_statuses(site: RecordingLunaSoft, client: LunaClient) -> None:
    site.place_seed_order()

    order = client.get_order("54123")

    assert site.line == f"GET {BASE}/orders/54123"
    assert site.headers == READ_HEADERS
    assert order == SAMPLE_ORDER


def test_an_id_cannot_lead_elsewhere(site: RecordingLunaSoft, client: LunaClient) -> None:
    with pytest.raises(Exception, match=r"404"):
        client.get_order("../orders?page=2")

    assert site.line == f"GET {BASE}/orders/..%2Forders%3Fpage%3D2"


def test_another_order_than_was_asked_for_is_not_taken_for_it(
    site: RecordingLunaSoft, client: LunaClient
) -> None:
    site.fail_next(Status(200, body=make_order(7)))

    with pytest.raises(UnclearError, match=r"^luna: the answer is not the order that was asked for$"):
        client.get_order("54123")


def test_a_status_is_posted_as_the_page_shows_it(site: RecordingLunaSoft, client: LunaClient) -> None:
    site.place_seed_order()

    arrived = client.post_status("54123", "Shipped", notes="Tracking #ABCDEFG", notify_customer=True)

    assert site.line == f"POST {BASE}/orders/54123"
    assert site.headers == {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Authorization": "test-key",
        "Content-Type": "application/json",
    }
    assert json.loads(site.body) == {
        "status": {"status": "Shipped", "notes": "Tracking #ABCDEFG", "notify_customer": True}
    }
    assert (arrived.status, arrived.cut_off) == (200, "")
    newest = json.loads(arrived.body)["statuses"][0]
    assert (newest["status"], newest["notes"], newest["notify_customer"]) == (
        "Shipped",
        "Tracking #ABCDEFG",
        True,
    )
    assert site.status_mails == [("54123", "Shipped")]


def test_no_customer_is_mailed_unless_it_is_asked_for(site: RecordingLunaSoft, client: LunaClient) -> None:
    site.place_seed_order()

    client.post_status("54123", "Processing")

    assert json.loads(site.body) == {
        "status": {"status": "Processing", "notes": "", "notify_customer": False}
    }
    assert site.status_mails == []


def test_a_refused_status_arrives_as_the_order_with_errors(
    site: RecordingLunaSoft, client: LunaClient
) -> None:
    site.place_seed_order()

    arrived = client.post_status("54123", "Sent away")

    answer = json.loads(arrived.body)
    assert arrived.status == 400
    assert answer["errors"][0]["code"] == "400"
    assert answer["statuses"] == SAMPLE_ORDER["statuses"]
    assert len(site.requests) == 1
