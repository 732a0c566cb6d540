"""Every command of every provider: what is sent, and what of it can be seen to have happened there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from infra.sandbox.lunasoft import make_order as luna_order
from infra.sandbox.net32 import make_order as net32_order
from infra.sandbox.retailys import make_order as retailys_order
from infra.sandbox.zonos import make_order as zonos_order
from tests.command_world import Commands
from tests.world import LUNA, NET32, RETAILYS, ZONOS, World

Json = dict[str, Any]
Effects = Counter[str]

NUMBER = 20_000_001
LINES = [("10.00", 2), ("5.00", 1)]


@dataclass(frozen=True, slots=True)
class Site:
    """A provider: how an order comes in there, and what has been done with it."""

    connection: str
    external_id: str
    place: Callable[[World], Any]
    effects: Callable[[World], Effects]
    calls: Callable[[World], list[str]]
    sandbox: Callable[[World], Any]

    @property
    def order(self) -> str:
        """The order's id."""
        return f"{self.connection}:{self.external_id}"


def _luna_effects(world: World) -> Effects:
    counts = world.lunasoft.counts()
    return Counter(statuses=counts["statuses_added"], mails=counts["status_mails"])


def _net32_effects(world: World) -> Effects:
    sandbox = world.net32
    shipped = {f"shipped {line}": quantity for (_, line), quantity in sandbox.shipped.items()}
    return Counter(
        {"charges": len(sandbox.charges), "preauthorizations": sandbox.preauthorizations.total(), **shipped}
    )


def _retailys_effects(world: World) -> Effects:
    sandbox = world.retailys
    counts = sandbox.counts()
    order = sandbox.show(NUMBER, expanded=False)
    flags = {name: int(order[name]) for name in ("sent", "delivered", "done", "canceled")}
    added = {
        name: counts[name] for name in ("created", "statuses_set", "status_mails", "trackings", "history")
    }
    items = {"items": len(order["items"]) - len(LINES)}
    return Counter(flags | added | {"paid": int(bool(order["paid"]))} | items)


def _zonos_effects(world: World) -> Effects:
    # A set is a state, not a count: what is there at the end, however often it was sent.
    updates = world.zonos.updates
    return Counter(
        {f"status {status}": 1 for _, status in updates.statuses}
        | {f"merchant id {id_}": 1 for _, id_ in updates.merchant_order_ids}
        | {f"tracking {number}": 1 for numbers in updates.trackings.values() for number in numbers}
    )


def _calls(sandbox: Any) -> list[str]:
    return [f"{call.method} {call.path}" for call in sandbox.calls]


SITES: Mapping[str, Site] = {
    "lunasoft": Site(
        LUNA,
        str(NUMBER),
        lambda world: world.lunasoft.place(luna_order(NUMBER, lines=LINES)),
        _luna_effects,
        lambda world: _calls(world.lunasoft),
        lambda world: world.lunasoft,
    ),
    "net32": Site(
        NET32,
        str(NUMBER),
        lambda world: world.net32.place(net32_order(NUMBER, lines=LINES)),
        _net32_effects,
        lambda world: _calls(world.net32),
        lambda world: world.net32,
    ),
    "retailys": Site(
        RETAILYS,
        str(NUMBER),
        lambda world: world.retailys.place(retailys_order(NUMBER, lines=LINES)),
        _retailys_effects,
        lambda world: _calls(world.retailys),
        lambda world: world.retailys,
    ),
    "zonos": Site(
        ZONOS,
        f"999-{NUMBER}",
        lambda world: world.zonos.place(zonos_order(NUMBER, lines=LINES)),
        _zonos_effects,
        lambda world: _calls(world.zonos),
        lambda world: world.zonos,
    ),
}

Arguments = Callable[[list[str]], Json]
"""Makes a command's data from the ids of the order's lines."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A command, and what it does when nothing goes wrong.

    Attributes:
        repeat: What its steps' repeats do; of a `set` nothing is ever unknown here.
        readable: Whether the provider shows what was done, so that it is never unknown once it has happened.
    """

    site: Site
    type: str
    arguments: Arguments
    done: Mapping[str, int]
    repeat: Literal["set", "append"]
    prepare: Callable[[World], Any] = lambda _world: None
    readable: bool = False

    @property
    def subject(self) -> str:
        """What the command is about."""
        return self.site.connection if self.type == "order.create.v1" else self.site.order

    def data(self, commands: Commands) -> Json:
        """The command's data for the order as it is in the ledger."""
        item = commands.item(self.site.order, "CURRENT")
        return self.arguments([line["line_id"] for line in json.loads(item["order"]["S"])["lines"]])


def _given(**data: Any) -> Arguments:
    return lambda _lines: data


def _whole(**more: Any) -> Arguments:
    """Ship everything."""

    def arguments(lines: list[str]) -> Json:
        quantities = zip(lines, (quantity for _, quantity in LINES), strict=True)
        wanted = [{"line_id": line, "quantity": quantity} for line, quantity in quantities]
        return {"shipment_id": "s-1", "lines": wanted, **more}

    return arguments


def _part(**more: Any) -> Arguments:
    """Ship one of the first line."""
    return lambda lines: {"shipment_id": "s-1", "lines": [{"line_id": lines[0], "quantity": 1}], **more}


def _net32_lines(*quantities: int) -> dict[str, int]:
    ids = [line["lineItemId"] for line in net32_order(NUMBER, lines=LINES)["lineItems"]]
    return {f"shipped {line}": quantity for line, quantity in zip(ids, quantities, strict=False)}


def _luna(type_: str, arguments: Arguments, **done: int) -> Scenario:
    return Scenario(SITES["lunasoft"], type_, arguments, done, "append", readable=True)


def _retailys(
    type_: str, arguments: Arguments, repeat: Literal["set", "append"] = "append", **done: int
) -> Scenario:
    readable = type_ in {
        "order.ship.v1",
        "order.set_status.v1",
        "order.set_state.v1",
        "order.add_tracking.v1",
    }
    return Scenario(SITES["retailys"], type_, arguments, done, repeat, readable=readable)


def _zonos(type_: str, arguments: Arguments, *done: str) -> Scenario:
    return Scenario(SITES["zonos"], type_, arguments, dict.fromkeys(done, 1), "set")


def _with_sent(world: World) -> None:
    world.retailys.set_state(NUMBER, "sent")


SCENARIOS: Mapping[str, Scenario] = {
    "lunasoft set_status": _luna("order.set_status.v1", _given(status="Processing", note="n"), statuses=1),
    "lunasoft set_status with a mail": _luna(
        "order.set_status.v1", _given(status="Shipped", notify_customer=True), statuses=1, mails=1
    ),
    "lunasoft ship": _luna(
        "order.ship.v1",
        _whole(carrier="UPS", tracking_numbers=["1Z1"], notify_customer=True),
        statuses=1,
        mails=1,
    ),
    "net32 preauthorize": Scenario(
        SITES["net32"], "order.preauthorize.v1", _given(), {"preauthorizations": 1}, "append"
    ),
    "net32 ship": Scenario(
        SITES["net32"], "order.ship.v1", _whole(), {"charges": 1, **_net32_lines(2, 1)}, "append"
    ),
    "net32 ship a part": Scenario(
        SITES["net32"], "order.ship.v1", _part(), {"charges": 1, **_net32_lines(1)}, "append"
    ),
    "retailys ship": _retailys(
        "order.ship.v1", _whole(carrier="PPL", tracking_numbers=["A1", "A2"]), trackings=2, sent=1
    ),
    "retailys set_status with a mail": _retailys(
        "order.set_status.v1", _given(status="Odesláno"), statuses_set=1, status_mails=1
    ),
    "retailys paid": _retailys("order.set_state.v1", _given(state="paid"), paid=1),
    "retailys completed": _retailys("order.set_state.v1", _given(state="completed"), "set", done=1),
    "retailys cancelled": _retailys("order.set_state.v1", _given(state="cancelled"), "set", canceled=1),
    "retailys sent": _retailys("order.set_state.v1", _given(state="sent"), "set", sent=1),
    "retailys delivered": Scenario(
        SITES["retailys"],
        "order.set_state.v1",
        _given(state="delivered"),
        {"sent": 1, "delivered": 1},
        "set",
        _with_sent,
    ),
    "retailys add_tracking": _retailys(
        "order.add_tracking.v1", _given(carrier="PPL", tracking_number="A1"), trackings=1
    ),
    "retailys add_history": _retailys(
        "order.add_history.v1", _given(name="n", status="s", kind="apps"), history=1
    ),
    "retailys create": _retailys("order.create.v1", _given(name="Eva", channel=3), created=1),
    "retailys add_item": _retailys("order.add_item.v1", _given(name="Hrnek", count=1, price=10), items=1),
    "retailys edit_item": _retailys(
        "order.edit_item.v1",
        lambda lines: {"id": int(lines[0]), "name": "Hrnek", "count": 1, "price": 10},
    ),
    "retailys remove_item": _retailys("order.remove_item.v1", lambda lines: {"item_id": lines[0]}, items=-1),
    "zonos ship": _zonos(
        "order.ship.v1",
        _whole(tracking_numbers=["1Z1"]),
        "tracking 1Z1",
        "status VENDOR_END_OF_DAY_COMPLETE",
    ),
    "zonos ship a part": _zonos("order.ship.v1", _part(tracking_numbers=["1Z1"]), "tracking 1Z1"),
    "zonos set_status": _zonos(
        "order.set_status.v1", _given(status="VENDOR_SHIPMENT_READY"), "status VENDOR_SHIPMENT_READY"
    ),
    "zonos cancelled": _zonos(
        "order.set_state.v1", _given(state="cancelled"), "status VENDOR_CANCELLATION_REQUEST"
    ),
    "zonos add_tracking": _zonos(
        "order.add_tracking.v1", _given(carrier="UPS", tracking_number="1Z1"), "tracking 1Z1"
    ),
    "zonos acknowledge": _zonos("order.acknowledge.v1", _given(merchant_order_id="m-1"), "merchant id m-1"),
}
