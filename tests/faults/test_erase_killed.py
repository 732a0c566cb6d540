"""An erasure killed at any step: nothing comes back, and the next one completes it."""

from __future__ import annotations

from typing import Any

import pytest
from orderbus.domain.content import fingerprint
from orderbus.runtime import clients

from tests.command_world import Commands, a_command_world
from tests.faults.steps import kill_at, steps_of
from tests.forgetting import CANARY, SHOPS, erase, leave_traces, traces
from tests.world import BUCKET, TABLE, World

pytestmark = pytest.mark.timeout(300)

SHOP = SHOPS["lunasoft"]
ORPHANS = [f"{folder}/{fingerprint(SHOP.order)}/1.json" for folder in ("snapshots", "refused")]


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.exhaustive), 7])
def test_an_erasure_killed_at_any_step_is_completed_by_the_next_and_nothing_comes_back(every: int) -> None:
    with a_command_world() as commands:
        before = Before(commands)
        steps = steps_of(lambda: erase(SHOP.order))
        left = erased(commands.world)
        buried = next(step.number for step in steps if step.call == "dynamodb.TransactWriteItems order")

        for step in steps[::every]:
            before.restore()
            kill_at(step.number, lambda: erase(SHOP.order))
            answer = commands.world.poll(SHOP.connection)
            assert answer["updated"] == (step.number <= buried), step
            erase(SHOP.order)
            if step.number > buried:
                assert erased(commands.world) == left, step
            assert traces() == [], step
    assert len(steps) == 2 * 20
    # What the runbook names as rights; objects are read only where an order is large, or an input names none.
    assert {step.call.split()[0] for step in steps} == {
        *(f"dynamodb.{each}" for each in ("BatchGetItem", "GetItem", "Query")),
        *(f"dynamodb.{each}" for each in ("TransactWriteItems", "PutItem", "DeleteItem")),
        *("s3.ListObjectVersions", "s3.DeleteObject"),
    }


class Before:
    """The stack as it was before an erasure."""

    def __init__(self, commands: Commands) -> None:
        leave_traces(commands, SHOP)
        # What the next poll would write, and what runs that lost or died have left.
        SHOP.place(commands.world, customer_note=f"{CANARY} moved.")
        commands.world.pass_time(minutes=1)
        for key in ORPHANS:
            clients.s3().put_object(Bucket=BUCKET, Key=key, Body=CANARY.encode())
        self._items = clients.dynamodb().scan(TableName=TABLE)["Items"]
        self._objects = {key: body(key) for key in commands.world.objects()}

    def restore(self) -> None:
        for there in clients.dynamodb().scan(TableName=TABLE)["Items"]:
            clients.dynamodb().delete_item(TableName=TABLE, Key={name: there[name] for name in ("pk", "sk")})
        for item in self._items:
            clients.dynamodb().put_item(TableName=TABLE, Item=item)
        for name, content in self._objects.items():
            clients.s3().put_object(Bucket=BUCKET, Key=name, Body=content)


def body(key: str) -> bytes:
    return clients.s3().get_object(Bucket=BUCKET, Key=key)["Body"].read()


def erased(world: World) -> list[Any]:
    """Return what stays, but for the time of it."""
    items = world.items("ORDER#")
    return [{name: value for name, value in item.items() if name != "erased_at"} for item in items]
