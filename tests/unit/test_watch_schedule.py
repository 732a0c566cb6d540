"""When an order is read again: delays that grow, and an end, but none for a held one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from orderbus.domain.watches import held_as_not_found, is_final, next_read

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOLD = {"reason": "fraud_review", "since": "2026-01-05T11:00:00Z", "raw": "IGLOBAL_FRAUD_REVIEW"}


def an_order(**fields: Any) -> dict[str, Any]:
    order = {
        "lifecycle": "open",
        "fulfilment": "unfulfilled",
        "holds": [],
        "placed_at": "2026-01-05T11:00:00Z",
        "shippable": True,
        "blocked_by": [],
    }
    return order | fields


@pytest.mark.parametrize(
    ("reads", "minutes"),
    [(0, 1), (1, 5), (2, 15), (3, 60), (4, 120), (5, 240), (6, 360), (7, 360), (249, 360)],
)
def test_delays_grow_up_to_six_hours(reads: int, minutes: int) -> None:
    assert next_read(an_order(), reads=reads, now=NOW) == NOW + timedelta(minutes=minutes)


def test_an_order_within_the_window_of_the_list_is_read_when_it_has_left_it() -> None:
    leaves = NOW + timedelta(days=3)

    assert next_read(an_order(), reads=0, now=NOW, begin=leaves) == leaves + timedelta(minutes=1)
    assert next_read(an_order(), reads=0, now=NOW, begin=NOW - timedelta(days=9)) == NOW + timedelta(
        minutes=1
    )


@pytest.mark.parametrize(
    ("fields", "final"),
    [
        ({}, False),
        ({"fulfilment": "fulfilled"}, False),
        ({"lifecycle": "unknown"}, False),
        ({"lifecycle": "completed"}, True),
        ({"lifecycle": "cancelled"}, True),
        ({"fulfilment": "delivered"}, True),
        ({"lifecycle": "completed", "holds": [HOLD]}, False),
        ({"lifecycle": "cancelled", "holds": [HOLD]}, False),
    ],
)
def test_what_is_over_is_final_unless_it_is_held(fields: dict[str, Any], final: bool) -> None:
    assert is_final(an_order(**fields)) is final
    assert (next_read(an_order(**fields), reads=0, now=NOW) is None) is final


@pytest.mark.parametrize(
    ("placed_at", "reads", "ends"),
    [
        ("2025-11-06T12:00:01Z", 0, False),
        ("2025-11-06T12:00:00Z", 0, True),
        ("0001-01-01T00:00:00Z", 0, True),
        # A time that is missing or lies ahead gives no age: 250 reads, which take 60 days, are the end.
        (None, 249, False),
        (None, 250, True),
        ("2099-12-31T00:00:00Z", 249, False),
        ("9999-12-31T23:59:59Z", 250, True),
    ],
)
def test_a_watch_ends_after_60_days_but_not_of_a_held_order(
    placed_at: str | None, reads: int, ends: bool
) -> None:
    order = an_order(placed_at=placed_at)

    assert (next_read(order, reads=reads, now=NOW) is None) is ends
    assert next_read(order | {"holds": [HOLD]}, reads=reads, now=NOW) is not None


def test_250_reads_take_60_days() -> None:
    at = NOW
    for reads in range(250):
        at = next_read(an_order(placed_at=None), reads=reads, now=at) or at

    assert timedelta(days=60) <= at - NOW < timedelta(days=62)


def test_what_the_provider_no_longer_knows_is_held_beside_what_held_it_before() -> None:
    before = an_order(holds=[HOLD], blocked_by=["hold", "test_order"], shippable=False)

    after = held_as_not_found(before, since=NOW)

    missing = {"reason": "not_found", "since": "2026-01-05T12:00:00Z", "raw": None}
    assert after == before | {"holds": [HOLD, missing]}


def test_what_the_provider_no_longer_knows_is_not_cancelled_and_not_shippable() -> None:
    after = held_as_not_found(an_order(blocked_by=["test_order"]), since=NOW)

    assert (after["lifecycle"], after["shippable"], after["blocked_by"]) == (
        "open",
        False,
        ["hold", "test_order"],
    )
