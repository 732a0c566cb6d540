"""A Zonos connection acknowledges orders, and uses its credentials, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from orderbus.domain.connections import parse_connection
from orderbus.domain.errors import (
    ConfigurationError,
    RefusedError,
)
from orderbus.providers.zonos.source import ZonosSource

from infra.sandbox.server import Served
from infra.sandbox.zonos import ZonosSandbox

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
FIRST, SECOND = date(2015, 1, 1), date(2015, 1, 2)

MakeSource = Callable[..., ZonosSource]


@pytest.fixture
def sandbox() -> ZonosSandbox:
    return ZonosSandbox()


@pytest.fixture
def make_source(served: Served) -> MakeSource:
    def make(*, credentials: dict[str, str] | None = None, **options: Any) -> ZonosSource:
        fields = {
            "provider": "zonos",
            "base_url": served.url,
            "credentials": credentials or {"store": "999", "secret": "test-secret"},
            "options": options,
        }
        return ZonosSource(parse_connection("zonos-main", fields), lambda: NOW)

    return make


@pytest.mark.parametrize(
    ("template", "sent"),
    [
        (None, "999-99991"),
        ("{number}", "99991"),
        ("shop {external_id}", "shop 999-99991"),
        ("{{{number}}}", "{99991}"),
    ],
)
def test_an_order_is_acknowledged_by_the_template(
    sandbox: ZonosSandbox, make_source: MakeSource, template: str | None, sent: str
) -> None:
    sandbox.place_seed_orders(1)
    source = make_source(acknowledge=True, **({"merchant_order_id": template} if template else {}))

    source.acknowledge("999-99991")

    assert source.acknowledges
    assert sandbox.updates.merchant_order_ids == [("999-99991", sent)]
    assert [each.acknowledged for each in source.list_days(FIRST, FIRST)] == [True]


def test_a_refused_acknowledgement_is_raised(sandbox: ZonosSandbox, make_source: MakeSource) -> None:
    with pytest.raises(RefusedError):
        make_source().acknowledge("999-1")
    assert sandbox.updates.merchant_order_ids == []


@pytest.mark.parametrize("store", [" 999 ", "9 99", "999\n", "\t999", "99\u00a09"])
@pytest.mark.parametrize("secret", [" test-secret", "test-\u200a secret\n"])
def test_white_space_in_the_credentials_is_left_out(
    sandbox: ZonosSandbox, make_source: MakeSource, store: str, secret: str
) -> None:
    sandbox.place_seed_orders()

    source = make_source(credentials={"store": store, "secret": secret})

    assert len(source.list_days(FIRST, SECOND)) == 6


@pytest.mark.parametrize(
    ("credentials", "named"),
    [
        ({"store": "my-shop", "secret": "s3cr3t-value"}, "'store' is not the store's number"),
        ({"store": "９９９", "secret": "s3cr3t-value"}, "'store' is not the store's number"),  # noqa: RUF001
        ({"store": "999"}, "no credential 'secret'"),
        ({"secret": "s3cr3t-value"}, "no credential 'store'"),
    ],
)
def test_a_credential_that_cannot_be_used_is_named_and_not_repeated(
    make_source: MakeSource, credentials: dict[str, str], named: str
) -> None:
    with pytest.raises(ConfigurationError, match=named) as caught:
        make_source(credentials=credentials)

    assert not {value for value in credentials.values() if value in str(caught.value)} - {"999"}


def test_test_orders_may_be_shipped_only_where_the_connection_says_so(make_source: MakeSource) -> None:
    assert [make_source(ship_test_orders=each).ship_test_orders for each in (True, False)] == [True, False]


def test_the_public_address_is_the_default() -> None:
    fields = {"provider": "zonos", "credentials": {"store": "999", "secret": "test-secret"}}

    source = ZonosSource(parse_connection("zonos-main", fields), lambda: NOW)

    assert source.client._http._base_url == "https://api.iglobalstores.com"
    assert (source.start_at, source.ship_test_orders, source.acknowledges) == (None, False, False)
