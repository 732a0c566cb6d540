"""What tests of a provider's client and sandbox share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.sandbox.base import Sandbox
from infra.sandbox.server import Served, serve


@pytest.fixture
def served(sandbox: Sandbox) -> Iterator[Served]:
    """Serve the sandbox that the test's module makes."""
    with serve(sandbox) as served:
        yield served
