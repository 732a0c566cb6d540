"""A Net32 connection as the shared intake sees it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orderbus.domain.connections import Connection
from orderbus.domain.errors import NotNormalizableError, RefusedError
from orderbus.domain.orders import Order
from orderbus.intake.drain import Answer
from orderbus.intake.source import RawOrder, View
from orderbus.ports import Clock
from orderbus.providers.http import ProviderHttp
from orderbus.providers.net32.client import (
    DEFAULT_BASE_URL,
    Net32Client,
    hinted_wait,
    list_of_orders,
)
from orderbus.providers.net32.mapping import Net32Mapping
from orderbus.providers.net32.options import parse_options
from orderbus.providers.wire import parse_json

PENDING = View("pending", repeats=False)
# An answer without orders is a list or an envelope of one; anything longer goes to the inbox unread.
_LONGEST_EMPTY_BYTES = 500


class Net32Source:
    """Takes one vendor's pending orders."""

    provider = "net32"
    views: Mapping[str, View] = {PENDING.name: PENDING}
    ship_test_orders = False
    start_at = None

    def __init__(self, connection: Connection, _clock: Clock) -> None:
        self.connection = connection.name
        self.options = parse_options(connection)
        self.page_size = self.options.page_size
        self._mapping = Net32Mapping(connection.name, self.options)
        http = ProviderHttp(
            connection.name,
            connection.base_url or DEFAULT_BASE_URL,
            {"Subscription-Key": connection.secret("subscription_key")},
            min_interval_ms=self.options.min_interval_ms,
            hint=hinted_wait,
        )
        self.client = Net32Client(http)

    def external_id(self, value: Any) -> str:
        """Return the order's id."""
        return self._mapping.external_id(value)

    def normalize(self, value: Any, *, now: datetime) -> Order:  # noqa: ARG002 - no holds, so no time of one
        """Return the normalized order."""
        return self._mapping.normalize(value)

    def read_again(self, external_id: str) -> RawOrder | None:  # noqa: ARG002 - there is no such question
        """Return None: an order is handed out once."""
        return None

    def watch_from(self, placed_at: datetime | None, now: datetime) -> datetime | None:  # noqa: ARG002
        """Return None: an order is handed out once."""
        return None

    def take_page(self) -> Answer:
        """Send the request once and return what arrived."""
        arrived = self.client.take_orders()
        said = f"{self.connection}: the provider answered {arrived.status}"
        if arrived.status >= 500 or arrived.status in {408, 425}:
            return Answer(arrived.body, said, may_hold_orders=False, retry_after=arrived.retry_after)
        if not 200 <= arrived.status < 300:
            raise RefusedError(f"{said}; check the base_url of this connection")
        return Answer(arrived.body, arrived.cut_off)

    def is_empty(self, body: bytes) -> bool:
        """Say whether an answer holds no order: it is small, and there is no object in any list of it."""
        if len(body) > _LONGEST_EMPTY_BYTES:
            return False
        try:
            found = list_of_orders(body, self.options.orders_path)
            return found == [] and not _has_items(_or_none(body), object)
        except NotNormalizableError:
            return False

    def orders_of(self, body: bytes, read_at: datetime) -> list[RawOrder]:
        """Return the orders of an answer.

        Raises:
            NotNormalizableError: The answer cannot be read.
        """
        found = list_of_orders(body, self.options.orders_path)
        if found is None:
            raise NotNormalizableError(
                "the answer has no list of orders where one is expected; see options.orders_path"
            )
        # Where nobody has said where orders are, another list of objects may be them: they are gone there.
        if not (found or self.options.orders_path) and _has_items(_or_none(body), dict):
            raise NotNormalizableError(
                "the answer has no order where they are expected, and a list elsewhere;"
                " see options.orders_path"
            )
        return [RawOrder(value, PENDING, read_at) for value in found]


def _or_none(body: bytes) -> Any:
    return parse_json(body) if body.strip() else None


def _has_items(value: Any, kind: type) -> bool:
    """Say whether any list in the value has something of that kind in it."""
    if isinstance(value, dict):
        return any(_has_items(each, kind) for each in value.values())
    return isinstance(value, list) and any(isinstance(each, kind) for each in value)
