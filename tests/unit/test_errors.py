"""The errors are the tree that their module draws, each with a code of its own."""

from __future__ import annotations

import inspect

import pytest
from orderbus.domain import errors
from orderbus.domain.errors import OrderBusError, ProviderError, RateLimitedError, RefusedError

CLASSES = [
    found for _, found in inspect.getmembers(errors, inspect.isclass) if issubclass(found, OrderBusError)
]


def drawn() -> dict[str, str]:
    """Return each error of the module's drawing with the one it stands below."""
    below: list[tuple[int, str]] = []
    parents: dict[str, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        name = next((word for word in line.split() if word.endswith("Error")), None)
        if name is None:
            continue
        indent = line.index(name)
        below = [(at, above) for at, above in below if at < indent]
        if below:
            parents[name] = below[-1][1]
        below.append((indent, name))
    return parents


def test_the_drawing_is_the_tree() -> None:
    tree = {found.__name__: found.__mro__[1].__name__ for found in CLASSES if found is not OrderBusError}

    assert drawn() == tree


def test_each_error_has_a_code_of_its_own() -> None:
    codes = {found.__name__: found.code for found in CLASSES}

    assert codes == {
        "OrderBusError": "orderbus_error",
        "ConfigurationError": "configuration",
        "NotNormalizableError": "not_normalizable",
        "SnapshotLostError": "snapshot_lost",
        "ContendedError": "contended",
        "UnderWayError": "under_way",
        "UnexpectedError": "unexpected",
        "PublishError": "publish_refused",
        "ProviderError": "provider",
        "NotSentError": "provider_unreachable",
        "CredentialsError": "credentials_refused",
        "RateLimitedError": "rate_limited",
        "RefusedError": "provider_refused",
        "NotFoundError": "not_found",
        "UnclearError": "provider_unclear",
    }


@pytest.mark.parametrize("found", CLASSES)
def test_an_error_answers_with_its_code_and_its_message(found: type[OrderBusError]) -> None:
    assert found("it was Tuesday").as_answer() == {"code": found.code, "message": "it was Tuesday"}


def test_a_rate_limit_knows_how_long_to_wait_where_it_was_told() -> None:
    assert RateLimitedError("slow down").retry_after is None
    assert RateLimitedError("slow down", retry_after=2.5).retry_after == 2.5
    assert issubclass(RateLimitedError, ProviderError)


@pytest.mark.parametrize(
    ("named", "waits"), [(None, None), (90.0, 90.0), (2.3e9, 21_600.0), (1e300, 21_600.0)]
)
def test_no_provider_makes_anyone_wait_for_more_than_six_hours(
    named: float | None, waits: float | None
) -> None:
    assert RateLimitedError("later", retry_after=named).retry_after == waits


def test_a_log_has_an_error_without_the_providers_own_words() -> None:
    error = RefusedError("zonos-main: Zonos refused: Jane is gone", words="Jane is gone")

    assert error.as_answer()["message"] == "zonos-main: Zonos refused: Jane is gone"
    assert error.as_logged() == {
        "code": "provider_refused",
        "message": "zonos-main: Zonos refused: (its words are not logged)",
    }
    assert RefusedError("the provider answered 400").as_logged()["message"] == "the provider answered 400"
