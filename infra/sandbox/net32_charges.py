"""Charges at the Net32 sandbox: accepted at once, settled after they were asked about for a while.

SYNTHETIC: no page of Net32 shows the JSON of a charge. The names are those that OrderBus assumes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from infra.sandbox.amounts import to_cents
from infra.sandbox.messages import Json
from infra.sandbox.net32_orders import LINE_ID_NAMES, LINES_NAMES, PRICE_NAMES, first_present

COMMISSION_RATE = Decimal("0.10")


class ChargeRequestError(ValueError):
    """The body of a charge request is refused; the message says why."""


@dataclass(slots=True)
class Charge:
    """A charge request that was accepted; its id is unique within its order."""

    order_id: str
    charge_id: int
    quantities: Mapping[str, int]
    items_total: Decimal
    declined: bool
    pending_polls: int

    def poll(self) -> Json:
        """Answer how it stands, which brings it one step nearer to its end."""
        head = {"orderId": int(self.order_id), "chargeRequestId": self.charge_id}
        if self.pending_polls:
            self.pending_polls -= 1
            return {**head, "status": "pending"}
        if self.declined:
            return {**head, "status": "declined", "message": "The card was declined."}
        commission = to_cents(self.items_total * COMMISSION_RATE)
        return {
            **head,
            "status": "success",
            "breakdown": [
                {"kind": "items", "amount": float(self.items_total)},
                {"kind": "commission", "amount": -float(commission)},
            ],
            "payout": float(self.items_total - commission),
        }


def read_quantities(text: bytes) -> dict[str, int]:
    """Read `{"lineItems": [{"lineItemId", "quantity"}]}` into quantities by line id.

    Raises:
        ChargeRequestError: It has another form, or a quantity is not a whole number above 0.
    """
    try:
        body = json.loads(text)
    except ValueError as error:
        raise ChargeRequestError("The body is not JSON.") from error
    lines = body.get("lineItems") if isinstance(body, dict) else None
    if not isinstance(lines, list) or not lines:
        raise ChargeRequestError("lineItems must list at least one line.")
    quantities: dict[str, int] = {}
    for line in lines:
        if not isinstance(line, dict) or "lineItemId" not in line:
            raise ChargeRequestError("Each line needs a lineItemId.")
        quantity = line.get("quantity")
        if type(quantity) is not int or quantity < 1:
            raise ChargeRequestError("Each quantity must be a whole number above 0.")
        line_id = str(line["lineItemId"])
        quantities[line_id] = quantities.get(line_id, 0) + quantity
    return quantities


def price_items(order: Json, quantities: Mapping[str, int]) -> Decimal:
    """Price what is shipped of an order; more than was ordered is priced too, not refused.

    Raises:
        ChargeRequestError: The order has no such line.
    """
    lines = first_present(order, LINES_NAMES)
    prices = {
        str(first_present(line, LINE_ID_NAMES)): Decimal(str(first_present(line, PRICE_NAMES)))
        for line in (lines if isinstance(lines, list) else [])
    }
    unknown = quantities.keys() - prices.keys()
    if unknown:
        raise ChargeRequestError(f"The order has no line {', '.join(sorted(unknown))}.")
    return sum((prices[line] * quantity for line, quantity in quantities.items()), Decimal("0.00"))
