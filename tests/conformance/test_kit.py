"""The provider kit: every case at every provider, or the reason why it does not apply there."""

from __future__ import annotations

from typing import Any

import pytest
from orderbus.providers.registry import profile_of

from infra.conformance.bench import a_bench
from infra.conformance.shop import Need, Shop
from infra.conformance.shops import shop_names, shop_of
from infra.conformance.suite import CASES, Case

SHOPS = [shop_of(name) for name in shop_names()]
APPLICABLE = [
    pytest.param(case, shop, id=f"{shop.provider}-{case.name.replace(' ', '_')}")
    for shop in SHOPS
    for case in CASES
    if case.why_not(shop) is None
]
# Changed here only together with what a provider declares: a case that stops to apply is noticed.
NOT_APPLICABLE = {"lunasoft": 8, "net32": 23, "retailys": 10, "zonos": 7}


@pytest.mark.parametrize(("case", "shop"), APPLICABLE)
def test_it_holds(case: Case, shop: type[Shop[Any]]) -> None:
    with a_bench(shop) as bench:
        case.run(bench)


@pytest.mark.parametrize("shop", SHOPS, ids=shop_names())
def test_a_case_that_does_not_apply_says_why_and_is_counted(shop: type[Shop[Any]]) -> None:
    reasons = [reason for case in CASES if (reason := case.why_not(shop)) is not None]

    assert len(reasons) == NOT_APPLICABLE[shop.provider]
    assert all(len(reason) > 30 for reason in reasons)
    assert len(CASES) - len(reasons) >= 25


def test_a_provider_has_each_need_or_says_why_not_and_some_provider_has_it() -> None:
    needed = {need for case in CASES for need in case.needs}

    for shop in SHOPS:
        assert set(shop.lacks) <= needed == set(Need)
    assert [need for need in needed if all(need in shop.lacks for shop in SHOPS)] == []


@pytest.mark.parametrize("shop", SHOPS, ids=shop_names())
def test_a_shop_has_the_credentials_of_its_provider(shop: type[Shop[Any]]) -> None:
    assert set(shop.credentials) == set(profile_of(shop.provider).credentials)
    assert shop.secret_of in shop.credentials


def test_names_are_unique_and_each_case_says_what_it_is_about() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    assert [case.name for case in CASES if not case.run.__doc__] == []
