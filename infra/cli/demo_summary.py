"""What the demonstration shows at its end, each line of it checked."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import median
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from infra.cli.demo_day import CREATED, QUARANTINED, SEED_ORDER, Day, Placed
from infra.cli.demo_subscriber import Received


@dataclass(slots=True)
class Outcome:
    """What was placed, what came, and what was found in the local cloud.

    Attributes:
        events: The first delivery of every event.
        repeated: The ids that came when everything was published again.
        raw: Whether the raw order is in the inbox, by its key there.
        waiting: How many messages wait in the dead letter queues.
    """

    day: Day
    events: list[Received] = field(default_factory=list)
    repeated: set[str] = field(default_factory=set)
    raw: dict[str, bool] = field(default_factory=dict)
    waiting: int = 0

    def of(self, order_id: str) -> list[Received]:
        """The events about one order."""
        return [event for event in self.events if event.subject == order_id]


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that the demonstration says, and whether it came true."""

    text: str
    true: bool


def claims(outcome: Outcome) -> list[Claim]:
    """All that is claimed of this run."""
    placed = outcome.day.placed.values()
    readable = [order for order in placed if order.total is not None]
    seen = Counter((event.subject, event.type) for event in outcome.events)
    ids = {event.detail["id"] for event in outcome.events}
    return [
        Claim(f"{len(readable)} orders are on the bus, each created exactly once", _once(readable, seen)),
        Claim("to the cent with the total at its provider", all(_money(outcome, o) for o in readable)),
        Claim(f"{SEED_ORDER} is 322.85 USD, placed 2015-04-27T23:34:31Z, adding up", _seed(outcome)),
        Claim(
            f"{len(placed) - len(readable)} unreadable orders are set aside, raw and with the reason",
            _set_aside(outcome),
        ),
        Claim(
            "held, released and cancelled came for the orders concerned, and nothing else came",
            set(seen) == outcome.day.expected() and set(seen.values()) == {1},
        ),
        Claim(f"published again, the {len(ids)} events have the same ids", outcome.repeated == ids),
        Claim("no dead letter queue has a message", outcome.waiting == 0),
    ]


def show(console: Console, outcome: Outcome, checked: Sequence[Claim]) -> None:
    """Prints the orders, what was set aside, and each claim."""
    console.print()
    console.print(_orders(outcome))
    console.print(_quarantine(outcome))
    for claim in checked:
        mark = "[green]true [/]" if claim.true else "[red bold]FALSE[/]"
        console.print(f" {mark} {claim.text}")


def amount(money: dict[str, Any]) -> str:
    """Minor units as people write them; every currency of the demonstration has two decimals."""
    return f"{Decimal(money['amount_minor']) / 100:,.2f} {money['currency']}"


def seconds_to_bus(outcome: Outcome) -> dict[str, float]:
    """How long each order took from the provider, when it was asked, to the subscriber."""
    return {
        event.subject: event.at - outcome.day.asked_at(event.subject)
        for event in outcome.events
        if event.type == CREATED
    }


def _orders(outcome: Outcome) -> Table:
    times = seconds_to_bus(outcome)
    table = Table(
        Column("order", no_wrap=True),
        Column("total", no_wrap=True, justify="right"),
        "state",
        "events",
        Column("seconds", justify="right"),
        title="Orders on the bus",
        box=SIMPLE_HEAD,
    )
    for order_id in times:
        table.add_row(*_row(outcome.of(order_id)), f"{times[order_id]:.1f}")
    middle = f"; median {median(times.values()):.1f}" if times else ""
    table.caption = f"seconds: from asking the provider to the subscriber's queue{middle}"
    return table


def _row(events: list[Received]) -> list[str]:
    newest = max(events, key=lambda event: int(event.detail["revision"])).detail["data"]["order"]
    holds = [hold["reason"] for hold in newest["holds"]]
    state = ", ".join([newest["lifecycle"], newest["payment"], *holds])
    told = ", ".join(event.type.removeprefix("order.").removesuffix(".v1") for event in events)
    return [newest["order_id"], amount(newest["total"]), state, told]


def _quarantine(outcome: Outcome) -> Table:
    table = Table(
        Column("order", no_wrap=True),
        "reason",
        Column("raw order, in the inbox bucket", overflow="fold"),
        title="In quarantine, waiting to be redriven",
        box=SIMPLE_HEAD,
    )
    for event in outcome.events:
        if event.type == QUARANTINED:
            data = event.detail["data"]
            table.add_row(event.subject, escape(data["reason"]), data["key"])
    return table


def _once(readable: Sequence[Placed], seen: Counter[tuple[str, str]]) -> bool:
    return all(seen[order.order_id, CREATED] == 1 for order in readable)


def _money(outcome: Outcome, placed: Placed) -> bool:
    totals = [event.detail["data"]["order"]["total"] for event in outcome.of(placed.order_id)]
    wanted = {"amount_minor": int((placed.total or 0) * 100), "currency": "USD"}
    return bool(totals) and all(total == wanted for total in totals)


def _seed(outcome: Outcome) -> bool:
    orders = [event.detail["data"]["order"] for event in outcome.of(SEED_ORDER)]
    return bool(orders) and all(
        order["total"] == {"amount_minor": 32285, "currency": "USD"}
        and order["placed_at"] == "2015-04-27T23:34:31Z"
        and _adds_up(order)
        for order in orders
    )


def _adds_up(order: dict[str, Any]) -> bool:
    parts = [line["total"] for line in order["lines"]]
    parts += [charge["amount"] for charge in order["charges"]]
    return sum(int(part["amount_minor"]) for part in parts) == int(order["total"]["amount_minor"])


def _set_aside(outcome: Outcome) -> bool:
    unreadable = {order.order_id for order in outcome.day.placed.values() if order.total is None}
    events = [event for event in outcome.events if event.type == QUARANTINED]
    return {event.subject for event in events} == unreadable and all(
        event.detail["data"]["reason"] and outcome.raw.get(event.detail["data"]["key"], False)
        for event in events
    )
