"""The order's parts as pydantic models: of these the schemas are made, and by these tests check events."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Meta
from msgspec.structs import FieldInfo, fields
from pydantic import BaseModel, ConfigDict, Field, create_model

from orderbus.domain.parts import Part

# All fields are always published, so the published schemas require them all.
CLOSED = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


@cache
def model_of(part: type[Part]) -> type[BaseModel]:
    """Return the model with the same name, description, fields and constraints."""
    hints = get_type_hints(part, include_extras=True)
    made: dict[str, Any] = {
        each.name: (_with_field(hints[each.name]), _default(each)) for each in fields(part)
    }
    return create_model(part.__name__, __config__=CLOSED, __doc__=part.__doc__, **made)


def _default(field: FieldInfo) -> Any:
    if field.default_factory is not NODEFAULT:
        return Field(default_factory=field.default_factory)
    return ... if field.default is NODEFAULT else field.default


def _with_field(hint: Any) -> Any:
    """Return an annotation with a constraint as pydantic has it; what a `Meta` has as extra goes before."""
    if get_origin(hint) is not Annotated:
        return hint
    kind, *told = get_args(hint)
    (meta,) = (each for each in told if isinstance(each, Meta))
    said = meta.extra or {name: getattr(meta, name) for name in ("ge", "pattern")}
    return Annotated[kind, Field(**said)]
