"""AWS answers with errors: the client sends a request again that was carried out, or a service is down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber
from orderbus.runtime import clients

from tests.faults import lunasoft_case, net32_case
from tests.faults.steps import Step

pytestmark = pytest.mark.timeout(300)


Fail = Callable[[list[str]], bool]
"""Says of the last of the requests so far whether its answer is a server error."""


@contextmanager
def failing(fails: Fail, *, carried_out: bool) -> Iterator[list[str]]:
    """Let AWS answer some requests with a server error; give what was requested."""
    requested: list[str] = []

    def answer(request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse | None:
        requested.append(event_name.removeprefix("before-send."))
        if not fails(requested):
            return None
        # All who listen are asked, and the first answer counts: moto carries it out unless it is off.
        botocore_stubber.enabled = carried_out
        return AWSResponse(request.url, 500, HTTPHeaders(), MockRawResponse(b""))

    def switch_on(**_: Any) -> None:
        botocore_stubber.enabled = True

    watched: list[Any] = [client.meta.events for client in (clients.dynamodb(), clients.s3(), clients.ssm())]
    with patch("botocore.endpoint.time.sleep"):
        for events in watched:
            events.register_first("before-send", answer)
            events.register_last("before-send", switch_on)
        try:
            yield requested
        finally:
            for events in watched:
                events.unregister("before-send", answer)
                events.unregister("before-send", switch_on)


def lost_answer(number: int) -> AbstractContextManager[list[str]]:
    """Lose the answer to the request of that number, which has been carried out."""
    return failing(lambda requested: len(requested) - 1 == number, carried_out=True)


def requests_of(run: Callable[[], object]) -> range:
    with lost_answer(-1) as requested:
        run()
    return range(len(requested))


def is_claimed(step: Step) -> bool:
    return (step.side, step.call) == ("after", "dynamodb.UpdateItem state")


@pytest.mark.parametrize("killed", [False, True], ids=["a fetch", "a fetch after one that was killed"])
def test_a_request_of_a_net32_fetch_that_is_sent_again_changes_nothing(killed: bool) -> None:
    with net32_fetch(killed) as undisturbed:
        requests = requests_of(undisturbed.poll_later)

    for number in requests:
        with net32_fetch(killed) as case:
            with lost_answer(number) as requested:
                answer = case.poll_later()
            case.check()
        assert (answer["complete"], answer.get("error")) == (True, None), requested[number]
        assert len(requested) > len(requests)
    # Read the connection; claim, inbox, stored, done of two pages; four orders and one set aside by four.
    # After a kill: a refused claim, a look into the inbox, and the interruption.
    assert len(requests) == 1 + 2 * 4 + 4 + 4 + 3 * killed


@contextmanager
def net32_fetch(killed: bool) -> Iterator[net32_case.Case]:
    with net32_case.a_case(5) as case:
        if killed:
            case.kill_when(is_claimed)
        yield case


def test_a_request_of_a_lunasoft_fetch_that_is_sent_again_changes_nothing() -> None:
    with lunasoft_case.a_case() as undisturbed:
        requests = requests_of(undisturbed.poll)

    for number in requests:
        with lunasoft_case.a_case() as case:
            with lost_answer(number) as requested:
                answer = case.poll()
            case.check_cursor()
            case.check_events()
        assert (answer["complete"], answer.get("error")) == (True, None), requested[number]
        assert len(requested) > len(requests)
    # Connection, state, watches; two batches, each compared and noted; four orders, a change, one set aside.
    assert len(requests) == 3 + 2 * 2 + 4 + 1 + 3


def test_orders_that_were_handed_out_while_the_inbox_was_down_are_published_as_interrupted() -> None:
    with net32_case.a_case(5) as case:
        down = failing(lambda requested: requested[-1] == "s3.PutObject", carried_out=False)
        with down as requested, pytest.raises(ClientError):
            case.poll()
        case.interruptions, case.lost = 1, set(case.world.net32.handed_out[0])

        answer = case.poll_later()

        case.check()
    assert requested.count("s3.PutObject") == 5
    assert answer["complete"] is True


def test_a_page_in_the_inbox_waits_for_a_ledger_that_is_down() -> None:
    with net32_case.a_case(5) as case:
        down = failing(lambda requested: requested[-1] == "dynamodb.PutItem", carried_out=False)
        with down, pytest.raises(ClientError):
            case.poll()

        answer = case.poll_later()

        case.check()
    assert (answer["complete"], answer["read"]) == (True, 5)
