"""A read whose answer drips in without end is given up while the run that waits for it still lives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from orderbus.domain.errors import UnclearError
from orderbus.providers import http
from orderbus.providers.http import ProviderHttp
from orderbus.providers.zonos.http import ZonosHttp

from tests.contract.faulty_servers import answer, drip, scripted

SIZED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n"


@pytest.mark.parametrize(
    "read",
    [
        lambda url: ProviderHttp("retailys-main", url, {}).read("/System/Orders"),
        lambda url: ZonosHttp("zonos-main", url, store="999", secret="test-secret").ask("/v1/x", {}),
    ],
    ids=["GET", "POST"],
)
def test_a_read_gives_up_an_answer_that_drips_in(
    read: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_BODY_SECONDS", 0.5)
    began = datetime.now(UTC)

    with (
        scripted(answer(SIZED, then=drip)) as (url, requests),
        pytest.raises(UnclearError, match="still arriving"),
    ):
        read(url)

    assert len(requests) == 1
    assert (datetime.now(UTC) - began).total_seconds() < 3
