"""Orders come in: each is told of once, whatever its id, its time, and its place in the list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from infra.conformance.bench import PAGE_SIZE, Bench
from infra.conformance.expecting import same, true

_FAR_ABOVE = 10**15


def every_order_is_told_of_once(bench: Bench) -> None:
    """Orders on several pages are created, each once, in one poll."""
    numbers = range(1, 3 * PAGE_SIZE + 2)
    bench.place(*numbers)
    bench.expect_complete(bench.poll())
    bench.expect_orders(*numbers)


def an_empty_shop_is_no_failure(bench: Bench) -> None:
    """A shop without orders is a complete poll, and so is the next one."""
    same("polls complete", [bench.poll().complete, bench.poll().complete], [True, True])
    bench.expect_orders()
    bench.place(1)
    bench.poll()
    bench.expect_orders(1)


def a_poll_again_writes_no_order(bench: Bench) -> None:
    """A poll that finds nothing new writes its state once, and nothing of an order."""
    bench.place(*range(1, 7))
    bench.poll_until_complete()
    before, orders = len(bench.writes()), len(bench.writes("order"))
    for _ in range(3):
        bench.poll()
    same("writes of orders by polls that find nothing", len(bench.writes("order")) - orders, 0)
    true("each such poll makes at most two writes", found=len(bench.writes()) - before <= 6)
    bench.expect_orders(*range(1, 7))


def a_page_that_is_exactly_full(bench: Bench) -> None:
    """As many orders as one page has, as two, and one more: all are read, and the polls end."""
    bench.place(*range(1, PAGE_SIZE + 1))
    bench.poll_until_complete()
    bench.expect_orders(*range(1, PAGE_SIZE + 1))
    bench.place(*range(PAGE_SIZE + 1, 3 * PAGE_SIZE + 1))
    bench.poll_until_complete()
    bench.place(3 * PAGE_SIZE + 1)
    bench.expect_complete(bench.poll_until_complete())
    bench.expect_orders(*range(1, 3 * PAGE_SIZE + 2))


def ids_grow_by_a_digit(bench: Bench) -> None:
    """Ids are compared as numbers: 10 is new after 9, and 1000 after 999."""
    for numbers in ((8, 9), (10, 11), (99,), (100, 101), (999,), (1000,)):
        bench.place(*numbers)
        bench.poll_until_complete()
    bench.expect_orders(8, 9, 10, 11, 99, 100, 101, 999, 1000)


def orders_of_one_second(bench: Bench) -> None:
    """More orders than a page has, all of one second, some of them visible only after a poll."""
    second = bench.at(20)
    for number in range(1, PAGE_SIZE + 3):
        bench.put(bench.order(number, second), number, second)
    bench.poll_until_complete()
    for number in range(PAGE_SIZE + 3, 2 * PAGE_SIZE + 4):
        bench.put(bench.order(number, second), number, second)
    bench.poll_until_complete()
    bench.expect_orders(*range(1, 2 * PAGE_SIZE + 4))


def a_late_order_within_the_overlap(bench: Bench) -> None:
    """An order with a lower id and an earlier time than the newest becomes visible after a poll."""
    even, late = range(2, 130, 2), 77
    bench.place(*even)
    bench.poll_until_complete()
    bench.poll_until_complete()
    placed = bench.at(128) - bench.shop.late_by
    bench.put(bench.order(late, placed), late, placed)
    bench.poll_until_complete()
    bench.expect_orders(*even, late)


def an_order_at_the_time_of_the_newest(bench: Bench) -> None:
    """Orders just below, at, and just above the newest one that was read."""
    bench.place(*range(10, 70))
    bench.poll_until_complete()
    newest = bench.at(69)
    for number, placed in ((70, newest), (71, newest + timedelta(seconds=1)), (72, newest)):
        bench.put(bench.order(number, placed), number, placed)
        bench.poll_until_complete()
    bench.expect_orders(*range(10, 73))


def an_order_dated_2099(bench: Bench) -> None:
    """An order of the far future is kept, and moves nothing past the others."""
    far = datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)
    bench.place(1, 2)
    bench.put(bench.order(3, far), 3, far)
    bench.place(4)
    bench.poll_until_complete()
    bench.expect_orders(1, 2, 3, 4)
    bench.place(5)
    bench.poll_until_complete()
    bench.expect_orders(1, 2, 3, 4, 5)
    bench.clock.pass_time(timedelta(days=1))
    bench.place(6)
    bench.poll_until_complete()
    bench.expect_orders(1, 2, 3, 4, 5, 6)


def an_id_far_above_the_rest(bench: Bench) -> None:
    """One order with an id of a million times the others' does not hide those after it."""
    bench.place(1, 2)
    placed = bench.at(3)
    bench.put(bench.order(_FAR_ABOVE, placed), _FAR_ABOVE, placed)
    bench.poll_until_complete()
    for number in range(4, 70):
        bench.place(number)
        if number % 10 == 0:
            bench.poll_until_complete()
    bench.poll_until_complete()
    bench.expect_orders(1, 2, _FAR_ABOVE, *range(4, 70))


def an_order_twice_in_one_list(bench: Bench) -> None:
    """The same order twice, side by side on one page and on two pages, is one order."""
    for number, same_as in enumerate((1, 1, 3, 4, 4, 6), 1):
        bench.put(bench.order(same_as), number, bench.at(number))
    bench.poll_until_complete()
    bench.expect_orders(1, 3, 4, 6)


def an_order_arrives_between_two_pages(bench: Bench) -> None:
    """Each time a page is asked for, one more order comes in and shifts what follows."""
    bench.place(*range(1, 2 * PAGE_SIZE + 1))
    for number in range(100, 103):
        bench.meanwhile(partial(bench.place, number))
    bench.poll_until_complete()
    bench.poll_until_complete()
    bench.expect_orders(*range(1, 2 * PAGE_SIZE + 1), 100, 101, 102)


def an_order_leaves_between_two_pages(bench: Bench) -> None:
    """The oldest and the newest order are deleted between two pages: what moves up is not skipped."""
    _two_leave(bench, 9 * PAGE_SIZE)


def an_order_leaves_a_long_list(bench: Bench) -> None:
    """The same in a list of more orders than any overlap has."""
    _two_leave(bench, 25 * PAGE_SIZE)


def _two_leave(bench: Bench, many: int) -> None:
    oldest, *others, newest = numbers = range(1, many + 1)
    for number in numbers:
        # Further apart than any overlap, which would bring what was skipped.
        placed = bench.at(60 * number)
        bench.put(bench.order(number, placed), number, placed)
    bench.meanwhile(lambda: None)
    for number in (oldest, newest):
        bench.meanwhile(partial(bench.shop.remove, number))
    bench.poll_until_complete()
    bench.expect_complete(bench.poll_until_complete())
    same("orders that were skipped", [number for number in others if bench.stored(number) is None], [])


def only_orders_since_the_start(bench: Bench) -> None:
    """A new connection to an old shop tells of what was placed at its start and later, and no more."""
    bench.place(*range(1, 20))
    since = bench.connection(options={"start_at": bench.at(10).isoformat()})
    for _ in range(3):
        bench.poll(since)
        bench.clock.pass_time(timedelta(hours=2))
    bench.expect_orders(*range(10, 20))
