"""An order of Retailys is watched by its list for three days, and then read again by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.sandbox.retailys import make_order
from tests.retailys_polls import DAY, HOUR, MINUTE, NOON, SECOND, created, place, poll_at
from tests.world import World


def read_alone(world: World) -> list[str]:
    """Return which orders were read one by one since the last call."""
    paths = [call.path.partition("?")[0] for call in world.retailys.calls]
    world.retailys.calls.clear()
    return [path.removeprefix("/System/Orders/") for path in paths if path != "/System/Orders"]


def updates(world: World) -> list[tuple[int, list[str]]]:
    """Return the revision and the changed paths of each update, without what only a detail shows."""
    told = [event for event in world.relay() if event["type"] == "order.updated.v1"]
    paths = [[change["path"] for change in event["data"]["changes"]] for event in told]
    return [
        (event["revision"], [path for path in changed if not path.startswith("/provider_data/")])
        for event, changed in zip(told, paths, strict=True)
    ]


SENT = ["/fulfilment", "/lines/0/quantity/shipped", "/lines/1/quantity/shipped", "/provider_status"]


def test_what_becomes_of_an_older_order_is_told_a_minute_after_it_is_known(world: World) -> None:
    (order,) = place(world, [NOON - 4 * DAY])
    poll_at(world, NOON)
    world.retailys.set_state(order, "sent")

    answer = poll_at(world, NOON + MINUTE + SECOND)

    assert (answer["updated"], read_alone(world)) == (1, [str(order)])
    assert updates(world) == [(2, SENT)]


def test_an_order_of_the_last_three_days_is_watched_by_the_list_alone(world: World) -> None:
    (order,) = place(world, [NOON - DAY])
    poll_at(world, NOON)
    world.retailys.set_state(order, "sent")

    answers = [poll_at(world, NOON + minutes * MINUTE) for minutes in (1, 30, 59, 60)]

    assert [answer["updated"] for answer in answers] == [0, 0, 0, 1]
    assert (read_alone(world), updates(world)) == ([], [(2, SENT)])


def test_an_order_that_leaves_the_list_is_read_by_itself_from_then_on_until_it_is_final(world: World) -> None:
    (order,) = place(world, [NOON])
    poll_at(world, NOON)
    reads = []
    for moment in (3 * DAY, 3 * DAY + MINUTE, 3 * DAY + 2 * MINUTE, 3 * DAY + 7 * MINUTE):
        poll_at(world, NOON + moment)
        reads.append(len(read_alone(world)))
    world.retailys.set_state(order, "done")
    for moment in (3 * DAY + 25 * MINUTE, 4 * DAY, 5 * DAY):
        poll_at(world, NOON + moment)
        reads.append(len(read_alone(world)))

    assert reads == [0, 1, 0, 1, 1, 0, 0]
    assert updates(world) == [(2, ["/lifecycle", "/provider_status"])]


@pytest.mark.parametrize(
    "date", ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-05:00", None]
)
def test_an_order_at_the_end_of_all_time_comes_and_hinders_no_other(world: World, date: str | None) -> None:
    odd: dict[str, Any] = {"placed": date} if date else {"date_order": None}
    world.retailys.place(make_order(999, **odd), placed=datetime(2026, 11, 26, 11, tzinfo=UTC))
    (order,) = place(world, [NOON - HOUR])

    answers = [poll_at(world, NOON + moment) for moment in (timedelta(), SECOND, 4 * DAY)]

    assert [answer["complete"] for answer in answers] == [True, True, True]
    assert created(world) == [999, order]
