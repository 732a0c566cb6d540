"""Variants of OrderBus that read lists, answers and orders with one guard less, and what fails then."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import requests
from orderbus.domain import events, money
from orderbus.domain.errors import NotNormalizableError, ProviderError, RefusedError, UnclearError
from orderbus.intake import at_once, days, receive, window
from orderbus.intake.keyset import KeysetPoll
from orderbus.providers import http, parts
from orderbus.providers.lunasoft import mapping as lunasoft_mapping
from orderbus.providers.lunasoft.client import LunaClient, LunaPage
from orderbus.providers.retailys.source import RetailysSource
from orderbus.providers.retailys.wire import RetailysOrder
from orderbus.providers.zonos.options import parse_options
from orderbus.providers.zonos.source import ZonosSource

from tests.conformance.broken import Broken


class AnyNumber(int):
    """A number that is equal to each."""

    def __eq__(self, _: object) -> bool:
        return True

    __hash__ = int.__hash__


def no_count_of_what_came(patch: pytest.MonkeyPatch) -> None:
    original = RetailysSource.list_window

    def list_window(self: RetailysSource, begin: Any, end: Any, page: int) -> Any:
        return replace(original(self, begin, end, page), total=AnyNumber())

    patch.setattr(RetailysSource, "list_window", list_window)


def pages_by_their_number(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(KeysetPoll, "_sorted", lambda *_: [])


def an_empty_list_is_a_failure(patch: pytest.MonkeyPatch) -> None:
    original = RetailysSource.list_window

    def list_window(self: RetailysSource, begin: Any, end: Any, page: int) -> Any:
        found = original(self, begin, end, page)
        if not found.rows:
            raise UnclearError("no orders came")
        return found

    patch.setattr(RetailysSource, "list_window", list_window)


def a_list_that_ends_now(patch: pytest.MonkeyPatch) -> None:
    original = RetailysSource.list_window

    def list_window(self: RetailysSource, begin: Any, end: Any, page: int) -> Any:
        return original(self, begin, end or self._clock(), page)

    patch.setattr(RetailysSource, "list_window", list_window)


def the_cursor_is_the_newest_orders_time(patch: pytest.MonkeyPatch) -> None:
    original = window.WindowPoll._noted

    def noted(self: window.WindowPoll, state: Any) -> Any:
        orders: Any = self._receiver._orders
        times = [stored.load()["placed_at"] for stored in orders.all().values()]
        return replace(original(self, state), cursor=max(filter(None, times), default=None))

    def resumed(_self: window.WindowPoll, state: Any) -> Any:
        return state.cursor and datetime.fromisoformat(state.cursor) - window.OVERLAP

    patch.setattr(window.WindowPoll, "_noted", noted)
    patch.setattr(window.WindowPoll, "_resumed", resumed)


def a_429_is_a_refusal(patch: pytest.MonkeyPatch) -> None:
    refuse(patch, lambda status: status == 429)


def a_failure_of_the_provider_is_a_refusal(patch: pytest.MonkeyPatch) -> None:
    refuse(patch, lambda status: status >= 500)


def refuse(patch: pytest.MonkeyPatch, which: Any) -> None:
    original = http.ProviderHttp.check

    def check(self: http.ProviderHttp, status: int, body: bytes, headers: Any) -> None:
        if which(status):
            raise RefusedError(f"the provider answered {status}")
        original(self, status, body, headers)

    patch.setattr(http.ProviderHttp, "check", check)


def no_look_at_the_http_status(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(http.ProviderHttp, "check", lambda *_: None)


def what_is_no_json_is_an_empty_list(patch: pytest.MonkeyPatch) -> None:
    original = http.ProviderHttp.parse

    def parse(self: http.ProviderHttp, body: bytes) -> Any:
        try:
            return original(self, body)
        except UnclearError:
            return {"paginator": {"pages": 0}, "orders": []}

    patch.setattr(http.ProviderHttp, "parse", parse)


def an_answer_without_a_list_is_an_empty_list(patch: pytest.MonkeyPatch) -> None:
    original = LunaClient.list_orders

    def list_orders(self: LunaClient, **asked: Any) -> LunaPage:
        try:
            return original(self, **asked)
        except UnclearError as error:
            if "has no list" not in str(error):
                raise
            return LunaPage([], None)

    patch.setattr(LunaClient, "list_orders", list_orders)


def a_request_that_was_reset_was_not_sent(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(http, "was_not_sent", lambda _: True)


def no_patience(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(http, "_READ_SECONDS", 0.1)


def redirects_are_followed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(http._Session, "get_redirect_target", requests.Session.get_redirect_target)


def one_detail_fails_all(patch: pytest.MonkeyPatch) -> None:
    original = at_once.ask_at_once

    def ask_at_once(*asked: Any) -> Any:
        answers = original(*asked)
        for answer in answers:
            if isinstance(answer, ProviderError):
                raise answer
        return answers

    patch.setattr(days, "ask_at_once", ask_at_once)


def no_end_of_patience_with_a_detail(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(days, "_PATIENCE", 10**6)
    patch.setattr(days, "_LONG_PATIENCE", 10**6)


def no_more_than_a_thousand_lines(patch: pytest.MonkeyPatch) -> None:
    original = lunasoft_mapping.LunaMapping._lines

    def lines(self: lunasoft_mapping.LunaMapping, *read: Any) -> Any:
        return original(self, *read)[:1000]

    patch.setattr(lunasoft_mapping.LunaMapping, "_lines", lines)


def times_without_their_offset(patch: pytest.MonkeyPatch) -> None:
    def parse_time(text: str, **_: Any) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    patch.setattr(lunasoft_mapping, "parse_time", parse_time)


def texts_in_latin_letters(patch: pytest.MonkeyPatch) -> None:
    def parse_json(body: bytes) -> Any:
        try:
            return json.loads(body.decode("iso-8859-1"), parse_float=Decimal)
        except ValueError:
            raise NotNormalizableError("the answer is not JSON") from None

    patch.setattr(http, "parse_json", parse_json)


def an_email_that_is_null_spoils_an_order(patch: pytest.MonkeyPatch) -> None:
    original = RetailysOrder.read

    def read(raw: Any, *within: str) -> Any:
        if isinstance(raw, dict) and raw.get("email", "") is None:
            raise NotNormalizableError("email: string_type")
        return original(raw, *within)

    patch.setattr(RetailysOrder, "read", read)


def totals_need_not_add_up(patch: pytest.MonkeyPatch) -> None:
    original = parts.warnings_of
    patch.setattr(
        lunasoft_mapping, "warnings_of", lambda *each, **odd: original(*each, **(odd | {"mismatch": False}))
    )


def what_is_not_mapped_is_lost(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lunasoft_mapping, "rest", lambda *_: {})


def any_text_is_a_currency(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(money, "exponent", lambda _: 2)


def nothing_is_told_beside_created(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(events, "_states_at_first_sight", lambda _: [])


def a_cancelled_order_is_released(patch: pytest.MonkeyPatch) -> None:
    original = events.order_facts

    def order_facts(before: Any, after: Any, changes: Any) -> Any:
        facts = original(before, after, changes)
        ended = before and before["holds"] and not after["holds"]
        return [*facts, "order.released.v1"] if ended and "order.released.v1" not in facts else facts

    patch.setattr(receive, "order_facts", order_facts)


def acknowledged_whatever_the_mode(patch: pytest.MonkeyPatch) -> None:
    original = ZonosSource.__init__

    def init(self: ZonosSource, connection: Any, clock: Any) -> None:
        original(self, connection, clock)
        self.acknowledges = parse_options(connection).acknowledge

    patch.setattr(ZonosSource, "__init__", init)


BROKEN_READING = [
    Broken(no_count_of_what_came, "retailys", {"an order leaves between two pages"}),
    Broken(pages_by_their_number, "lunasoft", {"a list the other way round", "an order leaves a long list"}),
    Broken(
        an_empty_list_is_a_failure,
        "retailys",
        {
            "a late order within the overlap",
            "a list that repeats a page",
            "an empty shop is no failure",
            "an order arrives between two pages",
            "an order at the time of the newest",
            "an order leaves a long list",
            "an order leaves between two pages",
            "empty and null in every form",
            "values of other types",
        },
    ),
    Broken(a_list_that_ends_now, "retailys", {"an order dated 2099"}),
    Broken(
        the_cursor_is_the_newest_orders_time,
        "retailys",
        {"an order dated 2099", "out of time after every page"},
    ),
    Broken(a_429_is_a_refusal, "lunasoft", {"a 429 in the middle of a list", "a storm of 429"}),
    Broken(a_429_is_a_refusal, "zonos", {"a 429 among the details", "a storm of 429"}),
    Broken(a_failure_of_the_provider_is_a_refusal, "retailys", {"a server error"}),
    Broken(
        no_look_at_the_http_status,
        "retailys",
        {
            "a 429 in the middle of a list",
            "a storm of 429",
            "a wrong base url",
            "a wrong key",
            "an order vanishes",
        },
    ),
    Broken(
        what_is_no_json_is_an_empty_list,
        "retailys",
        {"a page for people", "an empty answer", "garbage for an answer", "half a json"},
    ),
    Broken(an_answer_without_a_list_is_an_empty_list, "lunasoft", {"json of another form"}),
    Broken(a_request_that_was_reset_was_not_sent, "retailys", {"a reset connection"}),
    Broken(no_patience, "lunasoft", {"a slow answer"}),
    Broken(redirects_are_followed, "lunasoft", {"a wrong base url"}),
    Broken(one_detail_fails_all, "zonos", {"an error for a detail", "a detail that is never there"}),
    Broken(no_end_of_patience_with_a_detail, "zonos", {"a detail that is never there"}),
    Broken(no_more_than_a_thousand_lines, "lunasoft", {"an order of two thousand lines"}),
    Broken(times_without_their_offset, "lunasoft", {"the hours when the clocks change"}),
    Broken(texts_in_latin_letters, "retailys", {"texts arrive as they are"}),
    Broken(an_email_that_is_null_spoils_an_order, "retailys", {"null is no more than missing"}),
    Broken(totals_need_not_add_up, "lunasoft", {"totals that do not add up"}),
    Broken(what_is_not_mapped_is_lost, "lunasoft", {"fields that nobody knows"}),
    Broken(
        any_text_is_a_currency,
        "retailys",
        {"a currency that does not exist", "empty and null in every form", "values of other types"},
    ),
    Broken(nothing_is_told_beside_created, "retailys", {"an order cancelled before it was seen"}),
    Broken(a_cancelled_order_is_released, "zonos", {"a hold that ends in a cancellation"}),
    Broken(acknowledged_whatever_the_mode, "zonos", {"reading changes nothing at the provider"}),
]
