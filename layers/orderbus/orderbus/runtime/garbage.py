"""How seldom a function looks for garbage: nearly all that it makes is freed without a look."""

from __future__ import annotations

import gc

# Python's own is 700 (2,000 from 3.13 on), which some ten orders make: a look finds nothing, and costs a poll
# 5 % of its time. With this one what waits for a look is some 10 MB at most.
_OBJECTS = 50_000


def look_seldom_for_garbage() -> None:
    """Have the interpreter look for garbage when there are so many more objects than at the last look."""
    gc.set_threshold(_OBJECTS, 10, 10)
