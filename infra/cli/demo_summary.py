"""What the demonstration shows at its end: the orders, the commands, what was set aside, and each claim."""

from collections.abc import Sequence
from decimal import Decimal
from statistics import median
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from infra.cli.demo_claims import Claim, Outcome
from infra.cli.demo_day import CREATED, QUARANTINED
from infra.cli.demo_evening import ACCEPTED, Asked
from infra.cli.demo_subscriber import Received

Json = dict[str, Any]


def show(console: Console, outcome: Outcome, checked: Sequence[Claim]) -> None:
    """Print the orders, the commands, what was set aside, and each claim."""
    for table in (_orders(outcome), _commands(outcome), _quarantine(outcome)):
        console.print()
        console.print(table)
    console.print()
    for claim in checked:
        mark = "[green]true [/]" if claim.true else "[red bold]FALSE[/]"
        console.print(f" {mark} {claim.text}")


def amount(money: Json) -> str:
    """Minor units as people write them; every currency of the demonstration has two decimals."""
    return f"{Decimal(money['amount_minor']) / 100:,.2f} {money['currency']}"


def told(event: Received) -> str:
    """What an event tells, in a few words."""
    data = event.detail["data"]
    if "command_id" in data:
        return f"{data['command_id']}: {_said(data)}" if _said(data) else str(data["command_id"])
    return str(data["reason"]) if event.type == QUARANTINED else amount(data["order"]["total"])


def _said(data: Json) -> str:
    """Why it did not succeed, else the money that came of it."""
    if "reason" in data:
        return str(data["reason"])
    result = data.get("result") or {}
    if result.get("payout"):
        items, commission = (part["amount"] for part in result["breakdown"])
        return f"{amount(result['payout'])} = {amount(items)[:-4]} - {amount(commission)[1:-4]}"
    return f"charge {result['charge_id']} pending" if "charge_id" in result else ""


def seconds_to_bus(outcome: Outcome) -> dict[str, float]:
    """How long each order took from the provider, when it was asked, to the subscriber."""
    return {
        event.subject: event.at - outcome.day.asked_at(event.subject)
        for event in outcome.events
        if event.type == CREATED
    }


def _table(title: str, *columns: Column | str, caption: str | None = None) -> Table:
    """Make a table that fits into 80 columns, and into more."""
    return Table(
        *columns,
        title=title,
        title_justify="left",
        title_style="bold",
        caption=caption,
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        show_edge=False,
    )


def _orders(outcome: Outcome) -> Table:
    times = seconds_to_bus(outcome)
    middle = f"; median {median(times.values()):.1f}" if times else ""
    table = _table(
        "Orders on the bus",
        Column("order", no_wrap=True),
        Column("total", no_wrap=True, justify="right"),
        "state",
        "created, then",
        Column("s", justify="right", no_wrap=True),
        caption=f"s: seconds from asking the provider to the subscriber's queue{middle}",
    )
    for order_id in times:
        table.add_row(*_row(outcome, order_id), f"{times[order_id]:.1f}")
    return table


def _row(outcome: Outcome, order_id: str) -> list[str]:
    order = outcome.orders()[order_id]
    fulfilment = [order["fulfilment"]] if order["fulfilment"] not in {"unfulfilled", "unknown"} else []
    state = [order["lifecycle"], order["payment"], *fulfilment, *(hold["reason"] for hold in order["holds"])]
    types = dict.fromkeys(event.type for event in outcome.of(order_id) if event.type != CREATED)
    then = ", ".join(type_.removeprefix("order.").removesuffix(".v1") for type_ in types)
    return [order_id, amount(order["total"]), ", ".join(state), then]


def _commands(outcome: Outcome) -> Table:
    table = _table(
        "Commands, and what became of them",
        Column("asked for", no_wrap=True),
        Column("order", no_wrap=True),
        Column("outcome", no_wrap=True),
        Column("tracking, payout, or why not", overflow="fold"),
    )
    for asked in outcome.evening.asked:
        table.add_row(asked.shown, asked.order_id, *_ending(outcome, asked))
    return table


def _ending(outcome: Outcome, asked: Asked) -> list[str]:
    """How a command ended; an unknown that was resolved shows both."""
    ends = [event for event in outcome.of(asked.id) if event.type != ACCEPTED]
    names = [event.type.removeprefix("command.").removesuffix(".v1") for event in ends]
    colour = "green" if names == ["succeeded"] else "yellow"
    said = [*asked.data.get("tracking_numbers", []), *(_said(event.detail["data"]) for event in ends)]
    return [f"[{colour}]{' → '.join(names) or 'nothing'}[/]", escape("; ".join(filter(None, said)))]


def _quarantine(outcome: Outcome) -> Table:
    table = _table(
        "In quarantine, waiting: orderbus quarantine redrive CONNECTION ID",
        Column("order", no_wrap=True),
        Column("id", no_wrap=True),
        "reason",
    )
    for event in outcome.events:
        if event.type == QUARANTINED:
            data = event.detail["data"]
            table.add_row(event.subject, data["key"].rpartition("/")[2][:12], escape(data["reason"]))
    return table
