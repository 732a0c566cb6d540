"""The evening of the demonstration: what a warehouse asks for, and what must come of each command."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infra.cli.demo_day import DECLINED, IN_REVIEW, MAILED, PAID, PREAUTHORIZED, RELEASED, UNHEARD_OF
from infra.cli.shops import Shops
from infra.sandbox.faults import Reset

ACCEPTED, SUCCEEDED = "command.accepted.v1", "command.succeeded.v1"
REJECTED, UNKNOWN = "command.rejected.v1", "command.unknown.v1"
SHIP = "order.ship.v1"
UNHEARD_BOX = "box-4"
BOXES = ("box-1", "box-2")
"""The two shipments of the pre-authorized order."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A command as the warehouse sends it.

    Attributes:
        shown: What it asks for, in words.
        expected: The types of the events that must come of it.
        reason: Why it must be rejected, or unknown at first.
    """

    id: str
    type: str
    order_id: str
    shown: str
    data: Json
    expected: tuple[str, ...]
    reason: str | None = None

    def entry(self, bus: str) -> dict[str, str]:
        """Make the entry of a PutEvents call that puts it on the bus."""
        detail = {
            "specversion": "1.0",
            "id": self.id,
            "source": "/demo/warehouse",
            "type": self.type,
            "subject": self.order_id,
            "time": datetime.now(UTC).isoformat(),
            "data": self.data,
        }
        return {
            "EventBusName": bus,
            "Source": "demo.warehouse",
            "DetailType": self.type,
            "Detail": json.dumps(detail),
        }


@dataclass(slots=True)
class Evening:
    """What the warehouse asks for; it knows of the orders what their events told.

    Attributes:
        orders: The orders as the bus brought them, by id.
    """

    shops: Shops
    orders: Mapping[str, Json] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def what_needs_no_answer(self) -> list[Asked]:
        """One command to each provider, and what goes wrong: a declined card, a dead line, a held order."""
        self._arm()
        return self._note(
            Asked("authorize", "order.preauthorize.v1", PREAUTHORIZED, "pre-authorize", {}, (SUCCEEDED,)),
            self._ship("box-3", DECLINED, (ACCEPTED, REJECTED), "charge_failed"),
            self._ship(UNHEARD_BOX, UNHEARD_OF, (UNKNOWN, SUCCEEDED), "no_answer"),
            self._ship("box-5", IN_REVIEW, (REJECTED,), "held"),
            self._ship("box-6", RELEASED, tracking_numbers=["3SABC0012345"], carrier="DHL"),
            self._ship("box-7", PAID, tracking_numbers=["40950012345"], carrier="PPL"),
            Asked(
                "mail",
                "order.set_status.v1",
                MAILED,
                "status and mail",
                {"status": "Shipped", "note": "On its way", "notify_customer": True},
                (SUCCEEDED,),
            ),
        )

    def in_two_parts(self) -> list[Asked]:
        """Ship the pre-authorized order in two parts, and say what became of the command unheard of."""
        first, *others = self._lines(PREAUTHORIZED)
        part = first | {"quantity": 3}
        rest = [first | {"quantity": first["quantity"] - 3}, *others]
        answer = {"command_id": UNHEARD_BOX, "outcome": "succeeded", "note": "the portal shows the charge"}
        shown = f"resolve {UNHEARD_BOX}"
        return self._note(
            self._ship(BOXES[0], PREAUTHORIZED, (ACCEPTED, SUCCEEDED), lines=[part]),
            self._ship(BOXES[1], PREAUTHORIZED, (ACCEPTED, SUCCEEDED), lines=rest),
            Asked("resolve", "command.resolve.v1", UNHEARD_OF, shown, answer, (SUCCEEDED,)),
        )

    def once_more(self) -> list[Asked]:
        """Ship the first part again, as a sender does that lost its own command's id."""
        sent = next(each for each in self.asked if each.id == BOXES[0])
        again = Asked(
            "again",
            SHIP,
            PREAUTHORIZED,
            f"{sent.id} again",
            sent.data,
            (REJECTED,),
            "duplicate_shipment",
        )
        return self._note(again)

    def twice(self) -> Asked:
        """Return the command that is delivered a second time, as it is."""
        return next(each for each in self.asked if each.id == "mail")

    def expected(self) -> set[tuple[str, str]]:
        """Every event that must come of what was asked so far: command id and type."""
        return {(each.id, type_) for each in self.asked for type_ in each.expected}

    def answers(self) -> set[tuple[str, str]]:
        """The first event that must come of each command."""
        return {(each.id, each.expected[0]) for each in self.asked}

    def _arm(self) -> None:
        """A card that is declined later, and a line that goes dead after a charge was taken."""
        net32 = self.shops.net32
        net32.settle_after = 0  # charges are final when they are first asked about, after 5 seconds
        net32.declined_orders.add(DECLINED.partition(":")[2])
        charge = f"POST /orders/{UNHEARD_OF.partition(':')[2]}/charges/"
        net32.fail_next(Reset(after_effect=True), match=charge)

    def _ship(
        self,
        id_: str,
        order_id: str,
        expected: tuple[str, ...] = (SUCCEEDED,),
        reason: str | None = None,
        *,
        lines: list[Json] | None = None,
        **more: Any,
    ) -> Asked:
        data = {"shipment_id": id_, "lines": lines or self._lines(order_id), **more}
        return Asked(id_, SHIP, order_id, f"ship {id_}", data, expected, reason)

    def _lines(self, order_id: str) -> list[Json]:
        """All of an order, by the line ids that its events told."""
        lines = self.orders[order_id]["lines"]
        return [{"line_id": line["line_id"], "quantity": line["quantity"]["ordered"]} for line in lines]

    def _note(self, *asked: Asked) -> list[Asked]:
        self.asked.extend(asked)
        return list(asked)
