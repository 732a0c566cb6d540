"""The fields of a provider's JSON object: each is read by the function that its annotation names.

    class LunaLine(Wire, kw_only=True):
        id: Id
        name: Text = None

A field may come as text or as a number, and be empty in many forms; fields that no class names are left to
`provider_data`. Where fields cannot be read, all of them are named, with why, and never a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Annotated, Any, ClassVar, Self, TypeVar, get_type_hints

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from orderbus.domain.errors import NotNormalizableError
from orderbus.domain.money import LARGEST_DIGITS

Reader = Callable[[Any], Any]
"""Returns what a JSON value means, or raises UnreadableError."""

# Empty in all forms that were seen: "", [], {}, and a date that is not set (providers.md 2.3, 4.7).
_EMPTY_DATES = frozenset({"0000-00-00", "0000-00-00 00:00:00"})
_EMPTY_TEXTS = _EMPTY_DATES | {""}
_ANY_EMPTY = max(_EMPTY_TEXTS)
_FLAGS = dict.fromkeys(("true", "1", "yes", "on", "t", "y"), True) | dict.fromkeys(
    ("false", "0", "no", "off", "f", "n"), False
)
_CONVERTED = frozenset({Decimal, list, bool, type(None)})
_TOLD = 5


class UnreadableError(Exception):
    """Which fields cannot be read: where each is, from the outside in, and why."""

    def __init__(self, *found: tuple[tuple[str, ...], str]) -> None:
        super().__init__()
        self.found = found

    def inside(self, name: str) -> Iterator[tuple[tuple[str, ...], str]]:
        """Return the same as seen from the object or the list that it is in."""
        return (((name, *where), why) for where, why in self.found)

    def reason(self, *within: str) -> NotNormalizableError:
        """Return it as the reason why an order cannot be read.

        Args:
            within: Where in the order the object is, e.g. `"lines.0"`.
        """
        told = [
            f"{'.'.join(name[:40] for name in (*within, *where)) or 'order'}: {why}"
            for where, why in self.found[:_TOLD]
        ]
        more = f" and {len(self.found) - _TOLD} more" if len(self.found) > _TOLD else ""
        return NotNormalizableError("; ".join(told) + more)


class Wire(Struct, gc=False):
    """A provider's JSON object, which never refers to itself.

    Attributes:
        all_texts: Whether the provider sends numbers as texts: then nearly every object is as its class says,
            and is converted in one step; readers read what is not. Its objects come in lists.
    """

    all_texts: ClassVar[bool] = False

    @classmethod
    def read(cls, raw: Any, *within: str) -> Self:
        """Return the object.

        Args:
            raw: What came.
            within: Where in the order it is, for the reason.

        Raises:
            NotNormalizableError: Naming each field that cannot be read, and why.
        """
        converted = _converted(cls, raw) if cls.all_texts else None
        if converted is not None:
            return converted
        try:
            return _read(cls, raw)
        except UnreadableError as error:
            raise error.reason(*within) from None


Kind = TypeVar("Kind", bound=Wire)


def _converted(kind: type[Kind], raw: Any) -> Kind | None:
    """Return what the readers would return; None where that is for them to say."""
    try:
        made = msgspec.convert(raw, kind)
    except (msgspec.ValidationError, ArithmeticError):
        return None
    return made if _is_as_read(made) else None


def _is_as_read(made: Any) -> bool:
    """Make empty texts None, and say whether all else is what the readers would return."""
    if not isinstance(made, Wire):
        return False
    required = _required(type(made))
    for name in made.__struct_fields__:
        value = getattr(made, name)
        kind = type(value)
        if kind is str:
            if value > _ANY_EMPTY and value.strip() is value:  # as nearly always
                continue
            if value.strip() != value or (value in _EMPTY_TEXTS and name in required):
                return False
            if value in _EMPTY_TEXTS:
                setattr(made, name, None)
        elif (
            kind not in _CONVERTED
            or (kind is Decimal and not _is_sensible(value))
            or (kind is list and not all(map(_is_as_read, value)))
        ):
            return False
    return True


def _read(kind: type[Kind], raw: Any) -> Kind:
    if not isinstance(raw, dict):
        raise UnreadableError(((), "not an object"))
    texts, others = _fields(kind)
    # Most of an order is texts: what `text` does, without a call for each of them.
    values: dict[str, Any] = {
        name: value.strip() or None for name, key in texts if type(value := raw.get(key)) is str
    }
    if not _EMPTY_DATES.isdisjoint(values.values()) or len(values) < len(texts):
        others = [(name, key, text) for name, key in texts] + others
    try:
        for name, key, read in others:
            if key in raw:
                values[name] = read(raw[key])
        return kind(**values)
    except (UnreadableError, TypeError):  # a TypeError where a field that must be there is missing
        wrong = [*_wrong(kind, raw)]
        if not wrong:
            raise
        raise UnreadableError(*wrong) from None


def _wrong(kind: type[Wire], raw: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Return every field that cannot be read, in the order of the class."""
    readers = _readers(kind)
    for field in fields(kind):
        if field.encode_name in raw:
            try:
                readers[field.name](raw[field.encode_name])
            except UnreadableError as error:
                yield from error.inside(field.encode_name)
        elif field.required:
            yield (field.encode_name,), "missing"


@cache
def _required(kind: type[Wire]) -> frozenset[str]:
    return frozenset(field.name for field in fields(kind) if field.required)


@cache
def _readers(kind: type[Wire]) -> dict[str, Reader]:
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name].__metadata__[-1] for field in fields(kind)}


@cache
def _fields(kind: type[Wire]) -> tuple[list[tuple[str, str]], list[tuple[str, str, Reader]]]:
    """Return the names of texts, here and on the wire, and those of other fields with their readers."""
    read = _readers(kind)
    names = [(field.name, field.encode_name) for field in fields(kind)]
    texts = [(name, key) for name, key in names if read[name] is text]
    return texts, [(name, key, read[name]) for name, key in names if read[name] is not text]


def text(value: Any) -> str | None:
    """Read a text or a number as text; what is empty is None."""
    if isinstance(value, str):
        stripped = value.strip()
        return None if stripped in _EMPTY_TEXTS else stripped
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value)
    if value is None or value in ([], {}):
        return None
    raise UnreadableError(((), "not a text"))


def identifier(value: Any) -> str:
    """Read a text or a number that must not be empty."""
    found = text(value)
    if found is None:
        raise UnreadableError(((), "empty"))
    return found


def number(value: Any) -> Decimal:
    """Read a number or a text of one, exactly."""
    if not isinstance(value, str):
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise UnreadableError(((), "not a number"))
        value = str(value)
    try:
        found = Decimal(value)
    except InvalidOperation:
        raise UnreadableError(((), "not a number")) from None
    if not _is_sensible(found):
        raise UnreadableError(((), f"not a number of at most {LARGEST_DIGITS} digits"))
    return found


def _is_sensible(found: Decimal) -> bool:
    return found.is_finite() and found.adjusted() < LARGEST_DIGITS


def amount(value: Any) -> Decimal | None:
    """Read a number; what is empty is None."""
    if isinstance(value, str):
        value = value.strip()
        return None if value in _EMPTY_TEXTS else number(value)
    return None if value is None or value in ([], {}) else number(value)


def flag(value: Any) -> bool | None:
    """Read a yes or no, in any of its usual forms; what is empty is None."""
    if isinstance(value, str):
        stripped = value.strip()
        if stripped in _EMPTY_TEXTS:
            return None
        value = _FLAGS.get(stripped.lower(), stripped)
    if isinstance(value, int | float | Decimal) and value in (0, 1):
        return bool(value)
    if value is None or value in ([], {}):
        return None
    raise UnreadableError(((), "neither yes nor no"))


def object_of(kind: type[Kind]) -> Reader:
    """Return a reader of one object."""
    return lambda value: _read(kind, value)


def list_of(kind: type[Kind]) -> Reader:
    """Return a reader of a list of objects."""

    def read(value: Any) -> list[Kind]:
        rows: list[Kind] = []
        wrong: list[tuple[tuple[str, ...], str]] = []
        for at, each in enumerate(any_list(value)):
            try:
                rows.append(_read(kind, each))
            except UnreadableError as error:
                wrong += error.inside(str(at))
        if wrong:
            raise UnreadableError(*wrong)
        return rows

    return read


def any_list(value: Any) -> list[Any]:
    """Read a list of whatever."""
    if not isinstance(value, list):
        raise UnreadableError(((), "not a list"))
    return value


Text = Annotated[str | None, text]
Id = Annotated[str, identifier]
Number = Annotated[Decimal, number]
Amount = Annotated[Decimal | None, amount]
Flag = Annotated[bool | None, flag]
