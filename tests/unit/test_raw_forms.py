"""What Python reads as JSON and nobody could read again is refused, before a mapping sees it."""

from __future__ import annotations

from typing import Any

import pytest
from orderbus.domain.errors import NotNormalizableError
from orderbus.intake.raw_forms import raw_form, refuse_unstorable
from orderbus.providers.wire import parse_json

WITHOUT_DEPTH = b'{"id":"7","lines":[' + b",".join([b"{}"] * 200) + b"]}"


def refused(value: Any) -> str:
    with pytest.raises(NotNormalizableError) as reason:
        refuse_unstorable(value, raw_form(value))
    return str(reason.value)


def nested(levels: int) -> Any:
    return parse_json(
        b'{"id":' * (levels // 2)
        + b"[" * (levels - levels // 2)
        + b"]" * (levels - levels // 2)
        + b"}" * (levels // 2)
    )


@pytest.mark.parametrize("levels", [255, 300, 900])
def test_more_levels_than_are_written_the_usual_way_are_refused(levels: int) -> None:
    assert refused(nested(levels)) == "the order is nested more than 254 levels deep"


@pytest.mark.parametrize("value", [nested(254), parse_json(WITHOUT_DEPTH), {"id": "7"}, {"note": "[" * 500}])
def test_as_many_levels_and_any_number_of_brackets_are_not(value: Any) -> None:
    refuse_unstorable(value, raw_form(value))


@pytest.mark.parametrize(
    "body",
    [rb'{"note":"\ud800"}', rb'{"note":"\udfff!"}', rb'{"\ud800":1}', rb'{"lines":[{"name":["\udc00"]}]}'],
)
def test_half_a_surrogate_pair_is_refused(body: bytes) -> None:
    assert refused(parse_json(body)) == "a text of the order is not valid Unicode"


def test_other_characters_are_kept() -> None:
    value = parse_json(rb'{"note":"\ud83d\ude00 \u0000 \u010de\u0161tina"}')

    refuse_unstorable(value, raw_form(value))

    assert raw_form(value) == '{"note":"\U0001f600 \\u0000 čeština"}'.encode()
