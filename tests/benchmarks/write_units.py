"""DynamoDB's write units, computed from the items themselves: moto's answers count requests, not bytes.

A write costs a unit for each started 1,024 bytes of the item before it or after it, whichever is larger;
twice that in a transaction; and one for each entry of the index that it adds or takes away. A refused write
costs what the item that is there would.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
from orderbus.runtime import clients

from tests.world import TABLE

Item = Mapping[str, Mapping[str, Any]]

_UNIT_BYTES = 1024
_INDEX = ("due_kind", "due_at")
_OURS = "orderbus_writes"  # where the context of one call keeps what it writes


@dataclass(slots=True)
class Bill:
    """What was asked of AWS: calls by operation, and what DynamoDB bills for each kind of item."""

    calls: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)

    def before(self, params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        """Note a call on its way out, and the items that it writes as they are now."""
        self.calls[model.name] += 1
        context[_OURS] = [(key, _read(key)) for key in _written(model.name, params)]

    def after(self, model: Any, context: dict[str, Any], **_: Any) -> None:
        """Bill what a call wrote."""
        times = 2 if model.name == "TransactWriteItems" else 1
        for key, before in context[_OURS]:
            after = _read(key)
            kind = key["sk"]["S"].split("#")[0]
            self.writes[kind] += 1
            self.units[kind] += times * max(_units(before), _units(after)) + _index_units(before, after)


@contextmanager
def billed() -> Iterator[Bill]:
    """Bill what the functions' AWS clients do until the block ends."""
    bill = Bill()
    watched = [clients.dynamodb(), clients.events(), clients.functions(), clients.s3(), clients.ssm()]
    for client in watched:
        client.meta.events.register("provide-client-params", bill.before)
        client.meta.events.register("after-call", bill.after)
    try:
        yield bill
    finally:
        for client in watched:
            client.meta.events.unregister("provide-client-params", bill.before)
            client.meta.events.unregister("after-call", bill.after)


def _written(operation: str, params: Mapping[str, Any]) -> Iterator[Item]:
    """Return the key of each item that a call writes."""
    if operation == "PutItem":
        yield {name: params["Item"][name] for name in ("pk", "sk")}
    elif operation in {"UpdateItem", "DeleteItem"}:
        yield params["Key"]
    elif operation == "TransactWriteItems":
        for action in params["TransactItems"]:
            for kind, write in action.items():
                yield from _written(f"{kind}Item", write)


@cache
def _unwatched() -> Any:
    return boto3.client("dynamodb")


def _read(key: Item) -> Item:
    item: Item = _unwatched().get_item(TableName=TABLE, Key=key).get("Item", {})
    return item


def _units(item: Item) -> int:
    return max(1, -(-item_bytes(item) // _UNIT_BYTES))


def _index_units(before: Item, after: Item) -> int:
    """Return one unit for each entry of the index `due` that is taken away or added: they are small."""
    entries = [tuple(item[name]["S"] for name in _INDEX if name in item) for item in (before, after)]
    return 0 if entries[0] == entries[1] else sum(len(entry) == len(_INDEX) for entry in entries)


def item_bytes(item: Item) -> int:
    """Return the size of an item as DynamoDB counts it: names and values."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(typed: Mapping[str, Any]) -> int:
    kind, value = next(iter(typed.items()))
    if kind == "S":
        return len(value.encode())
    if kind == "N":
        return 1 + (len(value.strip("-0.")) + 1) // 2
    if kind in {"BOOL", "NULL"}:
        return 1
    if kind == "M":
        return 3 + len(value) + item_bytes(value)
    if kind == "L":
        return 3 + sum(1 + _value_bytes(each) for each in value)
    raise AssertionError(f"the ledger has no values of type {kind}")
