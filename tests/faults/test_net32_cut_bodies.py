"""Net32's answer breaks off within its body: every byte that arrived is in the inbox, and it is published."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from orderbus.providers import answers, http
from orderbus.runtime import clients

from infra.sandbox.net32 import make_order
from tests.world import BUCKET, NET32, World

BODY = json.dumps([make_order(101), make_order(102)]).encode()
HALF = len(BODY) // 2
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
GIVE_UP_SECONDS = 0.3

Ending = Callable[[socket.socket], None]


def close(_connection: socket.socket) -> None:
    """Let the connection end in order."""


def reset(connection: socket.socket) -> None:
    # What was sent must have arrived, else the reset overtakes it.
    time.sleep(0.1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def stall(connection: socket.socket) -> None:
    connection.recv(1)  # until the client gives up


def drip(connection: socket.socket) -> None:
    for byte in BODY[HALF:]:
        time.sleep(GIVE_UP_SECONDS / 6)
        try:
            connection.send(bytes([byte]))
        except OSError:
            return


def chunk(part: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(part), part)


@contextmanager
def one_answer(sent: bytes, ending: Ending) -> Iterator[str]:
    """Give the address of a server that answers once."""

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(sent)
            ending(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


@pytest.mark.parametrize(
    ("sent", "ending", "arrived"),
    [
        pytest.param(SIZED + BODY[:HALF], close, HALF, id="closed"),
        pytest.param(SIZED + BODY[:HALF], reset, HALF, id="reset"),
        pytest.param(SIZED + BODY[:HALF], stall, HALF, id="stalled"),
        pytest.param(CHUNKED + chunk(BODY[:HALF]), close, HALF, id="closed between chunks"),
        pytest.param(CHUNKED + chunk(BODY[:HALF]), stall, HALF, id="stalled between chunks"),
        pytest.param(CHUNKED + chunk(BODY)[: HALF + 5], close, HALF, id="closed within a chunk"),
        pytest.param(CHUNKED + chunk(BODY), close, len(BODY), id="closed before the last chunk"),
    ],
)
def test_what_arrived_before_the_answer_broke_off_is_in_the_inbox(
    world: World, monkeypatch: pytest.MonkeyPatch, sent: bytes, ending: Ending, arrived: int
) -> None:
    monkeypatch.setattr(http, "_READ_SECONDS", GIVE_UP_SECONDS)

    with one_answer(sent, ending) as url:
        world.connect(NET32, "net32", url)
        answer = world.poll(NET32)

    assert answer["error"]["code"] == "provider_unclear"
    assert in_inbox(world) == [BODY[:arrived]]
    check_published(world, created=0 if arrived < len(BODY) else 2)


def test_a_body_that_drips_in_for_too_long_is_taken_as_cut_off(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "BODY_SECONDS", GIVE_UP_SECONDS)

    with one_answer(SIZED + BODY[:HALF], drip) as url:
        world.connect(NET32, "net32", url)
        started = time.monotonic()
        world.poll(NET32)

    assert time.monotonic() - started < 3
    (body,) = in_inbox(world)
    assert BODY.startswith(body)
    assert HALF < len(body) < len(BODY)
    check_published(world, created=0)


def in_inbox(world: World) -> list[bytes]:
    s3 = clients.s3()
    return [s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in world.objects("inbox/")]


def check_published(world: World, *, created: int) -> None:
    """Check that the interruption is published, and all that could be read."""
    types = [event["type"] for event in world.relay()]
    assert types.count("connection.read_interrupted.v1") == 1
    assert types.count("order.created.v1") == created
    assert types.count("order.quarantined.v1") == (created == 0)
