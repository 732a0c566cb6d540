"""The list and the detail of Retailys show one order differently, and it stays one order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from orderbus.domain.connections import parse_connection
from orderbus.intake.receive import Receiver, Tally
from orderbus.intake.source import RawOrder
from orderbus.providers.retailys.source import RetailysSource
from orderbus.runtime import clients
from orderbus.runtime.fetch import Services
from orderbus.runtime.settings import FetchSettings, from_environment

from infra.sandbox.retailys import RetailysSandbox, make_order
from infra.sandbox.server import serve
from tests.world import World

ORDER = "retailys-main:7"


class Reader:
    """Reads order 7 in either view into the ledger, a second apart."""

    def __init__(self, world: World, url: str) -> None:
        connection = parse_connection(
            "retailys-main",
            {
                "provider": "retailys",
                "base_url": url,
                "credentials": {"token": "test-key"},
            },
        )
        self.world = world
        self.source = RetailysSource(connection, clients.now)
        services = Services(from_environment(FetchSettings))
        self.receiver: Receiver = services.receiver(self.source, "live")
        self.tally = Tally()

    def read_list(self) -> None:
        now = datetime.now(UTC)
        window = self.source.list_window(now - timedelta(days=4000), now, 1)
        self._receive(window.rows)

    def read_detail(self) -> None:
        row = self.source.read_again("7")
        assert row is not None
        self._receive([row])

    def published(self) -> list[tuple[str, list[str]]]:
        """Return the type and the changed paths of each event since the last call."""
        return [
            (event["type"], [change["path"] for change in event["data"].get("changes", [])])
            for event in self.world.relay()
        ]

    def order(self) -> dict[str, Any]:
        stored = self.receiver._orders.find([ORDER], consistent=True)[ORDER]
        return stored.load()

    def _receive(self, rows: list[RawOrder]) -> None:
        self.receiver.receive(rows, self.tally)
        self.world.pass_time(seconds=1)


@pytest.fixture
def sandbox() -> RetailysSandbox:
    sandbox = RetailysSandbox()
    sandbox.place(make_order(7))
    return sandbox


@pytest.fixture
def reader(world: World, sandbox: RetailysSandbox) -> Iterator[Reader]:
    with serve(sandbox) as served:
        yield Reader(world, served.url)


def test_a_list_and_a_detail_read_in_turn_a_hundred_times_are_one_event(reader: Reader) -> None:
    for _ in range(50):
        reader.read_list()
        reader.read_detail()

    assert reader.published() == [("order.created.v1", [])]
    assert (reader.tally.created, reader.tally.updated, reader.tally.unchanged) == (1, 0, 99)


def test_a_detail_and_a_list_read_in_turn_are_one_event_and_keep_what_only_the_detail_has(
    reader: Reader,
) -> None:
    for _ in range(5):
        reader.read_detail()
        reader.read_list()

    assert reader.published() == [("order.created.v1", [])]
    assert reader.order()["provider_data"]["payment"]["name"] == "Payment 4"


def test_a_change_that_the_list_shows_is_one_event_whichever_view_comes_next(
    reader: Reader, sandbox: RetailysSandbox
) -> None:
    reader.read_list()
    reader.read_detail()
    reader.published()

    sandbox.set_state(7, "sent")
    reader.read_list()
    reader.read_detail()
    reader.read_list()

    changed = [
        "/fulfilment",
        "/lines/0/quantity/shipped",
        "/lines/1/quantity/shipped",
        "/provider_status",
    ]
    assert reader.published() == [("order.updated.v1", changed)]
    assert reader.tally.updated == 1


def test_another_way_of_paying_is_seen_in_the_list_though_it_shows_stubs(
    reader: Reader, sandbox: RetailysSandbox
) -> None:
    reader.read_detail()
    reader.published()

    sandbox.edit(7, payment={"id": 5, "api_link": "/System/Channels/3/Payments/5"})
    reader.read_list()

    assert reader.published() == [("order.updated.v1", ["/provider_data/payment_id"])]

    reader.read_detail()
    assert reader.order()["provider_data"]["payment"]["name"] == "Payment 5"


def test_what_becomes_of_an_article_in_the_catalogue_is_no_change_of_the_order(
    reader: Reader, sandbox: RetailysSandbox
) -> None:
    reader.read_list()
    reader.published()
    articles = reader.order()["provider_data"]["articles"]

    items = sandbox.orders.read(7)["items"]
    items[0]["article"] |= {"state": "sold out", "multidata": [{"stores": [{"id": 1, "count": 0}]}]}
    sandbox.edit(7, items=items)
    reader.read_list()
    reader.read_detail()

    assert reader.published() == []
    assert reader.order()["provider_data"]["articles"] == articles


def test_a_cancelled_order_is_told_by_one_event(reader: Reader, sandbox: RetailysSandbox) -> None:
    reader.read_list()
    reader.published()

    sandbox.set_status(7, sandbox.statuses[4])
    reader.read_list()
    reader.read_detail()

    assert reader.published() == [("order.cancelled.v1", ["/lifecycle", "/provider_status"])]
