"""With each guard taken out, cases of the kit fail, by name; with it they hold (test_kit).

A variant that merely crashes proves nothing of its guard, so that does not count as failing.
"""

from __future__ import annotations

import pytest

from infra.conformance.run import run_all
from infra.conformance.shops import shop_of
from infra.conformance.suite import CASES
from tests.conformance.broken import BROKEN, Broken
from tests.conformance.broken_reading import BROKEN_READING

# Of more than these the rest is run with all other cases, by `make faults`.
_SOME = 3

each_broken = pytest.mark.parametrize(
    "broken", [*BROKEN, *BROKEN_READING], ids=lambda broken: f"{broken.take_out.__name__}-{broken.provider}"
)


def failing(broken: Broken, patch: pytest.MonkeyPatch, names: set[str]) -> set[str]:
    broken.take_out(patch)
    results = [*run_all(shop_of(broken.provider), [case for case in CASES if case.name in names])]
    assert [result for result in results if result.outcome == "crashes"] == []
    return {result.name for result in results if result.outcome == "fails"}


@each_broken
def test_without_the_guard_the_named_cases_fail(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {*sorted(broken.fails)[:_SOME]}

    assert failing(broken, monkeypatch, names) == names


@pytest.mark.exhaustive
@each_broken
def test_without_the_guard_no_other_case_fails(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failing(broken, monkeypatch, {case.name for case in CASES}) == broken.fails
