"""What must be so before anything irreversible: by the effect of a plan, not by its command's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orderbus.commands.adapter import Effect, Shipment
from orderbus.domain.commands import RejectedReason, Rejection
from orderbus.domain.orders import BlockedBy, Order, blocked_by

_BLOCKED: Mapping[BlockedBy, tuple[RejectedReason, str]] = {
    "cancelled": ("cancelled", "the order is cancelled at the provider"),
    "hold": ("held", "the order is held"),
    "test_order": ("test_order", "it is a test order, which this connection does not ship"),
    "payment_declined": ("payment_declined", "the order's payment was declined"),
    "refunded": ("refunded", "the order's payment was refunded"),
}

_STOPPED_BY: tuple[tuple[frozenset[Effect], frozenset[BlockedBy]], ...] = (
    # What takes money or goods, or says that it has: nothing of it for a held, cancelled or test order.
    (frozenset({"ships", "delivers", "completes", "pays"}), frozenset(_BLOCKED)),
    # Where a hold is a status, another one in its place would release the order: only its provider may.
    (frozenset({"overwrites"}), frozenset({"cancelled", "hold"})),
    (frozenset({"authorizes"}), frozenset({"cancelled", "test_order"})),
)


def left_to_ship(order: Order, others: Iterable[Shipment]) -> dict[str, int]:
    """Return how many of each line may still ship.

    Ordered less cancelled, less the greater of what other commands reserved or shipped and what the
    provider says is shipped.
    """
    ours: dict[str, int] = {}
    for shipment in others:
        for line, quantity in shipment.lines.items():
            ours[line] = ours.get(line, 0) + quantity
    return {
        line.line_id: max(
            0,
            line.quantity.ordered
            - line.quantity.cancelled
            - max(ours.get(line.line_id, 0), line.quantity.shipped),
        )
        for line in order.lines
    }


def refusal(
    order: Order,
    effects: Iterable[Effect],
    ships: Mapping[str, int],
    *,
    left: Mapping[str, int],
    others: Iterable[Shipment],
    ship_test_orders: bool,
) -> Rejection | None:
    """Return why a plan may not be carried out now, or None.

    Args:
        order: As the provider shows it now.
        effects: The plan's.
        ships: How many of each line it ships.
        left: How many of each line may.
        others: What the order's other commands have reserved or shipped.
        ship_test_orders: Whether the connection ships test orders.
    """
    wanted = frozenset(effects)
    unknown = sorted(ships.keys() - left.keys())
    if unknown:
        return Rejection("unknown_line", f"the order has no line {unknown[0]!r}")
    for reason in blocked_by(order, ship_test_orders=ship_test_orders):
        if any(wanted & effects and reason in reasons for effects, reasons in _STOPPED_BY):
            return _stopped(order, reason)
    if "cancels" in wanted:
        return _not_cancellable(order, others)
    if not ships and "completes" in wanted:
        return None  # it closes an order of which all is shipped
    return _too_many(ships, left) if "ships" in wanted else None


def _stopped(order: Order, reason: BlockedBy) -> Rejection:
    code, said = _BLOCKED[reason]
    holds = ", ".join(dict.fromkeys(hold.reason for hold in order.holds))
    return Rejection(code, f"{said}: {holds}" if reason == "hold" else said)


def _not_cancellable(order: Order, others: Iterable[Shipment]) -> Rejection | None:
    if order.lifecycle == "cancelled":
        return Rejection("cancelled", "the order is cancelled already")
    gone = any(line.quantity.shipped for line in order.lines) or any(each.lines for each in others)
    if gone:
        return Rejection("already_shipped", "something of the order is shipped, or about to be")
    return None


def _too_many(ships: Mapping[str, int], left: Mapping[str, int]) -> Rejection | None:
    if not any(left[line] for line in ships):
        return Rejection("already_shipped", "nothing of it is left to ship, shipments under way included")
    for line, quantity in ships.items():
        if quantity > left[line]:
            return Rejection(
                "quantity_exceeded",
                f"line {line!r}: {quantity} are to ship and {left[line]} are left, shipments under way"
                " included",
            )
    return None
