"""Answers go wrong: the poll says so, nothing is passed over, and the next one goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from infra.conformance.bench import PAGE_SIZE, Bench
from infra.conformance.expecting import same, true
from infra.conformance.shop import SECRET
from infra.sandbox.faults import (
    CutOff,
    EmptyBody,
    Fault,
    Garbage,
    Html,
    Late,
    Meanwhile,
    RateLimited,
    Reset,
    Status,
)
from infra.sandbox.messages import Answer

_NUMBERS = range(1, PAGE_SIZE + 3)
# A read that fails is tried three times in all.
_TRIES = 3


def a_storm_of_429(bench: Bench) -> None:
    """Told to wait, scheduled polls wait as long as was asked, with one call for each time they are told."""
    bench.place(*_NUMBERS)
    bench.fail(RateLimited(90), times=3)
    for told in range(1, 4):
        bench.expect_failed(bench.poll(scheduled=True), "rate_limited")
        bench.clock.pass_time(timedelta(seconds=60))
        same("what a poll waits for", bench.poll(scheduled=True).waits, "backoff")
        same("calls", len(bench.calls()), told)
        bench.clock.pass_time(timedelta(seconds=40))
    bench.poll(scheduled=True)
    bench.poll_until_complete()
    bench.expect_orders(*_NUMBERS)


def a_429_in_the_middle_of_a_list(bench: Bench) -> None:
    """The first page came, the second is refused for now: the rest comes later."""
    bench.place(*_NUMBERS)
    bench.meanwhile(lambda: None)
    bench.fail(RateLimited(30))
    bench.expect_failed(bench.poll(), "rate_limited")
    bench.poll_until_complete()
    bench.expect_orders(*_NUMBERS)


def a_429_among_the_details(bench: Bench) -> None:
    """The list came, a detail is refused for now: scheduled polls wait, and every order comes later."""
    bench.place(*_NUMBERS)
    bench.fail(RateLimited(90), match=bench.shop.detail_request)
    bench.expect_failed(bench.poll(), "rate_limited")
    same("what the next poll waits for", bench.poll(scheduled=True).waits, "backoff")
    bench.poll_until_complete()
    bench.expect_orders(*_NUMBERS)


def an_error_for_a_detail(bench: Bench) -> None:
    """One detail is answered with an error under HTTP 200: the others are in, and it is when it is mended."""
    bench.place(*_NUMBERS)
    bench.fail(Status(200, bench.shop.error_body), match=bench.shop.detail_request)
    true("the poll is not complete", found=not bench.poll().complete)
    same("orders in the ledger", len(bench.ledger.orders.all()), len(_NUMBERS) - 1)
    bench.poll_until_complete()
    bench.expect_orders(*_NUMBERS)


def a_detail_that_is_never_there(bench: Bench) -> None:
    """A listed order has no detail, however often it is asked for: it is set aside, and the rest goes on."""
    bench.place(1, 2, 3)
    sandbox, missing = bench.shop.sandbox, bench.shop.external_id(2).encode()

    def without_it(answer: Answer) -> Answer:
        return sandbox.error(404, "not there") if missing in answer.body else answer

    bench.fail(Meanwhile(alter=without_it), match=bench.shop.detail_request, times=100)
    for _ in range(12):
        bench.poll()
        bench.clock.pass_time(timedelta(minutes=20))
    bench.place(4)
    bench.expect_complete(bench.poll_until_complete())
    bench.expect_orders(1, 3, 4)
    same("told of as quarantined", bench.told("order.quarantined.v1", 2), 1)


def an_error_under_http_200(bench: Bench) -> None:
    """The provider's error body with status 200 is an error, and not a list without orders."""
    bench.place(*_NUMBERS)
    bench.fail(Status(200, bench.shop.error_body), times=2)
    for _ in range(2):
        _expect_no_progress(bench)
    bench.poll_until_complete()
    bench.expect_orders(*_NUMBERS)


def a_truncated_answer(bench: Bench) -> None:
    """An answer is cut off after its first byte, in its middle, and before its end."""
    for first, after_bytes in ((1, 1), (11, 900), (21, 10**9)):
        bench.place(*range(first, first + 3))
        bench.fail(CutOff(after_bytes))
        bench.poll()
        bench.poll_until_complete()
        _expect_nothing_lost(bench, range(first, first + 3))


def half_a_json(bench: Bench) -> None:
    """A whole answer whose JSON ends in the middle of an order."""
    bench.place(*_NUMBERS)
    bench.fail(Meanwhile(alter=lambda answer: replace(answer, body=answer.body[: len(answer.body) // 2])))
    true("the poll is not complete", found=not bench.poll().complete)
    bench.poll_until_complete()
    _expect_nothing_lost(bench, _NUMBERS)


def garbage_for_an_answer(bench: Bench) -> None:
    """Bytes that are neither JSON nor text."""
    _wrong_answer(bench, Garbage())


def a_page_for_people(bench: Bench) -> None:
    """HTML with status 200, as gateways send it."""
    _wrong_answer(bench, Html())


def an_empty_answer(bench: Bench) -> None:
    """Status 200 and no body is no answer."""
    _wrong_answer(bench, EmptyBody())


def json_of_another_form(bench: Bench) -> None:
    """JSON that has no list of orders where one belongs is an error, not a shop without orders."""
    bench.place(*_NUMBERS)
    bodies: tuple[dict[str, Any], ...] = ({"hello": "world"}, {"orders": {"1": {}}}, {"orders": "none"})
    for body in bodies:
        bench.fail(Status(200, body))
        _expect_no_progress(bench)
    bench.poll_until_complete()
    bench.expect_orders(*_NUMBERS)


def a_server_error(bench: Bench) -> None:
    """500, 502 and 503 are failures of the provider; what it has is read when it is back."""
    bench.place(*_NUMBERS)
    for code in (500, 502, 503):
        bench.fail(Status(code), times=_TRIES)
        report = bench.poll()
        bench.expect_failed(report, "provider_unclear")
        bench.shop.sandbox.forget_faults()
    bench.poll_until_complete()
    bench.expect_orders(*_NUMBERS)


def a_reset_connection(bench: Bench) -> None:
    """The connection is reset before any answer, as often as it is tried."""
    bench.place(*_NUMBERS)
    bench.fail(Reset(), times=_TRIES)
    bench.expect_failed(bench.poll(), "provider_unclear")
    bench.shop.sandbox.forget_faults()
    bench.poll_until_complete()
    bench.expect_orders(*_NUMBERS)


def a_slow_answer(bench: Bench) -> None:
    """An answer that takes its time is an answer."""
    bench.place(*_NUMBERS)
    bench.fail(Late(0.3))
    bench.expect_complete(bench.poll())
    bench.expect_orders(*_NUMBERS)


def a_list_the_other_way_round(bench: Bench) -> None:
    """A list in another order than it was asked for moves no cursor, and is said to be one."""
    bench.place(*range(1, 61))
    bench.poll_until_complete()
    cursor = bench.ledger.states.state.cursor
    bench.place(*range(61, 66))

    def reverse(answer: Answer) -> Answer:
        body = bench.shop.reversed_list(json.loads(answer.body))
        return replace(answer, body=json.dumps(body).encode())

    bench.fail(Meanwhile(alter=reverse))
    bench.expect_failed(bench.poll(), "provider_unclear")
    same("the cursor", bench.ledger.states.state.cursor, cursor)
    bench.poll_until_complete()
    bench.expect_orders(*range(1, 66))


def a_list_that_repeats_a_page(bench: Bench) -> None:
    """A list that shows the same page for ever ends the poll; when it is mended, all is read."""
    bench.place(*_NUMBERS)
    true("the sandbox has a switch `repeat_page`", found=hasattr(bench.shop.sandbox, "repeat_page"))
    bench.shop.sandbox.repeat_page = True
    true("the poll is not complete", found=not bench.poll().complete)
    true("the poll comes to an end", found=len(bench.calls()) < 60)
    bench.shop.sandbox.repeat_page = False
    bench.poll_until_complete()
    bench.expect_orders(*_NUMBERS)


def three_failures_are_said_and_so_is_the_recovery(bench: Bench) -> None:
    """A connection that fails three times is degraded, once; the next complete poll says it recovered."""
    bench.place(1)
    bench.fail(Status(200, bench.shop.error_body), times=4)
    for failed in range(1, 5):
        bench.poll()
        same("degraded", bench.told("connection.degraded.v1"), int(failed >= 3))
    bench.poll_until_complete()
    bench.poll()
    same("recovered", bench.told("connection.recovered.v1"), 1)
    bench.expect_orders(1)


def secrets_stay_secret(bench: Bench) -> None:
    """A provider that sends the key back in every way it can finds it in nothing that OrderBus says."""
    bench.place(*_NUMBERS)
    echoes: list[Fault] = [
        Status(400, {"error": f"wrong key {SECRET}", "message": SECRET}),
        Status(200, {"error": SECRET, "errors": [{"code": SECRET, "internal_message": SECRET}]}),
        Status(500, f"trace: {SECRET}"),
        Status(302, headers={"Location": f"http://127.0.0.1/{SECRET}"}),
        Status(429, SECRET, headers={"Retry-After": SECRET}),
    ]
    for echo in echoes:
        bench.fail(echo, times=_TRIES)
        bench.poll()
        bench.shop.sandbox.forget_faults()
    wrong = bench.connection(credentials={bench.shop.secret_of: f"not-{SECRET}"})
    bench.poll(wrong)
    bench.poll(bench.connection(base_url="http://127.0.0.1:9/" + SECRET))
    same("polls that failed", sum(report.error is not None for report in bench.reports), len(bench.reports))
    true("the key is in nothing that is said", found=SECRET not in bench.everything_said())
    bench.poll_until_complete()


def _wrong_answer(bench: Bench, fault: Fault) -> None:
    bench.place(*_NUMBERS)
    bench.fail(fault)
    true("the poll is not complete", found=not bench.poll().complete)
    bench.poll_until_complete()
    _expect_nothing_lost(bench, _NUMBERS)


def _expect_no_progress(bench: Bench) -> None:
    cursor, orders = bench.ledger.states.state.cursor, len(bench.ledger.orders.all())
    report = bench.poll()
    true("the poll failed", found=report.error is not None and not report.complete)
    same("the cursor", bench.ledger.states.state.cursor, cursor)
    same("orders in the ledger", len(bench.ledger.orders.all()), orders)


def _expect_nothing_lost(bench: Bench, numbers: range) -> None:
    """Expect the orders, or, where none can be read again, that it was said so and what came is kept."""
    missing = [number for number in numbers if bench.stored(number) is None]
    if missing:
        true(f"orders {missing} are said to be lost", found=bench.told("connection.read_interrupted.v1"))
        true("what arrived is in the inbox", found=bench.ledger.inbox.objects)
    for number in set(numbers) - set(missing):
        same("times that an order is told of", bench.told("order.created.v1", number), 1)
