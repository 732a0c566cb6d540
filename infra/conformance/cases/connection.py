"""The connection itself: wrong keys and addresses, clocks that differ, what it may do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from infra.conformance.bench import Bench
from infra.conformance.expecting import same
from infra.sandbox.faults import Status

_HALF_AN_HOUR = timedelta(minutes=30)
# The clocks of Prague go back at 01:00 UTC on the first day, and forward at 01:00 UTC on the second.
_CHANGES = (datetime(2026, 10, 25, tzinfo=UTC), datetime(2027, 3, 28, tzinfo=UTC))


def a_wrong_key(bench: Bench) -> None:
    """A wrong key fails the poll, reads nothing, degrades the connection, and the right one mends it."""
    bench.place(1, 2)
    wrong = bench.connection(credentials={bench.shop.secret_of: "wrong"})
    for _ in range(3):
        bench.expect_failed(bench.poll(wrong), "credentials_refused")
    bench.expect_no_order()
    same("degraded", bench.told("connection.degraded.v1"), 1)
    bench.expect_complete(bench.poll_until_complete())
    bench.expect_orders(1, 2)


def a_wrong_base_url(bench: Bench) -> None:
    """A path that is not there, a redirect, a port where nobody listens: each fails and says which."""
    bench.place(1, 2)
    elsewhere = bench.connection(base_url=bench.served.root + "/elsewhere")
    bench.expect_failed(bench.poll(elsewhere), "not_found", "provider_refused", "provider_unclear")
    nobody = bench.connection(base_url="http://127.0.0.1:9")
    bench.expect_failed(bench.poll(nobody), "provider_unreachable")
    bench.fail(Status(301, headers={"Location": bench.served.url}))
    bench.expect_failed(bench.poll(), "provider_refused")
    bench.expect_no_order()
    bench.poll_until_complete()
    bench.expect_orders(1, 2)


def a_clock_that_is_behind(bench: Bench) -> None:
    """Our clock is ten minutes behind the provider's: its orders are of the future, and are read."""
    _skewed(bench, -timedelta(minutes=10))


def a_clock_that_is_ahead(bench: Bench) -> None:
    """Our clock is ten minutes ahead of the provider's: its orders are of the past, and are read."""
    _skewed(bench, timedelta(minutes=10))


def a_clock_that_is_set_back(bench: Bench) -> None:
    """Our clock was a day ahead, and is set right: what is placed now is read now."""
    bench.place(1)
    bench.clock.pass_time(timedelta(days=1))
    bench.poll_until_complete()
    bench.clock.put(bench.at(2))
    bench.place(2, 3)
    bench.poll_until_complete()
    bench.expect_orders(1, 2, 3)


def the_hours_when_the_clocks_change(bench: Bench) -> None:
    """Orders before, in and after the hour that comes twice, and the one that is left out, by local time."""
    zone = ZoneInfo("Europe/Prague")
    times = [change + at * _HALF_AN_HOUR for change in _CHANGES for at in range(-2, 7)]
    for number, moment in enumerate(times, 1):
        bench.put(bench.order(number, moment.astimezone(zone)), number, moment)
        bench.clock.put(moment + timedelta(minutes=1))
        bench.poll_until_complete()
    bench.expect_orders(*range(1, len(times) + 1))
    for number, moment in enumerate(times, 1):
        placed_at = datetime.fromisoformat(bench.normalized(number)["placed_at"])
        same(f"when order {number} was placed", placed_at, moment)


def reading_changes_nothing_at_the_provider(bench: Bench) -> None:
    """A connection that may only read sends nothing that changes anything at the provider."""
    bench.place(1, 2)
    for _ in range(3):
        bench.poll(bench.connection(mode="read_only", options=bench.shop.telling))
    bench.expect_orders(1, 2)
    writes = [call for call in bench.calls() if not call.startswith(bench.shop.reads)]
    same("calls that change something", writes, [])


def _skewed(bench: Bench, skew: timedelta) -> None:
    for number in range(1, 31):
        bench.place(number)
        bench.clock.put(bench.at(number) + skew)
        bench.poll_until_complete()
    bench.clock.pass_time(timedelta(minutes=20))
    bench.poll_until_complete()
    bench.expect_orders(*range(1, 31))
