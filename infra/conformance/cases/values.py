"""What orders hold: bad input is kept, named and set aside, the rest goes on, and nothing is bent."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from orderbus.domain.currencies import PLACES

from infra.conformance.bench import Bench
from infra.conformance.expecting import same, true
from infra.conformance.shop import Json
from infra.sandbox.faults import Meanwhile
from infra.sandbox.messages import Answer

_MISSING = object()
_EMPTY_FORMS: tuple[Any, ...] = (None, "", "  ", [], {}, _MISSING)
_ODD_FORMS: tuple[Any, ...] = (0, -1, True, "x", ["x"], {"x": 1}, 10**30)
_TEXT = 'Žluťoučký "kůň" — 日本語, \u202e\u05d0\u05d1, 🦄, a\ttab, <b>&amp;</b>'
_MANY_LINES = 2_000
_MANY_CALLS = 100


def a_poison_order_comes_first(bench: Bench) -> None:
    """An order that cannot be read, before the others."""
    _poison(bench, 1)


def a_poison_order_in_the_middle(bench: Bench) -> None:
    """An order that cannot be read, among the others."""
    _poison(bench, 4)


def a_poison_order_comes_last(bench: Bench) -> None:
    """An order that cannot be read, after the others."""
    _poison(bench, 7)


def an_order_without_an_id(bench: Bench) -> None:
    """An order that has no id is set aside under the connection's name, once."""
    bench.place(1, 3)
    bench.put(bench.shop.nameless(bench.order(2)), 2)
    for _ in range(4):
        bench.poll_until_complete()
    bench.expect_orders(1, 3)
    same("events of quarantine", bench.told("order.quarantined.v1"), 1)


def empty_and_null_in_every_form(bench: Bench) -> None:
    """Each field of an order as null, as an empty text, list or object, and not there at all."""
    _each_field_as(bench, _EMPTY_FORMS)


def null_is_no_more_than_missing(bench: Bench) -> None:
    """An order with a field that is null is kept in the same way as one without the field."""
    names = [name for name in bench.order(0) if name not in bench.shop.identity]
    for at, name in enumerate(names):
        for number, form in ((2 * at, None), (2 * at + 1, _MISSING)):
            bench.put(_with(bench.order(number), name, form), number)
    bench.poll_until_complete()
    kept = [bench.stored(number) is not None for number in range(2 * len(names))]
    other = [
        name for name, null, missing in zip(names, kept[::2], kept[1::2], strict=True) if null != missing
    ]
    same("fields that may be missing or null, but not both", other, [])


def values_of_other_types(bench: Bench) -> None:
    """Each field of an order as a number, a text, a list, an object that it is not."""
    _each_field_as(bench, _ODD_FORMS)


def bad_input_is_kept(bench: Bench) -> None:
    """An unknown country, a date in another form, no lines: in the ledger or aside, and the rest goes on."""
    for number, fields in enumerate(bench.shop.odd.values(), 1):
        bench.place(number, fields=fields)
    good = len(bench.shop.odd) + 1
    bench.place(good)
    _expect_each_kept(bench, good)


def totals_that_do_not_add_up(bench: Bench) -> None:
    """An order whose amounts do not add up is kept, and says so."""
    bench.place(1, fields=bench.shop.short)
    bench.poll_until_complete()
    bench.expect_orders(1)
    true("it says totals_mismatch", found="totals_mismatch" in bench.normalized(1)["warnings"])


def amounts_are_exact(bench: Bench) -> None:
    """Amounts that floats cannot hold come out to the cent."""
    prices = ["0.01", "0.10", "0.29", "1.10", "4.35", "8.70", "19.99", "64.10", "1234567.89"]
    bench.place(1, lines=[(price, 3) for price in prices])
    bench.poll_until_complete()
    order = bench.normalized(1)
    lines = [line for line in order["lines"] if line["unit_price"]["amount_minor"]]
    cents = [int(price.replace(".", "")) for price in prices]
    same("prices in cents", [line["unit_price"]["amount_minor"] for line in lines], cents)
    same("lines in cents", [line["total"]["amount_minor"] for line in lines], [3 * each for each in cents])
    true("it adds up", found="totals_mismatch" not in order["warnings"])


def an_order_of_two_thousand_lines(bench: Bench) -> None:
    """An order of 2,000 lines is one order with 2,000 lines, and those beside it are read too."""
    bench.place(1, 3)
    bench.place(2, lines=[("1.25", 1)] * _MANY_LINES)
    bench.poll_until_complete()
    bench.expect_orders(1, 2, 3)
    same("lines", len(bench.normalized(2)["lines"]), _MANY_LINES)


def texts_arrive_as_they_are(bench: Bench) -> None:
    """What people write in any script is neither cut nor escaped, in escaped JSON and in UTF-8."""
    for number, alter in ((1, _as_it_is), (2, _in_utf_8)):
        bench.put(bench.shop.with_note(bench.order(number), _TEXT), number)
        bench.shop.sandbox.fail_next(Meanwhile(alter=alter), times=_MANY_CALLS)
        bench.poll_until_complete()
        bench.shop.sandbox.forget_faults()
        same("the note", bench.normalized(number)["note"], _TEXT)


def fields_that_nobody_knows(bench: Bench) -> None:
    """A field that is new at the provider is kept as it is, and hinders nothing."""
    bench.place(1, fields={"brand_new": {"a": [1, None, "x"]}})
    bench.poll_until_complete()
    bench.expect_orders(1)
    same("the new field", bench.normalized(1)["provider_data"].get("brand_new"), {"a": [1, None, "x"]})


def a_status_that_nobody_knows(bench: Bench) -> None:
    """An order in a status that is new at the provider is held, and not to be shipped."""
    bench.place(1, fields=bench.shop.unknown_status)
    bench.place(2)
    bench.poll_until_complete()
    bench.expect_orders(1, 2)
    order = bench.normalized(1)
    same("why it is held", [hold["reason"] for hold in order["holds"]], ["unknown_status"])
    same("shippable", (order["shippable"], bench.normalized(2)["shippable"]), (False, True))
    same("told of as held", bench.told("order.held.v1", 1), 1)


def a_test_order(bench: Bench) -> None:
    """A test order says that it is one, in every spelling of the flag, and is not to be shipped."""
    flags = (True, "true", "TRUE", 1, False, "false", None)
    for number, flag in enumerate(flags, 1):
        bench.put(bench.shop.with_test_flag(bench.order(number), flag), number)
    bench.poll_until_complete()
    tests = [bench.normalized(number).get("test") for number in (1, 2, 3, 5, 6, 7)]
    same("which are tests", tests, [True, True, True, False, False, False])
    shippable = [bench.normalized(number).get("shippable") for number in (1, 2, 3, 5, 6, 7)]
    same("which may be shipped", shippable, [False, False, False, True, True, True])
    fourth = bench.normalized(4)
    true("a flag of another form is no order to ship", found=not fourth or not fourth["shippable"])


def a_currency_that_does_not_exist(bench: Bench) -> None:
    """An order in a currency that ISO 4217 does not have is set aside, or keeps it beside amounts it has."""
    bench.place(1, fields=bench.shop.strange_currency)
    bench.place(2)
    _expect_each_kept(bench, 2)
    currencies = {stored.load()["currency"] for stored in bench.ledger.orders.all().values()}
    same("currencies in the ledger that there are not", currencies - PLACES.keys(), set())


def _as_it_is(answer: Answer) -> Answer:
    return answer


def _in_utf_8(answer: Answer) -> Answer:
    return replace(answer, body=json.dumps(json.loads(answer.body), ensure_ascii=False).encode())


def _poison(bench: Bench, poison: int) -> None:
    others = [number for number in range(1, 8) if number != poison]
    for number in range(1, 8):
        bench.place(number, fields=bench.shop.spoiled if number == poison else {})
    for _ in range(3):
        bench.poll_until_complete()
        bench.clock.pass_time(timedelta(minutes=1))
    bench.expect_orders(*others)
    same("told of as quarantined", bench.told("order.quarantined.v1", poison), 1)
    (entry,) = bench.ledger.quarantine.entries.values()
    true("the reason names the field", found=bench.shop.spoiled_field in entry.reason)
    true("the reason has not its value", found="free" not in entry.reason)
    bench.place(8)
    bench.poll_until_complete()
    bench.expect_orders(*others, 8)


def _each_field_as(bench: Bench, forms: tuple[Any, ...]) -> None:
    number = 0
    for name in bench.order(0):
        for form in forms if name not in bench.shop.identity else ():
            number += 1
            bench.put(_with(bench.order(number), name, form), number)
    bench.place(number + 1)
    _expect_each_kept(bench, number + 1)


def _with(order: Json, name: str, form: Any) -> Json:
    if form is _MISSING:
        return {key: value for key, value in order.items() if key != name}
    return {**order, name: form}


def _expect_each_kept(bench: Bench, last: int) -> None:
    """Expect each order up to the last, which is a good one, in the ledger or in quarantine."""
    bench.expect_complete(bench.poll_until_complete(most=3))
    aside = {entry.subject for entry in bench.ledger.quarantine.entries.values()}
    lost = [n for n in range(1, last + 1) if bench.stored(n) is None and bench.order_id(n) not in aside]
    same("orders that are neither in the ledger nor set aside", lost, [])
    reasons = {entry.reason for entry in bench.ledger.quarantine.entries.values()}
    same("reasons that name no field", {reason for reason in reasons if ": " not in reason}, set())
    true("the good one is in the ledger", found=bench.stored(last))
    writes = len(bench.writes("order"))
    bench.poll_until_complete()
    same("writes when they are read again", len(bench.writes("order")) - writes, 0)
