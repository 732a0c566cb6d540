"""A Retailys connection as the shared intake sees it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from orderbus.domain.connections import Connection
from orderbus.domain.orders import Order
from orderbus.intake.source import RawOrder, View
from orderbus.intake.window import LOOK_BACK
from orderbus.intake.window_pages import WindowPage
from orderbus.ports import Clock
from orderbus.providers.http import ProviderHttp
from orderbus.providers.options import start_of
from orderbus.providers.retailys.client import DEFAULT_BASE_URL, RetailysClient
from orderbus.providers.retailys.mapping import RetailysMapping
from orderbus.providers.retailys.options import parse_options
from orderbus.providers.retailys.wire import REFERENCES
from orderbus.providers.wire import numeric_id

# An article is an entry of the catalogue, with its stock and its texts of today: what the first read shows of
# it stays, and none of its later changes is a change of the order.
_CATALOGUE = frozenset({"provider_data.articles"})
# The list shows stubs of what an order refers to; only the detail, which asks for it, shows the whole.
LIST = View("list", unseen=_CATALOGUE | {f"provider_data.{name}" for name in REFERENCES})
DETAIL = View("detail", unseen=_CATALOGUE)


class RetailysSource:
    """Reads one instance's orders."""

    provider = "retailys"
    views: Mapping[str, View] = {view.name: view for view in (LIST, DETAIL)}
    ship_test_orders = False

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self.connection = connection.name
        self._options = parse_options(connection)
        self.start_at = start_of(self._options.start_at)
        self._clock = clock
        self._mapping = RetailysMapping(connection.name, self._options)
        http = ProviderHttp(
            connection.name,
            connection.base_url or DEFAULT_BASE_URL,
            {"token": connection.secret("token")},
            min_interval_ms=self._options.min_interval_ms,
        )
        self.client = RetailysClient(connection.name, http, boolean_form=self._options.boolean_form)

    def external_id(self, value: Any) -> str:
        """Return the order's id, an integer in the specification."""
        return numeric_id(value)

    def normalize(self, value: Any, *, now: datetime) -> Order:
        """Return the normalized order."""
        return self._mapping.normalize(value, now=now)

    def list_window(self, begin: datetime | None, end: datetime | None, page: int) -> WindowPage:
        """Return a page of the orders placed from begin to end, whole seconds that have both in them.

        Raises:
            ProviderError: By what the answer means.
        """
        sent = self._clock()
        found = self.client.list_orders(
            from_=begin and begin.astimezone(UTC),
            to=end and _whole_second_after(end),
            page=page,
            per_page=self._options.per_page,
        )
        return WindowPage([RawOrder(value, LIST, sent) for value in found.rows], found.pages, found.total)

    def read_again(self, external_id: str) -> RawOrder:
        """Ask for one order now."""
        sent = self._clock()
        return RawOrder(self.client.get_order(external_id, expanded=True), DETAIL, sent)

    def watch_from(self, placed_at: datetime | None, now: datetime) -> datetime | None:
        """Return when no window shows the order any more."""
        return now if placed_at is None else min(placed_at, now) + LOOK_BACK


def _whole_second_after(moment: datetime) -> datetime:
    whole = moment.astimezone(UTC).replace(microsecond=0)
    return whole if whole == moment else whole + timedelta(seconds=1)
