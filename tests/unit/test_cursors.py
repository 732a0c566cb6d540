"""Of two cursors the greater one stays, by what the poll's cursors are."""

from __future__ import annotations

import pytest
from orderbus.intake.progress import CursorKey, forward
from orderbus.ports import ConnectionState


@pytest.mark.parametrize(
    ("key", "less", "more"),
    [
        (int, "999", "1000"),
        (str, "2026-11-09", "2026-11-10"),
        (str, "0999-12-31T23:59:59.000000Z", "2026-11-26T08:00:00.000000Z"),
    ],
    ids=["ids", "days", "times"],
)
def test_cursor_and_floor_only_move_forward(key: CursorKey, less: str, more: str) -> None:
    behind, ahead = ConnectionState(cursor=less, floor=less), ConnectionState(cursor=more, floor=more)
    assert forward(behind, more, more, key) == ahead
    assert forward(ahead, less, less, key) == ahead
    assert forward(ConnectionState(), less, less, key) == behind
    assert forward(behind, None, None, key) == behind
