"""A read whose answer drips in without end is given up while the run that waits for it still lives."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from threading import Event

import pytest
from orderbus.domain.errors import UnclearError
from orderbus.providers import answers
from orderbus.providers.http import ProviderHttp

from tests.contract.faulty_servers import answer, drip, scripted
from tests.contract.reads import READS, Read

SIZED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n"


UNSIZED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[1"


def stall(connection: socket.socket, over: Event) -> None:
    """Send something just before the time is over, and nothing more."""
    over.wait(0.4)
    connection.sendall(b" ")
    over.wait(5)


@READS
def test_a_read_gives_up_an_answer_that_drips_in(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "BODY_SECONDS", 0.5)
    began = datetime.now(UTC)

    with (
        scripted(answer(SIZED, then=drip)) as (url, requests),
        pytest.raises(UnclearError, match="still arriving"),
    ):
        read(url)

    assert len(requests) == 1
    assert (datetime.now(UTC) - began).total_seconds() < 3


@READS
@pytest.mark.parametrize("head", [SIZED, UNSIZED], ids=["sized", "unsized"])
def test_a_read_does_not_wait_for_an_answer_that_stalls_as_its_time_ends(
    read: Read, head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "BODY_SECONDS", 0.5)
    began = datetime.now(UTC)

    with (
        scripted(answer(head, then=stall)) as (url, _),
        pytest.raises(UnclearError, match="still arriving after"),
    ):
        read(url)

    assert (datetime.now(UTC) - began).total_seconds() < 3


def test_what_arrived_of_a_request_that_is_sent_once_is_kept_when_it_stalls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answers, "BODY_SECONDS", 0.5)

    with scripted(answer(UNSIZED, then=stall)) as (url, _):
        arrived = ProviderHttp("net32-main", url, {}).send_once("GET", "/orders/")

    assert (arrived.status, arrived.body) == (200, b"[1 ")
    assert "still arriving after" in arrived.cut_off
