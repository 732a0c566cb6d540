"""Shops whose orders the fetch has missed, and their reconciliation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from orderbus.runtime.observability import metrics

from infra.sandbox import lunasoft, retailys, zonos
from tests.world import LUNA, RETAILYS, ZONOS, World

LUNA_FORM = "%Y-%m-%dT%H:%M:%S%z"


METRICS = ("OrdersMissed", "OrdersCreated", "ReconciliationsCompleted", "ReconciliationsFailed")


def now() -> datetime:
    return datetime.now(UTC)


def place_luna(world: World, number: int, placed: datetime, **fields: Any) -> None:
    world.lunasoft.place(lunasoft.make_order(number, created=placed.strftime(LUNA_FORM), **fields))


def place_retailys(world: World, number: int, placed: datetime, **fields: Any) -> None:
    text = placed.isoformat(timespec="seconds")
    world.retailys.place(retailys.make_order(number, placed=text, **fields))


def place_zonos(world: World, number: int, placed: datetime, **fields: Any) -> None:
    text = placed.strftime("%Y-%m-%d %H:%M:%S.0")
    world.zonos.place(zonos.make_order(number, **fields), timestamp=text)


@dataclass(frozen=True)
class Shop:
    """A provider's connection, and how it is asked to reconcile."""

    connection: str
    place: Callable[..., None]
    external_id: Callable[[int], str]
    bad: dict[str, Any]
    calls: dict[str, int]
    "The provider's calls of a reconciliation of a week in which one order is missing."

    def sandbox(self, world: World) -> Any:
        return getattr(world, self.connection.split("-")[0].replace("luna", "lunasoft"))

    def asked(self, world: World) -> dict[str, int]:
        """Count the provider's calls by path since the last time."""
        calls = self.sandbox(world).calls
        paths = [call.path.split("?")[0] for call in calls]
        calls.clear()
        return {path: paths.count(path) for path in dict.fromkeys(paths)}


SHOPS = [
    Shop(LUNA, place_luna, str, {"total": "?"}, {"/orders": 2}),
    Shop(RETAILYS, place_retailys, str, {"money": "?"}, {"/System/Orders": 28}),
    Shop(
        ZONOS,
        place_zonos,
        lambda number: f"999-{number}",
        {"items": "?"},
        {"/v1/orderNumbers": 10, "/v2/orderDetail": 1},
    ),
]


def polled(world: World, shop: Shop) -> None:
    """Poll, and let all of it be told."""
    shop.sandbox(world)
    world.poll(shop.connection)
    world.relay()


def reconcile(world: World, shop: Shop, **more: Any) -> dict[str, Any]:
    return world.invoke("reconcile_orders", {"connection": shop.connection, **more})


@contextmanager
def counted(capsys: pytest.CaptureFixture[str]) -> Iterator[dict[str, int]]:
    """Give the metrics of the invocations within."""
    metrics.clear_metrics()
    capsys.readouterr()
    found: dict[str, int] = {}
    yield found
    for line in capsys.readouterr().out.splitlines():
        if '"_aws"' in line:
            said = json.loads(line)
            found.update({name: sum(said[name]) for name in METRICS if name in said})


def told(world: World) -> list[tuple[str, str, str]]:
    events = world.relay()
    assert len({event["id"] for event in events}) == len(events)
    return sorted((event["type"], event["subject"].split(":")[1], event["intake"]) for event in events)


def out_of_sight(world: World, shop: Shop) -> str:
    """Let an order become visible so late that no poll shows it any more; return its id."""
    for number in range(2_000, 2_060):
        shop.place(world, number, now() - timedelta(days=1, hours=1))
    shop.place(world, 3_000, now() - timedelta(hours=1))
    polled(world, shop)
    shop.place(world, 1_000, now() - timedelta(days=6))
    world.pass_time(minutes=1)
    polled(world, shop)
    return shop.external_id(1_000)


def invoke_with(world: World, event: dict[str, Any], left: Callable[[], int]) -> dict[str, Any]:
    class Dwindling:
        function_name = "orderbus-reconcile-orders"
        memory_limit_in_mb = 512
        invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:test"
        aws_request_id = "00000000-0000-4000-8000-000000000000"

        def get_remaining_time_in_millis(self) -> int:
            return left()

    world.invoke("reconcile_orders", {"connection": "none"})  # loads it
    return world.handlers["reconcile_orders"](event, Dwindling())
