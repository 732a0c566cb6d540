"""Two polls read one watched order: the word of the later request stays, whichever answer comes last."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from infra.sandbox.lunasoft import make_order
from infra.sandbox.lunasoft_orders import format_time
from tests.faults.steps import Step, each_step
from tests.watched_site import ORDER, a_site, read_again, watch
from tests.world import LUNA, World

ANSWER = f"body of GET /site_api/shopping_cart/orders/{ORDER}"


@pytest.fixture
def world() -> Iterator[World]:
    """Give a site with one order that is due, and that the list no longer shows."""
    with a_site() as made:
        watch(made)
        yield made


def poll(world: World) -> dict[str, Any]:
    """Poll in a process of its own."""
    world.restart()
    return world.poll(LUNA)


def meanwhile(
    where: tuple[str, str], run: Callable[[], dict[str, Any]], other: Callable[[], object]
) -> dict[str, Any]:
    """Run, and where it first comes to a step let another process do its work."""
    done = False

    def act(step: Step) -> None:
        nonlocal done
        if not done and (step.side, step.call) == where:
            done = True
            other()

    with each_step(act):
        answer = run()
    assert done
    return answer


def test_an_older_answer_that_arrives_last_leaves_the_newer_state(world: World) -> None:
    world.lunasoft.add_status(ORDER, "Processing", notes="Packed")
    world.lunasoft.edit(ORDER, customer_note="Packed")

    def change_and_poll() -> None:
        world.lunasoft.add_status(ORDER, "Shipped")
        assert poll(world)["updated"] == 1

    older = meanwhile(("after", ANSWER), partial(poll, world), change_and_poll)

    assert (older["updated"], older["complete"]) == (0, True)
    assert read_again(world) == [ORDER] * 3  # the one that lost asks once more
    assert history(world) == [(1, "Processing"), (2, "Shipped")]


def test_a_not_found_that_arrives_last_does_not_hold_an_order_that_was_read_later(world: World) -> None:
    order = make_order(ORDER, created=format_time(datetime.now(UTC)))
    world.lunasoft.remove(ORDER)

    def bring_back_and_poll() -> None:
        world.lunasoft.place(order | {"current_status": "Shipped"})
        assert poll(world)["updated"] == 1

    older = meanwhile(("after", ANSWER), partial(poll, world), bring_back_and_poll)

    assert (older["updated"], older["complete"]) == (0, True)
    assert history(world) == [(1, "Processing"), (2, "Shipped")]
    assert [event["type"] for event in world.relay()] == ["order.updated.v1"]


def test_an_answer_that_was_found_before_the_order_vanished_does_not_release_it(world: World) -> None:
    world.lunasoft.edit(ORDER, current_status="Shipped")

    def remove_and_poll() -> None:
        world.lunasoft.remove(ORDER)
        assert poll(world)["updated"] == 1

    older = meanwhile(("after", ANSWER), partial(poll, world), remove_and_poll)

    assert (older["updated"], older["complete"]) == (0, True)
    assert [event["type"] for event in world.relay()] == ["order.held.v1"]


def test_a_watch_that_found_nothing_does_not_put_off_an_order_that_changed_meanwhile(world: World) -> None:
    def change_and_poll() -> None:
        world.lunasoft.edit(ORDER, current_status="Shipped")
        assert poll(world)["updated"] == 1

    meanwhile(("before", "dynamodb.UpdateItem order"), partial(poll, world), change_and_poll)
    world.lunasoft.edit(ORDER, current_status="Complete")
    world.pass_time(minutes=1)

    assert poll(world)["updated"] == 1
    assert history(world) == [(1, "Processing"), (2, "Shipped"), (3, "Complete")]


def history(world: World) -> list[tuple[int, str]]:
    """Return the revisions of the order in the ledger, each with its status."""
    items = world.items(f"ORDER#{LUNA}:{ORDER}")
    revisions = [(int(item["revision"]["N"]), json.loads(item["order"]["S"])) for item in items]
    return sorted((number, order["provider_status"]) for number, order in revisions)
