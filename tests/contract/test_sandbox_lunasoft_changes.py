"""The LunaSoft sandbox's orders come late, arrive during a read, repeat, change and go."""

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
    return [int(order["id"]) for order in get(served, "/orders", **parameters).json()["orders"]]


def test_a_late_order_has_a_lower_id_and_becomes_visible_only_now(
    sandbox: LunaSoftSandbox, served: Served
) -> None:
    place(sandbox, 10, 12)
    before = list_ids(served, sort="id")

    sandbox.place_late(11)

    assert before == [10, 12]
    assert list_ids(served, sort="id") == [10, 11, 12]


@pytest.mark.parametrize("order_id", [12, 13, 10])
def test_an_order_that_would_not_be_late_is_refused(sandbox: LunaSoftSandbox, order_id: int) -> None:
    place(sandbox, 10, 12)

    with pytest.raises(ValueError, match=f"order {order_id} would not be late"):
        sandbox.place_late(order_id)


def test_orders_that_arrive_during_the_read_shift_the_pages_of_the_default_sort(
    sandbox: LunaSoftSandbox, served: Served
) -> None:
    sandbox.page_size = 3
    place(sandbox, *range(60001, 60007))
    sandbox.arrive_during_read = 2

    pages = [list_ids(served, page=page) for page in (1, 2, 3)]

    assert pages == [[60007, 60006, 60005], [60005, 60004, 60003], [60002, 60001]]


def test_a_page_that_repeats_comes_back_to_whatever_is_asked(
    sandbox: LunaSoftSandbox, served: Served
) -> None:
    sandbox.page_size = 2
    place(sandbox, *range(1, 7))
    sandbox.repeat_page = True

    first = get(served, "/orders", sort="id").json()
    by_page = get(served, "/orders", sort="id", page=2).json()
    by_id = get(served, "/orders", sort="id", id=2).json()

    assert [order["id"] for order in first["orders"]] == ["1", "2"]
    assert first["orders"] == by_page["orders"] == by_id["orders"]
    assert [page["next_page"] for page in (first, by_page, by_id)] == [2, 3, 2]


def test_an_order_can_be_edited_and_removed_at_the_site(sandbox: LunaSoftSandbox, served: Served) -> None:
    order = sandbox.place(make_order(7))
    place(sandbox, 8)

    sandbox.edit(7, is_paid=False)
    sandbox.remove(8)

    assert get(served, "/orders/7").json() == {**order, "is_paid": False}
    assert list_ids(served) == [7]
    assert get(served, "/orders/8").status_code == 404
