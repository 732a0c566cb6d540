"""A LunaSoft connection as the shared intake sees it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orderbus.domain.connections import Connection
from orderbus.domain.errors import ConfigurationError
from orderbus.domain.orders import Order
from orderbus.intake.keyset import Page
from orderbus.intake.source import RawOrder, View
from orderbus.ports import Clock
from orderbus.providers.http import ProviderHttp
from orderbus.providers.lunasoft.client import LunaClient
from orderbus.providers.lunasoft.mapping import LunaMapping
from orderbus.providers.lunasoft.options import parse_options
from orderbus.providers.options import start_of
from orderbus.providers.wire import numeric_id

# Only the detail has the history of statuses.
LIST = View("list", unseen=frozenset({"provider_data.statuses"}))
DETAIL = View("detail")


class LunaSource:
    """Reads one site's orders."""

    provider = "lunasoft"
    views: Mapping[str, View] = {view.name: view for view in (LIST, DETAIL)}
    ship_test_orders = False

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self.connection = connection.name
        self.options = options = parse_options(connection)
        self.start_at = start_of(options.start_at)
        self._clock = clock
        self._mapping = LunaMapping(connection.name, options)
        if connection.base_url is None:
            raise ConfigurationError(
                f"connection {connection.name!r} (lunasoft) needs a base_url:"
                " https://<site>/site_api/shopping_cart"
            )
        key = options.authorization_prefix + connection.secret("api_key")
        http = ProviderHttp(
            connection.name,
            connection.base_url,
            {"Authorization": key},
            min_interval_ms=options.min_interval_ms,
        )
        self.client = LunaClient(connection.name, http)

    def external_id(self, value: Any) -> str:
        """Return the order's id, a number in all of LunaSoft's pages."""
        return numeric_id(value)

    def normalize(self, value: Any, *, now: datetime) -> Order:
        """Return the normalized order."""
        return self._mapping.normalize(value, now=now)

    def list_page(self, from_id: int | None, page: int | None) -> Page:
        """Return orders with at least that id, ascending; all from the connection's start without one."""
        sent = self._clock()
        start = self.start_at if from_id is None else None
        found = self.client.list_orders(sort="id", from_id=from_id, created_on_after=start, page=page)
        return Page([RawOrder(value, LIST, sent) for value in found.orders], found.next_page)

    def list_created(self, since: datetime, page: int) -> Page:
        """Return orders created then or later, by the time of their creation."""
        sent = self._clock()
        found = self.client.list_orders(sort="created", created_on_after=since, page=page)
        return Page([RawOrder(value, LIST, sent) for value in found.orders], found.next_page)

    def read_again(self, external_id: str) -> RawOrder:
        """Ask for one order now."""
        sent = self._clock()
        return RawOrder(self.client.get_order(external_id), DETAIL, sent)

    def watch_from(self, placed_at: datetime | None, now: datetime) -> datetime | None:  # noqa: ARG002
        """Return now: the list shows the newest orders, whatever their time."""
        return now
