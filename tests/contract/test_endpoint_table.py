"""Every endpoint of the providers' pages has a client method, and a test that calls it over HTTP."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from types import FunctionType
from typing import NamedTuple

import pytest
from orderbus.providers.lunasoft.client import LunaClient
from orderbus.providers.net32.client import Net32Client
from orderbus.providers.registry import provider_names
from orderbus.providers.retailys.client import RetailysClient
from orderbus.providers.zonos.client import ZonosClient

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "tests" / "samples" / "providers"
CLIENTS: dict[str, type] = {
    "lunasoft": LunaClient,
    "net32": Net32Client,
    "retailys": RetailysClient,
    "zonos": ZonosClient,
}
# What the endpoints of Retailys' page need beside them; they are in its specification.
NEEDED_AT_RETAILYS = {"GET /System/Lists/Shippers", "GET /System/Me"}
# How a test asserts which request came in.
ASSERTS_THE_REQUEST = (".line ==", ".sent() == (", ".last == (", "(request.method, request.target) for")


class Endpoint(NamedTuple):
    """A row: an endpoint of a provider's page, what calls it, and what proves that it does."""

    provider: str
    request: str
    method: str
    test: str
    about: str = "client"

    @property
    def file(self) -> str:
        """Return the name of the module that the test is in."""
        return f"test_{self.provider}_{self.about}"


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
        "retailys",
        "GET /System/Orders",
        "list_orders",
        "test_orders_are_listed_by_every_parameter_that_there_is",
    ),
    Endpoint(
        "retailys",
        "POST /System/Orders",
        "create_order",
        "test_an_order_is_created_without_items_and_its_id_is_returned",
        "writes",
    ),
    Endpoint(
        "retailys", "GET /System/Orders/{id}", "get_order", "test_one_order_is_shown_in_stubs_or_expanded"
    ),
    Endpoint(
        "retailys", "POST /System/Orders/{id}/item", "add_item", "test_an_item_is_added_to_an_order", "writes"
    ),
    Endpoint(
        "retailys",
        "PUT /System/Orders/{id}/item",
        "edit_item",
        "test_an_item_of_an_order_is_edited",
        "writes",
    ),
    Endpoint(
        "retailys",
        "DELETE /System/Orders/{id}/item/{itemId}",
        "delete_item",
        "test_an_item_is_taken_out_of_an_order",
        "writes",
    ),
    Endpoint(
        "retailys",
        "GET /System/Orders/Statuses",
        "list_statuses",
        "test_all_statuses_of_the_instance_are_listed_whatever_the_number_of_pages",
    ),
    Endpoint(
        "retailys",
        "PATCH /System/Orders/{id}/status",
        "set_status",
        "test_a_status_is_set_and_does_what_it_does",
        "writes",
    ),
    Endpoint(
        "retailys",
        "POST /System/Orders/{id}/tracking",
        "add_tracking",
        "test_a_tracking_number_is_added",
        "writes",
    ),
    Endpoint(
        "retailys",
        "POST /System/Orders/{id}/history",
        "add_history",
        "test_a_record_is_added_to_the_history",
        "writes",
    ),
    Endpoint(
        "retailys",
        "PATCH /System/Orders/{id}/paid",
        "set_paid",
        "test_a_payment_is_told_with_all_that_is_known_of_it",
        "writes",
    ),
    Endpoint("retailys", "PATCH /System/Orders/{id}/done", "set_done", "test_an_order_is_done", "writes"),
    Endpoint(
        "retailys", "PATCH /System/Orders/{id}/cancel", "cancel", "test_an_order_is_cancelled", "writes"
    ),
    Endpoint("retailys", "PATCH /System/Orders/{id}/sent", "set_sent", "test_an_order_is_sent", "writes"),
    Endpoint(
        "retailys",
        "PATCH /System/Orders/{id}/delivered",
        "set_delivered",
        "test_an_order_that_was_sent_is_delivered",
        "writes",
    ),
    Endpoint("retailys", "GET /System/Lists/Shippers", "list_shippers", "test_all_shippers_are_listed"),
    Endpoint("retailys", "GET /System/Me", "who_am_i", "test_the_token_says_whose_it_is"),
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


def on_retailys_page() -> set[str]:
    """Return each request of the page, e.g. `GET /System/Orders`."""
    found = re.findall(r"^Endpoint \[([A-Z]+)\] (\S+)", read_page("retailys-orders.txt"), re.MULTILINE)
    return {f"{verb} {path}" for verb, path in found}


def on_zonos_pages() -> set[str]:
    """Return each request of the page, and those that it names, whose pages providers.md read.

    Without the cart, which is the shop's own and not an order yet.
    """
    page = read_page("zonos-order-numbers.it.txt")
    (listed,) = set(re.findall(r"^POST \| https://api\.iglobalstores\.com(/\S+)$", page, re.MULTILINE))
    known = (ROOT / "infra" / "providers.md").read_text()
    found = re.findall(r"`POST (?:https://api\.iglobalstores\.com|\.\.\.)(/v\d/\w+)`", known)
    return {f"POST {path}" for path in {listed, *found} - {"/v1/createTempCart"}}


def functions_of(file: str) -> dict[str, FunctionType]:
    module = importlib.import_module(f"tests.contract.{file}")
    return {name: value for name, value in vars(module).items() if inspect.isfunction(value)}


def names_the_request(source: str, request: str) -> bool:
    """Say whether a test has a request's verb and path in texts of its own, its `{...}` filled in."""
    verb, path = request.split(" ", maxsplit=1)
    filled = re.sub(r"\\\{[^}]*\\\}", '[^/"?]+', re.escape(path))
    return re.search(f'"{verb}[ "]', source) is not None and re.search(f'{filled}["?]', source) is not None


def readme_table() -> str:
    """Return the table of README; `python -c` prints it, see the message of the test below."""
    rows = [
        f"| {row.provider} | `{row.request}` | `{CLIENTS[row.provider].__name__}.{row.method}`"
        f" | `{row.file}.py::{row.test}` |"
        for row in ENDPOINTS
    ]
    return "\n".join(["| provider | endpoint | client method | test |", "|---|---|---|---|", *rows])


def test_every_provider_is_in_the_table() -> None:
    assert {*CLIENTS} == {*provider_names()}


def test_the_pages_are_the_providers_own() -> None:
    assert len(on_net32s_page()) == 4
    assert len(on_lunasofts_page()) == 3
    assert len(on_retailys_page()) == 15
    assert len(on_zonos_pages()) == 5


def test_the_table_has_every_endpoint_of_the_pages_and_no_other() -> None:
    table = {f"{row.provider} {row.request}" for row in ENDPOINTS}

    pages = {
        "net32": on_net32s_page(),
        "lunasoft": on_lunasofts_page(),
        "retailys": on_retailys_page() | NEEDED_AT_RETAILYS,
        "zonos": on_zonos_pages(),
    }
    assert table == {f"{provider} {request}" for provider, page in pages.items() for request in page}
    assert len(table) == len(ENDPOINTS)


@pytest.mark.parametrize("provider", CLIENTS)
def test_the_table_has_every_method_of_the_clients(provider: str) -> None:
    methods = {name for name in vars(CLIENTS[provider]) if not name.startswith("_")}

    assert {row.method for row in ENDPOINTS if row.provider == provider} == methods


@pytest.mark.parametrize("row", ENDPOINTS, ids=lambda row: f"{row.provider}-{row.method}")
def test_every_row_has_a_test_that_calls_its_method_and_asserts_the_request(row: Endpoint) -> None:
    test = functions_of(row.file).get(row.test)

    assert test is not None, f"{row.test} is not in {row.file}.py"
    assert not getattr(test, "pytestmark", []), f"{row.test} is marked, and may be skipped"
    source = inspect.getsource(test)
    assert f"client.{row.method}(" in source
    assert any(each in source for each in ASSERTS_THE_REQUEST)
    assert names_the_request(source, row.request), f"{row.test} asserts another request than {row.request}"


@pytest.mark.parametrize(
    "other",
    ["PATCH /System/Orders/{id}/delivered", "POST /System/Orders/{id}/sent", "PATCH /System/Orders/sent"],
)
def test_a_test_that_asserts_another_request_is_noticed(other: str) -> None:
    source = 'assert sandbox.last == ("PATCH", "/v1/System/Orders/7/sent", None)'

    assert names_the_request(source, "PATCH /System/Orders/{id}/sent")
    assert not names_the_request(source, other)


def test_readme_has_the_same_table() -> None:
    readme = (ROOT / "README.md").read_text()
    found = re.search(r"<!-- endpoints -->\n(.*?)<!-- /endpoints -->", readme, re.DOTALL)

    assert found is not None, "README.md has no place for it: <!-- endpoints --> to <!-- /endpoints -->"
    assert found.group(1).strip() == readme_table(), (
        "put this between the marks of README.md: python -c"
        " 'from tests.contract.test_endpoint_table import *; print(readme_table())'"
    )
