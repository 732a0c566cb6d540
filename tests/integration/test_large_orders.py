"""An order too large for an event or an item lies in the bucket, and both carry the same reference to it."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from orderbus.domain.content import fingerprint
from orderbus.runtime import clients

from infra.sandbox.lunasoft import make_order
from tests.bus_gate import gated_bus, size_of
from tests.policies import held_to_policies
from tests.publishing import json_object, publish, raw_object
from tests.world import BUCKET, LUNA, TABLE, World

Json = dict[str, Any]
LINES = [("289.99", 1), ("0.05", 3)] * 1_000
ID = f"{LUNA}:700"


def fetch(world: World, **fields: Any) -> list[Json]:
    """Place or change an order of 2,000 lines, fetch it, and return what reaches the subscriber."""
    world.lunasoft.place(make_order(700, lines=LINES, shipping="13.00", **fields))
    world.pass_time(minutes=1)
    answer = world.poll(LUNA)
    assert answer["created"] + answer["updated"] == 1
    return world.relay()


def item(sort_key: str) -> Json:
    key = {"pk": {"S": f"ORDER#{ID}"}, "sk": {"S": sort_key}}
    found: Json = clients.dynamodb().get_item(TableName=TABLE, Key=key)["Item"]
    return found


def reference(of: Json) -> Json:
    """Return an item's reference as an event has it."""
    ref = {name: next(iter(value.values())) for name, value in of["ref"]["M"].items()}
    return ref | {"bytes": int(ref["bytes"])}


def test_an_order_of_2000_lines_is_published_as_a_claim_check(world: World) -> None:
    with gated_bus() as bus:
        [event] = fetch(world)

    ref = event["data"]["ref"]
    assert event["data"] == {"ref": ref}
    assert (event["type"], event["subject"], event["revision"]) == ("order.created.v1", ID, 1)
    body = raw_object(ref["key"])
    assert ref == {
        "bucket": BUCKET,
        "key": f"snapshots/{fingerprint(ID)}/{sha256(body).hexdigest()}.json",
        "sha256": sha256(body).hexdigest(),
        "bytes": len(body),
    }
    assert max(size_of(entry) for entry in bus.entries) < 2_000
    content = json.loads(body)
    assert content.keys() == {"order", "changes"}
    assert content["changes"] == []
    order = content["order"]
    assert (order["order_id"], order["revision"], len(order["lines"])) == (ID, 1, 2_000)
    assert sum(line["total"]["amount_minor"] for line in order["lines"]) == 29_014_000
    shipping, tax = (charge["amount"]["amount_minor"] for charge in order["charges"])
    assert order["total"]["amount_minor"] == 29_014_000 + shipping + tax
    assert (shipping, tax) == (1300, 1_987_459)
    assert order["warnings"] == []


def test_its_item_is_small_and_has_the_same_reference(world: World) -> None:
    [event] = fetch(world)

    found = item("CURRENT")

    assert reference(found) == event["data"]["ref"]
    assert len(json.dumps(found)) < 4_000


def test_a_change_of_it_is_compared_with_what_lies_in_the_bucket(world: World) -> None:
    [created] = fetch(world)

    [updated] = fetch(world, customer_note="Ring twice.")

    assert (updated["type"], updated["revision"]) == ("order.updated.v1", 2)
    content = json_object(updated["data"]["ref"]["key"])
    assert content["changes"] == [{"path": "/note", "from": None, "to": "Ring twice."}]
    assert (content["order"]["revision"], content["order"]["note"]) == (2, "Ring twice.")
    assert reference(item("CURRENT")) == updated["data"]["ref"]
    put_aside = item("EVENT#0000000001")
    assert reference(put_aside) == created["data"]["ref"]
    [kept] = json.loads(put_aside["published"]["S"])
    assert kept["id"] == created["id"]
    assert json_object(created["data"]["ref"]["key"])["order"]["note"] is None


def test_the_same_large_order_read_again_is_neither_stored_nor_written_again(world: World) -> None:
    fetch(world)
    stored, written = world.objects(), world.items("ORDER#")
    world.pass_time(minutes=1)

    answer = world.poll(LUNA)

    assert (answer["unchanged"], answer["updated"]) == (1, 0)
    assert (world.objects(), world.items("ORDER#")) == (stored, written)


def test_an_order_that_becomes_small_is_in_its_item_again_and_the_large_one_stays_in_the_bucket(
    world: World,
) -> None:
    [created] = fetch(world)
    world.lunasoft.place(make_order(700))
    world.pass_time(minutes=1)
    world.poll(LUNA)

    # What the change takes away is in its `changes`, so that the event is still large.
    [updated] = world.relay()
    assert len(json_object(updated["data"]["ref"]["key"])["order"]["lines"]) == 2
    [again] = fetch_small_change(world)

    assert again["data"]["order"]["note"] == "Thanks."
    assert {"order", "outbox"} <= item("CURRENT").keys()
    assert json_object(created["data"]["ref"]["key"])["order"]["revision"] == 1
    assert "ref" in item("EVENT#0000000001")


def fetch_small_change(world: World) -> list[Json]:
    world.lunasoft.edit(700, customer_note="Thanks.")
    world.pass_time(minutes=1)
    world.poll(LUNA)
    return world.relay()


def test_the_bucket_has_the_order_before_the_ledger_refers_to_it(world: World) -> None:
    world.lunasoft.place(make_order(700, lines=LINES))
    seen: list[tuple[int, int]] = []

    def look(**_: Any) -> None:
        with held_to_policies(None):
            seen.append((len(world.objects("snapshots/")), len(world.items("ORDER#"))))

    events: Any = clients.dynamodb().meta.events
    events.register("before-call.dynamodb.PutItem", look)
    try:
        world.poll(LUNA)
    finally:
        events.unregister("before-call.dynamodb.PutItem", look)

    assert seen[0] == (1, 0)


def test_a_batch_of_references_comes_again_the_same(world: World) -> None:
    world.lunasoft.place(make_order(700, lines=LINES))
    world.poll(LUNA)
    records = world.records()

    first, second = (publish(world, records) for _ in range(2))

    assert first == second == {"published": 1, "refused": 0}
    [one, other] = world.receive()
    assert one == other
