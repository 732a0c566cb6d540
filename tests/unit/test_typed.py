"""What people type is read strictly: every wrong key is named with its place, and no value is told."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta, field
from orderbus.domain.typed import MistypedError, Secret, Typed, read_typed

VALUE = "s3cr3t-do-not-show"


def _even(value: int) -> None:
    if value % 2:
        raise ValueError("is odd")


class Settings(Typed, frozen=True, kw_only=True):
    name: str
    pages: Annotated[int, Meta(ge=2, le=250), _even] = 10
    mode: Literal["live", "off"] = "live"
    words: frozenset[str] = frozenset()
    keys: tuple[str, ...] = ()
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    secrets: dict[str, Secret] = field(default_factory=dict)
    kinds: tuple[Literal["a", "b"], ...] = ()


def test_what_is_typed_is_read_in_its_forms() -> None:
    typed = read_typed(
        Settings,
        {"name": "n", "pages": 4, "words": ["w"], "names": {"total": ["sum"]}, "secrets": {"key": " k\n"}},
    )

    assert (typed.name, typed.pages) == ("n", 4)
    assert (typed.words, typed.names) == (frozenset({"w"}), {"total": ("sum",)})
    assert typed.secrets["key"].reveal() == "k"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"pages": 1}, "pages: has to be a whole number >= 2"),
        ({"pages": 5}, "pages: is odd"),
        ({"pages": VALUE}, "pages: has to be a whole number, and is a text in quotes"),
        ({"mode": VALUE}, "mode: has to be one of 'live', 'off'"),
        ({"words": VALUE}, "words: has to be a list, and is a text in quotes"),
        ({"keys": ["a", 5]}, "keys.1: has to be a text in quotes, and is a whole number"),
        ({"names": {"total": ["a", 5]}}, "names.total.1: has to be a text in quotes, and is a whole number"),
        ({"names": [VALUE]}, "names: has to be a table, and is a list"),
        ({"secrets": {"key": 5}}, "secrets.key: has to be a text in quotes"),
        ({"secrets": {"key": " "}}, "secrets.key: is empty"),
        ({"kinds": ["a", VALUE]}, "kinds.1: has to be one of 'a', 'b'"),
        ({"colour": VALUE}, "colour: is not known"),
        ({"page": VALUE}, "page: is not known; is 'pages' meant?"),
        (
            {"pages": 5, "mode": VALUE, "x": 1},
            "pages: is odd; mode: has to be one of 'live', 'off'; x: is not known",
        ),
    ],
)
def test_every_wrong_key_is_named_with_its_place_and_no_value(given: dict[str, Any], said: str) -> None:
    with pytest.raises(MistypedError) as refused:
        read_typed(Settings, {"name": "n"} | given)

    assert str(refused.value).startswith(said)
    assert VALUE not in str(refused.value)


def test_what_must_be_typed_is_missed() -> None:
    with pytest.raises(MistypedError, match=r"^name: is missing$"):
        read_typed(Settings, {})


def test_no_text_of_a_secret_shows_it() -> None:
    secret = Secret(VALUE)

    assert VALUE not in f"{secret} {secret!r} {[secret]}"
