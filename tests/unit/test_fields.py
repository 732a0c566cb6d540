"""The fields of a provider's object: every form that a value may have, and what is said of one without."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar

import pytest
from msgspec import field
from msgspec.structs import astuple
from orderbus.domain.errors import NotNormalizableError
from orderbus.providers.fields import Amount, Flag, Id, Number, Text, Wire, any_list, list_of, object_of

EMPTY: list[Any] = [None, "", " \t\n", [], {}, "0000-00-00", " 0000-00-00 00:00:00 "]


class Piece(Wire, kw_only=True):
    id: Id
    cost: Number


class Thing(Wire, kw_only=True, rename="camel"):
    text: Text = None
    amount: Amount = None
    is_on: Flag = None
    piece: Annotated[Piece | None, object_of(Piece)] = None
    pieces: Annotated[list[Piece], list_of(Piece)] = field(default_factory=list)
    whatever: Annotated[list[Any], any_list] = field(default_factory=list)


def refused(kind: type[Wire], raw: Any, *within: str) -> str:
    with pytest.raises(NotNormalizableError) as reason:
        kind.read(raw, *within)
    return str(reason.value)


@pytest.mark.parametrize("empty", EMPTY)
def test_what_is_empty_in_any_form_is_none(empty: Any) -> None:
    assert Thing.read({"text": empty, "amount": empty, "isOn": empty}) == Thing()


@pytest.mark.parametrize("empty", EMPTY)
def test_an_id_is_never_empty(empty: Any) -> None:
    assert refused(Piece, {"id": empty, "cost": "1"}) == "id: empty"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(" a b ", "a b"), (7, "7"), (10**17, "100000000000000000"), (Decimal("1.50"), "1.50"), ("0", "0")],
)
def test_a_text_may_come_as_a_number(value: Any, expected: str) -> None:
    assert Thing.read({"text": value}).text == Piece.read({"id": value, "cost": 0}).id == expected


@pytest.mark.parametrize("value", ["1.50", " 1.50 ", Decimal("1.50"), 1.5])
def test_a_number_may_come_as_a_text_and_is_exact(value: Any) -> None:
    assert Thing.read({"amount": value}).amount == Piece.read({"id": 1, "cost": value}).cost == Decimal("1.5")


@pytest.mark.parametrize("value", [True, "true", "TRUE", " 1 ", 1, "yes", "on", "t", "Y", Decimal("1.0")])
def test_a_yes_has_many_forms(value: Any) -> None:
    assert Thing.read({"isOn": value}).is_on is True


@pytest.mark.parametrize("value", [False, "false", "No", "0", 0, "off", "f", "n", Decimal("0.00")])
def test_a_no_has_many_forms(value: Any) -> None:
    assert Thing.read({"isOn": value}).is_on is False


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("text", True, "not a text"),
        ("text", ["a"], "not a text"),
        ("text", {"a": 1}, "not a text"),
        ("amount", True, "not a number"),
        ("amount", ["1"], "not a number"),
        ("amount", "1,50", "not a number"),
        ("amount", "$ 5", "not a number"),
        ("amount", "NaN", "not a number of at most 15 digits"),
        ("amount", "1E15", "not a number of at most 15 digits"),
        ("amount", "-Infinity", "not a number of at most 15 digits"),
        ("amount", Decimal("sNaN"), "not a number of at most 15 digits"),
        ("isOn", "maybe", "neither yes nor no"),
        ("isOn", 2, "neither yes nor no"),
        ("isOn", Decimal("0.5"), "neither yes nor no"),
        ("isOn", Decimal("1E+999999"), "neither yes nor no"),
        ("isOn", ["true"], "neither yes nor no"),
        ("piece", "a", "not an object"),
        ("piece", None, "not an object"),
        ("pieces", {"0": {}}, "not a list"),
        ("pieces", None, "not a list"),
        ("whatever", "a", "not a list"),
    ],
)
def test_what_is_neither_is_named_by_the_name_on_the_wire_and_never_quoted(
    name: str, value: Any, why: str
) -> None:
    assert refused(Thing, {name: value}) == f"{name}: {why}"
    assert refused(Thing, {name: value}, "lines", "0") == f"lines.0.{name}: {why}"


@pytest.mark.parametrize("value", ["", " ", None, False])
def test_a_number_that_must_be_there_is_not_empty(value: Any) -> None:
    assert refused(Piece, {"id": 1, "cost": value}) == "cost: not a number"


def test_what_must_be_there_is_missed_and_what_is_unknown_is_passed_over() -> None:
    assert refused(Piece, {}) == "id: missing; cost: missing"
    assert Piece.read({"id": 1, "cost": 2, "colour": "red"}) == Piece(id="1", cost=Decimal(2))


@pytest.mark.parametrize("raw", [None, [], "a", 1])
def test_what_is_no_object_is_said_so(raw: Any) -> None:
    assert refused(Piece, raw) == "order: not an object"
    assert refused(Piece, raw, "lines.3") == "lines.3: not an object"


def test_every_field_is_named_with_its_place_and_those_after_the_fifth_are_counted() -> None:
    pieces: list[Any] = [{"id": 1, "cost": 1}, {"cost": []}, "a", {"x" * 60: 1}, {"id": True, "cost": ""}]

    assert refused(Thing, {"text": {"a": 1}, "pieces": pieces}) == (
        "text: not a text; pieces.1.id: missing; pieces.1.cost: not a number; pieces.2: not an object;"
        " pieces.3.id: missing and 3 more"
    )


class Texts(Thing, kw_only=True, rename="camel"):
    """The same, from a provider that sends all numbers as texts."""

    all_texts: ClassVar[bool] = True


ODD: list[Any] = [
    *EMPTY,
    *(
        "a",
        " a ",
        "\u00a0a",
        "1.50",
        " 1.50 ",
        "1_0",
        "1e3",
        "NaN",
        "-Infinity",
        "1e99999999999999999999",
        "yes",
    ),
    *(0, 7, 10**17, Decimal("1.50"), Decimal("NaN"), True, False, {"id": 1}, {"id": "1"}, ["a"], [{"a": 1}]),
    *({"id": "1", "cost": "2.50"}, {"id": " ", "cost": "2.50"}, {"id": "1", "cost": ""}),
    *([{"id": "1", "cost": "2.50"}], [{"id": " 1", "cost": "2.50"}], [{"id": "", "cost": "Infinity"}, "a"]),
]


@pytest.mark.parametrize("name", ["text", "amount", "isOn", "pieces", "whatever"])
@pytest.mark.parametrize("value", ODD)
def test_where_all_are_texts_the_same_is_read_and_refused(name: str, value: Any) -> None:
    raw = {"text": "a", "amount": "1.50", "isOn": True, name: value}

    def outcome(kind: type[Thing]) -> object:
        try:
            return astuple(kind.read(raw))
        except NotNormalizableError as reason:
            return str(reason)

    assert outcome(Texts) == outcome(Thing)
