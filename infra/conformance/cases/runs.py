"""Runs end early and meet each other: each order is told of once all the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from infra.conformance.bench import PAGE_SIZE, Bench
from infra.conformance.expecting import same, true
from infra.conformance.journal import KilledError, killed
from infra.conformance.polls import LEASE

_NUMBERS = (1, 2, 3)
# More than a poll of three new orders has, before and after its writes, with a second one within it.
_MOST_MOMENTS = 40


def killed_at_every_write(bench: Bench) -> None:
    """A run that is killed before or after any of its writes leaves nothing out, and nothing twice."""
    _at_every_moment(bench, killed)


def another_run_at_every_write(bench: Bench) -> None:
    """A second run that begins and ends before or after any write of the first one."""
    _at_every_moment(bench, lambda: bench.poll(scheduled=True))


def out_of_time_after_every_page(bench: Bench) -> None:
    """A backlog that no run can read whole is read by several, each order once."""
    numbers = range(1, 5 * PAGE_SIZE)
    bench.place(*numbers)
    for _ in range(60):
        pages = iter([False])
        if bench.poll(out_of_time=lambda pages=pages: next(pages, True)).complete:  # type: ignore[misc]
            break
    bench.expect_complete(bench.poll_until_complete())
    bench.expect_orders(*numbers)


def a_stale_read_loses(bench: Bench) -> None:
    """What a slow run has read before another one read a change does not undo the change."""
    bench.place(1, 2)
    bench.poll_until_complete()
    bench.shop.change(1)
    bench.ledger.journal.at(0, lambda: _change_and_poll(bench))
    bench.poll()
    now = bench.normalized(1)
    for _ in range(3):
        bench.poll()
    same("the order after further polls", bench.normalized(1), now)
    same("the cancellation that was read last", now["lifecycle"], "cancelled")
    same("times that it is told of as cancelled", bench.told("order.cancelled.v1", 1), 1)


def _change_and_poll(bench: Bench) -> None:
    bench.shop.edit(1, dict(bench.shop.cancelled))
    bench.poll()


def _at_every_moment(bench: Bench, action: Callable[[], object]) -> None:
    """Poll one batch of orders after the other, each with the action at a later moment of its poll."""
    placed: list[int] = []
    for moment in range(_MOST_MOMENTS + 1):
        numbers = [10 * moment + each for each in _NUMBERS]
        placed += numbers
        bench.place(*numbers)
        before = bench.ledger.journal.moment
        bench.ledger.journal.at(moment, action)
        with suppress(KilledError):
            bench.poll()
        passed = bench.ledger.journal.moment - before
        bench.ledger.journal.forget()
        bench.clock.pass_time(2 * LEASE)
        bench.expect_complete(bench.poll_until_complete())
        writes = f"a poll of three new orders writes at most {_MOST_MOMENTS // 2} times, not {passed // 2}"
        true(writes, found=passed <= _MOST_MOMENTS)
        if passed <= moment:
            break
    interrupted = bench.told("connection.read_interrupted.v1")
    missing = [number for number in placed if bench.stored(number) is None]
    # Only one moment is the worst: between the answer and the inbox nobody has the orders.
    true(f"orders {missing} are lost and said to be", found=len(missing) <= len(_NUMBERS) * interrupted)
    bench.expect_orders(*(number for number in placed if number not in missing))
