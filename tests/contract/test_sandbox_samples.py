"""The samples of LunaSoft are what its page shows, and what the sandbox serves."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from infra.sandbox.lunasoft import LunaSoftSandbox
from infra.sandbox.lunasoft_sample import SAMPLE_ORDER
from infra.sandbox.server import serve

SAMPLES = Path(__file__).parents[1] / "samples" / "providers"


def read_sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text())


def read_page_example(title: str) -> Any:
    """Read the first JSON that stands below a title of LunaSoft's page."""
    page = (SAMPLES / "lunasoft-orders.txt").read_text()
    below = page[page.index(title) :]
    # The page shows by dots that more orders would follow.
    example = below[below.index("{") :].replace("}\n.......\n]", "}\n]", 1)
    return json.JSONDecoder().raw_decode(example)[0]


def test_the_samples_are_what_the_page_shows() -> None:
    assert read_sample("lunasoft-orders-page.json") == read_page_example("Sample Response")
    assert read_sample("lunasoft-order-54123.json") == read_page_example("Retrieve specific order")


def test_the_samples_keep_the_order_of_the_fields() -> None:
    page = read_page_example("Retrieve specific order")

    assert json.dumps(SAMPLE_ORDER) == json.dumps(read_sample("lunasoft-order-54123.json"))
    assert json.dumps(SAMPLE_ORDER) == json.dumps(page)


def test_the_seed_order_is_served_exactly_as_it_stands_on_the_page() -> None:
    sandbox = LunaSoftSandbox()
    sandbox.place_seed_order()
    headers = {"Authorization": "test-key"}
    with serve(sandbox) as served:
        listed = requests.get(f"{served.url}/orders", headers=headers, timeout=5)
        shown = requests.get(f"{served.url}/orders/54123", headers=headers, timeout=5)

    page = read_page_example("Sample Response")
    assert json.dumps(shown.json()) == json.dumps(read_page_example("Retrieve specific order"))
    assert json.dumps(listed.json()) == json.dumps({**page, "next_page": False})


def test_changes_of_a_placed_seed_order_leave_the_sample_alone() -> None:
    sandbox = LunaSoftSandbox()
    placed = sandbox.place_seed_order()
    placed["line_items"].clear()
    sandbox.add_status(54123, "Cancelled")

    assert read_sample("lunasoft-order-54123.json") == SAMPLE_ORDER


def test_the_amounts_of_the_sample_add_up() -> None:
    lines = sum(Decimal(line["total_cost"]) for line in SAMPLE_ORDER["line_items"])

    parts = lines + Decimal(SAMPLE_ORDER["shipping_cost"]) + Decimal(SAMPLE_ORDER["tax"])
    assert parts == Decimal(SAMPLE_ORDER["total"]) == Decimal("322.85")
