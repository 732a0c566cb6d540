"""What a case says where something does not hold: short, and enough to go on with."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests
from orderbus.domain.errors import UnclearError
from orderbus.intake.progress import Report

from infra.conformance.bench import a_bench
from infra.conformance.expecting import NotHeldError, same, true
from infra.conformance.run import run_case
from infra.conformance.shops import shop_of
from infra.conformance.suite import Case


def said(found: object, expected: object) -> str:
    with pytest.raises(NotHeldError) as raised:
        same("orders", found, expected)
    return str(raised.value)


def test_a_short_difference_is_told_whole() -> None:
    assert said([1, 2], [2, 1]) == "orders: expected [2, 1], found [1, 2]"


@pytest.mark.parametrize("kind", [list, set, lambda numbers: dict.fromkeys(numbers, 1)])
def test_of_many_only_what_differs_is_told_and_of_that_the_first(kind: Any) -> None:
    one = (1, 1) if isinstance(kind(range(1)), dict) else 1

    assert said(kind(range(200)), kind([*range(2, 200), 500])).endswith(
        f"missing {(500, 1) if one != 1 else 500}; too much {(0, 1) if one != 1 else 0}, {one}"
    )
    assert len(said(kind(range(200)), kind(range(500, 900)))) < 200


def test_a_long_list_in_another_order_is_told_by_its_beginning() -> None:
    told = said([*range(200)], [*range(199, -1, -1)])

    assert told.startswith("orders: expected [199, 198, ")
    assert len(told) < 400


def test_what_is_expected_is_told_as_such() -> None:
    with pytest.raises(NotHeldError, match=r"^expected that the poll is complete$"):
        true("the poll is complete", found=False)


def test_a_crash_is_told_with_the_place_that_is_ours() -> None:
    def a_case(_: Any) -> None:
        requests.get("nowhere", timeout=1)

    result = run_case(Case(a_case), shop_of("net32"))

    assert result.outcome == "crashes"
    assert result.said.startswith("MissingSchema: ")
    assert re.search(r", at tests/conformance/test_saying\.py:\d+$", result.said)


def test_a_poll_that_ends_otherwise_is_told_with_its_error() -> None:
    failed = Report("kit-main", error=UnclearError("no answer"))
    with a_bench(shop_of("net32")) as bench:
        with pytest.raises(NotHeldError, match=r"is complete, not provider_unclear \(no answer\)$"):
            bench.expect_complete(failed)
        with pytest.raises(
            NotHeldError, match=r"fails with rate_limited, not provider_unclear \(no answer\)$"
        ):
            bench.expect_failed(failed, "rate_limited")
        with pytest.raises(NotHeldError, match=r"fails with rate_limited or not_found, not complete$"):
            bench.expect_failed(Report("kit-main", complete=True), "rate_limited", "not_found")
        with pytest.raises(NotHeldError, match=r"is complete, not ended before the end of the list$"):
            bench.expect_complete(Report("kit-main"))
