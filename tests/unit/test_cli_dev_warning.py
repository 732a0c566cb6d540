"""`orderbus dev` says of which account it takes orders that nobody gets again."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from infra.cli.dev import warn_of_taken_orders

NET32 = {"provider": "net32", "credentials": {"subscription_key": "test"}}
ZONOS = {"provider": "zonos", "credentials": {"store": "999", "secret": "test"}}


@pytest.mark.parametrize(
    ("fields", "host"),
    [
        (NET32, "api.net32.com"),
        ({**NET32, "mode": "read_only"}, "api.net32.com"),
        ({**NET32, "base_url": "https://net32.example:8443/v1"}, "net32.example"),
        ({**NET32, "mode": "off"}, None),
        ({**NET32, "base_url": "http://127.0.0.1:7001"}, None),
        ({**NET32, "base_url": "http://localhost:7001"}, None),
        (ZONOS, None),
    ],
)
def test_only_an_account_elsewhere_that_hands_orders_out_once_is_warned_of(
    fields: dict[str, Any], host: str | None
) -> None:
    said = StringIO()

    warn_of_taken_orders(Console(file=said, width=200), {"shop-main": fields})

    expected = (
        f"shop-main: {host} hands each order out once; what is polled here goes with this local cloud.\n"
    )
    assert said.getvalue() == (expected if host else "")
