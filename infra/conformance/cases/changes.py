"""Orders change at the provider: each change is told of once, and nothing is made up."""

from __future__ import annotations

from datetime import timedelta

from infra.conformance.bench import Bench
from infra.conformance.expecting import same, true


def a_change_is_told_of_once(bench: Bench) -> None:
    """A changed order is updated, once, in the next poll that shows it."""
    bench.place(1, 2)
    bench.poll_until_complete()
    bench.shop.change(1)
    for _ in range(3):
        bench.poll_until_complete()
    bench.expect_orders(1, 2)
    same("revisions", [bench.normalized(number)["revision"] for number in (1, 2)], [2, 1])
    same("told of as updated", bench.told("order.updated.v1"), 1)


def a_cancellation_is_told_of_once(bench: Bench) -> None:
    """An order that is cancelled at the provider is cancelled here, and not to be shipped."""
    bench.place(1, 2)
    bench.poll_until_complete()
    bench.shop.edit(1, dict(bench.shop.cancelled))
    for _ in range(3):
        bench.poll_until_complete()
    same("told of as cancelled", bench.told("order.cancelled.v1"), 1)
    order = bench.normalized(1)
    same("lifecycle, shippable", (order["lifecycle"], order["shippable"]), ("cancelled", False))


def an_order_cancelled_before_it_was_seen(bench: Bench) -> None:
    """An order that is cancelled when it is first seen is told of as created and as cancelled."""
    bench.place(1, fields=bench.shop.cancelled)
    bench.poll_until_complete()
    bench.expect_orders(1)
    same("told of as cancelled", bench.told("order.cancelled.v1", 1), 1)
    true("it is not to be shipped", found=not bench.normalized(1)["shippable"])


def a_hold_comes_and_goes(bench: Bench) -> None:
    """A held order is not to be shipped until the provider lets it go, and only the provider does."""
    bench.place(1, fields=bench.shop.held)
    bench.poll_until_complete()
    for _ in range(3):
        bench.clock.pass_time(timedelta(minutes=10))
        bench.poll_until_complete()
    same("held, released", (bench.told("order.held.v1"), bench.told("order.released.v1")), (1, 0))
    true("it is not to be shipped", found=not bench.normalized(1)["shippable"])
    bench.shop.edit(1, dict(bench.shop.released))
    for _ in range(3):
        bench.poll_until_complete()
    same("held, released", (bench.told("order.held.v1"), bench.told("order.released.v1")), (1, 1))
    true("it may be shipped", found=bench.normalized(1)["shippable"])


def a_hold_that_ends_in_a_cancellation(bench: Bench) -> None:
    """A held order that is cancelled was never released."""
    bench.place(1, fields=bench.shop.held)
    bench.poll_until_complete()
    bench.shop.edit(1, dict(bench.shop.cancelled))
    for _ in range(3):
        bench.poll_until_complete()
    same("released, cancelled", (bench.told("order.released.v1"), bench.told("order.cancelled.v1")), (0, 1))


def list_and_detail_in_turn(bench: Bench) -> None:
    """A list and a detail that show different fields, read in turn a hundred times: one event."""
    bench.place(1)
    bench.poll_until_complete()
    for _ in range(50):
        bench.read_detail(1)
        bench.poll()
    same("events", [each.type for each in bench.ledger.journal.events], ["order.created.v1"])
    bench.expect_orders(1)


def a_change_between_list_and_detail(bench: Bench) -> None:
    """An order that changes after the list was sent and before its detail is as the detail shows it."""
    bench.place(1, 2)
    bench.meanwhile(lambda: bench.shop.edit(1, dict(bench.shop.cancelled)), bench.shop.detail_request)
    for _ in range(4):
        bench.poll_until_complete()
    bench.expect_orders(1, 2)
    same("lifecycle", bench.normalized(1)["lifecycle"], "cancelled")
    same("told of as cancelled", bench.told("order.cancelled.v1"), 1)


def an_order_vanishes(bench: Bench) -> None:
    """An order that the provider no longer has is held, neither lost nor cancelled, and stops nothing."""
    bench.place(1, 2, 3)
    bench.poll_until_complete()
    bench.shop.remove(2)
    for number in range(4, 10):
        bench.clock.pass_time(timedelta(days=1))
        now = bench.clock()
        bench.put(bench.order(number, now), number, now)
        bench.expect_complete(bench.poll_until_complete())
    bench.expect_orders(*range(1, 10))
    same("told of as cancelled", bench.told("order.cancelled.v1"), 0)
    same("why it is held", [hold["reason"] for hold in bench.normalized(2)["holds"]], ["not_found"])


def an_order_vanishes_between_list_and_detail(bench: Bench) -> None:
    """An order that is listed, and whose detail is not there, keeps no other from the ledger."""
    bench.place(1, 2, 3)
    bench.meanwhile(lambda: None)
    bench.meanwhile(lambda: bench.shop.remove(2), bench.shop.detail_request)
    for _ in range(12):
        bench.poll()
        bench.clock.pass_time(timedelta(minutes=20))
    kept = {number for number in (1, 2, 3) if bench.stored(number) is not None}
    true("the others are in the ledger", found={1, 3} <= kept)
    bench.place(4)
    bench.expect_complete(bench.poll_until_complete())
    true("what comes later is read", found=bench.stored(4))


def an_erased_order_stays_erased(bench: Bench) -> None:
    """An order that was erased here is not taken in again, also when it changes at the provider."""
    bench.place(1, 2)
    bench.poll_until_complete()
    bench.ledger.orders.erase(bench.order_id(1))
    bench.shop.change(1)
    writes = len(bench.writes("order"))
    for _ in range(3):
        bench.poll_until_complete()
    same("writes of the erased order", len(bench.writes("order")) - writes, 0)
    same("events of the other", bench.told("order.updated.v1"), 0)
