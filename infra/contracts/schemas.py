"""JSON Schemas (2020-12) of the events, generated from the models.

Each schema is of an event's whole `detail`. The schema of its `data` is bundled in it under the identifier
that the event itself carries as `dataschema`, as CloudEvents has it.
"""

from __future__ import annotations

from typing import Any, get_args

from orderbus.domain.envelopes import Envelope, PublishedEvent
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


class _Plain(GenerateJsonSchema):
    """Leaves out what only repeats the names of the fields, and defaults: every field is published."""

    def field_title_should_be_set(self, _schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        return self.generate_inner(schema["schema"])


def event_models() -> dict[str, type[Envelope]]:
    """Return the model of each type of event, in the order in which they are documented."""
    union, _ = get_args(PublishedEvent)
    return {get_args(model.model_fields["type"].annotation)[0]: model for model in get_args(union)}


def event_schema(type_: str) -> Schema:
    """Return the schema of an event's detail, complete in itself."""
    model = event_models()[type_]
    data: Any = model.model_fields["data"].annotation
    of_data = TypeAdapter[Any](data).json_schema(mode="serialization", schema_generator=_Plain)
    of_event = model.model_json_schema(mode="serialization", schema_generator=_Plain)
    names_data = f"urn:orderbus:schema:{type_}"
    of_event["properties"] |= {
        "dataschema": of_event["properties"]["dataschema"] | {"const": names_data},
        "data": {"$ref": names_data},
    }
    return {
        "$schema": DIALECT,
        "$id": f"urn:orderbus:event:{type_}",
        **of_event,
        "$defs": {"data": {"$id": names_data, **of_data}},
    }
