"""A read is sent again only where it failed soon: its tries end while the run that waits still lives."""

from __future__ import annotations

import socket
import time
from threading import Event

import pytest
from orderbus.domain.errors import UnclearError
from orderbus.providers import answers, http
from orderbus.providers.options import LONGEST_INTERVAL_MS
from orderbus.runtime.fetch import RESERVE_MS

from tests.contract.faulty_servers import answer, drip, hang, scripted
from tests.contract.reads import READS, Read

HEAD = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nConnection: close\r\n"
FAILED = HEAD + b"Content-Length: 5\r\n\r\nSorry"
LONG = HEAD + b"Content-Length: 9999\r\n\r\nSorry"


def late(connection: socket.socket, over: Event) -> None:
    over.wait(0.4)
    connection.sendall(FAILED)


@READS
def test_an_error_that_came_soon_is_asked_again_twice(read: Read) -> None:
    with scripted(answer(FAILED)) as (url, requests), pytest.raises(UnclearError, match="answered 502"):
        read(url)

    assert len(requests) == 3


@READS
def test_an_error_that_came_late_is_not_asked_again(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_AGAIN_WITHIN_SECONDS", 0.3)

    with scripted(late) as (url, requests), pytest.raises(UnclearError, match="answered 502"):
        read(url)

    assert len(requests) == 1


@READS
def test_an_answer_that_does_not_come_is_not_asked_for_again(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_READ_SECONDS", 0.3)
    monkeypatch.setattr("orderbus.providers.zonos.http._TIMEOUT_SECONDS", (3.05, 0.3))

    with scripted(hang) as (url, requests), pytest.raises(UnclearError, match="ReadTimeout"):
        read(url)

    assert len(requests) == 1


@READS
def test_an_error_whose_page_drips_in_is_not_waited_for_before_it_is_asked_again(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "BODY_SECONDS", 0.5)
    monkeypatch.setattr(http, "_PAUSES", (0.0, 0.0))
    began = time.monotonic()

    with scripted(answer(LONG, then=drip)) as (url, requests), pytest.raises(UnclearError):
        read(url)

    assert len(requests) == 3
    assert time.monotonic() - began < 3


def test_what_a_run_keeps_back_is_enough_for_a_read_at_its_slowest() -> None:
    """The last try begins late, connects late, and its answer begins and ends late."""
    answer_seconds = http._CONNECT_SECONDS + http._READ_SECONDS + answers.BODY_SECONDS
    slowest = http._AGAIN_WITHIN_SECONDS + max(http._PAUSES) + LONGEST_INTERVAL_MS / 1000 + answer_seconds

    assert slowest <= RESERVE_MS / 1000 - 3  # what it brought is written then
