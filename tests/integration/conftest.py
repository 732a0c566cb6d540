"""What integration tests share beside the world."""

from __future__ import annotations

import pytest

from tests.world import World


@pytest.fixture
def small_pages(world: World) -> None:
    """Let the world have an empty Retailys instance of which a page has three orders."""
    world.retailys.page_size = 3
