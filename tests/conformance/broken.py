"""Variants of OrderBus that each lack one guard, and the cases of the kit that then fail, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
import pytest
from orderbus.domain.errors import RefusedError
from orderbus.domain.money import Money, MoneyReader
from orderbus.intake import days, drain, keyset, progress, receive, window
from orderbus.intake.source import View
from orderbus.ports import ConnectionState, OrderRecord, Reading, StoredOrder
from orderbus.providers import http
from orderbus.providers.lunasoft import source as lunasoft_source
from orderbus.providers.lunasoft.client import LunaClient
from orderbus.providers.net32 import client as net32_client
from orderbus.providers.zonos import mapping as zonos_mapping
from orderbus.providers.zonos import statuses
from orderbus.providers.zonos.http import Answer, ZonosHttp
from orderbus.providers.zonos.source import ZonosSource

from infra.conformance.ledger import MemoryOrders, MemoryQuarantine, MemoryStates

TakeOut = Callable[[pytest.MonkeyPatch], None]


class Broken(NamedTuple):
    """A guard that is taken out, at which provider, and every case that fails then."""

    take_out: TakeOut
    provider: str
    fails: set[str]


def no_overlap_of_ids(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(keyset, "OVERLAP", 0)


def no_overlap_of_days(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(days, "OVERLAP", timedelta(0))


def no_overlap_of_windows(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(window, "OVERLAP", timedelta(0))


def no_dedupe_by_the_ledgers_condition(patch: pytest.MonkeyPatch) -> None:
    def add(self: MemoryOrders, record: OrderRecord) -> StoredOrder | None:
        with self._journal.write("add order", record.outbox):
            self._put(record)
        return None

    patch.setattr(MemoryOrders, "add", add)


def no_dedupe_by_what_is_known(patch: pytest.MonkeyPatch) -> None:
    original = receive.Receiver.receive

    def receive_as_new(self: receive.Receiver, raws: Any, tally: Any, known: Any = None) -> None:  # noqa: ARG001
        original(self, raws, tally, {})

    patch.setattr(receive.Receiver, "receive", receive_as_new)


def no_check_of_the_order_of_ids(patch: pytest.MonkeyPatch) -> None:
    def unsorted(_self: keyset.KeysetPoll, by_row: Sequence[int | None]) -> list[int]:
        return [id_ for id_ in by_row if id_ is not None]

    patch.setattr(keyset.KeysetPoll, "_sorted", unsorted)


def no_look_at_the_errors_of_lunasoft(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(LunaClient, "_refuse_errors", lambda _self, _answer: None)


def no_look_at_the_envelope_of_net32(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(net32_client, "_status_of_error", lambda _: None)


def no_field_that_a_view_never_has(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lunasoft_source, "LIST", View("list"))


def a_stale_read_may_win(patch: pytest.MonkeyPatch) -> None:
    original = receive.Receiver.receive

    def receive_as_of_now(self: receive.Receiver, raws: Any, tally: Any, known: Any = None) -> None:
        original(self, [msgspec.structs.replace(raw, read_at=self._clock()) for raw in raws], tally, known)

    def change(self: MemoryOrders, _previous: StoredOrder, record: OrderRecord) -> bool:
        with self._journal.write("change order", record.outbox):
            self._put(record)
        return True

    patch.setattr(receive.Receiver, "receive", receive_as_of_now)
    patch.setattr(MemoryOrders, "change", change)


def the_cursor_moves_before_the_orders(patch: pytest.MonkeyPatch) -> None:
    original = keyset.KeysetPoll._receive

    def move_and_receive(self: keyset.KeysetPoll, batch: list[Any]) -> None:
        ids = sorted(id_ for id_, _ in batch if id_ is not None)
        if ids:
            self._progress.advance(str(ids[-1]), str(ids[-1]), key=int)
        original(self, batch)

    patch.setattr(keyset.KeysetPoll, "_receive", move_and_receive)


def no_wait_that_the_provider_asks_for(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(progress, "_wait", lambda *_: 0)


def no_quarantine(patch: pytest.MonkeyPatch) -> None:
    def set_aside(_self: receive.Receiver, unreadable: Sequence[Any], _tally: Any) -> None:
        for _, subject, reason in unreadable:
            raise RefusedError(f"{subject}: {reason}")

    patch.setattr(receive.Receiver, "set_aside", set_aside)


def no_memory_of_what_is_set_aside(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MemoryQuarantine, "known", lambda *_: set())


def the_providers_words_in_errors(patch: pytest.MonkeyPatch) -> None:
    original = http.ProviderHttp.check

    def check(self: http.ProviderHttp, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        if status == 400:
            raise RefusedError(body.decode())
        original(self, status, body, headers)

    patch.setattr(http.ProviderHttp, "check", check)


def no_claim_of_a_destructive_read(patch: pytest.MonkeyPatch) -> None:
    def begin_reading(
        self: MemoryStates, _connection: str, reading: Reading, *, now: Any, forced: bool
    ) -> tuple[ConnectionState, bool]:
        del now, forced
        with self._journal.write("claim connection"):
            self.state = replace(self.state, reading=reading, version=self.state.version + 1)
        return self.state, True

    patch.setattr(MemoryStates, "begin_reading", begin_reading)


def no_word_of_a_read_that_was_cut_off(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(drain.DrainPoll, "_interruption", lambda *_: None)


def no_look_at_the_error_key_of_zonos(patch: pytest.MonkeyPatch) -> None:
    def understood(self: ZonosHttp, status: int, body: bytes, headers: Any, **_: Any) -> Answer:
        self.check(status, body, headers)
        return Answer(self.parse(body))

    patch.setattr(ZonosHttp, "_understood", understood)


def no_test_flag(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(zonos_mapping, "_is_test", lambda *_: False)


def no_hold_for_a_status_that_nobody_knows(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(statuses, "_UNKNOWN", statuses._READY)


def no_hold_for_a_fraud_review(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(statuses._MEANINGS, "IGLOBAL_FRAUD_REVIEW", statuses._READY)


def no_start(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(receive.Receiver, "_before_start", lambda *_: False)
    patch.setattr(ZonosSource, "_before_start", lambda *_: False)


def amounts_as_floats(patch: pytest.MonkeyPatch) -> None:
    original = MoneyReader.read

    def read(self: MoneyReader, amount: Any) -> Money:
        original(self, amount)  # refuses what no float can be
        return Money(amount_minor=int(float(amount) * 100), currency="USD")

    patch.setattr(MoneyReader, "read", read)


_BAD_INPUT = {"empty and null in every form", "values of other types", "bad input is kept"}
_POISON = {f"a poison order {where}" for where in ("comes first", "in the middle", "comes last")}
_NO_OVERLAP_OF_IDS = {
    "a late order within the overlap",
    "an id far above the rest",
    "a stale read loses",
    "a change is told of once",
    "a cancellation is told of once",
}
_ERROR_KEY = {"an error under http 200", "three failures are said and so is the recovery"}

# With nothing below the cursor, what shares its second with the poll is passed over, too.
_NO_OVERLAP_OF_WINDOWS = {
    *_POISON,
    "orders of one second",
    "a late order within the overlap",
    "an order at the time of the newest",
    "a stale read loses",
    "a change is told of once",
    "a cancellation is told of once",
    "a clock that is ahead",
    "a clock that is set back",
}

BROKEN = [
    Broken(no_overlap_of_ids, "lunasoft", _NO_OVERLAP_OF_IDS),
    Broken(no_overlap_of_windows, "retailys", _NO_OVERLAP_OF_WINDOWS),
    Broken(no_overlap_of_days, "zonos", {"a late order within the overlap"}),
    Broken(
        no_dedupe_by_the_ledgers_condition,
        "lunasoft",
        {"an order twice in one list", "another run at every write"},
    ),
    Broken(
        no_dedupe_by_the_ledgers_condition,
        "retailys",
        {"an order twice in one list", "another run at every write"},
    ),
    Broken(no_dedupe_by_the_ledgers_condition, "zonos", {"another run at every write"}),
    Broken(
        no_dedupe_by_the_ledgers_condition,
        "net32",
        {"an order twice in one list", "killed at every write", "another run at every write"},
    ),
    Broken(
        no_dedupe_by_what_is_known,
        "lunasoft",
        {
            "a poll again writes no order",
            "killed at every write",
            "another run at every write",
            "an erased order stays erased",
            *_BAD_INPUT,
        },
    ),
    Broken(no_field_that_a_view_never_has, "lunasoft", {"list and detail in turn", "a stale read loses"}),
    Broken(no_check_of_the_order_of_ids, "lunasoft", {"a list the other way round"}),
    Broken(no_look_at_the_envelope_of_net32, "net32", _ERROR_KEY),
    Broken(no_look_at_the_errors_of_lunasoft, "lunasoft", _ERROR_KEY),
    Broken(no_look_at_the_error_key_of_zonos, "zonos", {*_ERROR_KEY, "an order vanishes", "a wrong key"}),
    Broken(a_stale_read_may_win, "lunasoft", {"a stale read loses"}),
    Broken(a_stale_read_may_win, "retailys", {"a stale read loses"}),
    Broken(a_stale_read_may_win, "zonos", {"a stale read loses"}),
    Broken(the_cursor_moves_before_the_orders, "lunasoft", {*_NO_OVERLAP_OF_IDS, "killed at every write"}),
    Broken(no_wait_that_the_provider_asks_for, "lunasoft", {"a storm of 429"}),
    Broken(no_wait_that_the_provider_asks_for, "net32", {"a storm of 429"}),
    Broken(no_wait_that_the_provider_asks_for, "retailys", {"a storm of 429"}),
    Broken(no_wait_that_the_provider_asks_for, "zonos", {"a storm of 429", "a 429 among the details"}),
    Broken(no_quarantine, "lunasoft", {*_POISON, "an order without an id", *_BAD_INPUT}),
    Broken(no_quarantine, "net32", {*_POISON, "an order without an id", *_BAD_INPUT}),
    Broken(
        no_quarantine,
        "zonos",
        {*_POISON, "an order without an id", "a detail that is never there", *_BAD_INPUT},
    ),
    Broken(no_memory_of_what_is_set_aside, "lunasoft", _BAD_INPUT),
    Broken(the_providers_words_in_errors, "lunasoft", {"secrets stay secret"}),
    Broken(no_claim_of_a_destructive_read, "net32", {"killed at every write", "a storm of 429"}),
    Broken(
        no_word_of_a_read_that_was_cut_off,
        "net32",
        {"killed at every write", "a truncated answer", "half a json", "garbage for an answer"},
    ),
    Broken(no_test_flag, "zonos", {"a test order"}),
    Broken(no_hold_for_a_status_that_nobody_knows, "zonos", {"a status that nobody knows"}),
    Broken(no_hold_for_a_fraud_review, "zonos", {"a hold comes and goes"}),
    Broken(no_start, "zonos", {"only orders since the start"}),
    Broken(amounts_as_floats, "net32", {"amounts are exact"}),
]
