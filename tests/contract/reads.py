"""A read of each kind: a GET, and a POST that changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from orderbus.providers.http import ProviderHttp
from orderbus.providers.zonos.http import ZonosHttp

Read = Callable[[str], Any]
READS = pytest.mark.parametrize(
    "read",
    [
        lambda url: ProviderHttp("retailys-main", url, {}).read("/System/Orders"),
        lambda url: ZonosHttp("zonos-main", url, store="999", secret="test-secret").ask("/v1/x", {}),
    ],
    ids=["GET", "POST"],
)
