"""The seed's sample order, from the provider to the bus."""

from __future__ import annotations

from infra.sandbox.net32_orders import make_order
from tests.world import LUNA, World


def test_the_seeds_sample_order_arrives_on_the_bus_exact_to_the_cent(world: World) -> None:
    world.lunasoft.place_seed_order()

    answer = world.poll(LUNA)
    events = world.relay()

    assert answer == {
        "connection": "luna-main",
        "read": 1,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "quarantined": 0,
        "cursor": "54123",
        "complete": True,
    }
    assert [event["type"] for event in events] == ["order.created.v1"]
    order = events[0]["data"]["order"]
    assert order["total"] == {"amount_minor": 32285, "currency": "USD"}
    assert order["placed_at"] == "2015-04-27T23:34:31Z"
    assert [(line["line_id"], line["total"]["amount_minor"]) for line in order["lines"]] == [("3223", 28999)]
    charges = [(charge["kind"], charge["amount"]["amount_minor"]) for charge in order["charges"]]
    assert charges == [("shipping", 1300), ("tax", 1986)]
    assert (28999 + 1300 + 1986, order["warnings"]) == (32285, [])


def test_a_poll_of_net32_brings_its_orders_to_the_bus(world: World) -> None:
    world.net32.place(make_order(19281414))

    answer = world.poll("net32-main")
    events = world.relay()

    assert answer["complete"] is True
    assert answer["created"] == 1
    assert [event["subject"] for event in events] == ["net32-main:19281414"]
