"""What each answer of LunaSoft means, its list of errors with HTTP 200 included."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from orderbus.domain.errors import (
    CredentialsError,
    NotFoundError,
    NotSentError,
    OrderBusError,
    RateLimitedError,
    RefusedError,
    UnclearError,
)
from orderbus.providers import http
from orderbus.providers.http import ProviderHttp
from orderbus.providers.lunasoft.client import LunaClient

from infra.sandbox.faults import CutOff, EmptyBody, Fault, Garbage, Hang, Html, RateLimited, Reset, Status
from infra.sandbox.server import Served, serve
from tests.contract.faulty_servers import nobody_accepts, nobody_listens
from tests.contract.recording import RecordingLunaSoft

Call = Callable[[LunaClient], Any]
READS: dict[str, Call] = {
    "list_orders": lambda client: client.list_orders(),
    "get_order": lambda client: client.get_order("54123"),
}
POST: dict[str, Call] = {"post_status": lambda client: client.post_status("54123", "Shipped")}
each_read = pytest.mark.parametrize("call", READS.values(), ids=READS)
each_call = pytest.mark.parametrize("call", [*READS.values(), *POST.values()], ids=[*READS, *POST])


@pytest.fixture
def site() -> RecordingLunaSoft:
    site = RecordingLunaSoft()
    site.place_seed_order()
    return site


@pytest.fixture
def served(site: RecordingLunaSoft) -> Iterator[Served]:
    with serve(site) as served:
        yield served


def client_at(url: str, *, key: str = "test-key") -> LunaClient:
    return LunaClient("luna", ProviderHttp("luna", url, {"Authorization": key}))


@each_call
def test_a_wrong_key_is_a_matter_of_the_credentials(
    site: RecordingLunaSoft, served: Served, call: Call
) -> None:
    with pytest.raises(CredentialsError) as raised:
        call(client_at(served.url, key="wrong"))

    assert str(raised.value) == "luna: the provider answered 401; check the credentials of this connection"
    assert len(site.requests) == 1


@each_read
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("401", CredentialsError),
        ("403", CredentialsError),
        ("404", NotFoundError),
        ("400", RefusedError),
        ("500", RefusedError),
    ],
)
def test_a_list_of_errors_with_http_200_means_what_its_code_means(
    site: RecordingLunaSoft, served: Served, call: Call, code: str, error: type[OrderBusError]
) -> None:
    errors = [{"internal_message": "s3cr3t", "user_message": "An error occurred", "code": code}]
    site.fail_next(Status(200, body={"errors": errors}))

    with pytest.raises(error) as raised:
        call(client_at(served.url))

    assert type(raised.value) is error
    assert str(raised.value) == f"luna: the site answered with an error ({code})"
    assert len(site.requests) == 1


@each_read
@pytest.mark.parametrize(
    "errors", [[{}], [{"code": "s3cr3t"}], [{"code": None}], ["s3cr3t"], {"code": "401"}, "s3cr3t", 1]
)
def test_a_list_of_errors_in_another_form_is_a_refusal_without_its_words(
    site: RecordingLunaSoft, served: Served, call: Call, errors: Any
) -> None:
    site.fail_next(Status(200, body={"orders": [], "id": "54123", "errors": errors}))

    with pytest.raises(RefusedError) as raised:
        call(client_at(served.url))

    assert type(raised.value) is RefusedError
    assert str(raised.value) == "luna: the site answered with an error (without a code)"


@each_read
@pytest.mark.parametrize("errors", [[], None, ""])
def test_an_empty_list_of_errors_is_none(
    site: RecordingLunaSoft, served: Served, call: Call, errors: Any
) -> None:
    site.fail_next(Status(200, body={"orders": [], "id": "54123", "errors": errors}))

    call(client_at(served.url))


def test_the_sandboxes_own_errors_with_http_200_are_recognised() -> None:
    site = RecordingLunaSoft()
    site.errors_as_200 = True
    with serve(site) as served:
        with pytest.raises(NotFoundError):
            client_at(served.url).get_order("1")
        with pytest.raises(CredentialsError):
            client_at(served.url, key="wrong").list_orders()
        with pytest.raises(RefusedError, match=r"\(400\)"):
            client_at(served.url).list_orders(sort="total")


@each_read
@pytest.mark.parametrize(
    ("status", "error", "tries"),
    [
        (301, RefusedError, 1),
        (302, RefusedError, 1),
        (400, RefusedError, 1),
        (403, CredentialsError, 1),
        (404, NotFoundError, 1),
        (408, UnclearError, 1),
        (409, RefusedError, 1),
        (425, UnclearError, 1),
        (500, UnclearError, 3),
        (502, UnclearError, 3),
        (503, UnclearError, 1),
        (504, UnclearError, 3),
    ],
)
def test_a_read_raises_what_its_status_means(
    site: RecordingLunaSoft,
    served: Served,
    call: Call,
    status: int,
    error: type[OrderBusError],
    tries: int,
) -> None:
    site.fail_next(Status(status, "s3cr3t", {"Location": f"{served.url}/orders"}), times=tries)

    with pytest.raises(error) as raised:
        call(client_at(served.url))

    assert type(raised.value) is error
    assert str(raised.value).startswith(f"luna: the provider answered {status}")
    assert "s3cr3t" not in str(raised.value)
    assert len(site.requests) == tries


@each_call
@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (RateLimited(3), 3.0),
        (Status(429, headers={"Retry-After": "0"}), 0.0),
        (Status(429, "Try again in 5 seconds."), None),
    ],
)
def test_a_429_is_a_limit_and_is_not_sent_again(
    site: RecordingLunaSoft, served: Served, call: Call, fault: Fault, seconds: float | None
) -> None:
    site.fail_next(fault)

    with pytest.raises(RateLimitedError) as raised:
        call(client_at(served.url))

    assert raised.value.retry_after == seconds
    assert len(site.requests) == 1
    assert site.statuses_added == []


@each_read
def test_a_503_with_a_hint_is_a_limit_too(site: RecordingLunaSoft, served: Served, call: Call) -> None:
    site.fail_next(Status(503, headers={"Retry-After": "30"}))

    with pytest.raises(RateLimitedError) as raised:
        call(client_at(served.url))

    assert raised.value.retry_after == 30.0


@each_read
@pytest.mark.parametrize("fault", [Html(), Garbage(), EmptyBody()])
def test_a_read_that_is_not_answered_with_json_is_unclear(
    site: RecordingLunaSoft, served: Served, call: Call, fault: Fault
) -> None:
    site.fail_next(fault)

    with pytest.raises(UnclearError, match=r"^luna: the answer \(\d+ bytes\) is not JSON$"):
        call(client_at(served.url))


@each_read
@pytest.mark.parametrize(("fault", "tries"), [(Reset(), 3), (CutOff(20), 1)])
def test_a_read_is_tried_three_times_where_no_answer_begins_and_once_where_it_is_cut_off(
    site: RecordingLunaSoft, served: Served, call: Call, fault: Fault, tries: int
) -> None:
    site.fail_next(fault, times=3)

    with pytest.raises(UnclearError, match=r"^luna: no whole answer from 127\.0\.0\.1"):
        call(client_at(served.url))

    assert len(site.requests) == tries


@each_call
def test_an_answer_that_does_not_come_is_waited_for_once(
    site: RecordingLunaSoft, served: Served, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_READ_SECONDS", 0.3)
    site.fail_next(Hang(), times=3)

    with pytest.raises(UnclearError, match=r"^luna: no whole answer from 127\.0\.0\.1 \(ReadTimeout\)$"):
        call(client_at(served.url))

    assert len(site.requests) == 1


@each_call
def test_where_no_connection_is_made_nothing_was_sent(
    served: Served, site: RecordingLunaSoft, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_CONNECT_SECONDS", 0.3)
    monkeypatch.setenv("no_proxy", "*")
    with nobody_listens() as refusing, nobody_accepts() as silent:
        for url in (refusing, silent, "http://shop.invalid", served.url.replace("http:", "https:")):
            with pytest.raises(NotSentError, match=r"; nothing was sent$"):
                call(client_at(url))

    assert site.requests == []


@pytest.mark.parametrize("status", [301, 400, 404, 422, 500, 503])
def test_any_other_answer_to_a_status_is_left_to_the_caller_and_was_sent_once(
    site: RecordingLunaSoft, served: Served, status: int
) -> None:
    site.fail_next(Status(status, "Sorry.", {"Location": served.url, "Retry-After": "1"}, after_effect=True))

    arrived = client_at(served.url).post_status("54123", "Shipped", notify_customer=True)

    assert (arrived.status, arrived.body) == (status, b"Sorry.")
    assert len(site.requests) == 1
    assert site.status_mails == [("54123", "Shipped")]


def test_a_status_whose_answer_was_cut_off_was_sent_once_and_keeps_what_came(
    site: RecordingLunaSoft, served: Served
) -> None:
    site.fail_next(CutOff(100))

    arrived = client_at(served.url).post_status("54123", "Shipped")

    assert len(arrived.body) == 100
    assert arrived.cut_off == "the answer was cut off (ProtocolError)"
    with pytest.raises(json.JSONDecodeError):
        json.loads(arrived.body)
    assert site.statuses_added == [("54123", "Shipped")]


@pytest.mark.parametrize("after_effect", [False, True])
def test_a_status_whose_answer_never_came_is_unclear_and_was_sent_once(
    site: RecordingLunaSoft, served: Served, after_effect: bool
) -> None:
    site.fail_next(Reset(after_effect=after_effect))

    with pytest.raises(UnclearError, match=r"^luna: no whole answer from 127\.0\.0\.1"):
        client_at(served.url).post_status("54123", "Shipped")

    assert len(site.requests) == 1
    assert len(site.statuses_added) == after_effect
