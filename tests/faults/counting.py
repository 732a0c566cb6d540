"""Cases of the fault tests: which of them a run takes, and how many ended in which way."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

Case = TypeVar("Case")
Record = Callable[[str, Counter[str]], None]
"""Counts the cases of a kind by how they ended; they are summed up at the end of the test run."""

_PREFIX = "cases of "
# Another seed takes other cases; each is taken by `make faults`.
_SEED = os.environ.get("ORDERBUS_FAULTS_SEED", "1")


def sample(name: str, cases: Sequence[Case], size: int) -> list[Case]:
    """Return some of the cases, the same for the same seed."""
    chosen = random.Random(f"{_SEED} {name}")  # noqa: S311 - no secret
    return chosen.sample(list(cases), min(size, len(cases)))


def property_of(kind: str, ended: Counter[str]) -> tuple[str, dict[str, int]]:
    """Return the property of a test's report that tells how its cases ended."""
    return _PREFIX + kind, dict(ended)


def summary(properties: Iterable[tuple[str, object]]) -> list[str]:
    """Return a line for each kind of case, from the properties of all reports."""
    sums: dict[str, Counter[str]] = {}
    for name, value in properties:
        if name.startswith(_PREFIX) and isinstance(value, dict):
            sums.setdefault(name.removeprefix(_PREFIX), Counter()).update(value)
    return [
        f"{ended.total()} {kind}: {', '.join(f'{count} {how}' for how, count in sorted(ended.items()))}"
        for kind, ended in sorted(sums.items())
    ]
