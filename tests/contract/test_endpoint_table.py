"""Every endpoint of the providers' pages has a client method, and a test that calls it over HTTP."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from orderbus.providers.lunasoft.client import LunaClient
from orderbus.providers.net32.client import Net32Client
from orderbus.providers.zonos.client import ZonosClient

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "tests" / "samples" / "providers"
CLIENTS: dict[str, type] = {"lunasoft": LunaClient, "net32": Net32Client, "zonos": ZonosClient}


class Endpoint(NamedTuple):
    """A row: an endpoint of a provider's page, what calls it, and what proves that it does."""

    provider: str
    request: str
    method: str
    test: str


ENDPOINTS = [
    Endpoint("lunasoft", "GET /orders", "list_orders", "test_the_list_of_orders_is_asked_for_as_it_is"),
    Endpoint("lunasoft", "GET /orders/{order id}", "get_order", "test_one_order_is_read_with_its_statuses"),
    Endpoint(
        "lunasoft", "POST /orders/{order id}", "post_status", "test_a_status_is_posted_as_the_page_shows_it"
    ),
    Endpoint(
        "net32", "GET /orders/", "take_orders", "test_pending_orders_are_taken_with_the_slash_at_the_end"
    ),
    Endpoint(
        "net32",
        "GET /pre-auth/{orderId}",
        "preauthorize",
        "test_a_preauthorization_is_asked_for_without_a_slash_at_the_end",
    ),
    Endpoint(
        "net32",
        "POST /orders/{orderId}/charges/",
        "charge",
        "test_a_charge_is_posted_with_the_slash_at_the_end",
    ),
    Endpoint(
        "net32",
        "GET /orders/{orderId}/charges/{chargeRequetId}",
        "charge_status",
        "test_a_charge_is_asked_about_without_a_slash_at_the_end",
    ),
    Endpoint(
        "zonos",
        "POST /v1/orderNumbers",
        "order_numbers",
        "test_order_numbers_of_a_span_that_miss_a_merchant_order_id",
    ),
    Endpoint("zonos", "POST /v2/orderDetail", "order_detail", "test_a_detail_is_asked_for_by_the_reference"),
    Endpoint(
        "zonos",
        "POST /v1/updateMerchantOrderId",
        "update_merchant_order_id",
        "test_a_merchant_order_id_is_set",
    ),
    Endpoint(
        "zonos",
        "POST /v1/updateVendorOrderStatus",
        "update_vendor_order_status",
        "test_a_vendor_status_is_set",
    ),
    Endpoint(
        "zonos",
        "POST /v2/setShipmentTracking",
        "set_shipment_tracking",
        "test_the_tracking_numbers_are_set_as_a_whole",
    ),
]


def read_page(name: str) -> str:
    return (PAGES / name).read_text()


def on_net32s_page() -> set[str]:
    """Return each request of the page, e.g. `GET /orders/`."""
    page = read_page("net32-order-api.txt")
    found = re.findall(r"^(GET|POST) https://api\.net32\.com(/\S+)$", page, re.MULTILINE)
    return {f"{verb} {path}" for verb, path in found}


def on_lunasofts_page() -> set[str]:
    """Return each request of the page: a GET unless the text below its address says what to post."""
    page = read_page("lunasoft-orders.txt")
    found = re.findall(r"^\[base module url\](/\S+(?: id\])?)\n(.*)$", page, re.MULTILINE)
    return {
        f"{'POST' if below.startswith('Post ') else 'GET'} {path.replace('[', '{').replace(']', '}')}"
        for path, below in found
    }


def on_zonos_pages() -> set[str]:
    """Return each request of the page, and those that it names, whose pages providers.md read.

    Without the cart, which is the shop's own and not an order yet.
    """
    page = read_page("zonos-order-numbers.it.txt")
    (listed,) = set(re.findall(r"^POST \| https://api\.iglobalstores\.com(/\S+)$", page, re.MULTILINE))
    known = (ROOT / "infra" / "providers.md").read_text()
    found = re.findall(r"`POST (?:https://api\.iglobalstores\.com|\.\.\.)(/v\d/\w+)`", known)
    return {f"POST {path}" for path in {listed, *found} - {"/v1/createTempCart"}}


def functions_of(provider: str) -> dict[str, object]:
    module = importlib.import_module(f"tests.contract.test_{provider}_client")
    return {name: value for name, value in vars(module).items() if inspect.isfunction(value)}


def readme_table() -> str:
    """Return the table of README; `python -c` prints it, see the message of the test below."""
    rows = [
        f"| {row.provider} | `{row.request}` | `{CLIENTS[row.provider].__name__}.{row.method}`"
        f" | `test_{row.provider}_client.py::{row.test}` |"
        for row in ENDPOINTS
    ]
    return "\n".join(["| provider | endpoint | client method | test |", "|---|---|---|---|", *rows])


def test_the_pages_are_the_providers_own() -> None:
    assert len(on_net32s_page()) == 4
    assert len(on_lunasofts_page()) == 3
    assert len(on_zonos_pages()) == 5


def test_the_table_has_every_endpoint_of_the_pages_and_no_other() -> None:
    table = {f"{row.provider} {row.request}" for row in ENDPOINTS}

    pages = {"net32": on_net32s_page(), "lunasoft": on_lunasofts_page(), "zonos": on_zonos_pages()}
    assert table == {f"{provider} {request}" for provider, page in pages.items() for request in page}
    assert len(table) == len(ENDPOINTS)


@pytest.mark.parametrize("provider", CLIENTS)
def test_the_table_has_every_method_of_the_clients(provider: str) -> None:
    methods = {name for name in vars(CLIENTS[provider]) if not name.startswith("_")}

    assert {row.method for row in ENDPOINTS if row.provider == provider} == methods


@pytest.mark.parametrize("row", ENDPOINTS, ids=lambda row: f"{row.provider}-{row.method}")
def test_every_row_has_a_test_that_calls_its_method_and_asserts_the_request(row: Endpoint) -> None:
    test = functions_of(row.provider).get(row.test)

    assert test is not None, f"{row.test} is not in test_{row.provider}_client.py"
    assert not getattr(test, "pytestmark", []), f"{row.test} is marked, and may be skipped"
    source = inspect.getsource(test)  # type: ignore[arg-type]
    assert f"client.{row.method}(" in source
    assert ".line ==" in source or ".sent() == (" in source


def test_readme_has_the_same_table() -> None:
    readme = (ROOT / "README.md").read_text()
    found = re.search(r"<!-- endpoints -->\n(.*?)<!-- /endpoints -->", readme, re.DOTALL)
    if found is None:
        pytest.skip("README.md has no place for it")

    assert found.group(1).strip() == readme_table(), (
        "put this between the marks of README.md: python -c"
        " 'from tests.contract.test_endpoint_table import *; print(readme_table())'"
    )
