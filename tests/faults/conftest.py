"""What the fault tests share: counting their cases, which tests/conftest.py sums up at the end."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.faults.counting import Record, property_of


@pytest.fixture
def record(record_property: Any) -> Record:
    """Give what counts cases."""

    def count(kind: str, ended: Counter[str]) -> None:
        record_property(*property_of(kind, ended))

    return count
