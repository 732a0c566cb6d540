"""What an order says: its canonical form, its hash, two views laid over each other, and what changed."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orderbus.domain.content import canonical, changes_between, content_of, fingerprint, lay_over

HELD_SINCE_MONDAY = {"reason": "on_hold", "since": "2026-01-05T00:00:00Z", "raw": "On Hold"}
HELD_SINCE_TUESDAY = HELD_SINCE_MONDAY | {"since": "2026-01-06T00:00:00Z"}

json_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def an_order(**fields: Any) -> dict[str, Any]:
    return {"order_id": "c:1", "holds": [], "lines": [], "provider_data": {}, **fields}


def test_canonical_json_is_sorted_and_without_blanks() -> None:
    assert canonical({"b": [1, "ü"], "a": None}) == '{"a":null,"b":[1,"ü"]}'.encode()


def test_canonical_json_keeps_exact_fractions_and_half_surrogates() -> None:
    assert canonical({"total": Decimal("12.50")}) == b'{"total":"12.50"}'
    assert canonical({"name": "\ud800"}) == b'{"name":"\xed\xa0\x80"}'


def test_a_fingerprint_is_the_sha256_of_the_canonical_json() -> None:
    # printf '{"a":1}' | sha256sum
    assert fingerprint({"a": 1}) == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"


@given(json_values)
def test_the_order_of_keys_does_not_change_a_fingerprint(value: Any) -> None:
    assert fingerprint(json.loads(canonical(value))) == fingerprint(value)


def test_our_own_reckoning_is_not_content() -> None:
    ours = {
        "revision": 3,
        "content_hash": "abc",
        "warnings": ["totals_mismatch"],
        "shippable": True,
        "blocked_by": [],
    }

    assert content_of(an_order(**ours)) == content_of(an_order())


def test_since_when_a_hold_is_known_is_not_content_but_the_hold_is() -> None:
    monday, tuesday = an_order(holds=[HELD_SINCE_MONDAY]), an_order(holds=[HELD_SINCE_TUESDAY])

    assert content_of(monday) == content_of(tuesday)
    assert content_of(monday)["holds"] == [{"reason": "on_hold", "raw": "On Hold"}]
    assert content_of(monday) != content_of(an_order())


def test_paths_that_are_left_out_are_not_content_however_deep_and_whether_or_not_they_are_there() -> None:
    order = an_order(provider_data={"statuses": [1], "notes": ""})

    content = content_of(order, without=["provider_data.statuses", "provider_data.missing", "no.such.path"])

    assert content["provider_data"] == {"notes": ""}
    assert order["provider_data"] == {"statuses": [1], "notes": ""}


def test_a_field_that_a_view_never_has_is_kept_from_what_is_stored() -> None:
    stored = an_order(provider_data={"statuses": ["Shipped"], "notes": "old"})
    read = an_order(provider_data={"notes": "new"})

    laid = lay_over(read, stored, unseen=["provider_data.statuses"])

    assert laid["provider_data"] == {"notes": "new", "statuses": ["Shipped"]}
    assert read["provider_data"] == {"notes": "new"}


def test_a_field_that_a_view_has_and_that_is_now_empty_is_empty() -> None:
    stored = an_order(note="ring twice", provider_data={"a": 1})

    assert lay_over(an_order(note=None), stored, unseen=[])["note"] is None
    assert lay_over(an_order(), stored, unseen=[])["provider_data"] == {}


def test_what_no_read_has_shown_yet_stays_unknown() -> None:
    laid = lay_over(an_order(), an_order(), unseen=["provider_data.statuses", "payments"])

    assert laid == an_order()


def test_a_whole_part_can_be_unseen() -> None:
    stored = an_order(payments=[{"method": "card"}])

    assert lay_over(an_order(), stored, unseen=["payments"])["payments"] == [{"method": "card"}]


def test_a_hold_is_known_since_it_was_first_seen() -> None:
    laid = lay_over(an_order(holds=[HELD_SINCE_TUESDAY]), an_order(holds=[HELD_SINCE_MONDAY]), unseen=[])

    assert laid["holds"] == [HELD_SINCE_MONDAY]


@pytest.mark.parametrize("other", [{"reason": "payment"}, {"raw": "Fraud"}])
def test_another_hold_is_known_since_now(other: dict[str, str]) -> None:
    stored = an_order(holds=[HELD_SINCE_MONDAY | other])

    laid = lay_over(an_order(holds=[HELD_SINCE_TUESDAY]), stored, unseen=[])

    assert laid["holds"] == [HELD_SINCE_TUESDAY]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [{"path": "/a", "from": 1, "to": 2}]),
        ({}, {"a": 1}, [{"path": "/a", "from": None, "to": 1}]),
        ({"a": 1}, {}, [{"path": "/a", "from": 1, "to": None}]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [{"path": "/a/c", "from": 2, "to": 3}]),
        (
            {"lines": [{"quantity": {"shipped": 0}}]},
            {"lines": [{"quantity": {"shipped": 1}}]},
            [{"path": "/lines/0/quantity/shipped", "from": 0, "to": 1}],
        ),
        ({"holds": []}, {"holds": [1]}, [{"path": "/holds", "from": [], "to": [1]}]),
        ({"a": {"b": 1}}, {"a": None}, [{"path": "/a", "from": {"b": 1}, "to": None}]),
        ({"a/b~": 1}, {"a/b~": 0}, [{"path": "/a~1b~0", "from": 1, "to": 0}]),
    ],
)
def test_changes_are_told_as_json_pointers(
    before: dict[str, Any], after: dict[str, Any], expected: list[dict[str, Any]]
) -> None:
    assert changes_between(before, after) == expected


@given(st.dictionaries(st.text(), json_values, max_size=4))
def test_what_is_the_same_has_no_changes(value: dict[str, Any]) -> None:
    assert changes_between(value, json.loads(json.dumps(value))) == []
