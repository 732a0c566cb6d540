"""Each fault of Zonos's list and details: read over within limits, or an error that skips nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from orderbus.providers import http
from orderbus.providers.zonos import http as zonos_http

from infra.sandbox.faults import (
    CutOff,
    EmptyBody,
    Fault,
    Garbage,
    Hang,
    Html,
    RateLimited,
    Reset,
    Status,
)
from infra.sandbox.zonos import make_order
from tests.world import ZONOS, World, a_world

ORDERS = (101, 102, 103)
LIST, DETAIL = "POST /v1/orderNumbers", "POST /v2/orderDetail"
TRIES = 3
FIRST_BACKOFF = 60


@pytest.fixture
def world() -> Iterator[World]:
    """Give a stack with a store that was polled, and has three orders since then."""
    with pytest.MonkeyPatch.context() as patch, a_world() as made:
        patch.setattr(zonos_http, "_TIMEOUT_SECONDS", (3.05, 1.0))
        # The waits between tries would only make the tests slow.
        patch.setattr(http, "_PAUSES", (0.0,) * (TRIES - 1))
        made.zonos.counts()
        made.poll(ZONOS)
        made.zonos.calls.clear()
        for order in ORDERS:
            made.zonos.place(make_order(order))
        yield made


def asked(world: World, match: str) -> int:
    return sum(f"{call.method} {call.path}" == match for call in world.zonos.calls)


@pytest.mark.parametrize("match", [LIST, DETAIL])
@pytest.mark.parametrize("fault", [Reset(), Status(500), Html(502), Status(504)], ids=repr)
def test_a_fault_that_passes_is_read_over(world: World, fault: Fault, match: str) -> None:
    world.zonos.fail_next(fault, match=match, times=TRIES - 1)

    answer = world.poll(ZONOS)

    assert (answer["complete"], answer["created"]) == (True, 3)
    assert len(world.zonos.calls) == TRIES - 1 + 1 + 3
    check_each_arrived_once(world)


UNCLEAR, REFUSED, LIMITED, CREDENTIALS = (
    "provider_unclear",
    "provider_refused",
    "rate_limited",
    "credentials_refused",
)
LASTING: dict[str, tuple[Fault, int, str, int]] = {
    "reset, every time": (Reset(), TRIES, UNCLEAR, FIRST_BACKOFF),
    "500, every time": (Status(500), TRIES, UNCLEAR, FIRST_BACKOFF),
    "hang": (Hang(), 1, UNCLEAR, FIRST_BACKOFF),
    "503": (Status(503), 1, UNCLEAR, FIRST_BACKOFF),
    "429 with a Retry-After": (RateLimited(300), 1, LIMITED, 300),
    "cut off": (CutOff(60), 1, UNCLEAR, FIRST_BACKOFF),
    "garbage": (Garbage(), 1, UNCLEAR, FIRST_BACKOFF),
    "empty body": (EmptyBody(), 1, UNCLEAR, FIRST_BACKOFF),
    "page for people": (Html(), 1, UNCLEAR, FIRST_BACKOFF),
    "406 as a page": (Html(406), 1, REFUSED, FIRST_BACKOFF),
    "JSON without orders": (Status(200, {"totalCount": 1}), 1, UNCLEAR, FIRST_BACKOFF),
    "error under 200": (
        Status(200, {"error": "Couldn't find order for sinceOrderId: 999999"}),
        1,
        "not_found",
        FIRST_BACKOFF,
    ),
    "error beside orders": (
        Status(200, {"error": "no", "totalCount": 0, "orders": []}),
        1,
        REFUSED,
        FIRST_BACKOFF,
    ),
    "fewer rows than counted": (
        Status(200, {"totalCount": 3, "orders": [{"id": "999-101"}]}),
        1,
        UNCLEAR,
        FIRST_BACKOFF,
    ),
    "credentials": (
        Status(200, {"error": "Invalid security credentials"}),
        1,
        CREDENTIALS,
        FIRST_BACKOFF,
    ),
    "redirect": (Status(302, "", {"Location": "/v1/orderNumbers"}), 1, REFUSED, FIRST_BACKOFF),
}


@pytest.mark.parametrize(("fault", "requests", "code", "wait"), LASTING.values(), ids=LASTING)
def test_a_list_that_fails_is_an_error_and_skips_nothing(
    world: World, fault: Fault, requests: int, code: str, wait: int
) -> None:
    world.zonos.fail_next(fault, match=LIST, times=requests)

    answer = world.poll(ZONOS)

    assert (answer["complete"], answer["error"]["code"]) == (False, code)
    assert (asked(world, LIST), asked(world, DETAIL)) == (requests, 0)
    check_back_after(world, wait)
    check_each_arrived_once(world)


IN_DETAILS = ("500, every time", "hang", "cut off", "garbage", "page for people", "error under 200")


@pytest.mark.parametrize("name", IN_DETAILS)
def test_a_detail_that_fails_is_an_error_and_the_others_are_read(world: World, name: str) -> None:
    fault, requests, code, wait = LASTING[name]
    if requests == 1:
        world.zonos.fail_next(fault, match=DETAIL)
    else:
        # So often that it is the same one whichever of the three is first: all of them fail.
        world.zonos.fail_next(fault, match=DETAIL, times=requests * len(ORDERS))

    answer = world.poll(ZONOS)

    left = 1 if requests == 1 else len(ORDERS)
    assert (answer["complete"], answer["created"]) == (False, len(ORDERS) - left)
    assert (answer["error"]["code"], answer["quarantined"]) == (code, 0)
    check_back_after(world, wait, created=left)
    check_each_arrived_once(world)


def check_back_after(world: World, seconds: int, *, created: int = len(ORDERS)) -> None:
    """Check that the schedule's polls wait so long, and that the next one brings the rest."""
    before = len(world.zonos.calls)
    world.pass_time(seconds=seconds - 2)
    assert world.poll(ZONOS, scheduled=True)["waits"] == "backoff"
    assert len(world.zonos.calls) == before
    world.pass_time(seconds=2)
    answer = world.poll(ZONOS, scheduled=True)
    assert (answer["complete"], answer["created"]) == (True, created)


def check_each_arrived_once(world: World) -> None:
    created = [event["subject"] for event in world.relay() if event["type"] == "order.created.v1"]
    assert sorted(created) == [f"{ZONOS}:999-{order}" for order in ORDERS]
