"""What a case says where something does not hold: what it is, what was expected, what there was."""

from __future__ import annotations


class NotHeldError(AssertionError):
    """Something that the kit asks of a provider does not hold; the message says what."""


def same(what: str, found: object, expected: object) -> None:
    """Expect two things to be equal.

    Raises:
        NotHeldError: They differ.
    """
    if found != expected:
        raise NotHeldError(f"{what}: expected {expected!r}, found {found!r}")


def true(what: str, *, found: object) -> None:
    """Expect something to be so.

    Raises:
        NotHeldError: It is not.
    """
    if not found:
        raise NotHeldError(what)
