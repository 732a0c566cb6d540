"""The seed's sample order, from the provider to the bus."""

from __future__ import annotations

from infra.sandbox.net32_orders import make_order
from tests.world import LUNA, ZONOS, World


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


def test_the_orders_of_zonos_page_arrive_as_its_samples_list_them(world: World) -> None:
    world.zonos.place_seed_orders()

    world.poll(ZONOS)

    events = world.relay()
    assert sorted(event["type"] for event in events) == ["order.created.v1"] * 6 + ["order.held.v1"]
    orders = {event["data"]["order"]["external_id"]: event["data"]["order"] for event in events}
    assert {name: (each["placed_at_raw"], each["test"]) for name, each in orders.items()} == {
        "999-99991": ("2015-01-01 00:33:14.0", False),
        "999-99992": ("2015-01-01 05:12:46.0", True),
        "999-99993": ("2015-01-01 14:50:54.0", False),
        "999-99994": ("2015-01-02 20:14:01.0", False),
        "999-99995": ("2015-01-02 20:57:47.0", False),
        "999-99996": ("2015-01-02 22:11:40.0", False),
    }
    assert orders["999-99991"]["placed_at"] == "2015-01-01T00:33:14Z"
    assert orders["999-99991"]["holds"] == [
        {"reason": "fraud_review", "since": "2015-01-01T07:33:14Z", "raw": "IGLOBAL_FRAUD_REVIEW"}
    ]
    assert {name: each["blocked_by"] for name, each in orders.items() if each["blocked_by"]} == {
        "999-99991": ["hold"],
        "999-99992": ["test_order"],
    }
    assert orders["999-99992"]["provider_status"] == "IGLOBAL_ORDER_IN_PROCESS"
    assert orders["999-99992"]["provider_data"]["merchantOrderId"] == "abc123"
