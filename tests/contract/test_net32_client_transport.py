"""What came of a request that is sent once: certainly not sent, unclear, or the bytes that arrived."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from orderbus.domain.errors import NotSentError, UnclearError
from orderbus.providers import answers, http
from orderbus.providers.http import ProviderHttp
from orderbus.providers.net32.client import Net32Client

from tests.contract.faulty_servers import (
    Script,
    answer,
    drip,
    hang,
    nobody_accepts,
    nobody_listens,
    reset,
    scripted,
    self_signed,
)

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
SIZED = HEAD + b"Content-Length: 100000\r\n\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

CALLS: dict[str, Callable[[Net32Client], Any]] = {
    "take_orders": lambda client: client.take_orders(),
    "preauthorize": lambda client: client.preauthorize("1"),
    "charge": lambda client: client.charge("1", {"lineItems": []}),
    "charge_status": lambda client: client.charge_status("1", "2"),
}
each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
each_single_call = pytest.mark.parametrize("call", list(CALLS.values())[:3], ids=list(CALLS)[:3])

Call = Callable[[Net32Client], Any]


@pytest.fixture(autouse=True)
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(http, "_READ_SECONDS", 0.3)


def client_at(url: str) -> Net32Client:
    return Net32Client(ProviderHttp("net32-main", url, {"Subscription-Key": "s3cr3t"}))


@each_call
@pytest.mark.parametrize("place", [nobody_listens, nobody_accepts])
def test_where_no_connection_is_made_nothing_was_sent(
    call: Call, place: Callable[[], AbstractContextManager[str]]
) -> None:
    with place() as url, pytest.raises(NotSentError) as raised:
        call(client_at(url))

    assert str(raised.value).startswith("net32-main: 127.0.0.1 cannot be reached (Connect")
    assert str(raised.value).endswith("; nothing was sent")


@each_call
def test_where_the_name_is_not_known_nothing_was_sent(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(NotSentError) as raised:
        call(client_at("http://net32.invalid"))

    assert str(raised.value) == (
        "net32-main: net32.invalid cannot be reached (ConnectionError); nothing was sent"
    )


@each_call
def test_tls_to_a_plain_port_sends_nothing(call: Call) -> None:
    with (
        scripted(answer(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as (url, requests),
        pytest.raises(NotSentError) as raised,
    ):
        call(client_at(url.replace("http://", "https://")))

    assert str(raised.value) == "net32-main: 127.0.0.1 cannot be reached (SSLError); nothing was sent"
    assert not any(b"s3cr3t" in request for request in requests)


@each_call
def test_to_a_server_whose_certificate_nobody_trusts_nothing_is_sent(call: Call, tmp_path: Path) -> None:
    with (
        scripted(answer(HEAD), tls=self_signed(tmp_path)) as (url, requests),
        pytest.raises(NotSentError, match=r"^net32-main: 127\.0\.0\.1 cannot be reached \(SSLError\)"),
    ):
        call(client_at(url))

    assert requests == []


@each_call
def test_no_answer_in_time_is_unclear_and_nothing_is_sent_again(call: Call) -> None:
    with scripted(hang) as (url, requests), pytest.raises(UnclearError) as raised:
        call(client_at(url))

    assert str(raised.value) == "net32-main: no whole answer from 127.0.0.1 (ReadTimeout)"
    assert len(requests) == 1


@each_single_call
@pytest.mark.parametrize("script", [reset, answer(), answer(b"HTTP/1.1 2"), answer(b"SSH-2.0-x\r\n\r\n")])
def test_a_connection_that_ends_without_a_status_is_unclear_and_nothing_is_sent_again(
    call: Call, script: Script
) -> None:
    with (
        scripted(script) as (url, requests),
        pytest.raises(UnclearError, match=r"^net32-main: no whole answer from 127\.0\.0\.1 \(.*\)$"),
    ):
        call(client_at(url))

    assert len(requests) == 1


def test_a_read_that_changes_nothing_is_tried_three_times_where_the_connection_ends() -> None:
    with scripted(reset) as (url, requests), pytest.raises(UnclearError, match=r"\(ConnectionError\)$"):
        client_at(url).charge_status("1", "2")

    assert len(requests) == 3


@each_single_call
@pytest.mark.parametrize(
    "script",
    [
        answer(SIZED + b"x" * 30_000),
        answer(SIZED, b"x" * 10_000, b"x" * 20_000),
        answer(SIZED + b"x" * 30_000, then=hang),
        answer(SIZED + b"x" * 30_000, then=reset),
        answer(CHUNKED + b"7530\r\n" + b"x" * 30_000 + b"\r\n"),
        answer(CHUNKED + b"ffff\r\n" + b"x" * 30_000),
        answer(CHUNKED + b"ffff\r\n" + b"x" * 30_000, then=hang),
    ],
    ids=["closed", "in parts", "hangs", "reset", "between chunks", "in a chunk", "hangs in a chunk"],
)
def test_every_byte_that_arrived_before_a_cut_is_kept(call: Call, script: Script) -> None:
    with scripted(script) as (url, requests):
        arrived = call(client_at(url))

    assert (arrived.status, arrived.body) == (200, b"x" * 30_000)
    assert arrived.cut_off.startswith("the answer was cut off (")
    assert len(requests) == 1


@pytest.mark.parametrize(
    "script",
    [
        answer(HEAD + b"Content-Length: 3\r\n\r\nabc"),
        answer(HEAD + b"\r\nabc"),
        answer(CHUNKED, b"1\r\na\r\n", b"2\r\nbc\r\n0\r\n\r\n"),
    ],
    ids=["sized", "until closed", "chunked"],
)
def test_a_whole_answer_is_not_called_cut_off(script: Script) -> None:
    with scripted(script) as (url, _):
        arrived = client_at(url).take_orders()

    assert (arrived.status, arrived.body, arrived.cut_off) == (200, b"abc", "")


def test_an_answer_that_drips_in_without_end_is_taken_as_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "BODY_SECONDS", 1.0)

    with scripted(answer(SIZED, then=drip)) as (url, _):
        arrived = client_at(url).take_orders()

    assert 10 < len(arrived.body) < 50
    assert arrived.body.strip() == b""
    assert arrived.cut_off == "the answer was still arriving after 1 seconds"


def test_no_key_of_the_machines_own_replaces_the_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    with scripted(answer(HEAD + b"Content-Length: 2\r\n\r\n[]")) as (url, requests):
        client_at(url).take_orders()

    assert b"Subscription-Key: s3cr3t" in requests[0]
    assert b"Authorization" not in requests[0]


def test_a_proxy_of_the_environment_is_asked_for_addresses_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(answer(HEAD + b"Content-Length: 2\r\n\r\n[]")) as (proxy, requests):
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        client_at("http://provider.example/v1").take_orders()

    [request] = requests
    assert request.startswith(b"GET http://provider.example/v1/orders/ HTTP/1.1\r\n")
    assert b"Subscription-Key: s3cr3t" in request


def test_a_certificate_that_the_environment_trusts_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted(answer(HEAD + b"Content-Length: 2\r\n\r\n[]"), tls=self_signed(tmp_path)) as (
        url,
        requests,
    ):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "server.pem"))
        client_at(url).take_orders()

    assert len(requests) == 1


def test_requests_are_paced_as_the_connection_says() -> None:
    with scripted(answer(HEAD + b"Content-Length: 2\r\n\r\n[]")) as (url, requests):
        paced = ProviderHttp("net32-main", url, {}, min_interval_ms=150)
        begun = time.monotonic()
        for _ in range(3):
            Net32Client(paced).take_orders()
        took = time.monotonic() - begun

    assert len(requests) == 3
    assert took >= 0.3
