"""P6: a bad order is kept, named and set aside; the rest of its page goes on."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from orderbus.domain.content import DEEPEST, canonical

from infra.sandbox.faults import Garbage
from tests.aws_calls import aws_calls
from tests.malformed import LUNA_SHOP, NET32_SHOP, SHOPS, Shop, as_kept, nested, of_type
from tests.publishing import json_object, metrics, raw_object, subjects
from tests.world import LUNA, NET32, World

Json = dict[str, Any]
CANARY = "Mrs Canary, 1 Bird Lane"


@pytest.fixture(params=SHOPS, ids=lambda shop: shop.provider)
def shop(request: pytest.FixtureRequest) -> Shop:
    chosen: Shop = request.param
    return chosen


@pytest.mark.parametrize("position", [1, 3, 5], ids=["first", "in the middle", "last"])
def test_one_bad_order_is_set_aside_and_its_page_goes_on(world: World, shop: Shop, position: int) -> None:
    raws = {n: shop.place(world, n, **({"total": "a lot"} if n == position else {})) for n in range(1, 6)}

    answer = world.poll(shop.connection)
    events = world.relay()

    assert answer == {
        "connection": shop.connection,
        "read": 5,
        "created": 4,
        "updated": 0,
        "unchanged": 0,
        "quarantined": 1,
        "cursor": "5" if shop is LUNA_SHOP else None,
        "complete": True,
    }
    assert subjects(of_type(events, "order.created.v1")) == [shop.id(n) for n in raws if n != position]
    [event] = of_type(events, "order.quarantined.v1")
    digest = sha256(canonical(as_kept(raws[position]))).hexdigest()
    assert len(events) == 5
    assert event["subject"] == shop.id(position)
    named = f"orderbus\n{shop.id(position)}\norder.quarantined.v1\n{digest}"
    assert event["id"] == str(uuid5(NAMESPACE_URL, named))
    assert event["data"] == {
        "reason": "total: not a number",
        "key": f"quarantine/{shop.connection}/{digest}.json",
        "sha256": digest,
        "whole_page": False,
    }
    assert json_object(event["data"]["key"]) == as_kept(raws[position])
    assert sha256(raw_object(event["data"]["key"])).hexdigest() == digest


def test_a_page_of_bad_orders_only_is_set_aside_order_by_order(world: World, shop: Shop) -> None:
    for number in range(1, 6):
        shop.place(world, number, **{shop.lines: "none"})

    answer = world.poll(shop.connection)

    assert (answer["read"], answer["created"], answer["quarantined"]) == (5, 0, 5)
    assert answer["complete"] is True
    events = world.relay()
    assert {event["type"] for event in events} == {"order.quarantined.v1"}
    assert subjects(events) == [shop.id(number) for number in range(1, 6)]
    shop.place(world, 6)
    assert world.poll(shop.connection)["created"] == 1


@pytest.mark.parametrize("bad_id", [None, "", "two\nwords", "ä", True, 1.5, [], "9" * 201])
def test_an_order_without_a_usable_id_is_set_aside_under_its_connection(
    world: World, shop: Shop, bad_id: Any
) -> None:
    name = "id" if shop is LUNA_SHOP else "orderId"
    shop.place(world, 1)
    raw = shop.place(world, 2, **{name: bad_id})
    shop.place(world, 3)

    answer = world.poll(shop.connection)
    events = world.relay()

    assert (answer["read"], answer["created"], answer["quarantined"]) == (3, 2, 1)
    [event] = of_type(events, "order.quarantined.v1")
    assert event["subject"] == shop.connection
    assert event["data"]["reason"]
    assert json_object(event["data"]["key"]) == as_kept(raw)


def test_the_deepest_order_that_is_read_arrives_whole_and_a_deeper_one_is_set_aside(
    world: World, shop: Shop
) -> None:
    deepest = nested(DEEPEST - 1)
    shop.place(world, 1, oddity=deepest)
    shop.place(world, 2, oddity=[deepest])

    answer = world.poll(shop.connection)
    again = world.poll(shop.connection)
    events = world.relay()

    assert (answer["read"], answer["created"], answer["quarantined"]) == (2, 1, 1)
    assert (again["created"], again["updated"]) == (0, 0)
    [created] = of_type(events, "order.created.v1")
    assert created["data"]["order"]["provider_data"]["oddity"] == deepest
    [aside] = of_type(events, "order.quarantined.v1")
    assert aside["data"]["reason"] == f"the order is nested more than {DEEPEST} levels deep"
    assert aside["subject"] == shop.id(2)


@pytest.mark.parametrize("row", [None, [], "order", 7, True, {}], ids=str)
def test_a_row_that_is_no_order_is_set_aside_too(world: World, shop: Shop, row: Any) -> None:
    shop.place(world, 1)
    sandbox = shop.sandbox(world)
    # The sandboxes list what they have encoded, so that a row can be anything.
    if shop is NET32_SHOP:
        world.net32._orders["odd"] = as_bytes(row)
        world.net32._pending.append("odd")
    else:
        world.lunasoft.place({}, order_id=2)
        stored = world.lunasoft._orders._orders[2]
        object.__setattr__(stored, "encoded", as_bytes(row))

    answer = world.poll(shop.connection)

    assert (answer["read"], answer["created"], answer["quarantined"]) == (2, 1, 1)
    [event] = of_type(world.relay(), "order.quarantined.v1")
    assert (event["subject"], len(sandbox.calls)) == (shop.connection, 1)
    assert json_object(event["data"]["key"]) == row


def as_bytes(value: Any) -> bytes:
    return canonical(value)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"total": CANARY}, "total"),
        ({"total": {"name": CANARY}}, "total"),
        ({"note": {"from": CANARY}, "customer_note": {"from": CANARY}}, "note"),
        ({"lineItems": [CANARY], "line_items": [CANARY]}, "line"),
        ({"lineItems": {CANARY: 1}, "line_items": {CANARY: 1}}, "line"),
    ],
)
def test_the_reason_names_the_field_and_what_is_wrong_with_it_and_no_value(
    world: World, shop: Shop, fields: Json, named: str
) -> None:
    shop.place(world, 1, **fields)

    world.poll(shop.connection)

    [event] = world.relay()
    reason = event["data"]["reason"]
    assert named in reason
    assert ": " in reason
    assert CANARY not in str(event)
    assert CANARY in str(json_object(event["data"]["key"]))


@pytest.mark.parametrize(
    "odd",
    ["half a pair \ud83d", {"a key \udc00": 1}, nested(DEEPEST), nested(500)],
    ids=["half a surrogate pair", "half a pair in a name", "one level too many", "500 levels"],
)
def test_what_no_one_could_store_or_read_again_is_set_aside_too(world: World, shop: Shop, odd: Any) -> None:
    shop.place(world, 1)
    raw = shop.place(world, 2, anything=odd)
    shop.place(world, 3)

    answer = world.poll(shop.connection)

    assert (answer["read"], answer["created"], answer["quarantined"]) == (3, 2, 1)
    [event] = of_type(world.relay(), "order.quarantined.v1")
    assert event["subject"] == shop.id(2)
    assert json_object(event["data"]["key"]) == as_kept(raw)


def test_a_bad_order_that_each_poll_shows_again_is_written_once(world: World) -> None:
    LUNA_SHOP.place(world, 1)
    LUNA_SHOP.place(world, 2, total="a lot")
    world.poll(LUNA)
    assert len(of_type(world.relay(), "order.quarantined.v1")) == 1

    for _ in range(3):
        world.pass_time(minutes=1)
        with aws_calls() as calls:
            answer = world.poll(LUNA)
        assert (answer["read"], answer["unchanged"], answer["quarantined"]) == (2, 1, 1)
        # The state, one question each to orders, quarantine and watches, one write of the state.
        assert calls.counts() == {"GetItem": 1, "BatchGetItem": 2, "Query": 1, "PutItem": 1}
        assert world.relay() == []


def test_the_alarm_counts_a_bad_order_once_and_the_next_one_again(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    LUNA_SHOP.place(world, 1, total="a lot")
    seen = []
    for number in (1, 2, 3, 4):
        if number == 3:
            LUNA_SHOP.place(world, number, total="a lot")
        answer = world.poll(LUNA)
        seen.append((answer["quarantined"], metrics(capsys.readouterr().out)["OrdersQuarantined"]))

    assert seen == [(1, 1), (1, 0), (2, 1), (2, 0)]


def test_a_page_of_net32_that_cannot_be_read_counts_for_the_alarm(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.net32.fail_next(Garbage())

    assert world.poll(NET32)["quarantined"] == 1

    assert metrics(capsys.readouterr().out)["OrdersQuarantined"] == 1


def test_a_bad_order_that_is_handed_out_again_is_published_once(world: World) -> None:
    for _ in range(2):
        NET32_SHOP.place(world, 1, total="a lot")
        world.poll(NET32)

    assert len(world.relay()) == 1
    assert len(world.objects("quarantine/")) == 1


def test_the_same_bad_order_twice_on_a_page_is_stored_and_written_once(world: World) -> None:
    NET32_SHOP.place(world, 1, total="a lot")
    NET32_SHOP.place(world, 1, total="a lot")

    with aws_calls() as calls:
        answer = world.poll(NET32)

    assert answer["quarantined"] == 2
    assert len(world.relay()) == 1
    assert calls.counts()["PutObject"] == 2  # the page, and the order
    assert calls.counts()["PutItem"] == 3  # the state twice, and the order


def test_a_bad_order_that_changes_and_is_still_bad_is_another_input(world: World) -> None:
    LUNA_SHOP.place(world, 1, total="a lot")
    world.poll(LUNA)
    [first] = world.relay()
    world.lunasoft.edit(1, total="even more")
    world.poll(LUNA)
    [second] = world.relay()

    assert first["id"] != second["id"]
    assert first["subject"] == second["subject"] == f"{LUNA}:1"


def test_a_bad_order_that_the_site_mends_arrives_by_itself(world: World) -> None:
    LUNA_SHOP.place(world, 1, total="a lot")
    world.poll(LUNA)
    world.relay()
    world.lunasoft.place(LUNA_SHOP.make(1))

    answer = world.poll(LUNA)

    assert (answer["created"], answer["quarantined"]) == (1, 0)
    assert [event["type"] for event in world.relay()] == ["order.created.v1"]
