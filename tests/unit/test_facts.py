"""Which events one write of an order tells: each change by exactly one kind of event."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orderbus.domain.content import changes_between, content_of
from orderbus.domain.events import order_facts

CREATED, UPDATED, HELD, RELEASED, CANCELLED = (
    f"order.{fact}.v1" for fact in ("created", "updated", "held", "released", "cancelled")
)

Json = dict[str, Any]


def an_order(lifecycle: str = "open", *holds: str, status: str = "Processing", **more: Any) -> Json:
    found = [{"reason": "on_hold", "raw": raw, "since": "2026-01-05T00:00:00Z"} for raw in holds]
    return {"lifecycle": lifecycle, "holds": found, "provider_status": status, **more}


def facts(before: Json | None, after: Json) -> list[str]:
    changes = [] if before is None else changes_between(content_of(before), content_of(after))
    return list(order_facts(before, after, changes))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (an_order(), [CREATED]),
        (an_order("completed"), [CREATED]),
        (an_order("open", "A"), [CREATED, HELD]),
        (an_order("open", "A", "B"), [CREATED, HELD]),
        (an_order("cancelled"), [CREATED, CANCELLED]),
        (an_order("cancelled", "A"), [CREATED, HELD, CANCELLED]),
    ],
)
def test_an_order_first_seen_is_created_and_its_states_are_told_beside(
    after: Json, expected: list[str]
) -> None:
    assert facts(None, after) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # A hold comes, with the status that brings it.
        (an_order(), an_order("open", "A"), [HELD]),
        (an_order(), an_order("open", "A", status="On Hold"), [HELD]),
        (an_order("open", "A"), an_order("open", "A", "B"), [HELD]),
        (an_order("open", "A"), an_order("open", "B"), [HELD]),
        # The last hold goes; one of two going is an update.
        (an_order("open", "A"), an_order(), [RELEASED]),
        (an_order("open", "A", status="On Hold"), an_order(), [RELEASED]),
        (an_order("open", "A", "B"), an_order(), [RELEASED]),
        (an_order("open", "A", "B"), an_order("open", "A"), [UPDATED]),
        # Cancelled, whatever becomes of its holds.
        (an_order(), an_order("cancelled", status="Cancelled"), [CANCELLED]),
        (an_order("completed"), an_order("cancelled"), [CANCELLED]),
        (an_order("open", "A"), an_order("cancelled"), [CANCELLED]),
        (an_order("open", "A"), an_order("cancelled", "A"), [CANCELLED]),
        (an_order("open", "A", "B"), an_order("cancelled", "A"), [CANCELLED]),
        (an_order(), an_order("cancelled", "A"), [CANCELLED, HELD]),
        # A cancelled order is told once; what comes after is an update or a release.
        (an_order("cancelled", "A"), an_order("cancelled"), [RELEASED]),
        (an_order("cancelled"), an_order(), [UPDATED]),
        # Everything else is an update.
        (an_order(), an_order(status="Packing"), [UPDATED]),
        (an_order(), an_order("completed"), [UPDATED]),
        (an_order(total=1), an_order(total=2), [UPDATED]),
    ],
)
def test_a_change_is_told_by_the_event_that_is_for_it(before: Json, after: Json, expected: list[str]) -> None:
    assert facts(before, after) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (an_order(total=1), an_order("open", "A", total=2), [UPDATED, HELD]),
        (an_order("open", "A", total=1), an_order(total=2), [UPDATED, RELEASED]),
        (an_order(total=1), an_order("cancelled", total=2), [UPDATED, CANCELLED]),
        # Neither a hold nor a release tells that an order was completed, or opened again.
        (an_order(), an_order("completed", "A"), [UPDATED, HELD]),
        (an_order("open", "A"), an_order("completed"), [UPDATED, RELEASED]),
        (an_order("cancelled", "A"), an_order(), [UPDATED, RELEASED]),
    ],
)
def test_updated_goes_beside_another_event_only_for_what_that_one_does_not_tell(
    before: Json, after: Json, expected: list[str]
) -> None:
    assert facts(before, after) == expected


def test_a_write_without_any_change_that_is_told_is_still_told_as_an_update() -> None:
    assert facts(an_order(), an_order()) == [UPDATED]


orders: Any = st.builds(
    an_order,
    st.sampled_from(["open", "completed", "cancelled", "unknown"]),
    status=st.sampled_from(["Processing", "On Hold"]),
    total=st.integers(1, 2),
).flatmap(
    lambda order: st.lists(st.sampled_from("ABC"), unique=True).map(
        lambda raws: order | {"holds": an_order("open", *raws)["holds"]}
    )
)


@given(orders, orders)
def test_every_write_is_told_and_cancelled_never_goes_with_released(before: Json, after: Json) -> None:
    told = facts(before, after)

    assert told
    assert len(set(told)) == len(told)
    assert not {CANCELLED, RELEASED} <= set(told)
    assert CREATED not in told
    assert (CANCELLED in told) == (before["lifecycle"] != "cancelled" == after["lifecycle"])
    assert RELEASED not in told or not after["holds"]
