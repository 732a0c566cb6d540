"""What tests of bad input share: both providers under one face, and their pages of good and bad orders."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.sandbox import lunasoft, net32
from infra.sandbox.base import Sandbox
from tests.world import LUNA, NET32, World

Json = dict[str, Any]


@dataclass(frozen=True)
class Shop:
    """A connection, and how its orders are made and placed.

    Attributes:
        lines: The name that an order's lines have on the wire.
        note: The name that its note has.
    """

    connection: str
    provider: str
    make: Callable[..., Json]
    lines: str
    note: str

    def sandbox(self, world: World) -> Sandbox:
        """Return the provider."""
        return world.net32 if self.connection == NET32 else world.lunasoft

    def place(self, world: World, number: int, **fields: Any) -> Json:
        """Let an order come in, with some fields instead of the good ones; return it as the list shows it."""
        made = self.make(number, **fields)
        self.sandbox(world).place(made)
        return {name: value for name, value in made.items() if name != "statuses"}

    def id(self, number: int) -> str:
        """Return the id that an order has in OrderBus."""
        return f"{self.connection}:{number}"


LUNA_SHOP = Shop(LUNA, "lunasoft", lunasoft.make_order, "line_items", "customer_note")
NET32_SHOP = Shop(NET32, "net32", net32.make_order, "lineItems", "note")
SHOPS = [LUNA_SHOP, NET32_SHOP]


def as_kept(raw: object) -> Any:
    """Return a raw order as it is kept: exact, its fractions as text."""
    return json.loads(json.dumps(raw), parse_float=str)


def of_type(events: list[Json], type_: str) -> list[Json]:
    """Return the events of one type."""
    return [event for event in events if event["type"] == type_]


def nested(levels: int) -> list[Any]:
    """Return lists in lists, that many levels deep."""
    value: list[Any] = []
    for _ in range(levels - 1):
        value = [value]
    return value
