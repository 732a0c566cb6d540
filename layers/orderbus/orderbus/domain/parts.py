"""What the normalized order is made of: closed, immutable structs, quick to make and to write as JSON.

A struct does not check what it is made of, which the type checker does where it is made; `checked_json` in
`orderbus.domain.orders` checks a whole order against its form before it is kept.
"""

from __future__ import annotations

from typing import Any

import msgspec

_to_json = msgspec.json.Encoder().encode


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A part of the normalized order; none refers to itself, so there is nothing to collect."""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values: times and exact fractions as text, tuples as lists."""
        plain: dict[str, Any] = msgspec.json.decode(_to_json(self))
        return plain

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, handler: Any) -> Any:
        """Let the models of events have it as a field."""
        from orderbus.domain.forms import model_of  # noqa: PLC0415 - pydantic is no part of a cold start

        return handler(model_of(cls))
