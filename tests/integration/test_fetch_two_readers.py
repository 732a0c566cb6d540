"""Two readers of one order: the word of the later request stays, whichever answer comes last."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from infra.sandbox import lunasoft, net32
from tests.faults.steps import Step, each_step
from tests.faults.turns import Paused
from tests.world import LUNA, NET32, World

ORDER = 101
LIST_BODY = "body of GET /site_api/shopping_cart/orders?sort=id"


@pytest.fixture
def known(world: World) -> World:
    """Give a stack that knows one order of LunaSoft as new."""
    world.lunasoft.place(lunasoft.make_order(ORDER, status="New"))
    world.poll(LUNA)
    return world


def poll(world: World, connection: str = LUNA) -> dict[str, Any]:
    """Poll in a process of its own."""
    world.restart()
    return world.poll(connection)


def is_answered(step: Step) -> bool:
    """Say whether the list has been read, and nothing been done with it."""
    return step.side == "after" and step.call.startswith(LIST_BODY)


def is_compared(step: Step) -> bool:
    """Say whether the order has been compared with the ledger, and is about to be written."""
    return (step.side, step.call) == ("before", "dynamodb.TransactWriteItems order")


def meanwhile(
    where: Callable[[Step], bool], run: Callable[[], dict[str, Any]], other: Callable[[], object]
) -> dict[str, Any]:
    """Run, and at a step of it let another process do its work."""

    def act(step: Step) -> None:
        if where(step):
            other()

    with each_step(act):
        return run()


def test_an_older_answer_that_arrives_last_leaves_the_newer_state(known: World) -> None:
    known.lunasoft.edit(ORDER, current_status="Processing")

    def change_and_poll() -> None:
        known.lunasoft.edit(ORDER, current_status="Shipped")
        assert poll(known)["updated"] == 1

    older = meanwhile(is_answered, partial(poll, known), change_and_poll)

    assert (older["updated"], older["unchanged"], older["complete"]) == (0, 1, True)
    assert asked_again(known) == 1
    assert history(known) == [(1, "New"), (2, "Shipped")]
    assert told(known) == [(1, "order.created.v1", "New"), (2, "order.updated.v1", "Shipped")]


@pytest.mark.parametrize("newer_waits", [is_answered, is_compared])
def test_a_newer_answer_that_arrives_last_becomes_the_next_revision(
    known: World, newer_waits: Callable[[Step], bool]
) -> None:
    known.lunasoft.edit(ORDER, current_status="Processing")
    older = Paused(is_answered, partial(poll, known))
    known.lunasoft.edit(ORDER, current_status="Shipped")
    newer = Paused(newer_waits, partial(poll, known))

    answers = [older.finish(), newer.finish()]

    assert [answer["updated"] for answer in answers] == [1, 1]
    assert asked_again(known) == 0
    assert history(known) == [(1, "New"), (2, "Processing"), (3, "Shipped")]
    assert told(known) == [
        (1, "order.created.v1", "New"),
        (2, "order.updated.v1", "Processing"),
        (3, "order.updated.v1", "Shipped"),
    ]


def test_an_older_answer_that_says_the_same_writes_nothing(known: World) -> None:
    known.lunasoft.edit(ORDER, current_status="Shipped")

    older = meanwhile(is_answered, partial(poll, known), partial(poll, known))

    assert (older["updated"], older["unchanged"]) == (0, 1)
    assert asked_again(known) == 0
    assert history(known) == [(1, "New"), (2, "Shipped")]


def test_two_answers_that_tell_of_the_same_change_at_the_same_time_are_one_revision(known: World) -> None:
    known.lunasoft.edit(ORDER, current_status="Shipped")

    older = meanwhile(is_compared, partial(poll, known), partial(poll, known))

    assert (older["updated"], older["unchanged"]) == (0, 1)
    assert history(known) == [(1, "New"), (2, "Shipped")]
    assert [revision for revision, _, _ in told(known)] == [1, 2]


def test_a_change_that_meets_a_newer_one_at_the_ledger_asks_again_and_adds_nothing(known: World) -> None:
    known.lunasoft.edit(ORDER, current_status="Processing")

    def change_and_poll() -> None:
        known.lunasoft.edit(ORDER, current_status="Shipped")
        poll(known)

    older = meanwhile(is_compared, partial(poll, known), change_and_poll)

    assert (older["updated"], older["unchanged"]) == (0, 1)
    assert asked_again(known) == 1
    assert history(known) == [(1, "New"), (2, "Shipped")]


def test_the_reader_that_asks_again_writes_what_is_newer_still(known: World) -> None:
    known.lunasoft.edit(ORDER, current_status="Processing")

    def change_poll_and_change() -> None:
        known.lunasoft.edit(ORDER, current_status="Shipped")
        poll(known)
        known.lunasoft.edit(ORDER, current_status="Complete")

    older = meanwhile(is_answered, partial(poll, known), change_poll_and_change)

    assert (older["updated"], older["unchanged"]) == (1, 0)
    assert history(known) == [(1, "New"), (2, "Shipped"), (3, "Complete")]


def test_an_order_first_seen_by_two_is_created_once_with_the_newer_word(world: World) -> None:
    world.lunasoft.place(lunasoft.make_order(ORDER, status="New"))

    def change_and_poll() -> None:
        world.lunasoft.edit(ORDER, current_status="Shipped")
        poll(world)

    older = meanwhile(is_answered, partial(poll, world), change_and_poll)

    assert (older["created"], older["unchanged"]) == (0, 1)
    assert history(world) == [(1, "Shipped")]
    assert told(world) == [(1, "order.created.v1", "Shipped")]


def test_a_page_of_net32_brought_in_last_leaves_what_was_handed_out_later(world: World) -> None:
    world.net32.place(net32.make_order(ORDER, status="New"))

    def is_stored(step: Step) -> bool:
        return (step.side, step.call) == ("after", "dynamodb.PutItem state")

    def hand_out_again() -> None:
        if len(world.net32.handed_out) == 1:
            world.net32.place(net32.make_order(ORDER, status="Changed"))
            poll(world, NET32)

    older = meanwhile(is_stored, partial(poll, world, NET32), hand_out_again)

    assert (older["created"], older["updated"], older["unchanged"]) == (0, 0, 1)
    assert history(world, NET32) == [(1, "New"), (2, "Changed")]
    assert len(told(world)) == 2


def asked_again(world: World) -> int:
    """Return how often the provider was asked for the one order."""
    return [call.path for call in world.lunasoft.calls].count(f"/orders/{ORDER}")


def history(world: World, connection: str = LUNA) -> list[tuple[int, str]]:
    """Return the revisions of the order in the ledger, each with its status."""
    items = world.items(f"ORDER#{connection}:{ORDER}")
    revisions = [(int(item["revision"]["N"]), json.loads(item["order"]["S"])) for item in items]
    return sorted((number, order["provider_status"]) for number, order in revisions)


def told(world: World) -> list[tuple[int, str, str]]:
    """Return what the subscriber was told: revision, type and status, each event once."""
    events = world.relay()
    assert len({event["id"] for event in events}) == len(events)
    return sorted((e["revision"], e["type"], e["data"]["order"]["provider_status"]) for e in events)
