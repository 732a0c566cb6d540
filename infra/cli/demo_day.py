"""The day of the demonstration: which orders appear at the sandboxes, and what must come of each."""

import time
from dataclasses import dataclass, field
from decimal import Decimal

from infra.sandbox.lunasoft import LunaSoftSandbox
from infra.sandbox.lunasoft import make_order as luna_order
from infra.sandbox.messages import Json
from infra.sandbox.net32 import Net32Sandbox
from infra.sandbox.net32 import make_order as net32_order

CREATED = "order.created.v1"
QUARANTINED = "order.quarantined.v1"
SEED_ORDER = "luna-main:54123"


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
    at: float
    expected: list[str]


@dataclass(slots=True)
class Day:
    """What happens at the two providers."""

    net32: Net32Sandbox
    lunasoft: LunaSoftSandbox
    placed: dict[str, Placed] = field(default_factory=dict)

    def morning(self) -> None:
        """Orders of all kinds appear, among them one at each provider that cannot be read."""
        self._note(self.lunasoft.place_seed_order(), CREATED)
        self._place_luna(60_001, lines=[("49.90", 2), ("5.00", 3)])
        self._place_luna(60_002, lines=[("1299.00", 1)], status="On Hold", events=["order.held.v1"])
        self._place_unreadable_luna(60_003)
        self._place_net32(19_281_414, lines=[("18.75", 4), ("62.40", 1)])
        self._place_net32(19_281_458, lines=[("0.99", 120)])
        self._place_unreadable_net32(19_281_480)

    def afternoon(self) -> None:
        """New orders come in, a held one is released, and one is cancelled."""
        self._place_luna(60_004, lines=[("15.00", 1)])
        self._place_net32(19_281_471, lines=[("349.00", 2)])
        self._set_status(60_002, "Processing", "order.released.v1")
        self._set_status(60_001, "Cancelled", "order.cancelled.v1")

    def expected(self) -> set[tuple[str, str]]:
        """Every event that must have come by now: order id and type."""
        return {(order.order_id, type_) for order in self.placed.values() for type_ in order.expected}

    def asked_at(self, order_id: str) -> float:
        """When the provider was asked that then handed the order out, in seconds since the epoch."""
        placed = self.placed[order_id]
        sandbox = self.lunasoft if placed.provider == "lunasoft" else self.net32
        with sandbox.lock:
            asked = [call.time.timestamp() for call in sandbox.calls if call.path.startswith("/orders")]
        return min(moment for moment in asked if moment >= placed.at)

    def _place_luna(
        self,
        number: int,
        *,
        lines: list[tuple[str, int]],
        status: str = "Processing",
        events: list[str] | None = None,
    ) -> None:
        order = self.lunasoft.place(luna_order(number, lines=lines, status=status))
        self._note(order, CREATED, *(events or []))

    def _place_unreadable_luna(self, number: int) -> None:
        self._note(self.lunasoft.place(luna_order(number, total="call us")), QUARANTINED)

    def _place_net32(self, number: int, *, lines: list[tuple[str, int]]) -> None:
        self._note(self.net32.place(net32_order(number, lines=lines)), CREATED)

    def _place_unreadable_net32(self, number: int) -> None:
        self._note(self.net32.place(net32_order(number, total="call us")), QUARANTINED)

    def _set_status(self, number: int, status: str, event: str) -> None:
        self.lunasoft.add_status(number, status)
        self.placed[f"luna-main:{number}"].expected.append(event)

    def _note(self, order: Json, *expected: str) -> None:
        provider = "lunasoft" if "order_num" in order else "net32"
        name = f"luna-main:{order['id']}" if provider == "lunasoft" else f"net32-main:{order['orderId']}"
        total = None if QUARANTINED in expected else Decimal(str(order["total"]))
        self.placed[name] = Placed(name, provider, total, time.time(), list(expected))
