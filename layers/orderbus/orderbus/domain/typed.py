"""What people type, connections and their options, read strictly.

Every wrong key is named with what is wrong about it, and no value is shown: it may be a secret.

    class LunaOptions(Typed, frozen=True, kw_only=True):
        currency: CurrencyCode = "USD"
        min_interval_ms: Annotated[int, Meta(ge=0)] = 0
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec.structs import fields


class Typed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keys and values as typed; a function in a field's annotation checks it, and raises ValueError."""


class MistypedError(ValueError):
    """Keys are wrong; `found` has each with what is wrong about it."""

    def __init__(self, found: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{key}: {wrong}" for key, wrong in found))
        self.found = found


class Secret:
    """A text that no repr, log or message shows."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError("has to be a text in quotes")
        # White space round a pasted key is never meant (providers.md 4.7).
        self._text = text.strip()
        if not self._text:
            raise ValueError("is empty")

    def __repr__(self) -> str:
        return "Secret('**********')"

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text


Kind = TypeVar("Kind", bound=Typed)
# What msgspec says, in words of a TOML file.
_FORMS = {
    "Expected": "has to be",
    ", got": ", and is",
    "`str`": "a text in quotes",
    "`int`": "a whole number",
    "`float`": "a number",
    "`bool`": "true or false",
    "`array`": "a list",
    "`object`": "a table",
}


def read_typed(kind: type[Kind], given: Mapping[str, Any]) -> Kind:
    """Return what was typed.

    Raises:
        MistypedError: Naming every wrong key.
    """
    hints = get_type_hints(kind, include_extras=True)
    values: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    for field in fields(kind):
        if field.name in given:
            values[field.name] = _read(field.name, given[field.name], hints[field.name], wrong)
        elif field.required:
            wrong.append((field.name, "is missing"))
    wrong += [(key, _not_known(key, hints)) for key in given if key not in hints]
    if wrong:
        raise MistypedError(wrong)
    return kind(**values)


def _read(key: str, value: Any, hint: Any, wrong: list[tuple[str, str]]) -> Any:
    """Return a value as its annotation has it; what is wrong with it is noted."""
    plain = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if get_origin(plain) is dict and isinstance(value, dict):
        # Each by itself, since msgspec does not say which one is wrong.
        read = {name: _read(f"{key}.{name}", each, get_args(plain)[1], wrong) for name, each in value.items()}
    else:
        try:
            read = msgspec.convert(value, hint, strict=False, dec_hook=lambda made, text: made(text))
        except msgspec.ValidationError as error:
            wrong.append(_told(key, str(error), plain))
            return None
    for check in _checks(hint):
        try:
            check(read)
        except ValueError as error:
            wrong.append((key, str(error)))
    return read


def _checks(hint: Any) -> Iterator[Callable[[Any], None]]:
    return (each for each in getattr(hint, "__metadata__", ()) if callable(each))


def _not_known(key: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - of the rare case

    meant = get_close_matches(key, known, 1)
    return "is not known" + "".join(f"; is {each!r} meant?" for each in meant)


def _told(key: str, message: str, plain: Any) -> tuple[str, str]:
    said, _, path = message.partition(" - at `$")
    within = path.strip("`").replace("[", ".").replace("]", "")
    if said.startswith("Invalid enum value"):  # it goes on with the value
        of = plain if get_origin(plain) is Literal else next(iter(get_args(plain)), None)
        said = "Expected one of " + ", ".join(map(repr, get_args(of)))
    for form, words in _FORMS.items():
        said = said.replace(form, words)
    return key + within, said
