"""What a case says where something does not hold: what it is, what was expected, what there was."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

# What is longer is told by what differs, and by so much of that.
_LONGEST = 300
_TOLD = 5


class NotHeldError(AssertionError):
    """Something that the kit asks of a provider does not hold; the message says what."""


def same(what: str, found: object, expected: object) -> None:
    """Expect two things to be equal.

    Raises:
        NotHeldError: They differ.
    """
    if found != expected:
        raise NotHeldError(f"{what}: {_difference(found, expected)}")


def true(what: str, *, found: object) -> None:
    """Expect something to be so.

    Raises:
        NotHeldError: It is not.
    """
    if not found:
        raise NotHeldError(f"expected that {what}")


def _difference(found: object, expected: object) -> str:
    whole = f"expected {expected!r}, found {found!r}"
    if len(whole) <= _LONGEST:
        return whole
    there, wanted = _parts(found), _parts(expected)
    missing, too_much = (
        [each for each in one if each not in two] for one, two in ((wanted, there), (there, wanted))
    )
    told = [
        f"{name} {_some(parts)}" for name, parts in (("missing", missing), ("too much", too_much)) if parts
    ]
    return "; ".join(told) or f"{whole[:_LONGEST]} ..."


def _parts(value: object) -> list[Any]:
    if isinstance(value, Mapping):
        return [*value.items()]
    return [*value] if isinstance(value, Collection) and not isinstance(value, str) else [value]


def _some(parts: list[Any]) -> str:
    more = f" and {len(parts) - _TOLD} more" if len(parts) > _TOLD else ""
    return f"{', '.join(map(repr, parts[:_TOLD]))}{more}"
