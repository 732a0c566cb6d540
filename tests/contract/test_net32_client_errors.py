"""What each answer of Net32 means: by its status where nothing can have happened, else left to the caller."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from orderbus.domain.errors import (
    CredentialsError,
    NotFoundError,
    OrderBusError,
    RateLimitedError,
    RefusedError,
    UnclearError,
)
from orderbus.providers.http import ProviderHttp
from orderbus.providers.net32.client import Net32Client, hinted_wait

from infra.sandbox.faults import CutOff, EmptyBody, Fault, Garbage, Html, RateLimited, Reset, Status
from infra.sandbox.server import Served, serve
from tests.contract.recording import RecordingNet32

Call = Callable[[Net32Client], Any]
ONCE: dict[str, Call] = {
    "take_orders": lambda client: client.take_orders(),
    "preauthorize": lambda client: client.preauthorize("10002000"),
    "charge": lambda client: client.charge("19281414", {"lineItems": [{"lineItemId": "1", "quantity": 1}]}),
}
READS: dict[str, Call] = {"charge_status": lambda client: client.charge_status("19281414", "3")}
each_call = pytest.mark.parametrize("call", [*ONCE.values(), *READS.values()], ids=[*ONCE, *READS])
each_single_call = pytest.mark.parametrize("call", ONCE.values(), ids=ONCE)


@pytest.fixture
def account() -> RecordingNet32:
    return RecordingNet32()


@pytest.fixture
def served(account: RecordingNet32) -> Iterator[Served]:
    with serve(account) as served:
        yield served


def client_at(served: Served, *, key: str = "test-key") -> Net32Client:
    http = ProviderHttp("net32-main", served.url, {"Subscription-Key": key}, hint=hinted_wait)
    return Net32Client(http)


@each_call
def test_a_wrong_key_is_a_matter_of_the_credentials(
    account: RecordingNet32, served: Served, call: Call
) -> None:
    with pytest.raises(CredentialsError) as raised:
        call(client_at(served, key="wrong"))

    assert str(raised.value) == (
        "net32-main: the provider answered 401; check the credentials of this connection"
    )
    assert len(account.requests) == 1


@each_call
def test_403_is_a_matter_of_the_credentials_too(account: RecordingNet32, served: Served, call: Call) -> None:
    account.fail_next(Status(403))

    with pytest.raises(CredentialsError, match=r"^net32-main: the provider answered 403;"):
        call(client_at(served))

    assert len(account.requests) == 1


def in_a_minute() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)


@each_call
@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [
        (lambda: RateLimited(3), 3.0, 3.0),
        (lambda: Status(429, "slow down", {"Retry-After": "7"}), 7.0, 7.0),
        (lambda: Status(429, {"message": "Try again in 2.5 seconds."}, {"Retry-After": "7"}), 2.5, 2.5),
        (lambda: Status(429, "slow down", {"Retry-After": in_a_minute()}), 50.0, 60.0),
    ],
    ids=["in the text", "in the header", "in both", "as a date"],
)
def test_a_429_is_a_limit_with_the_wait_it_names_and_is_not_sent_again(
    account: RecordingNet32,
    served: Served,
    call: Call,
    fault: Callable[[], Fault],
    least: float,
    most: float,
) -> None:
    account.fail_next(fault())

    with pytest.raises(RateLimitedError) as raised:
        call(client_at(served))

    assert str(raised.value) == "net32-main: the provider answered 429; polls wait as asked"
    assert raised.value.retry_after is not None
    assert least <= raised.value.retry_after <= most
    assert len(account.requests) == 1


@each_call
@pytest.mark.parametrize("body", ["slow down", {"message": "Try again soon."}, ""])
def test_a_429_without_a_hint_says_so(account: RecordingNet32, served: Served, call: Call, body: Any) -> None:
    account.fail_next(Status(429, body, {"Retry-After": "later"}))

    with pytest.raises(RateLimitedError) as raised:
        call(client_at(served))

    assert raised.value.retry_after is None


@each_single_call
@pytest.mark.parametrize("status", [301, 302, 400, 402, 404, 406, 408, 422, 425, 500, 502, 503, 504])
def test_any_other_status_is_left_to_the_caller_and_nothing_is_sent_again(
    account: RecordingNet32, served: Served, call: Call, status: int
) -> None:
    account.fail_next(Status(status, "Sorry.", {"Location": served.url, "Retry-After": "1"}))

    arrived = call(client_at(served))

    assert (arrived.status, arrived.body, arrived.cut_off) == (status, b"Sorry.", "")
    assert len(account.requests) == 1


@each_call
@pytest.mark.parametrize("location", ["http://[", "http://a..b", "//"])
def test_where_a_redirect_leads_is_not_even_looked_at(
    account: RecordingNet32, served: Served, call: Call, location: str
) -> None:
    account.fail_next(Status(307, headers={"Location": location}))

    try:
        assert call(client_at(served)).status == 307
    except RefusedError as refused:
        assert "redirect" in str(refused)  # noqa: PT017 - a read raises, the others leave it to the caller
    assert len(account.requests) == 1


@each_single_call
@pytest.mark.parametrize("fault", [Html(), Garbage(), EmptyBody()])
def test_whatever_came_with_a_2xx_is_left_to_the_caller(
    account: RecordingNet32, served: Served, call: Call, fault: Fault
) -> None:
    account.fail_next(fault)

    arrived = call(client_at(served))

    assert 200 <= arrived.status < 300
    assert not arrived.body.startswith(b"{")
    assert len(account.requests) == 1


@each_single_call
@pytest.mark.parametrize("after_effect", [False, True])
def test_a_reset_is_unclear_and_nothing_is_sent_again(
    account: RecordingNet32, served: Served, call: Call, after_effect: bool
) -> None:
    account.fail_next(Reset(after_effect=after_effect))

    with pytest.raises(UnclearError, match=r"^net32-main: no whole answer from 127\.0\.0\.1"):
        call(client_at(served))

    assert len(account.requests) == 1


@each_single_call
def test_what_arrived_of_a_cut_answer_is_kept(account: RecordingNet32, served: Served, call: Call) -> None:
    account.fail_next(CutOff(1))

    arrived = call(client_at(served))

    assert arrived.body in {b"[", b"{"}
    assert arrived.cut_off == "the answer was cut off (ProtocolError)"
    assert len(account.requests) == 1


def test_no_call_that_is_sent_once_happened_twice(account: RecordingNet32, served: Served) -> None:
    client = client_at(served)
    for fault in (Reset(after_effect=True), Status(502, after_effect=True), CutOff(1)):
        for call in ONCE.values():
            account.fail_next(fault)
            try:
                call(client)
            except UnclearError:
                continue

    assert len(account.handed_out) == 3
    assert account.preauthorizations == {"10002000": 3}
    assert len(account.charges) == 3


@pytest.mark.parametrize(
    ("status", "error", "said", "tries"),
    [
        (301, RefusedError, "a redirect that is not followed; put the final address into base_url", 1),
        (400, RefusedError, "the provider answered 400", 1),
        (404, NotFoundError, "the object, or the base_url of the connection, does not exist there", 1),
        (406, RefusedError, "the provider answered 406", 1),
        (408, UnclearError, "the provider answered 408", 1),
        (422, RefusedError, "the provider answered 422", 1),
        (425, UnclearError, "the provider answered 425", 1),
        (500, UnclearError, "the provider answered 500", 3),
        (502, UnclearError, "the provider answered 502", 3),
        (503, UnclearError, "the provider answered 503", 1),
        (504, UnclearError, "the provider answered 504", 3),
    ],
)
def test_a_read_raises_what_its_status_means(
    account: RecordingNet32,
    served: Served,
    status: int,
    error: type[OrderBusError],
    said: str,
    tries: int,
) -> None:
    account.fail_next(Status(status, "s3cr3t", {"Location": served.url}), times=tries)

    with pytest.raises(error) as raised:
        client_at(served).charge_status("19281414", "3")

    assert type(raised.value) is error
    assert str(raised.value).startswith(f"net32-main: the provider answered {status}")
    assert str(raised.value).endswith(said)
    assert "s3cr3t" not in str(raised.value)
    assert len(account.requests) == tries


def test_a_read_that_fails_twice_is_answered_the_third_time(account: RecordingNet32, served: Served) -> None:
    account.fail_next(Status(502), times=2)

    assert client_at(served).charge_status("19281414", "3")["status"] == "success"
    assert len(account.requests) == 3


def test_a_read_of_a_503_with_a_hint_is_a_limit(account: RecordingNet32, served: Served) -> None:
    account.fail_next(Status(503, headers={"Retry-After": "30"}))

    with pytest.raises(RateLimitedError) as raised:
        client_at(served).charge_status("19281414", "3")

    assert raised.value.retry_after == 30.0


@pytest.mark.parametrize("fault", [Html(), Garbage(), EmptyBody()])
def test_a_read_that_is_not_answered_with_json_is_unclear(
    account: RecordingNet32, served: Served, fault: Fault
) -> None:
    account.fail_next(fault)

    with pytest.raises(UnclearError, match=r"^net32-main: the answer \(\d+ bytes\) is not JSON$"):
        client_at(served).charge_status("19281414", "3")


def test_a_read_that_was_cut_off_is_unclear(account: RecordingNet32, served: Served) -> None:
    account.fail_next(CutOff(20))

    with pytest.raises(UnclearError, match=r"^net32-main: no whole answer from 127\.0\.0\.1"):
        client_at(served).charge_status("19281414", "3")
