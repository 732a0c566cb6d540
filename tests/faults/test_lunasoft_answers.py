"""Each fault of LunaSoft's list: read again within limits, or an error with which nothing is skipped."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from orderbus.providers import http

from infra.sandbox.faults import (
    CutOff,
    EmptyBody,
    Fault,
    Garbage,
    Hang,
    Html,
    Late,
    RateLimited,
    Reset,
    Status,
)
from infra.sandbox.lunasoft import make_order
from tests.world import LUNA, World, a_world

PAGE = 3
ORDERS = (101, 102, 103, 104, 105)
PAGES = 2
"What it takes to list the orders: 101 to 103, and from 103 on."
SECOND_PAGE = "GET /orders?sort=id&id=103"
FIRST_BACKOFF = 60
TRIES = 3


@pytest.fixture
def world() -> Iterator[World]:
    """Give a stack with five orders at LunaSoft, of which a page has three."""
    with pytest.MonkeyPatch.context() as patch, a_world(page_size=PAGE) as made:
        patch.setattr(http, "_READ_SECONDS", 0.3)
        # The waits between tries would only make the tests slow.
        patch.setattr(http, "_PAUSES", (0.0,) * (TRIES - 1))
        for order in ORDERS:
            made.lunasoft.place(make_order(order))
        yield made


PASSING: dict[str, Fault] = {
    "reset": Reset(),
    "500": Status(500),
    "502 of a gateway": Html(502),
    "504": Status(504),
}


@pytest.mark.parametrize("times", [1, TRIES - 1])
@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_fault_that_passes_is_read_over(world: World, fault: Fault, times: int) -> None:
    world.lunasoft.fail_next(fault, times=times)

    answer = world.poll(LUNA)

    assert (answer["complete"], answer["created"], answer["cursor"]) == (True, 5, "105")
    assert len(world.lunasoft.calls) == times + PAGES
    check_each_arrived_once(world)


UNCLEAR, REFUSED, LIMITED = "provider_unclear", "provider_refused", "rate_limited"
ERRORS = {
    "errors": [{"internal_message": "Unauthorized", "user_message": "An error occurred", "code": "401"}]
}
LASTING: dict[str, tuple[Fault, int, str, int]] = {
    # What a read may be repeated for is asked three times, all else once: a timeout has taken its time.
    **{f"{name}, every time": (fault, TRIES, UNCLEAR, FIRST_BACKOFF) for name, fault in PASSING.items()},
    "late": (Late(1), 1, UNCLEAR, FIRST_BACKOFF),
    "hang": (Hang(), 1, UNCLEAR, FIRST_BACKOFF),
    "503": (Status(503), 1, UNCLEAR, FIRST_BACKOFF),
    "503 with a Retry-After": (Status(503, headers={"Retry-After": "7"}), 1, LIMITED, 7),
    "502 with a Retry-After": (Status(502, headers={"Retry-After": "7"}), TRIES, UNCLEAR, 7),
    "429 with a Retry-After": (RateLimited(9), 1, LIMITED, 9),
    "429 that asks for long": (RateLimited(3000), 1, LIMITED, 3000),
    "429 without a hint": (Status(429), 1, LIMITED, FIRST_BACKOFF),
    "cut off": (CutOff(900), 1, UNCLEAR, FIRST_BACKOFF),
    "garbage": (Garbage(), 1, UNCLEAR, FIRST_BACKOFF),
    "empty body": (EmptyBody(), 1, UNCLEAR, FIRST_BACKOFF),
    "page for people": (Html(), 1, UNCLEAR, FIRST_BACKOFF),
    "JSON without orders": (Status(200, {"next_page": False}), 1, UNCLEAR, FIRST_BACKOFF),
    "next_page that is no number": (
        Status(200, {"orders": [], "next_page": True}),
        1,
        UNCLEAR,
        FIRST_BACKOFF,
    ),
    "errors under 200": (Status(200, ERRORS), 1, "credentials_refused", FIRST_BACKOFF),
    "errors beside orders": (
        Status(200, {"orders": [], "next_page": False, "errors": [{"code": "400"}]}),
        1,
        REFUSED,
        FIRST_BACKOFF,
    ),
    "401": (Status(401), 1, "credentials_refused", FIRST_BACKOFF),
    "403": (Status(403), 1, "credentials_refused", FIRST_BACKOFF),
    "400": (Status(400), 1, REFUSED, FIRST_BACKOFF),
    "404": (Status(404), 1, "not_found", FIRST_BACKOFF),
    "redirect": (Status(302, "", {"Location": "/site_api/shopping_cart/orders"}), 1, REFUSED, FIRST_BACKOFF),
}


@pytest.mark.parametrize("match", [None, SECOND_PAGE], ids=["first page", "second page"])
@pytest.mark.parametrize(("fault", "requests", "code", "wait"), LASTING.values(), ids=LASTING)
def test_a_fault_that_lasts_is_an_error_and_skips_nothing(
    world: World, match: str | None, fault: Fault, requests: int, code: str, wait: int
) -> None:
    world.lunasoft.fail_next(fault, match=match, times=requests)

    answer = world.poll(LUNA)

    assert (answer["complete"], answer["error"]["code"], answer["cursor"]) == (False, code, None)
    assert len(world.lunasoft.calls) == requests + (match is not None)
    assert world.objects() == []
    check_back_after(world, wait)
    check_each_arrived_once(world)


def test_a_closed_port_is_an_error_and_skips_nothing(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    check_unreachable(world, f"http://127.0.0.1:{port}")


def test_a_host_that_does_not_exist_is_an_error_and_skips_nothing(world: World) -> None:
    check_unreachable(world, "http://no-such-host.invalid")


def check_unreachable(world: World, url: str) -> None:
    world.connect(LUNA, "lunasoft", url)

    answer = world.poll(LUNA)

    assert (answer["complete"], answer["error"]["code"]) == (False, "provider_unreachable")
    world.connect(LUNA, "lunasoft", world.lunasoft_at.url)
    check_back_after(world, FIRST_BACKOFF)
    check_each_arrived_once(world)


def test_the_cursor_stands_before_the_page_that_failed_and_the_next_poll_goes_on_there(world: World) -> None:
    world.poll(LUNA)
    for order in (106, 107, 108):
        world.lunasoft.place(make_order(order))
    world.lunasoft.fail_next(Status(500), match="GET /orders?sort=id&id=105", times=TRIES)

    failed = world.poll(LUNA)
    world.pass_time(seconds=FIRST_BACKOFF)
    recovered = world.poll(LUNA, scheduled=True)

    assert (failed["cursor"], failed["complete"]) == ("105", False)
    assert (recovered["cursor"], recovered["complete"], recovered["created"]) == ("108", True, 3)


def test_a_poll_that_is_asked_for_does_not_wait_for_the_backoff(world: World) -> None:
    world.lunasoft.fail_next(RateLimited(3000))
    world.poll(LUNA)

    waiting = world.poll(LUNA, scheduled=True)
    asked_for = world.poll(LUNA)

    assert (waiting["waits"], waiting["complete"]) == ("backoff", False)
    assert (asked_for["created"], asked_for["complete"]) == (5, True)
    assert len(world.lunasoft.calls) == 1 + PAGES


def check_back_after(world: World, seconds: int) -> None:
    """Check that the schedule's polls wait so long, and that the next one brings everything."""
    before = len(world.lunasoft.calls)
    world.pass_time(seconds=seconds - 2)
    assert world.poll(LUNA, scheduled=True)["waits"] == "backoff"
    assert len(world.lunasoft.calls) == before
    world.pass_time(seconds=2)
    answer = world.poll(LUNA, scheduled=True)
    assert (answer["complete"], answer["created"], answer["cursor"]) == (True, 5, "105")


def check_each_arrived_once(world: World) -> None:
    created = [event["subject"] for event in world.relay() if event["type"] == "order.created.v1"]
    assert sorted(created) == [f"{LUNA}:{order}" for order in ORDERS]
