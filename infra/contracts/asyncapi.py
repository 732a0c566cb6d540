"""The AsyncAPI 3.0 document: which events there are, and how they arrive on the bus."""

from __future__ import annotations

from inspect import getdoc
from typing import Any

from orderbus.domain.events import SOURCE

from infra.contracts.schemas import event_models

# Of the contract: the last number for words, the middle one for fields and types that are added.
_VERSION = "1.0.0"
# By AsyncAPI's way of naming the schema languages that are not its own.
_SCHEMA_FORMAT = "application/schema+json;version=draft-2020-12"

_DESCRIPTION = """\
Orders from every sales channel, as events on the merchant's own EventBridge bus.

Each event arrives as an EventBridge event: `source` is `orderbus`, `detail-type` is the type, and `detail` is
a CloudEvents 1.0 JSON object. Delivery is at least once, with the same `id` each time, and the order of
delivery is not promised: `revision` tells which state of an order is newer. An event that would be larger
than 200 KB has `data.ref` instead of `data.order` and `data.changes`: where they are in S3.

A type ends in its version. The schemas are closed, and those of this release: a later release may add fields
to a version, and neither takes one away nor changes what it means.
"""


def document() -> dict[str, Any]:
    """Return the document."""
    types = list(event_models())
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "OrderBus", "version": _VERSION, "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {
            "bus": {
                "address": "orderbus",
                "title": "The stack's EventBridge bus",
                "description": "Its name is the stack's; the stack's outputs `BusName` and `BusArn` have it.",
                "messages": {type_: {"$ref": f"#/components/messages/{type_}"} for type_ in types},
            }
        },
        "operations": {
            "publish": {
                "action": "send",
                "channel": {"$ref": "#/channels/bus"},
                "messages": [{"$ref": f"#/channels/bus/messages/{type_}"} for type_ in types],
            }
        },
        "components": {"messages": {type_: _message(type_) for type_ in types}},
    }


def _message(type_: str) -> dict[str, Any]:
    return {
        "name": type_,
        "summary": getdoc(event_models()[type_]),
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "description": "The fields of the EventBridge event round the detail.",
            "required": ["source", "detail-type"],
            "properties": {"source": {"const": SOURCE}, "detail-type": {"const": type_}},
        },
        "payload": {
            "schemaFormat": _SCHEMA_FORMAT,
            "schema": {"$ref": f"./schemas/{type_}.json"},
        },
    }
