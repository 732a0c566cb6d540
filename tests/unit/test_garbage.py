"""A function looks for garbage seldom, from when it is loaded."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from orderbus.runtime.door import door


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_a_function_that_is_loaded_looks_for_garbage_after_fifty_thousand_objects() -> None:
    gc.set_threshold(700, 10, 10)

    door(lambda event, _context: event)

    assert gc.get_threshold() == (50_000, 10, 10)
