"""A LunaSoft site whose list shows the newest three orders only, and what is read beside the list."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from orderbus.intake import keyset

from infra.sandbox.lunasoft import make_order
from infra.sandbox.lunasoft_orders import format_time
from tests.world import LUNA, World, a_world

ORDER = 101
NEWER = (201, 202, 203)


@contextmanager
def a_site() -> Iterator[World]:
    """Give a site whose list shows few orders."""
    with pytest.MonkeyPatch.context() as patch, a_world() as world:
        patch.setattr(keyset, "OVERLAP", len(NEWER) - 1)
        yield world


def place(world: World, *numbers: int, age: timedelta = timedelta(), **fields: Any) -> list[dict[str, Any]]:
    """Let orders come in, placed so long ago."""
    created = format_time(datetime.now(UTC) - age)
    return [world.lunasoft.place(make_order(number, created=created, **fields)) for number in numbers]


def watch(world: World, *numbers: int, newer_from: int = 201, **fields: Any) -> list[dict[str, Any]]:
    """Let orders come in and be known, and newer final ones push them out of the list; they are due now."""
    orders = place(world, *(numbers or (ORDER,)), **fields)
    place(world, *range(newer_from, newer_from + len(NEWER)), status="Complete")
    world.poll(LUNA)
    world.relay()
    world.pass_time(minutes=1)
    world.lunasoft.calls.clear()
    return orders


def read_again(world: World) -> list[int]:
    """Return which orders were read one by one since the last call."""
    paths = [call.path for call in world.lunasoft.calls if call.path.startswith("/orders/")]
    world.lunasoft.calls.clear()
    return [int(path.removeprefix("/orders/")) for path in paths]


def poll_and_tell(world: World) -> list[tuple[str, str]]:
    """Poll, and return what the subscriber got."""
    world.poll(LUNA)
    return sorted((event["type"], event["subject"].rpartition(":")[2]) for event in world.relay())
