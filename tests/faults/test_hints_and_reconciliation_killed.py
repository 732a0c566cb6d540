"""P1 for orders that come by a hint or a reconciliation: killed, or met by a fetch, at every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from infra.sandbox import lunasoft, retailys
from infra.sandbox.zonos_orders import make_order
from tests.faults.steps import Step, each_step, kill_at, steps_of
from tests.world import LUNA, RETAILYS, ZONOS, World, a_world

pytestmark = pytest.mark.timeout(300)

Run = Callable[[World], dict[str, Any]]


def follow(world: World) -> dict[str, Any]:
    return world.invoke("import_order", {"order_id": "999-7"})


def fetch(world: World) -> dict[str, Any]:
    return world.poll(ZONOS)


@contextmanager
def a_sale() -> Iterator[World]:
    with a_world() as world:
        world.zonos.place(make_order(6))
        world.poll(ZONOS)
        world.records()
        world.zonos.place(make_order(7))
        yield world


def created(world: World) -> list[str]:
    """Return which orders were told to be created, each as often as it was told under an id of its own."""
    events = world.relay()
    assert {event["type"] for event in events} <= {"order.created.v1"}
    return sorted({event["id"]: event["subject"] for event in events}.values())


def steps(run: Run) -> list[Step]:
    with a_sale() as world:
        return steps_of(lambda: run(world))


def test_an_import_killed_at_any_step_is_made_good_by_the_fetch_with_one_event() -> None:
    found = steps(follow)
    assert len(found) == 22

    for step in found:
        with a_sale() as world:
            kill_at(step.number, partial(follow, world))
            world.restart()
            answer = fetch(world)
            assert (answer["complete"], created(world)) == (True, [f"{ZONOS}:999-7"]), str(step)
            assert follow(world)["outcome"] == "known"


@pytest.mark.parametrize(
    ("run", "other"),
    [
        pytest.param(follow, fetch, id="fetch in import", marks=pytest.mark.exhaustive),
        pytest.param(fetch, follow, id="import in fetch"),
    ],
)
def test_an_import_and_a_fetch_that_meet_at_any_step_make_one_order_and_one_event(
    run: Run, other: Run
) -> None:
    for at in steps(run):
        with a_sale() as world:

            def act(step: Step, at: Step = at, world: World = world) -> None:
                if step.number == at.number:
                    other(world)

            with each_step(act):
                run(world)
            assert created(world) == [f"{ZONOS}:999-7"], str(at)
            assert fetch(world)["updated"] == 0
            assert created(world) == []


def ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def place(world: World, connection: str, number: int) -> str:
    placed = ago(5)
    if connection == LUNA:
        world.lunasoft.place(lunasoft.make_order(number, created=placed.strftime("%Y-%m-%dT%H:%M:%S%z")))
    elif connection == RETAILYS:
        text = placed.isoformat(timespec="seconds")
        world.retailys.place(retailys.make_order(number, placed=text))
    else:
        text = placed.strftime("%Y-%m-%d %H:%M:%S.0")
        world.zonos.place(make_order(number), timestamp=text)
        return f"{ZONOS}:999-{number}"
    return f"{connection}:{number}"


@contextmanager
def a_hole(connection: str) -> Iterator[tuple[World, list[str]]]:
    """Give orders that came too late for the fetch."""
    with a_world() as world:
        place(world, connection, 1)
        world.poll(connection)
        world.records()
        yield world, [place(world, connection, number) for number in (5, 6)]


@pytest.mark.parametrize(
    "connection",
    [
        LUNA,
        pytest.param(RETAILYS, marks=pytest.mark.exhaustive),
        pytest.param(ZONOS, marks=pytest.mark.exhaustive),
    ],
)
def test_a_reconciliation_killed_at_any_step_is_made_good_by_the_next(connection: str) -> None:
    event = {
        "connection": connection,
        "since": ago(5.1).isoformat(),
        "until": ago(4.9).isoformat(),
    }

    def reconcile(world: World) -> dict[str, Any]:
        return world.invoke("reconcile_orders", event)

    with a_hole(connection) as (world, _):
        found = steps_of(lambda: reconcile(world))
    for step in found:
        with a_hole(connection) as (world, holes):
            kill_at(step.number, partial(reconcile, world))
            world.restart()
            answer = reconcile(world)
            assert (answer["complete"], created(world)) == (True, holes), str(step)
            assert answer["missed"] <= len(holes)
            assert reconcile(world)["missing"] == []


def test_a_reconciliation_that_a_fetch_meets_at_any_step_makes_one_event_of_each_order() -> None:
    event = {"connection": LUNA, "since": ago(5.1).isoformat(), "until": ago(4.9).isoformat()}

    def reconcile(world: World) -> dict[str, Any]:
        return world.invoke("reconcile_orders", event)

    with a_hole(LUNA) as (world, _):
        found = steps_of(lambda: reconcile(world))
    assert len(found) == 20
    for at in found[::2]:  # after one step is before the next
        with a_hole(LUNA) as (world, holes):

            def act(step: Step, at: Step = at, world: World = world) -> None:
                if step.number == at.number:
                    world.poll(LUNA)  # a site with few orders is read from its first one

            with each_step(act):
                answer = reconcile(world)
            assert (answer["complete"], created(world)) == (True, holes), str(at)
