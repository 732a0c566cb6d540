"""Fixtures of the kit's tests."""

from __future__ import annotations

import pytest
from orderbus.providers import http


@pytest.fixture(autouse=True)
def no_waiting_between_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_PAUSES", (0.0, 0.0))
