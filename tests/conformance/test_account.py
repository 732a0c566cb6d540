"""What is said of an account: each thing that is not so is found, and nothing is changed there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from orderbus.domain.connections import parse_connection

from infra.conformance.account import KeptInbox, PagesFolderError, check_account
from infra.conformance.run import Result
from infra.sandbox.faults import Fault, Meanwhile, Status
from infra.sandbox.messages import Answer
from infra.sandbox.server import serve
from infra.sandbox.zonos import ZonosSandbox, make_order
from infra.sandbox.zonos_orders import STORE

LIST, DETAIL = "POST /v1/orderNumbers", "POST /v2/orderDetail"


class Store:
    """A Zonos store with two good orders of now."""

    def __init__(self, sandbox: ZonosSandbox, url: str) -> None:
        self.sandbox = sandbox
        self._url = url
        for number in (1, 2):
            sandbox.place(make_order(number), number=number)

    def place(self, timestamp: str | None = None, **fields: Any) -> None:
        """Let a third order come in."""
        self.sandbox.place({**make_order(3), **fields}, number=3, timestamp=timestamp)

    def on_call(self, number: int, line: str, fault: Fault, *, times: int = 1) -> None:
        """Let that call of its kind go wrong."""
        if number > 1:
            self.sandbox.fail_next(Meanwhile(), match=line, times=number - 1)
        self.sandbox.fail_next(fault, match=line, times=times)

    def check(self, **options: Any) -> dict[str, Result]:
        """Return what is said of it, by name."""
        credentials = {"store": STORE, "secret": "test-secret"}
        given = {"provider": "zonos", "base_url": self._url, "credentials": credentials, "options": options}
        return {result.name: result for result in check_account(parse_connection("mine", given))}


@pytest.fixture
def store() -> Iterator[Store]:
    sandbox = ZonosSandbox()
    with serve(sandbox) as served:
        yield Store(sandbox, served.url)


def test_a_good_account_is_read_and_nothing_is_told_to_it(store: Store) -> None:
    told = store.check(acknowledge=True)

    assert {result.outcome for result in told.values()} == {"holds"}
    assert {call.path for call in store.sandbox.calls} == {"/v1/orderNumbers", "/v2/orderDetail"}


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("amounts add up", {"grandTotal": 1.0}),
        ("each order says when it was placed", {"timestamp": "yesterday"}),
        ("countries are known", {"countryCode": "Atlantis"}),
        ("statuses are known", {"orderStatus": "IGLOBAL_TELEPORTED"}),
    ],
)
def test_an_order_that_is_odd_is_counted_where_it_is(store: Store, name: str, fields: Any) -> None:
    store.place(**fields)

    wrong = {result.name: result.said for result in store.check().values() if result.outcome == "fails"}

    assert wrong == {name: "not so of 1 of 3 orders"}


def test_of_many_reasons_why_orders_cannot_be_read_the_first_are_told(store: Store) -> None:
    fields = (
        "paymentProcessing",
        "shippingTotal",
        "dutyTaxesTotal",
        "grandTotal",
        "testOrder",
        "items",
        "notes",
    )
    for number, field in enumerate(fields, 10):
        store.sandbox.place({**make_order(number), field: "none of it"}, number=number)

    told = store.check()["each order can be normalized"].said

    assert told.startswith("not so of 7 of 9 orders: ")
    assert told.endswith("; and 2 other reasons")
    assert "none of it" not in told


def test_an_order_that_differs_when_it_is_read_again_is_counted(store: Store) -> None:
    store.on_call(2, LIST, Meanwhile(lambda: store.sandbox.edit(1, orderStatus="VENDOR_PREPARING_ORDER")))

    told = store.check()["read again, an order is the same"]

    assert told.outcome == "fails"
    assert told.said == "not so of 1 of 2 orders; unless they changed meanwhile, a field is not stable"


@pytest.mark.parametrize("price", ["25.95", '"free"'])
def test_a_detail_that_is_not_as_the_order_is_listed_is_counted(store: Store, price: str) -> None:
    store.on_call(3, DETAIL, Meanwhile(alter=replacing(b"24.95", price.encode())))

    told = store.check()["read by itself, an order is as it is listed"]

    assert (told.outcome, told.said) == ("fails", "not so of 1 of 2 orders")


def test_a_detail_that_cannot_be_read_is_said_with_its_error(store: Store) -> None:
    store.on_call(3, DETAIL, Status(500), times=3)

    told = store.check()["read by itself, an order is as it is listed"]

    assert (told.outcome, told.said) == ("fails", "mine: the provider answered 500")


def test_a_week_is_read_unless_the_connection_says_from_when_on(store: Store) -> None:
    store.place("2026-01-01 10:00:00.0")

    assert store.check()["the account can be read"].said.startswith("2 orders since ")
    assert store.check(start_at="all")["the account can be read"].said == "3 orders were read"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody can write to")
def test_a_folder_that_takes_no_file_is_refused_before_anything_is_read() -> None:
    with pytest.raises(PagesFolderError, match="nothing was read"):
        KeptInbox(Path("/proc/self"))


def replacing(one: bytes, other: bytes) -> Callable[[Answer], Answer]:
    return lambda answer: replace(answer, body=answer.body.replace(one, other))
