"""The samples of Zonos are what its page shows, and what the sandbox serves."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.sandbox.server import serve
from infra.sandbox.zonos import ZonosSandbox, make_order

SAMPLES = Path(__file__).parents[1] / "samples" / "providers"
LIST, WITH_STATUSES, ERROR = (f"zonos-order-numbers{part}.json" for part in ("", "-statuses", "-error"))


def read_sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text())


def read_page_example(title: str) -> Any:
    """Read the first JSON that stands below a title of the page."""
    page = (SAMPLES / "zonos-order-numbers.it.txt").read_text()
    below = page[page.index(title) :]
    return json.JSONDecoder().raw_decode(below[below.index("{") :])[0]


def ask(sandbox: ZonosSandbox, **fields: Any) -> tuple[int, Any]:
    body = {"store": "999", "secret": "test-secret", **fields}
    with serve(sandbox) as served:
        answer = requests.post(
            f"{served.url}/v1/orderNumbers", json=body, headers={"Accept": "application/json"}, timeout=5
        )
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("name", "title"),
    [
        (LIST, "ESEMPIO DI RISPOSTA DI SUCCESSO"),
        (WITH_STATUSES, "Esempio di risposta di successo con il parametro 'statuses'"),
        (ERROR, "Esempio di risposta di errore"),
    ],
)
def test_the_samples_are_what_the_page_shows(name: str, title: str) -> None:
    assert json.dumps(read_sample(name)) == json.dumps(read_page_example(title))


def test_the_list_of_the_page_is_served_exactly_as_it_stands_there() -> None:
    sandbox = ZonosSandbox()
    sandbox.place_seed_orders()

    status, answer = ask(sandbox, sinceDate="20150101", throughDate="20150102")

    assert (status, json.dumps(answer)) == (200, json.dumps(read_sample(LIST)))


def test_the_list_with_statuses_of_the_page_is_served_exactly_as_it_stands_there() -> None:
    sandbox = ZonosSandbox()
    sandbox.place_seed_orders(2)

    status, answer = ask(sandbox, sinceDate="20150101", statuses=True)

    assert (status, json.dumps(answer)) == (200, json.dumps(read_sample(WITH_STATUSES)))


def test_the_error_of_the_page_is_served_exactly_as_it_stands_there() -> None:
    assert ask(ZonosSandbox(), sinceOrderId="999999") == (200, read_sample(ERROR))


def test_a_made_order_is_the_same_each_time_and_adds_up() -> None:
    order = make_order(7, lines=[("0.35", 3), ("19.99", 2)], shipping="4.10", discount="5.00")

    assert order == make_order(7, lines=[("0.35", 3), ("19.99", 2)], shipping="4.10", discount="5.00")
    assert (order["itemsTotal"], order["shippingTotal"], order["dutyTaxesTotal"]) == (36.03, 4.1, 2.81)
    assert order["grandTotal"] == 42.94
    items = sum(Decimal(str(i["unitPrice"])) * i["quantity"] for i in order["items"])
    assert items + Decimal("4.10") + Decimal("2.81") == Decimal("42.94")
    assert make_order(7, grandTotal=None)["grandTotal"] is None
