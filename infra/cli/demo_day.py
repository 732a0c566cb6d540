"""The day of the demonstration: which orders appear at the sandboxes, and what must come of each."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from infra.cli.shops import CONNECTIONS, Shops
from infra.sandbox.base import Sandbox
from infra.sandbox.lunasoft import make_order as luna_order
from infra.sandbox.messages import Json
from infra.sandbox.net32 import make_order as net32_order
from infra.sandbox.retailys_orders import format_time
from infra.sandbox.retailys_orders import make_order as retailys_order
from infra.sandbox.zonos import make_order as zonos_order

CREATED = "order.created.v1"
UPDATED = "order.updated.v1"
QUARANTINED = "order.quarantined.v1"
_HELD, _RELEASED, _CANCELLED = "order.held.v1", "order.released.v1", "order.cancelled.v1"

SEED_ORDER = "luna-main:54123"
HINTED = "zonos-main:999-100005"
IN_REVIEW, RELEASED = "zonos-main:999-100003", "zonos-main:999-100001"
PREAUTHORIZED, DECLINED, UNHEARD_OF = (f"net32-main:{number}" for number in (19300414, 19300458, 19300471))
PAID, MAILED = "retailys-main:80001", "luna-main:60002"

# Where an order has its id and its total, and what its provider is asked with.
_ID = {"net32": "orderId", "lunasoft": "id", "retailys": "id", "zonos": "orderId"}
_TOTAL = {"net32": "total", "lunasoft": "total", "retailys": "money", "zonos": "grandTotal"}
_READS = {
    "net32": ("/orders/",),
    "lunasoft": ("/orders",),
    "retailys": ("/System/Orders",),
    "zonos": ("/v1/orderNumbers", "/v2/orderDetail"),
}
# What an unreadable order says in the place of its total.
_UNREADABLE = "call us"


@dataclass(slots=True)
class Placed:
    """An order at a provider.

    Attributes:
        total: What the customer pays by the provider's own page, or None where it is not readable.
        at: When it was placed, in seconds since the epoch.
        expected: The types of the events that must come of it.
    """

    order_id: str
    provider: str
    total: Decimal | None
    currency: str
    at: float
    expected: list[str]


@dataclass(slots=True)
class Day:
    """What happens at the four providers."""

    shops: Shops
    placed: dict[str, Placed] = field(default_factory=dict)

    def morning(self) -> None:
        """Orders of all kinds appear, among them one at each provider that cannot be read."""
        self._note("lunasoft", self.shops.lunasoft.place_seed_order(), CREATED)
        self._place_luna(60_001, lines=[("49.90", 2), ("5.00", 3)])
        self._place_luna(60_002, _HELD, lines=[("1299.00", 1)], status="On Hold")
        self._place_luna(60_003, total=_UNREADABLE)
        self._place_net32(19_300_414, lines=[("18.75", 4), ("62.40", 1)])
        self._place_net32(19_300_458, lines=[("0.99", 120)])
        self._place_net32(19_300_480, total=_UNREADABLE)
        self._place_retailys(80_001, lines=[("249.50", 2), ("72.50", 1)], paid=571.5)
        self._place_retailys(80_002, lines=[("39.90", 1)], currency="EUR")
        self._place_retailys(80_003, money=_UNREADABLE)
        for number in (100_001, 100_002, 100_003):
            self._place_zonos(number, _HELD, status="IGLOBAL_FRAUD_REVIEW")
        self._place_zonos(100_004, grandTotal=_UNREADABLE)

    def noon(self) -> str:
        """Let an order come in that nobody polls for now, and return the id that its success page knows."""
        self._place_zonos(100_005, lines=[("120.00", 1)])
        return HINTED.partition(":")[2]

    def afternoon(self) -> None:
        """New orders come in, held ones are released or cancelled, and one is paid."""
        self._place_luna(60_004, lines=[("15.00", 1)])
        self._place_net32(19_300_471, lines=[("349.00", 2)])
        self._set_status(60_002, "Processing", _RELEASED)
        self._set_status(60_001, "Cancelled", _CANCELLED)
        self.shops.retailys.edit(80_002, paid=39.9)
        self._expect("retailys-main:80002", UPDATED)
        self._finish_review(100_001, _RELEASED, passed=True)
        self._finish_review(100_002, _CANCELLED, passed=False)

    def evening(self) -> None:
        """Know what the providers must show of the orders that were shipped."""
        for order_id in (PAID, MAILED, RELEASED):
            self._expect(order_id, UPDATED)

    def expected(self) -> set[tuple[str, str]]:
        """Every event that must have come by now: order id and type."""
        return {(order.order_id, type_) for order in self.placed.values() for type_ in order.expected}

    def asked_at(self, order_id: str) -> float:
        """When the provider was asked that then handed the order out, in seconds since the epoch."""
        placed = self.placed[order_id]
        sandbox: Sandbox = getattr(self.shops, placed.provider)
        with sandbox.lock:
            calls = [call for call in sandbox.calls if call.path.startswith(_READS[placed.provider])]
        return min(at for call in calls if (at := call.time.timestamp()) >= placed.at)

    def _place_luna(self, number: int, *events: str, **fields: Any) -> None:
        fields = {"status": "Processing"} | fields
        self._note("lunasoft", self.shops.lunasoft.place(luna_order(number, **fields)), CREATED, *events)

    def _place_net32(self, number: int, **fields: Any) -> None:
        self._note("net32", self.shops.net32.place(net32_order(number, **fields)), CREATED)

    def _place_retailys(self, number: int, **fields: Any) -> None:
        order = retailys_order(number, placed=format_time(datetime.now(UTC)), **fields)
        self._note("retailys", self.shops.retailys.place(order), CREATED)

    def _place_zonos(self, number: int, *events: str, **fields: Any) -> None:
        self._note("zonos", self.shops.zonos.place(zonos_order(number, **fields)), CREATED, *events)

    def _set_status(self, number: int, status: str, event: str) -> None:
        self.shops.lunasoft.add_status(number, status)
        self._expect(f"luna-main:{number}", event)

    def _finish_review(self, number: int, event: str, *, passed: bool) -> None:
        self.shops.zonos.finish_review(number, passed=passed)
        self._expect(f"zonos-main:999-{number}", event)

    def _expect(self, order_id: str, event: str) -> None:
        self.placed[order_id].expected.append(event)

    def _note(self, provider: str, order: Json, *expected: str) -> None:
        name = f"{CONNECTIONS[provider]}:{order[_ID[provider]]}"
        said = order[_TOTAL[provider]]
        total = None if said == _UNREADABLE else Decimal(str(said))
        currency = order.get("order_currency_code", "USD")
        events = [QUARANTINED] if total is None else list(expected)
        self.placed[name] = Placed(name, provider, total, currency, time.time(), events)
