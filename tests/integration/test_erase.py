"""An order that is erased leaves ids, hashes, quantities and states, and never comes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from orderbus.aws.erasing import Erased
from orderbus.domain.errors import ContendedError, UnderWayError
from orderbus.runtime import clients

from infra.sandbox.faults import Status
from infra.sandbox.lunasoft import make_order
from tests.bus_gate import gated_bus
from tests.command_world import Commands
from tests.faults.steps import Step, each_step, run_until
from tests.forgetting import CANARY, NUMBER, SHOPS, Shop, erase, leave_traces, traces
from tests.publishing import json_object
from tests.world import BUCKET, NET32, RETAILYS, TABLE, World

Json = dict[str, Any]


@pytest.fixture(params=SHOPS.values(), ids=list(SHOPS))
def shop(request: pytest.FixtureRequest) -> Shop:
    chosen: Shop = request.param
    return chosen


def test_nothing_of_the_customer_is_left_and_no_way_in_brings_the_order_back(
    commands: Commands, shop: Shop
) -> None:
    world = commands.world
    succeeded, rejected = leave_traces(commands, shop)
    kept = {f"COMMAND#{succeeded}", f"COMMAND#{rejected}", "CURRENT"}
    assert {f"ORDER#{shop.order} {each}" for each in (*kept, "EVENT#0000000001")} <= set(traces())

    done = erase(shop.order)

    assert done == Erased(revisions=2, commands=2, set_aside=1, objects=1)
    assert traces() == pages(world)
    left = world.items("ORDER#")
    assert {each["sk"]["S"] for each in left} - {"RESERVATIONS"} == kept
    assert world.relay() == []

    brought = ways_in(world, shop)

    assert brought == []
    assert traces() == pages(world)
    assert world.items("ORDER#") == left
    # A command's id means what it meant; a new one is told that there is no such order.
    type_, data = shop.command
    commands.send(type_, shop.order, data, id=succeeded)
    commands.send("order.ship.v1", shop.order, {}, id=rejected)
    ship = {"shipment_id": "s", "lines": [{"line_id": "1", "quantity": 1}]}
    new = commands.send("order.ship.v1", shop.order, ship)
    told = [
        (each["type"], each["data"]["command_id"], each["data"].get("reason")) for each in commands.work()
    ]
    assert sorted(told) == [
        ("command.conflict.v1", rejected, None),
        ("command.rejected.v1", new, "unknown_order"),
    ]
    assert erase(shop.order) == Erased(commands=1)
    assert erase(shop.order) == Erased()


def pages(world: World) -> list[str]:
    """Return the one thing that stays: answers that Net32 gave, which hold several orders and go by age."""
    return sorted(world.objects(f"inbox/{NET32}/"))


def ways_in(world: World, shop: Shop) -> list[str]:
    """Let the order come by every way that there is; return what is told of it."""
    told = []
    for fields in ({}, {**shop.again, "phone": CANARY}, shop.bad):
        shop.place(world, **fields)
        answer = shop.poll(world)
        counts = [answer[each] for each in ("created", "updated", "quarantined")]
        assert (answer["complete"], counts) == (True, [0, 0, 0])
        told += world.relay()
    assert world.poll(shop.connection, redrive="all")["read"] == 0
    if shop.connection != NET32:
        hint = {"order_id": shop.external_id, "connection": shop.connection}
        assert world.invoke("import_order", hint)["outcome"] == "known"
        since = (datetime.now(UTC) - timedelta(days=5)).isoformat()
        answer = world.invoke("reconcile_orders", {"connection": shop.connection, "since": since})
        assert (answer["compared"] > 0, answer["missing"], answer["complete"]) == (True, [], True)
    world.invoke("publish_events", {"since": "2020-01-01"})
    told += [*world.relay(), *world.receive()]
    return [each["type"] for each in told if each["subject"] == shop.order]


def test_what_stays_is_ids_hashes_quantities_and_states(commands: Commands) -> None:
    shop = SHOPS["net32"]
    succeeded, rejected = leave_traces(commands, shop)
    content_hash = json.loads(commands.item(shop.order, "CURRENT")["order"]["S"])["content_hash"]
    erase(shop.order)

    tombstone, book = (commands.item(shop.order, sort) for sort in ("CURRENT", "RESERVATIONS"))

    assert tombstone.keys() == {
        *("pk", "sk", "erased", "erased_at", "revision", "read_at", "raw_hashes"),
        *("content_hash", "quantities"),
    }
    assert tombstone["content_hash"]["S"] == content_hash
    assert tombstone["revision"]["N"] == "3"  # the two that were published, and being erased
    lines = {
        f"{line}": {"ordered": n, "shipped": 0, "cancelled": 0} for line, n in ((47110001, 2), (47110002, 1))
    }
    assert json.loads(tombstone["quantities"]["S"]) == lines
    assert json.loads(book["shipments"]["S"]) == [
        {
            "command_id": succeeded,
            "shipment_id": "s-1",
            "lines": {"47110001": 1},
            "carrier": None,
            "tracking_numbers": [],
        }
    ]
    command = commands.item(shop.order, f"COMMAND#{rejected}")
    assert command.keys() == {
        *(
            "pk",
            "sk",
            "version",
            "state",
            "type",
            "data",
            "sent_at",
            "content_hash",
            "received_at",
            "progress",
        )
    }
    assert json.loads(command["progress"]["S"])["outcome"] == {
        "reason": "unknown_line",
        "message": "the rest of its outcome was erased with its order",
    }


def test_an_order_that_nobody_knows_is_none(commands: Commands) -> None:
    before = commands.world.items()

    assert erase(f"{NET32}:1") is None
    assert commands.world.items() == before


def test_a_connection_is_no_order_and_loses_nothing(commands: Commands) -> None:
    """What is set aside without an order's id, and what creates orders, has the connection as its subject."""
    world = commands.world
    world.net32.fail_next(Status(200, "[[]]", after_effect=True))
    world.poll(NET32)
    commands.send("order.create.v1", NET32, {"name": "Eva"})
    commands.work()
    before = (world.items(), world.objects())
    assert len(world.objects("quarantine/")) == 1

    assert [erase(each) for each in (NET32, f"{NET32}:", ":1", "")] == [None] * 4

    assert (world.items(), world.objects()) == before


def test_an_order_that_is_in_quarantine_only_is_erased_and_never_taken_in(
    world: World,
) -> None:
    shop = SHOPS["lunasoft"]
    shop.place(world, **shop.bad)
    assert shop.poll(world)["quarantined"] == 1
    world.relay()

    assert erase(shop.order) == Erased(set_aside=1, objects=1)
    assert traces() == []
    shop.place(world)
    assert shop.poll(world)["unchanged"] == 1
    assert (world.relay(), traces()) == ([], [])


def test_an_order_whose_charge_is_under_way_or_unknown_is_not_erased_before_it_is_decided(
    commands: Commands,
) -> None:
    shop, world = SHOPS["net32"], commands.world
    world.net32.settle_after = 1_000
    shop.place(world)
    shop.poll(world)
    commands.send(*command_of(shop), id="ship-1")
    commands.work()
    before = world.items("ORDER#")

    assert refusal(shop) == "command 'ship-1' is accepted; run this again when it has ended"
    assert world.items("ORDER#") == before

    item = commands.item(shop.order, "COMMAND#ship-1") | {"state": {"S": "unknown"}}
    clients.dynamodb().put_item(TableName=TABLE, Item=item)
    say = "say what came of it with command.resolve.v1, then run this again"
    assert refusal(shop) == f"command 'ship-1' is unknown; {say}"

    answer = {"command_id": "ship-1", "outcome": "succeeded", "note": f"{CANARY} has it"}
    commands.send("command.resolve.v1", shop.order, answer)
    commands.work()
    assert erase(shop.order) == Erased(revisions=1, commands=2)
    assert traces() == pages(world)
    assert commands.state(shop.order, "ship-1") == "succeeded"


def refusal(shop: Shop) -> str:
    with pytest.raises(UnderWayError) as refused:
        erase(shop.order)
    return str(refused.value).removeprefix(f"{shop.order} cannot be erased yet: ")


def command_of(shop: Shop) -> tuple[str, str, Json]:
    type_, data = shop.command
    return type_, shop.order, data


def test_what_the_bucket_has_of_it_goes_in_every_version(world: World) -> None:
    shop = SHOPS["lunasoft"]
    clients.s3().put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    shop.place(world, line_items=make_order(NUMBER, lines=[("0.05", 3)] * 1_000)["line_items"])
    shop.poll(world)
    # Each of a run that died before its write, of one that was refused, and deleted by a person.
    [snapshot] = world.objects("snapshots/")
    lost = f"{snapshot.rpartition('/')[0]}/{'0' * 64}.json"
    clients.s3().put_object(Bucket=BUCKET, Key=lost, Body=CANARY.encode())
    clients.s3().delete_object(Bucket=BUCKET, Key=lost)
    with gated_bus() as bus:
        bus.refuse = lambda _detail: "MalformedDetail"
        world.relay()
    assert len(world.objects("refused/")) == 1
    assert traces() == [lost, snapshot]
    clients.s3().put_object(Bucket=BUCKET, Key="snapshots/of-another/1.json", Body=b"{}")

    assert erase(shop.order) == Erased(revisions=1, objects=3)

    answer = clients.s3().list_object_versions(Bucket=BUCKET)
    assert [each["Key"] for each in answer["Versions"]] == ["snapshots/of-another/1.json"]
    assert "DeleteMarkers" not in answer


def test_the_command_that_created_it_is_cut_down_with_it(commands: Commands) -> None:
    world = commands.world
    assert world.retailys
    id_ = commands.send("order.create.v1", RETAILYS, {"name": CANARY, "channel": 3})
    with gated_bus() as bus:
        bus.refuse = lambda _detail: "MalformedDetail"
        commands.work()
    another = commands.send("order.create.v1", RETAILYS, {"name": "Eva", "channel": 3})
    commands.work()
    kept = commands.world.items(f"CONNECTION#{RETAILYS}")
    outcome = json.loads(next(each for each in kept if each["sk"]["S"] == f"COMMAND#{id_}")["progress"]["S"])
    number = outcome["outcome"]["result"]["provider"]["id"]
    world.pass_time(hours=2)
    world.poll(RETAILYS)

    done = erase(f"{RETAILYS}:{number}")

    assert done == Erased(revisions=1, commands=1, objects=1)
    assert traces() == []
    [other] = [each for each in world.items(f"CONNECTION#{RETAILYS}") if another in each["sk"]["S"]]
    assert other in kept


def test_an_input_that_names_no_order_is_named_where_it_holds_the_number(world: World) -> None:
    shop = SHOPS["net32"]
    shop.place(world)
    shop.poll(world)
    world.net32.fail_next(Status(200, json.dumps({"odd": [{"number": NUMBER}]}), after_effect=True))
    shop.poll(world)
    world.net32.fail_next(Status(200, json.dumps({"odd": [{"number": 1}]}), after_effect=True))
    shop.poll(world)
    doubtful = {key for key in world.objects("quarantine/") if str(NUMBER) in str(json_object(key))}

    done = erase(shop.order)

    assert done == Erased(revisions=1, doubtful=tuple(doubtful))
    assert len(doubtful) == 1
    assert len(world.objects("quarantine/")) == 2


def test_a_poll_that_changes_the_order_at_the_same_moment_wins_or_loses_whole(world: World) -> None:
    """Whoever has read the order before it was erased can no longer write it."""
    shop = SHOPS["lunasoft"]
    shop.place(world)
    shop.poll(world)
    shop.place(world, **shop.again)
    world.relay()

    # The poll is about to write its change when the order is erased.
    done = between("TransactWriteItems", lambda: shop.poll(world), lambda: erase(shop.order))

    assert done == Erased(revisions=1)
    assert (traces(), world.relay()) == ([], [])
    assert [each["sk"]["S"] for each in world.items("ORDER#")] == ["CURRENT"]


def test_an_order_that_changes_while_it_is_erased_is_erased_by_the_next_try(world: World) -> None:
    shop = SHOPS["lunasoft"]
    shop.place(world)
    shop.poll(world)
    shop.place(world, **shop.again)

    with pytest.raises(ContendedError, match="run this again in a few minutes"):
        between("TransactWriteItems", lambda: erase(shop.order), lambda: shop.poll(world))

    assert erase(shop.order) == Erased(revisions=2)
    assert traces() == []


def test_a_command_that_has_begun_at_that_moment_ends_first(commands: Commands) -> None:
    shop, world = SHOPS["lunasoft"], commands.world
    shop.place(world)
    shop.poll(world)

    def begins() -> None:
        commands.send(*command_of(shop))
        run_until(lambda step: step.call.startswith("GET"), commands.work)

    with pytest.raises(ContendedError, match="or a command of it carried out"):
        between("TransactWriteItems", lambda: erase(shop.order), begins)

    assert "erased" not in commands.item(shop.order, "CURRENT")
    commands.pass_time(minutes=15)
    commands.pass_time(minutes=15)
    assert erase(shop.order) == Erased(revisions=1, commands=1)
    assert traces() == []


def test_a_command_that_comes_at_that_moment_finds_no_order_and_is_erased_by_the_next_try(
    commands: Commands,
) -> None:
    shop, world = SHOPS["lunasoft"], commands.world
    shop.place(world)
    shop.poll(world)

    def comes() -> None:
        commands.send(*command_of(shop), id="late-1")
        run_until(lambda step: step.side == "after" and "PutItem" in step.call, commands.work)

    with pytest.raises(UnderWayError, match="command 'late-1' is received"):
        between("TransactWriteItems", lambda: erase(shop.order), comes)
    world.relay()
    told = commands.pass_time(minutes=15)

    assert [(each["type"], each["data"]["reason"]) for each in told] == [
        ("command.rejected.v1", "unknown_order")
    ]
    assert commands.posts() == []
    assert erase(shop.order) == Erased(commands=1)
    assert traces() == []


def between(call: str, run: Callable[[], object], other: Callable[[], object]) -> Any:
    """Run, and let another process run just before the first call of that kind; return what that one gave."""
    given: list[Any] = []

    def act(step: Step) -> None:
        if step.side == "before" and call in step.call and not given:
            given.append(None)
            given[0] = other()

    with each_step(act):
        run()
    return given[0]
