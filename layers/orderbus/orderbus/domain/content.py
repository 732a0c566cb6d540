"""What an order says, without when we read it: its hash, what changed, and how two views are laid over.

A view is one way of asking a provider (a list, a detail). A field that a view never has is kept from what
is stored; one that it has and is now empty is empty. A field that no read has ever shown is learned, not
changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

# How many levels orjson writes; no order that was seen has more than 5.
DEEPEST = 254
# Not the provider's word: our own times and reckoning. A change of these alone is no change of the order.
_OUR_OWN = frozenset({"revision", "content_hash", "warnings", "shippable", "blocked_by"})

Json = dict[str, Any]


def usual(value: Any) -> bytes:
    """Return the canonical JSON of what orjson can write, as it can nearly everything.

    Raises:
        TypeError: Half a surrogate pair, an integer of more than 64 bits, or more than `DEEPEST` levels.
    """
    return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS)


def canonical(value: Any) -> bytes:
    """Return JSON with sorted keys and no blanks, the same bytes for the same content."""
    try:
        return usual(value)
    except TypeError:  # slower, the same form
        return json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str
        ).encode("utf-8", "surrogatepass")


def compact(value: Any) -> str:
    """Return JSON without blanks, its keys in the order that they have."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # as above
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def fingerprint(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON, as hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def content_of(order: Json, *, without: Iterable[str] = ()) -> Json:
    """Return what the provider said of an order, without our own times and without some paths."""
    content = dict(order)
    for key in _OUR_OWN:
        content.pop(key, None)
    if order["holds"]:
        content["holds"] = [
            {key: value for key, value in hold.items() if key != "since"} for hold in order["holds"]
        ]
    for path in without:
        content = _without(content, path.split("."))
    return content


def _without(content: Json, path: list[str]) -> Json:
    head, *rest = path
    if head not in content:
        return content
    if not rest:
        return {key: value for key, value in content.items() if key != head}
    return content | {head: _without(content[head], rest)}


def lay_over(read: Json, stored: Json, *, unseen: Iterable[str]) -> Json:
    """Return what was read, with the fields that its view never has taken from what is stored.

    Args:
        read: The order as just read.
        stored: The order as it is in the ledger.
        unseen: Dotted paths that the view of `read` never has.
    """
    laid = dict(read)
    laid["holds"] = [_since_first_seen(hold, stored["holds"]) for hold in read["holds"]]
    for path in unseen:
        _keep(laid, stored, path.split("."))
    return laid


def _since_first_seen(hold: Json, known: list[Json]) -> Json:
    for other in known:
        if other["reason"] == hold["reason"] and other["raw"] == hold["raw"]:
            return other
    return hold


def _keep(laid: Json, stored: Mapping[str, Any], path: list[str]) -> None:
    head, *rest = path
    if head not in stored:
        return
    if not rest:
        laid[head] = stored[head]
        return
    laid[head] = dict(laid.get(head) or {})
    _keep(laid[head], stored[head], rest)


def changes_between(before: Json, after: Json) -> list[Json]:
    """Return what differs, as `{"path": "/lines/0/quantity/shipped", "from": 0, "to": 1}` (RFC 6901)."""
    return list(_differences("", before, after))


def _differences(path: str, before: Any, after: Any) -> Iterator[Json]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            escaped = key.replace("~", "~0").replace("/", "~1")
            yield from _differences(f"{path}/{escaped}", before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _differences(f"{path}/{index}", old, new)
    elif before != after:
        yield {"path": path, "from": before, "to": after}
