"""P5 and quantities: what may be done with an order now, by the effect of what is planned."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from orderbus.commands.adapter import Effect, Shipment
from orderbus.commands.guards import left_to_ship, refusal
from orderbus.domain.money import Money
from orderbus.domain.orders import Customer, Hold, Line, Order, Quantity
from orderbus.domain.times import parse_time

SINCE = parse_time("2026-01-05T12:00:00Z")
NOTHING = Money(amount_minor=0, currency="USD")


def order(*, ordered: int = 3, shipped: int = 0, cancelled: int = 0, **fields: Any) -> Order:
    line = Line(
        line_id="1",
        quantity=Quantity(ordered=ordered, shipped=shipped, cancelled=cancelled),
        unit_price=NOTHING,
        total=NOTHING,
    )
    made = Order(
        order_id="c:1",
        provider="lunasoft",
        connection="c",
        external_id="1",
        number="1",
        placed_at=SINCE,
        lifecycle="open",
        payment="paid",
        fulfilment="unfulfilled",
        currency="USD",
        lines=(line,),
        total=NOTHING,
        customer=Customer(),
    )
    return replace(made, **fields)


def shipments(*quantities: int) -> list[Shipment]:
    return [Shipment(f"c-{at}", f"s-{at}", {"1": quantity}) for at, quantity in enumerate(quantities)]


def why(
    what: Order, *effects: Effect, ships: int = 0, others: tuple[int, ...] = (), tests: bool = False
) -> str | None:
    known = shipments(*others)
    left = left_to_ship(what, known)
    wanted = {"1": ships} if ships else {}
    refused = refusal(what, effects, wanted, left=left, others=known, ship_test_orders=tests)
    return refused.reason if refused else None


@pytest.mark.parametrize(
    ("ordered", "shipped", "cancelled", "ours", "left"),
    [
        (3, 0, 0, (), 3),
        (3, 0, 1, (), 2),
        (3, 1, 0, (), 2),
        (3, 1, 0, (1,), 2),  # the provider's one is ours
        (3, 1, 0, (1, 1), 1),  # one of ours is under way
        (3, 3, 0, (1,), 0),
        (3, 0, 0, (2, 1), 0),
        (3, 2, 2, (), 0),
        (3, 0, 0, (9,), 0),
    ],
)
def test_what_is_left_is_less_the_greater_of_ours_and_the_providers(
    ordered: int, shipped: int, cancelled: int, ours: tuple[int, ...], left: int
) -> None:
    known = shipments(*ours)

    assert left_to_ship(order(ordered=ordered, shipped=shipped, cancelled=cancelled), known) == {"1": left}


@pytest.mark.parametrize(("ships", "reason"), [(1, None), (2, None), (3, "quantity_exceeded")])
def test_not_more_ships_than_is_left(ships: int, reason: str | None) -> None:
    assert why(order(), "ships", ships=ships, others=(1,)) == reason


def test_nothing_ships_of_what_is_under_way_already() -> None:
    assert why(order(), "ships", ships=1, others=(3,)) == "already_shipped"
    assert why(order(), "ships", others=(3,)) == "already_shipped"


@pytest.mark.parametrize("effect", ["ships", "delivers", "completes", "pays"])
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"lifecycle": "cancelled"}, "cancelled"),
        ({"holds": (Hold(reason="fraud_review", since=SINCE),)}, "held"),
        ({"test": True}, "test_order"),
        ({"payment": "declined"}, "payment_declined"),
        ({"payment": "refunded"}, "refunded"),
    ],
)
def test_the_irreversible_is_refused_under_whatever_name(
    effect: Effect, fields: dict[str, Any], reason: str
) -> None:
    assert why(order(**fields), effect, ships=1 if effect == "ships" else 0) == reason
    assert why(order(), effect, ships=1 if effect == "ships" else 0) is None


def test_a_test_order_ships_where_its_connection_allows_it() -> None:
    assert why(order(test=True), "ships", ships=1, tests=True) is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"lifecycle": "cancelled"}, "cancelled"), ({"test": True}, "test_order"), ({}, None)],
)
def test_a_payment_is_confirmed_of_a_real_order_only(fields: dict[str, Any], reason: str | None) -> None:
    assert why(order(**fields), "authorizes") == reason


def test_a_held_order_may_be_cancelled_and_none_that_is_on_its_way() -> None:
    held = order(holds=(Hold(reason="fraud_review", since=SINCE),))

    assert why(held, "cancels") is None
    assert why(order(shipped=1), "cancels") == "already_shipped"
    assert why(order(), "cancels", others=(1,)) == "already_shipped"
    assert why(order(lifecycle="cancelled"), "cancels") == "cancelled"


def test_a_held_order_is_refused_with_every_reason_that_it_is_held_for() -> None:
    holds = [Hold(reason=reason, since=SINCE) for reason in ("fraud_review", "not_found", "fraud_review")]

    refused = refusal(
        order(holds=tuple(holds)), ("ships",), {"1": 1}, left={"1": 3}, others=(), ship_test_orders=False
    )

    assert refused is not None
    assert (refused.reason, refused.message) == ("held", "the order is held: fraud_review, not_found")


def test_a_line_that_is_not_there_is_named() -> None:
    refused = refusal(order(), ("ships",), {"2": 1}, left={"1": 3}, others=(), ship_test_orders=False)

    assert refused is not None
    assert (refused.reason, refused.message) == ("unknown_line", "the order has no line '2'")


def test_what_has_no_such_effect_is_not_guarded() -> None:
    assert why(order(lifecycle="cancelled", payment="declined")) is None


def test_an_order_of_which_all_is_shipped_may_be_closed_and_not_shipped_again() -> None:
    assert why(order(shipped=3), "ships", "completes") is None
    assert why(order(), "ships", "completes", others=(3,)) is None
    assert why(order(shipped=3, holds=(Hold(reason="on_hold", since=SINCE),)), "ships", "completes") == "held"
    assert why(order(shipped=3), "ships") == "already_shipped"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"holds": (Hold(reason="unknown_status", since=SINCE),)}, "held"),
        ({"lifecycle": "cancelled"}, "cancelled"),
        ({"test": True, "payment": "declined"}, None),
    ],
)
def test_a_status_that_may_be_a_hold_is_left_to_the_provider(
    fields: dict[str, Any], reason: str | None
) -> None:
    assert why(order(**fields), "overwrites") == reason
