"""What tests of erasing share: orders that are full of a customer, and where traces of it are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from orderbus.aws.erasing import Erased, Erasure
from orderbus.runtime import clients

from infra.sandbox import lunasoft, net32, retailys, zonos
from tests.command_world import Commands
from tests.policies import held_to_policies
from tests.world import BUCKET, LUNA, NET32, RETAILYS, TABLE, ZONOS, World

Json = dict[str, Any]

CANARY = "Kanarienvogel"
NUMBER = 4711
NOW = datetime.now(UTC)
_PERSONAL = re.compile("name|mail|phone|street|address|city|zip|note", re.IGNORECASE)
_NOT_OF_A_PERSON = {
    "line_items",
    "lineItems",
    "items",
    "statuses",
    "channel",
    "company",
    "shipping",
    "payment",
}


@dataclass(frozen=True)
class Shop:
    """A provider's connection, and the shape of its orders.

    Attributes:
        again: What is different when the order is read again.
        bad: What makes an order of it unreadable.
        command: A command with something of the customer in its data.
    """

    connection: str
    external_id: str
    make: Callable[..., Json]
    again: Json
    bad: Json
    command: tuple[str, Json]

    @property
    def order(self) -> str:
        return f"{self.connection}:{self.external_id}"

    def place(self, world: World, **fields: Any) -> None:
        """Let the order come in, its customer named after the canary, or let it change."""
        sandbox = getattr(world, self.connection.partition("-")[0].replace("luna", "lunasoft"))
        sandbox.place(named_after_canary(self.make(NUMBER)) | fields)

    def poll(self, world: World) -> Json:
        world.pass_time(hours=2)  # so that a list by date looks back, too
        return world.poll(self.connection)


SHOPS = {
    "lunasoft": Shop(
        LUNA,
        str(NUMBER),
        partial(lunasoft.make_order, created=f"{NOW:%Y-%m-%dT%H:%M:%S+0000}"),
        {"customer_note": f"Ring at {CANARY}."},
        {"total": "?"},
        ("order.set_status.v1", {"status": "Processing", "note": f"for {CANARY}"}),
    ),
    "net32": Shop(
        NET32,
        str(NUMBER),
        net32.make_order,
        {"note": f"Ring at {CANARY}."},
        {"total": "?"},
        (
            "order.ship.v1",
            {
                "shipment_id": "s-1",
                "lines": [{"line_id": f"{NUMBER}0001", "quantity": 1}],
                "carrier": CANARY,
                "tracking_numbers": [CANARY],
            },
        ),
    ),
    "retailys": Shop(
        RETAILYS,
        str(NUMBER),
        partial(retailys.make_order, placed=NOW.isoformat(timespec="seconds")),
        {"note": f"Ring at {CANARY}."},
        {"money": "?"},
        ("order.set_state.v1", {"state": "paid", "payment_id": CANARY}),
    ),
    "zonos": Shop(
        ZONOS,
        f"999-{NUMBER}",
        zonos.make_order,
        {"merchantOrderId": f"m-{CANARY}"},
        {"items": "?"},
        ("order.add_tracking.v1", {"carrier": "UPS", "tracking_number": CANARY}),
    ),
}


def named_after_canary(raw: Json) -> Json:
    """Return a raw order with the canary wherever it names a person or a place."""
    marked = dict(raw)
    for key, value in raw.items():
        if key in _NOT_OF_A_PERSON:
            continue
        if isinstance(value, dict):
            marked[key] = named_after_canary(value)
        elif isinstance(value, str) and _PERSONAL.search(key):
            marked[key] = CANARY
    return marked


def leave_traces(commands: Commands, shop: Shop) -> list[str]:
    """Leave the customer in two revisions, three commands, a conflict and the quarantine; return the ids."""
    world = commands.world
    world.net32.settle_after = 0
    shop.place(world)
    assert shop.poll(world)["created"] == 1
    shop.place(world, **shop.again)
    assert shop.poll(world)["updated"] == 1
    type_, data = shop.command
    ids = [commands.send(type_, shop.order, data)]
    wrong = {"shipment_id": CANARY, "lines": [{"line_id": CANARY, "quantity": 1}]}
    ids.append(commands.send("order.ship.v1", shop.order, wrong))
    commands.send(type_, shop.order, {"note": CANARY}, id=ids[0])
    commands.work()
    if shop.connection == NET32:
        commands.pass_time(minutes=5)  # its charge has settled by then
    assert [commands.state(shop.order, each) for each in ids] == ["succeeded", "rejected"]
    shop.place(world, **shop.bad)
    assert shop.poll(world)["quarantined"] == 1
    world.relay()
    return ids


def erase(order: str) -> Erased | None:
    erasure = Erasure(clients.dynamodb(), TABLE, clients.s3(), BUCKET)
    return erasure.erase(order, datetime.now(UTC))


def traces() -> list[str]:
    """Return the keys of all items and object versions that hold the canary."""
    with held_to_policies(None):
        items = clients.dynamodb().scan(TableName=TABLE)["Items"]
        found = [f"{each['pk']['S']} {each['sk']['S']}" for each in items if CANARY in json.dumps(each)]
        listed = clients.s3().list_object_versions(Bucket=BUCKET).get("Versions", [])
        for each in listed:
            kept = clients.s3().get_object(Bucket=BUCKET, Key=each["Key"], VersionId=each["VersionId"])
            if CANARY.encode() in kept["Body"].read() or CANARY in json.dumps(kept["Metadata"]):
                found.append(each["Key"])
    return sorted(found)
