"""P6: what is generated as malformed is in the ledger or set aside, and all of it can be published."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from orderbus.intake.raw_forms import raw_form
from orderbus.intake.receive import Tally
from orderbus.intake.source import RawOrder
from orderbus.providers.lunasoft.source import LunaSource
from orderbus.providers.net32.source import Net32Source
from orderbus.providers.wire import parse_json
from orderbus.runtime.fetch import Services
from orderbus.runtime.settings import FetchSettings, from_environment

from tests.bus_gate import gated_bus
from tests.malformed import LUNA_SHOP, SHOPS, Shop, of_type
from tests.malformed_orders import malformed_orders
from tests.publishing import publish, raw_object, with_outbox
from tests.world import World

Json = dict[str, Any]
PAGE = 50


@pytest.mark.timeout(300)
@pytest.mark.parametrize("count", [250, pytest.param(2_500, marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.provider)
def test_generated_orders_are_each_in_the_ledger_or_in_quarantine_and_on_the_bus(
    world: World, shop: Shop, count: int
) -> None:
    raws = [parse_json(body) for body in malformed_orders(shop, count, seed=7)]

    tally = receive(shop, raws)
    events = published(world)

    # A broken id may be another order's: that is a change of it.
    assert tally.read == count == tally.created + tally.updated + tally.quarantined
    assert min(tally.created, tally.quarantined) > count // 10
    created, quarantined = (of_type(events, f"order.{fact}.v1") for fact in ("created", "quarantined"))
    assert len(created) == tally.created
    assert {event["id"] for event in events} >= {event["id"] for event in created + quarantined}
    assert world.objects("refused/") == []
    kept = {raw_object(event["data"]["key"]) for event in quarantined}
    in_the_ledger = {event["subject"] for event in created}
    for raw in raws:
        assert raw_form(raw) in kept or f"{shop.connection}:{id_of(shop, raw)}" in in_the_ledger
    assert all(event["data"]["reason"] for event in quarantined)


def receive(shop: Shop, raws: list[Any]) -> Tally:
    """Receive orders page by page, as a poll does."""
    services = Services(from_environment(FetchSettings))
    connection = services.connections.get(shop.connection)
    make_source = LunaSource if shop is LUNA_SHOP else Net32Source
    source = make_source(connection, services.clock)
    view = source.views["list" if shop is LUNA_SHOP else "pending"]
    tally = Tally()
    for start in range(0, len(raws), PAGE):
        page = [RawOrder(raw, view, datetime.now(UTC)) for raw in raws[start : start + PAGE]]
        services.receiver(source, "live").receive(page, tally)
    return tally


def published(world: World) -> list[Json]:
    """Publish all that is on the stream, and return what the bus took."""
    records: list[Json] = []
    while more := world.records():  # a thousand at a time
        records += with_outbox(more)
    with gated_bus() as bus:
        bus.passes_on = False
        for start in range(0, len(records), 100):
            assert publish(world, records[start : start + 100])["refused"] == 0
    return [detail for request in bus.requests for detail in request]


def id_of(shop: Shop, raw: Any) -> str:
    return str(raw["id" if shop is LUNA_SHOP else "orderId"]).strip() if isinstance(raw, dict) else ""
