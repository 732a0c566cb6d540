"""Each fault of the answer to Net32's destructive read: one request, and what may be lost is published."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from orderbus.providers import http
from orderbus.runtime import clients

from infra.sandbox.faults import (
    GARBAGE,
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
from infra.sandbox.net32 import make_order
from tests.world import BUCKET, NET32, World, a_world

PAGE = 3
ORDERS = [make_order(number) for number in (101, 102, 103, 104)]
HANDED_OUT = b"[" + b", ".join(json.dumps(order).encode() for order in ORDERS[:PAGE]) + b"]"
SORRY = b"<html><head><title>%d</title></head><body>Sorry.</body></html>"
FIRST_BACKOFF = 60


@pytest.fixture
def world() -> Iterator[World]:
    """Give a stack with four orders waiting at Net32, of which a page has three."""
    with pytest.MonkeyPatch.context() as patch, a_world(page_size=PAGE) as made:
        patch.setattr(http, "_READ_SECONDS", 0.3)
        made.connect(NET32, "net32", made.net32_at.url, options={"page_size": PAGE})
        for order in ORDERS:
            made.net32.place(order)
        yield made


@dataclass(frozen=True)
class Kept:
    """What is left of a fault: raw bytes in the inbox, whether a page is set aside, seconds to wait."""

    inbox: bytes | None
    set_aside: bool = False
    wait: int = FIRST_BACKOFF


def failed(code: int) -> bytes:
    return json.dumps({"statusCode": code, "message": "The sandbox was told to fail."}).encode()


NOTHING = Kept(None)
AGAIN = {"message": "Try again in 8 seconds."}
MAY_HAVE_HANDED_OUT: dict[str, tuple[Fault, Kept]] = {
    "late": (Late(1), NOTHING),
    "hang before": (Hang(), NOTHING),
    "hang after": (Hang(after_effect=True), NOTHING),
    "reset before": (Reset(), NOTHING),
    "reset after": (Reset(after_effect=True), NOTHING),
    "cut off before the body": (CutOff(0), Kept(b"")),
    "cut off after a byte": (CutOff(1), Kept(HANDED_OUT[:1], set_aside=True)),
    "cut off within an order": (CutOff(700), Kept(HANDED_OUT[:700], set_aside=True)),
    "cut off before the last byte": (CutOff(10**6), Kept(HANDED_OUT[:-1], set_aside=True)),
    "garbage": (Garbage(), Kept(GARBAGE, set_aside=True)),
    "page for people before": (Html(), Kept(SORRY % 200, set_aside=True)),
    "page for people after": (Html(after_effect=True), Kept(SORRY % 200, set_aside=True)),
    "JSON without a list": (Status(200, {"message": "OK"}), Kept(b'{"message": "OK"}', set_aside=True)),
    "500 before": (Status(500), Kept(failed(500))),
    "500 after": (Status(500, after_effect=True), Kept(failed(500))),
    "500 without orders": (Status(500, []), Kept(b"[]")),
    "502 of a gateway": (Html(502, after_effect=True), Kept(SORRY % 502)),
    "503 before": (Status(503), Kept(failed(503))),
    "503 after": (Status(503, after_effect=True), Kept(failed(503))),
    "503 with a hint": (Status(503, headers={"Retry-After": "7"}), Kept(failed(503), wait=7)),
    "503 with a hint in its body": (
        Status(503, AGAIN, after_effect=True),
        Kept(json.dumps(AGAIN).encode(), wait=8),
    ),
    "502 with a hint": (Status(502, headers={"Retry-After": "7"}), Kept(failed(502), wait=7)),
    "503 that asks for later": (Status(503, headers={"Retry-After": "later"}), Kept(failed(503))),
    "408": (Status(408), Kept(failed(408))),
    "425": (Status(425), Kept(failed(425))),
}


@pytest.mark.parametrize(("fault", "kept"), MAY_HAVE_HANDED_OUT.values(), ids=MAY_HAVE_HANDED_OUT)
def test_an_answer_that_may_have_handed_out_orders_is_kept_and_its_interruption_published(
    world: World, fault: Fault, kept: Kept
) -> None:
    world.net32.fail_next(fault)

    answer = world.poll(NET32)
    events = world.relay()

    assert (answer["complete"], answer["created"], answer["error"]["code"]) == (False, 0, "provider_unclear")
    assert len(world.net32.calls) == 1
    lost = [order for page in world.net32.handed_out for order in page]
    pages = objects(world, "inbox/")
    assert list(pages.values()) == ([] if kept.inbox is None else [kept.inbox])
    assert list(objects(world, "quarantine/").values()) == [kept.inbox] * kept.set_aside
    assert [e["type"] for e in events if e["type"] != "order.quarantined.v1"] == [
        "connection.read_interrupted.v1"
    ]
    assert len(events) == 1 + kept.set_aside
    interrupted = next(e for e in events if e["type"] == "connection.read_interrupted.v1")["data"]
    assert interrupted["key"] == next(iter(pages), None)
    check_back_after(world, kept.wait)
    check_all_arrived(world, without=lost)


NOTHING_HANDED_OUT: dict[str, tuple[Fault, str, int, list[str]]] = {
    "429 with a hint in its body": (RateLimited(7), "rate_limited", 7, []),
    "429 with a hint in its head": (Status(429, headers={"Retry-After": "9"}), "rate_limited", 9, []),
    "429 that asks for longer than any backoff": (RateLimited(3000), "rate_limited", 3000, []),
    "429 without a hint": (Status(429), "rate_limited", FIRST_BACKOFF, []),
    "401": (Status(401), "credentials_refused", FIRST_BACKOFF, ["connection.degraded.v1"]),
    "403": (Status(403), "credentials_refused", FIRST_BACKOFF, ["connection.degraded.v1"]),
    "400": (Status(400), "provider_refused", FIRST_BACKOFF, []),
    "404": (Status(404), "provider_refused", FIRST_BACKOFF, []),
    "redirect": (Status(302, "", {"Location": "/orders/"}), "provider_refused", FIRST_BACKOFF, []),
    "redirect for good": (Status(308, "", {"Location": "/orders/"}), "provider_refused", FIRST_BACKOFF, []),
}


@pytest.mark.parametrize(
    ("fault", "code", "wait", "published"), NOTHING_HANDED_OUT.values(), ids=NOTHING_HANDED_OUT
)
def test_an_answer_that_handed_out_nothing_is_no_interruption_and_the_next_poll_waits(
    world: World, fault: Fault, code: str, wait: int, published: list[str]
) -> None:
    world.net32.fail_next(fault)

    answer = world.poll(NET32)
    events = world.relay()

    assert (answer["complete"], answer["created"], answer["error"]["code"]) == (False, 0, code)
    assert len(world.net32.calls) == 1
    assert world.objects() == []
    assert [event["type"] for event in events] == published
    check_back_after(world, wait)
    check_all_arrived(world)


def test_a_closed_port_is_no_interruption(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    check_unreachable(world, f"http://127.0.0.1:{port}")


def test_a_host_that_does_not_exist_is_no_interruption(world: World) -> None:
    check_unreachable(world, "http://no-such-host.invalid")


def test_a_connection_that_cannot_even_be_asked_is_not_left_reading(world: World) -> None:
    world.connect(NET32, "net32", "http://*.example", options={"page_size": PAGE})

    answer = world.poll(NET32)

    assert answer["error"]["code"] == "configuration"
    world.connect(NET32, "net32", world.net32_at.url, options={"page_size": PAGE})
    assert world.poll(NET32)["complete"] is True
    assert all(event["type"] == "order.created.v1" for event in world.relay())
    check_all_arrived(world)


def check_unreachable(world: World, url: str) -> None:
    world.connect(NET32, "net32", url, options={"page_size": PAGE})

    answer = world.poll(NET32)
    events = world.relay()

    assert answer["error"]["code"] == "provider_unreachable"
    assert events == []
    assert world.objects() == []
    world.connect(NET32, "net32", world.net32_at.url, options={"page_size": PAGE})
    assert world.net32.calls == []
    check_back_after(world, FIRST_BACKOFF)
    check_all_arrived(world)


def test_an_empty_body_is_read_as_no_orders_since_that_is_how_the_provider_says_so(world: World) -> None:
    world.net32.fail_next(EmptyBody())

    answer = world.poll(NET32)

    assert (answer["complete"], answer["read"]) == (True, 0)
    assert len(world.net32.calls) == 1
    assert world.relay() == []


def test_a_late_answer_within_the_limit_is_an_answer(world: World) -> None:
    world.net32.fail_next(Late(0.1))

    answer = world.poll(NET32)

    assert (answer["complete"], answer["created"]) == (True, 4)
    check_all_arrived(world)


def test_a_poll_that_is_asked_for_does_not_wait_for_the_backoff(world: World) -> None:
    world.net32.fail_next(RateLimited(3000))
    world.poll(NET32)

    waiting = world.poll(NET32, scheduled=True)
    asked_for = world.poll(NET32)

    assert (waiting["waits"], waiting["complete"]) == ("backoff", False)
    assert (asked_for["created"], asked_for["complete"]) == (4, True)
    assert len(world.net32.calls) == 3


def test_the_wait_doubles_with_each_failure_up_to_a_quarter_of_an_hour(world: World) -> None:
    world.net32.fail_next(Status(400), times=6)

    for wait in (60, 120, 240, 480, 900, 900):
        world.poll(NET32)
        check_waits(world, wait)
    last = world.poll(NET32, scheduled=True)

    assert last["complete"] is True
    types = [event["type"] for event in world.relay() if event["type"].startswith("connection.")]
    assert types == ["connection.degraded.v1", "connection.recovered.v1"]


def check_back_after(world: World, seconds: int) -> None:
    """Check that the schedule's polls wait so long, and that the next one brings what is left."""
    before = len(world.net32.calls)
    check_waits(world, seconds)
    assert len(world.net32.calls) == before
    answer = world.poll(NET32, scheduled=True)
    assert answer["complete"] is True
    assert len(world.net32.calls) > before


def check_waits(world: World, seconds: int) -> None:
    world.pass_time(seconds=seconds - 2)
    assert world.poll(NET32, scheduled=True)["waits"] == "backoff"
    world.pass_time(seconds=2)


def check_all_arrived(world: World, *, without: Sequence[str] = ()) -> None:
    """Check that each order is on the bus once, but for those that the fault took with it."""
    world.relay()
    created = [e["subject"] for e in world.received if e["type"] == "order.created.v1"]
    left = [order["orderId"] for order in ORDERS if str(order["orderId"]) not in without]
    assert sorted(created) == [f"{NET32}:{order}" for order in left]


def objects(world: World, prefix: str) -> dict[str, bytes]:
    """Return what is in the bucket under a prefix."""
    s3 = clients.s3()
    return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in world.objects(prefix)}
