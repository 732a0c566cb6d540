"""The LunaSoft sandbox lists and shows orders as LunaSoft's pages say."""

from decimal import Decimal
from typing import Any

import pytest
import requests

from infra.sandbox.lunasoft import LunaSoftSandbox, make_order
from infra.sandbox.server import Served

KEY = {"Authorization": "test-key"}


@pytest.fixture
def sandbox() -> LunaSoftSandbox:
    return LunaSoftSandbox()


def place(sandbox: LunaSoftSandbox, *order_ids: int) -> None:
    for order_id in order_ids:
        sandbox.place(make_order(order_id))


def get(served: Served, path: str, **parameters: str | int) -> requests.Response:
    return requests.get(f"{served.url}{path}", params=parameters, headers=KEY, timeout=5)


def list_ids(served: Served, **parameters: str | int) -> list[int]:
    answer = get(served, "/orders", **parameters)
    assert answer.status_code == 200
    return [int(order["id"]) for order in answer.json()["orders"]]


def error_of(code: str, message: str) -> dict[str, Any]:
    return {
        "errors": [
            {
                "internal_message": message,
                "user_message": "An error occurred",
                "code": code,
                "more_info": "http://www.lunasoft.com/api.php",
            }
        ]
    }


def test_the_list_comes_by_descending_id_in_pages_of_50(sandbox: LunaSoftSandbox, served: Served) -> None:
    place(sandbox, *range(1001, 1121))

    pages = [get(served, "/orders", page=page).json() for page in (1, 2, 3, 4)]

    ids = [[int(order["id"]) for order in page["orders"]] for page in pages]
    assert ids == [
        list(range(1120, 1070, -1)),
        list(range(1070, 1020, -1)),
        list(range(1020, 1000, -1)),
        [],
    ]
    assert [page["next_page"] for page in pages] == [2, 3, False, False]
    assert list(pages[0]) == ["orders", "next_page"]


def test_a_page_that_is_just_full_is_the_last_one(sandbox: LunaSoftSandbox, served: Served) -> None:
    place(sandbox, *range(1, 51))

    page = get(served, "/orders").json()

    assert (len(page["orders"]), page["next_page"]) == (50, False)


def test_a_list_without_orders_is_an_empty_page(served: Served) -> None:
    assert get(served, "/orders").json() == {"orders": [], "next_page": False}


def test_the_list_has_no_statuses_and_one_order_has_no_envelope(
    sandbox: LunaSoftSandbox, served: Served
) -> None:
    order = sandbox.place(make_order(7))

    listed = get(served, "/orders").json()["orders"][0]
    shown = get(served, "/orders/7").json()

    assert shown == order
    assert listed == {name: value for name, value in order.items() if name != "statuses"}


def test_the_id_filter_includes_the_id_itself(sandbox: LunaSoftSandbox, served: Served) -> None:
    place(sandbox, 5, 9, 10, 11, 100)

    assert list_ids(served, sort="id", id=10) == [10, 11, 100]
    assert list_ids(served, sort="id", id=12) == [100]
    assert list_ids(served, sort="id", id=101) == []


def test_keyset_paging_by_the_last_id_reads_every_order(sandbox: LunaSoftSandbox, served: Served) -> None:
    place(sandbox, *range(1, 121))

    seen = {0}
    while True:
        page = get(served, "/orders", sort="id", id=max(seen)).json()
        seen |= {int(order["id"]) for order in page["orders"]}
        if page["next_page"] is False:
            break

    assert seen == set(range(121))
    assert len(sandbox.calls) == 3


@pytest.mark.parametrize(
    ("sort", "ids"),
    [
        ("id", [1, 2, 3, 4]),
        ("+id", [1, 2, 3, 4]),
        ("-id", [4, 3, 2, 1]),
        ("created", [4, 1, 3, 2]),
        ("-created", [2, 1, 3, 4]),
        ("created,-id", [4, 3, 1, 2]),
        ("-created,+id", [2, 1, 3, 4]),
        ("-created,-id", [2, 3, 1, 4]),
    ],
)
def test_the_list_is_sorted_as_asked(
    sandbox: LunaSoftSandbox, served: Served, sort: str, ids: list[int]
) -> None:
    # 1 and 3 are the same moment, written with different offsets.
    sandbox.place(make_order(1, created="2026-01-02T03:00:00-0600"))
    sandbox.place(make_order(2, created="2026-01-03T00:00:00-0600"))
    sandbox.place(make_order(3, created="2026-01-02T02:00:00-0700"))
    sandbox.place(make_order(4, created="2026-01-01T00:00:00-0600"))

    assert list_ids(served, sort=sort) == ids


def test_the_created_filter_includes_the_moment_itself(sandbox: LunaSoftSandbox, served: Served) -> None:
    sandbox.place(make_order(1, created="2015-04-27T17:34:30-0600"))
    sandbox.place(make_order(2, created="2015-04-27T17:34:31-0600"))
    sandbox.place(make_order(3, created="2015-04-27T17:34:32-0600"))

    assert list_ids(served, created_on_after="2015-04-27T17:34:31-0600") == [3, 2]
    assert list_ids(served, created_on_after="2015-04-28T01:34:31+0200") == [3, 2]
    assert list_ids(served, created_on_after="2015-04-27T17:34:32-0600", sort="id", id=1) == [3]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("created_on_after=2015-04-27T17:34:31-06:00", "created_on_after: "),
        ("created_on_after=2015-04-27T17:34:31Z", "created_on_after: "),
        ("created_on_after=2015-04-27", "created_on_after: "),
        ("created_on_after=2015-13-27T17:34:31-0600", "created_on_after: "),
        ("created_on_after=2015-04-28T01:34:31+0200", "created_on_after: "),
        ("sort=+id", "sort: ' id'"),
        ("sort=total", "sort: 'total'"),
        ("sort=", "sort: ''"),
        ("page=two", "page: 'two'"),
        ("id=abc", "id: 'abc'"),
    ],
)
def test_a_parameter_that_is_not_in_the_documented_form_is_refused(
    served: Served, query: str, message: str
) -> None:
    answer = requests.get(f"{served.url}/orders?{query}", headers=KEY, timeout=5)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["internal_message"].startswith(message)
    assert answer.json()["errors"][0]["code"] == "400"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "wrong"}, {"Authorization": "Bearer x"}])
def test_a_key_that_is_missing_or_wrong_is_refused(served: Served, headers: dict[str, str]) -> None:
    answer = requests.get(f"{served.url}/orders", headers=headers, timeout=5)

    assert (answer.status_code, answer.json()) == (401, error_of("401", "Unauthorized"))


@pytest.mark.parametrize("path", ["/orders/404", "/orders/", "/orders/x", "/products", "/"])
def test_an_unknown_order_or_path_is_not_found(served: Served, path: str) -> None:
    answer = get(served, path)

    assert (answer.status_code, answer.json()) == (404, error_of("404", "Not Found"))


def test_a_path_outside_the_base_url_is_not_found(served: Served) -> None:
    assert requests.get(f"{served.root}/orders", headers=KEY, timeout=5).status_code == 404


def test_errors_can_come_with_http_200(sandbox: LunaSoftSandbox, served: Served) -> None:
    sandbox.errors_as_200 = True

    unknown = get(served, "/orders/1")
    unauthorized = requests.get(f"{served.url}/orders", timeout=5)
    bad_request = get(served, "/orders", page="x")

    assert [a.status_code for a in (unknown, unauthorized, bad_request)] == [200, 200, 200]
    assert unknown.json() == error_of("404", "Not Found")
    assert unauthorized.json() == error_of("401", "Unauthorized")
    assert bad_request.json()["errors"][0]["code"] == "400"


def test_a_made_order_is_the_same_each_time_has_the_form_of_the_sample_and_adds_up() -> None:
    order = make_order(60500, lines=[("0.35", 3), ("19.99", 2)], shipping="4.10")

    assert order == make_order("60500", lines=[("0.35", 3), ("19.99", 2)], shipping="4.10")
    assert order["id"] == order["order_num"] == "60500"
    assert [line["total_cost"] for line in order["line_items"]] == ["1.05", "39.98"]
    assert (order["shipping_cost"], order["tax"], order["total"]) == ("4.10", "2.81", "47.94")
    assert Decimal("1.05") + Decimal("39.98") + Decimal("4.10") + Decimal("2.81") == Decimal("47.94")
    assert make_order(60501)["created"] > order["created"]
    assert make_order(60500, total=None)["total"] is None
