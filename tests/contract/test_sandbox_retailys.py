"""The Retailys sandbox lists and shows orders as the specification says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.sandbox.faults import RateLimited
from infra.sandbox.retailys import RetailysSandbox, make_order
from infra.sandbox.server import Served, serve

KEY = {"token": "test-key"}
SAMPLES = Path(__file__).parents[1] / "samples" / "providers"


@pytest.fixture
def sandbox() -> RetailysSandbox:
    return RetailysSandbox()


def place(sandbox: RetailysSandbox, *order_ids: int) -> None:
    for order_id in order_ids:
        sandbox.place(make_order(order_id))


def get(served: Served, path: str, **parameters: str | int) -> requests.Response:
    return requests.get(f"{served.url}{path}", params=parameters, headers=KEY, timeout=5)


def list_ids(served: Served, **parameters: str | int) -> list[int]:
    answer = get(served, "/System/Orders", **parameters)
    assert answer.status_code == 200
    return [order["id"] for order in answer.json()["orders"]]


def test_the_synthetic_samples_are_what_the_sandbox_serves(sandbox: RetailysSandbox, served: Served) -> None:
    page = json.loads((SAMPLES / "retailys-orders-page.synthetic.json").read_text())
    expanded = json.loads((SAMPLES / "retailys-order-1001-expanded.synthetic.json").read_text())
    sandbox.place(page["orders"][0])

    assert get(served, "/System/Orders", per_page=250).json() == page
    assert get(served, "/System/Orders/1001").json() == page["orders"][0]
    assert get(served, "/System/Orders/1001", expanded="true").json() == expanded


def test_the_list_has_ten_orders_a_page_unless_more_are_asked_for(
    sandbox: RetailysSandbox, served: Served
) -> None:
    place(sandbox, *range(1, 26))

    by_ten = [get(served, "/System/Orders", page=page).json() for page in (1, 2, 3, 4)]
    by_more = get(served, "/System/Orders", per_page=250).json()

    ids = [[order["id"] for order in page["orders"]] for page in by_ten]
    assert ids == [list(range(25, 15, -1)), list(range(15, 5, -1)), list(range(5, 0, -1)), []]
    assert [page["paginator"] for page in by_ten] == [
        {"page": page, "per_page": 10, "pages": 3, "total": 25} for page in (1, 2, 3, 4)
    ]
    assert by_more["paginator"] == {"page": 1, "per_page": 250, "pages": 1, "total": 25}
    assert len(by_more["orders"]) == 25
    assert sandbox.counts()["handed_out"] == 50


def test_a_list_without_orders_has_no_page(served: Served) -> None:
    assert get(served, "/System/Orders").json() == {
        "paginator": {"page": 1, "per_page": 10, "pages": 0, "total": 0},
        "orders": [],
    }


def test_a_page_can_be_made_smaller_than_the_api_allows() -> None:
    sandbox = RetailysSandbox(page_size=2)
    place(sandbox, 1, 2, 3)
    with serve(sandbox) as served:
        assert list_ids(served, per_page=250) == [3, 2]
        assert list_ids(served, per_page=250, page=2) == [1]


def test_from_and_to_are_of_the_order_date_and_both_inclusive(
    sandbox: RetailysSandbox, served: Served
) -> None:
    sandbox.place(make_order(1, placed="2026-01-05T09:00:00+01:00"))
    sandbox.place(make_order(2, placed="2026-01-05T09:00:00+01:00"))
    sandbox.place(make_order(3, placed="2026-01-05T09:00:01+01:00"))
    nine, nine_utc = "2026-01-05T09:00:00+01:00", "2026-01-05T08:00:00+00:00"

    assert list_ids(served, **{"from": nine}) == [3, 2, 1]
    assert list_ids(served, to=nine) == [2, 1]
    assert list_ids(served, **{"from": nine_utc, "to": nine_utc}) == [2, 1]
    assert list_ids(served, **{"from": "2026-01-05T09:00:02+01:00"}) == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("from=2026-01-05T09:00:00+01:00", "from: '2026-01-05T09:00:00 01:00' is not as 2019-12-01"),
        ("from=2026-01-05T09:00:00Z", "from: "),
        ("from=2026-01-05T09:00:00%2B0100", "from: "),
        ("to=2026-13-05T09:00:00%2B01:00", "to: "),
        ("to=2026-01-05", "to: "),
        ("per_page=9", "page: from 1 on; per_page: 10 to 250"),
        ("per_page=251", "page: from 1 on; per_page: 10 to 250"),
        ("page=0", "page: from 1 on; per_page: 10 to 250"),
        ("page=two", "page: 'two' is not a number"),
        ("channel_id=x", "channel_id: 'x' is not a number"),
        ("done=yes", "done: 'yes' is not a boolean"),
        ("expanded=", "expanded: '' is not a boolean"),
        ("since_id=7", "since_id: unknown"),
    ],
)
def test_a_parameter_that_is_not_in_its_form_is_refused(served: Served, query: str, message: str) -> None:
    answer = requests.get(f"{served.url}/System/Orders?{query}", headers=KEY, timeout=5)

    assert answer.status_code == 400
    assert answer.json()["message"].startswith(message)
    assert list(answer.json()) == ["message", "detail"]


def test_the_list_can_be_expanded_as_one_order_can(sandbox: RetailysSandbox, served: Served) -> None:
    place(sandbox, 7)

    listed = get(served, "/System/Orders", expanded="1").json()["orders"][0]

    assert listed == get(served, "/System/Orders/7", expanded="1").json()
    assert listed["items"][0]["article"]["family"] == {"id": 9, "name": "Family 9"}


def test_an_object_that_is_placed_whole_is_a_stub_unless_it_is_expanded(
    sandbox: RetailysSandbox, served: Served
) -> None:
    sandbox.place(make_order(7, channel={"id": 12, "name": "Shop"}))
    sandbox.change_object("channel", 12, name="Krám")

    in_stubs = get(served, "/System/Orders/7").json()
    expanded = get(served, "/System/Orders/7", expanded="true").json()

    assert in_stubs["channel"] == {"id": 12, "api_link": "/System/Channels/12"}
    assert expanded["channel"] == {"id": 12, "name": "Krám"}


@pytest.mark.parametrize("headers", [{}, {"token": "wrong"}, {"Authorization": "test-key"}])
def test_a_token_that_is_missing_or_wrong_is_refused(served: Served, headers: dict[str, str]) -> None:
    answer = requests.get(f"{served.url}/System/Me", headers=headers, timeout=5)

    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized", "detail": ""})


@pytest.mark.parametrize(
    "path", ["/System/Orders/404", "/System/Orders/", "/System/Orders/x", "/", "/System"]
)
def test_an_unknown_order_or_path_is_not_found(served: Served, path: str) -> None:
    assert get(served, path).status_code == 404


def test_a_path_outside_the_base_url_is_not_found(served: Served) -> None:
    assert requests.get(f"{served.root}/System/Me", headers=KEY, timeout=5).status_code == 404


def test_too_many_calls_are_answered_with_a_retry_after(sandbox: RetailysSandbox, served: Served) -> None:
    sandbox.fail_next(RateLimited(5), match="GET /System/Me")

    answer = get(served, "/System/Me")

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    assert answer.json()["message"] == "Too Many Requets"
    assert get(served, "/System/Me").status_code == 200


def test_a_late_order_has_a_greater_id_and_an_earlier_date(sandbox: RetailysSandbox, served: Served) -> None:
    place(sandbox, 1, 2)
    before = list_ids(served)

    late = sandbox.place_late(datetime(2026, 1, 5, 8, 0, 1, tzinfo=UTC) - timedelta(days=2))

    assert before == [2, 1]
    assert late["date_order"] == "2026-01-03T09:00:01+01:00"
    assert list_ids(served) == [2, 1, 80001]


def test_an_order_that_would_not_be_late_is_refused(sandbox: RetailysSandbox) -> None:
    place(sandbox, 1)

    with pytest.raises(ValueError, match="would not be late"):
        sandbox.place_late(datetime(2026, 1, 5, 8, 0, 1, tzinfo=UTC))


def test_orders_that_arrive_during_the_read_shift_the_pages_within_the_window(
    sandbox: RetailysSandbox, served: Served
) -> None:
    sandbox.page_size = 3
    place(sandbox, *range(1, 7))
    sandbox.arrive_during_read = 2
    window = {"to": "2026-01-05T09:00:06+01:00"}

    pages = [list_ids(served, page=page, **window) for page in (1, 2, 3)]

    assert pages == [[80001, 6, 5], [5, 4, 3], [2, 1]]
    assert sandbox.counts()["placed"] == 8


def test_a_page_that_repeats_comes_back_to_whatever_is_asked(
    sandbox: RetailysSandbox, served: Served
) -> None:
    sandbox.page_size = 2
    place(sandbox, *range(1, 7))
    sandbox.repeat_page = True

    pages = [get(served, "/System/Orders", page=page).json() for page in (1, 2, 9)]

    assert [[order["id"] for order in page["orders"]] for page in pages] == [[6, 5]] * 3
    assert [page["paginator"]["pages"] for page in pages] == [2, 3, 10]
    assert [page["paginator"]["page"] for page in pages] == [1, 2, 9]


def test_an_order_can_be_edited_and_removed(sandbox: RetailysSandbox, served: Served) -> None:
    order = sandbox.place(make_order(7))
    place(sandbox, 8)

    sandbox.edit(7, our_note="Balit")
    sandbox.remove(8)

    assert get(served, "/System/Orders/7").json() == {**order, "our_note": "Balit"}
    assert list_ids(served) == [7]
    assert get(served, "/System/Orders/8").status_code == 404


def test_an_order_moves_when_its_date_is_edited_and_stays_when_it_is_not(
    sandbox: RetailysSandbox, served: Served
) -> None:
    place(sandbox, 1, 2, 3)

    sandbox.edit(3, note="late")
    sandbox.edit(2, date_order="2026-02-01T00:00:00+01:00")

    assert list_ids(served) == [2, 3, 1]


def test_an_order_whose_date_or_id_cannot_be_read_is_there_all_the_same(
    sandbox: RetailysSandbox, served: Served
) -> None:
    place(sandbox, 7)
    sandbox.place(make_order(8, date_order="yesterday"))
    sandbox.place({"poison": True})
    since = (datetime.now(UTC) - timedelta(minutes=1)).isoformat(timespec="seconds")

    orders = get(served, "/System/Orders", **{"from": since}).json()["orders"]

    assert orders == [{"poison": True}, make_order(8, date_order="yesterday")]
    assert list_ids(served, done="false") == [8, 7]


def test_a_generated_order_is_of_the_moment_and_has_the_id_after_the_greatest(
    sandbox: RetailysSandbox,
) -> None:
    first, second = sandbox.place_generated(), sandbox.place_generated()
    place(sandbox, 90_000)

    assert (first["id"], second["id"], sandbox.place_generated()["id"]) == (80001, 80002, 90001)
    age = datetime.now(UTC) - datetime.fromisoformat(first["date_order"])
    assert timedelta(0) <= age < timedelta(minutes=1)


def test_a_made_order_is_the_same_each_time_and_its_money_adds_up() -> None:
    lines = [("0.35", 3), ("19.99", 2)]
    order: dict[str, Any] = make_order(60500, lines=lines)

    assert order == make_order("60500", lines=lines)
    assert order["money"] == 41.03
    added = sum(Decimal(str(item["price"]["final_price"])) * item["count"] for item in order["items"])
    assert added == Decimal("1.05") + Decimal("39.98")
    price = order["items"][1]["price"]
    assert (price["base_price"], price["vat_value"], price["final_price"]) == (16.52, 3.47, 19.99)
    assert make_order(60501)["date_order"] > order["date_order"]
    assert make_order(60500, money=None)["money"] is None
