"""What is claimed of a run of the demonstration, each claim checked against what came and what was done."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from infra.cli.demo_day import (
    CREATED,
    IN_REVIEW,
    PAID,
    PREAUTHORIZED,
    QUARANTINED,
    RELEASED,
    SEED_ORDER,
    UPDATED,
    Day,
    Placed,
)
from infra.cli.demo_evening import ACCEPTED, BOXES, REJECTED, SHIP, SUCCEEDED, UNKNOWN, Asked, Evening
from infra.cli.demo_subscriber import Received
from infra.sandbox.amounts import to_cents
from infra.sandbox.net32_charges import COMMISSION_RATE, Charge

Json = dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """What was placed and asked for, what came, and what was found in the local cloud.

    Attributes:
        events: The first delivery of every event.
        repeated: The ids that came when everything was published again.
        raw: Whether the raw order is in the inbox, by its key there.
        waiting: How many messages wait in the dead letter queues.
    """

    day: Day
    evening: Evening
    events: list[Received] = field(default_factory=list)
    repeated: set[str] = field(default_factory=set)
    raw: dict[str, bool] = field(default_factory=dict)
    waiting: int = 0

    def of(self, about: str) -> list[Received]:
        """Return the events about one order, or about one command."""
        return [event for event in self.events if event.about == about]

    def orders(self) -> dict[str, Json]:
        """Return the newest that was told of each order."""
        told = [event.detail for event in self.events if "order" in event.detail["data"]]
        return {
            each["subject"]: each["data"]["order"] for each in sorted(told, key=lambda d: int(d["revision"]))
        }

    def ids(self) -> set[str]:
        """Return the ids of all events."""
        return {event.detail["id"] for event in self.events}


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that the demonstration says, and whether it came true."""

    text: str
    true: bool


def claims(outcome: Outcome) -> list[Claim]:
    """Return all that is claimed of this run."""
    return [*_of_orders(outcome), *_of_commands(outcome), *_of_the_bus(outcome)]


def _of_orders(outcome: Outcome) -> list[Claim]:
    placed = outcome.day.placed.values()
    readable = [order for order in placed if order.total is not None]
    currencies = sorted({order.currency for order in readable})
    seen = Counter(event.what for event in outcome.events)
    return [
        Claim(f"{len(readable)} orders are on the bus, each created exactly once", _once(readable, seen)),
        Claim(
            f"to the cent with the total at its provider, in {', '.join(currencies)}",
            all(_has_total(outcome, order) for order in readable),
        ),
        Claim(f"{SEED_ORDER} is 322.85 USD, placed 2015-04-27T23:34:31Z, adding up", _seed(outcome)),
        Claim(
            f"{len(placed) - len(readable)} unreadable orders are set aside, raw and with the reason",
            _set_aside(outcome),
        ),
        Claim(
            "held, released, cancelled and updated came as they should, and nothing else",
            _all_told(seen, outcome),
        ),
    ]


def _of_commands(outcome: Outcome) -> list[Claim]:
    evening = outcome.evening
    charges = evening.shops.net32.charges
    site = evening.shops.lunasoft
    return [
        Claim(
            f"{len(evening.asked)} commands, each with the outcome that it should have", _outcomes(outcome)
        ),
        Claim(
            f"{len(charges)} charges at Net32: one for each shipment taken, heard of or not; none again",
            _charged_once(outcome, charges),
        ),
        Claim("what was paid out is the items less the commission, to the cent", _paid_out(outcome, charges)),
        Claim(
            "one status was set and one mail sent of it, though the command came twice",
            len(site.statuses_added) == len(site.status_mails) == 1,
        ),
        Claim(
            "tracking was told first, then sent at Retailys and end of day at Zonos", _tracking_first(evening)
        ),
        Claim(f"nothing was done at Zonos with {IN_REVIEW}, which is held", _left_alone(evening)),
    ]


def _of_the_bus(outcome: Outcome) -> list[Claim]:
    ids = outcome.ids()
    return [
        Claim(f"published again, the {len(ids)} events have the same ids", outcome.repeated == ids),
        Claim("no dead letter queue has a message", outcome.waiting == 0),
    ]


def _once(readable: Sequence[Placed], seen: Counter[tuple[str, str]]) -> bool:
    return all(seen[order.order_id, CREATED] == 1 for order in readable)


def _has_total(outcome: Outcome, placed: Placed) -> bool:
    totals = [event.detail["data"]["order"]["total"] for event in outcome.of(placed.order_id)]
    wanted = {"amount_minor": int((placed.total or 0) * 100), "currency": placed.currency}
    return bool(totals) and all(total == wanted for total in totals)


def _seed(outcome: Outcome) -> bool:
    orders = [event.detail["data"]["order"] for event in outcome.of(SEED_ORDER)]
    return bool(orders) and all(
        order["total"] == {"amount_minor": 32285, "currency": "USD"}
        and order["placed_at"] == "2015-04-27T23:34:31Z"
        and _adds_up(order)
        for order in orders
    )


def _adds_up(order: Json) -> bool:
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


def _all_told(seen: Counter[tuple[str, str]], outcome: Outcome) -> bool:
    told = {what: times for what, times in seen.items() if what[1].startswith("order.")}
    # What is shipped in two calls may be seen between them.
    shipped = {(order_id, UPDATED) for order_id in (PAID, RELEASED)}
    once = all(times == 1 for what, times in told.items() if what not in shipped)
    return once and set(told) == outcome.day.expected()


def _outcomes(outcome: Outcome) -> bool:
    seen = Counter(event.what for event in outcome.events if event.type.startswith("command."))
    ended = set(seen) == outcome.evening.expected() and set(seen.values()) == {1}
    return ended and all(_reason(outcome, asked) == asked.reason for asked in outcome.evening.asked)


def _reason(outcome: Outcome, asked: Asked) -> str | None:
    given = [event.detail["data"] for event in outcome.of(asked.id) if event.type in {REJECTED, UNKNOWN}]
    return given[0]["reason"] if given else None


def _charged_once(outcome: Outcome, charges: Sequence[Charge]) -> bool:
    """Say whether each shipment that was taken, or may have been, is one charge of what it asked for."""
    wanted = Counter(
        (
            asked.order_id.partition(":")[2],
            tuple((line["line_id"], line["quantity"]) for line in asked.data["lines"]),
        )
        for asked in outcome.evening.asked
        if asked.type == SHIP and any(event.type in {ACCEPTED, UNKNOWN} for event in outcome.of(asked.id))
    )
    taken = Counter((charge.order_id, tuple(charge.quantities.items())) for charge in charges)
    return taken == wanted


def _paid_out(outcome: Outcome, charges: Sequence[Charge]) -> bool:
    """Say whether payout and breakdown of the order in two parts are the sandbox's own amounts."""
    results = [
        event.detail["data"]["result"]
        for box in BOXES
        for event in outcome.of(box)
        if event.type == SUCCEEDED
    ]
    number = PREAUTHORIZED.partition(":")[2]
    totals = {str(charge.charge_id): charge.items_total for charge in charges if charge.order_id == number}
    return len(results) == len(totals) == 2 and all(
        _is_payout(result, totals.get(result["charge_id"])) for result in results
    )


def _is_payout(result: Json, items: Decimal | None) -> bool:
    if items is None:
        return False
    commission = to_cents(items * COMMISSION_RATE)
    parts = [part["amount"] for part in result["breakdown"]]
    return result["payout"] == _usd(items - commission) and parts == [_usd(items), _usd(-commission)]


def _usd(amount: Decimal) -> Json:
    return {"amount_minor": int(amount * 100), "currency": "USD"}


def _tracking_first(evening: Evening) -> bool:
    number = PAID.partition(":")[2]
    retailys = [f"{call.method} {call.path}" for call in evening.shops.retailys.calls if call.method != "GET"]
    zonos = [call.path for call in evening.shops.zonos.calls]
    return retailys == [
        f"POST /System/Orders/{number}/tracking",
        f"PATCH /System/Orders/{number}/sent",
    ] and [path for path in zonos if path in {_SET_TRACKING, _SET_STATUS}] == [_SET_TRACKING, _SET_STATUS]


_SET_TRACKING, _SET_STATUS = "/v2/setShipmentTracking", "/v1/updateVendorOrderStatus"


def _left_alone(evening: Evening) -> bool:
    updates = evening.shops.zonos.updates
    number = IN_REVIEW.partition(":")[2]
    return number not in updates.trackings and number not in {order for order, _ in updates.statuses}
