"""Orders as no provider should send them: good ones, broken in up to four places; one seed, one result."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

from tests.malformed import Json, Shop, nested

# Texts that stand for JSON numbers which Python cannot write.
_NUMBER = re.compile(r'(?<!\\)"number (\S+?)"')
_BARE = ["1E+999999", "-1E+999999", "1E-999999", "1E+99999999999999999999", "1e5", "NaN", "-Infinity"]
_BARE += ["0.1" + "0" * 400 + "1", "9" * 19, "9" * 5_000, "-" + "9" * 40, "-0", "0.000", "12345678901234.56"]

ODD: list[Any] = [
    *(f"number {each}" for each in _BARE),
    *(None, True, False, 0, -1, -3.5, 7, 10**17, 0.1),
    *("", " ", "\t\n", "NaN", "sNaN", "Infinity", "1,234.50", "12,50", "$ 99.95", "1e400", "0x1F", "1_000"),
    *("-5", "٣٤", "½", "ninety", "0000-00-00", "2026-02-30T25:61:00Z", "0001-01-01T00:00:00+14:00"),
    *("9999-12-31T23:59:59-12:00", "1767010112300", "yes please", "N/A", "null", "undefined"),
    *("half \ud83d", "\udc00 half", "\x00\x01\x1b[31m", "\u202ereversed\u202c", "\ufeffmark", "🧤" * 50),
    *("'; DROP TABLE orders; --", "<script>alert(1)</script>", "../../../etc/passwd", "{{7*7}}", "%s%n"),
    *([], {}, [None], [[]], [{}], ["one"], {"amount": "12.50"}, {"half \ud83d": 1}, {"": ""}),
    *({"value": "0", "name": "Single Product"}, {"$ref": "#"}, {"a.b": {"c~d/e": [1]}}),
    *(nested(40), nested(101), nested(300), "long " * 30_000),
]

Mutation = Callable[[Random, Any, Any], None]
"""Breaks one entry of an object or a list."""


def malformed_orders(shop: Shop, count: int, *, seed: int) -> Iterator[bytes]:
    """Return the JSON of orders, each with an id of its own unless that is what is broken."""
    for number in range(1, count + 1):
        random = Random(f"{shop.provider} {seed} {number}")  # noqa: S311 - a seed is what is wanted
        order: Any = _good(shop, random, number)
        for _ in range(random.choice([1, 1, 2, 4])):
            order = _broken(random, order)
        text = json.dumps(order, ensure_ascii=random.random() < 0.5)
        yield _NUMBER.sub(r"\1", text).encode("utf-8", "surrogatepass")


def _good(shop: Shop, random: Random, number: int) -> Json:
    lines = [("12.50", random.randint(1, 4)) for _ in range(random.randint(1, 3))]
    return shop.make(number, lines=lines)


def _broken(random: Random, order: Any) -> Any:
    if random.random() < 0.01:
        return deepcopy(random.choice(ODD))
    parent, key = _place(random, order)
    if parent:
        random.choice(_MUTATIONS)(random, parent, key)
    return order


def _place(random: Random, value: Any) -> tuple[Any, Any]:
    """Return an entry somewhere in a value, with what it is in."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    if not keys:
        return None, None
    key = random.choice(keys)
    if isinstance(value[key], dict | list) and random.random() < 0.8:
        parent, inner = _place(random, value[key])
        if parent:
            return parent, inner
    return value, key


def _replace(random: Random, parent: Any, key: Any) -> None:
    parent[key] = deepcopy(random.choice(ODD))


def _drop(_random: Random, parent: Any, key: Any) -> None:
    del parent[key]


def _wrap(random: Random, parent: Any, key: Any) -> None:
    value = parent[key]
    parent[key] = random.choice([[value], {"value": value}, {"0": value}, [value, value], json.dumps(value)])


def _rename(_random: Random, parent: Any, key: Any) -> None:
    if isinstance(key, str):
        parent[key.upper()] = parent.pop(key)


def _repeat(random: Random, parent: Any, key: Any) -> None:
    if isinstance(parent, list):
        parent *= random.choice([2, 3, 20])
    else:
        parent[f"{key}2"] = deepcopy(parent[key])


def _negate(_random: Random, parent: Any, key: Any) -> None:
    value = parent[key]
    parent[key] = (
        f"-{value}" if isinstance(value, str) else -value if isinstance(value, int | float) else None
    )


def _move(random: Random, parent: Any, key: Any) -> None:
    others = [other for other in (parent if isinstance(parent, dict) else ()) if "id" not in other.lower()]
    if others and "id" not in key.lower():
        other = random.choice(others)
        parent[key], parent[other] = parent[other], parent[key]


_MUTATIONS: list[Mutation] = [_replace, _replace, _replace, _drop, _wrap, _rename, _repeat, _negate, _move]
