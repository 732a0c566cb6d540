"""A Zonos connection as the shared intake sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from orderbus.domain.connections import Connection
from orderbus.domain.content import fingerprint
from orderbus.domain.errors import ConfigurationError
from orderbus.domain.orders import Order
from orderbus.intake.source import RawOrder, View
from orderbus.ports import Clock
from orderbus.providers.options import start_time
from orderbus.providers.zonos.client import DEFAULT_BASE_URL, ZonosClient
from orderbus.providers.zonos.http import ZonosHttp
from orderbus.providers.zonos.ids import full_order_id
from orderbus.providers.zonos.mapping import ZonosMapping
from orderbus.providers.zonos.options import parse_options
from orderbus.providers.zonos.wire import moment

# A detail together with its row in the list, the only place that has the time of an order.
LISTED = View("listed")
DETAIL = View("detail", unseen=frozenset({"placed_at", "placed_at_raw"}))
# A row alone: no order can be made of it, it only goes to quarantine where it has no id.
ROW = View("row")
# What of a row tells of a change of its order.
_MARKS = ("id", "testOrder", "orderStatus", "merchantOrderId")


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the list of order numbers.

    Attributes:
        external_id: The order's id, or None where the row has none that can be used.
        marker: A fingerprint of what tells of a change: a detail is worth reading where it is another one.
        acknowledged: Whether the provider has a merchant order id for it.
        row: The row as it came; without an id the receiver sets it aside.
    """

    external_id: str | None
    marker: str
    acknowledged: bool
    row: RawOrder


class ZonosSource:
    """Reads one store's orders."""

    provider = "zonos"
    views: Mapping[str, View] = {view.name: view for view in (LISTED, DETAIL, ROW)}

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self.connection = connection.name
        options = parse_options(connection)
        self.start_at = start_time(connection.name, options.start_at)
        self.ship_test_orders = options.ship_test_orders
        self.acknowledges = options.acknowledge
        self._merchant_order_id = options.merchant_order_id
        self._zone = ZoneInfo(options.timezone)
        self._clock = clock
        self._store = _store(connection)
        self._mapping = ZonosMapping(connection.name, self._store, options)
        http = ZonosHttp(
            connection.name,
            connection.base_url or DEFAULT_BASE_URL,
            store=self._store,
            secret=_compact(connection.secret("secret")),
            min_interval_ms=options.min_interval_ms,
        )
        self.client = ZonosClient(connection.name, http, self._store)

    def external_id(self, value: Any) -> str:
        """Return the order's id, as `999-99991`."""
        return self._mapping.external_id(value)

    def normalize(self, value: Any, *, now: datetime) -> Order:
        """Return the normalized order."""
        return self._mapping.normalize(value, now=now)

    def list_days(self, since: date, through: date) -> list[Listed]:
        """Return the rows of whole UTC days, both included, without those placed before the start.

        Raises:
            ProviderError: The provider did not answer with the whole list.
        """
        sent = self._clock()
        found = self.client.order_numbers(since_date=since, through_date=through, statuses=True)
        return [self._listed(row, sent) for row in found.orders if not self._before_start(row)]

    def read_again(self, external_id: str, listed: Listed | None = None) -> RawOrder:
        """Ask for one order now; with its row the time of the order is known, too.

        Raises:
            ProviderError: The provider did not answer with the order.
        """
        sent = self._clock()
        found = self.client.order_detail(order_id=external_id)
        # The answer to this question is this order, also where it does not say so.
        order = {**found.order, "orderId": found.order.get("orderId") or external_id}
        value: dict[str, Any] = {"order": order}
        if found.decoded_as is not None:
            value["decoded_as"] = found.decoded_as
        if listed is None:
            return RawOrder(value, DETAIL, sent)
        return RawOrder(value | {"listed": listed.row.value}, LISTED, sent)

    def merchant_order_id(self, external_id: str) -> str:
        """Return what an order is acknowledged with."""
        number = external_id.rpartition("-")[2]
        return self._merchant_order_id.format(external_id=external_id, number=number)

    def acknowledge(self, external_id: str, merchant_order_id: str) -> None:
        """Tell the provider that the order has arrived: it is no longer missing there.

        Raises:
            ProviderError: It was refused, or it is unclear; to send it again is safe.
        """
        self.client.update_merchant_order_id(external_id, merchant_order_id)

    def _listed(self, row: Any, sent: datetime) -> Listed:
        shown = row if isinstance(row, dict) else {}
        try:
            external_id = full_order_id(self._store, shown.get("id"))
        except ValueError:
            external_id = None
        marker = fingerprint([_mark(shown.get(key)) for key in _MARKS])
        acknowledged = shown.get("merchantOrderId") not in (None, "", [], {})
        return Listed(external_id, marker, acknowledged, RawOrder(row, ROW, sent))

    def _before_start(self, row: Any) -> bool:
        # Else each poll would read the details of the first day's earlier orders, only to leave them out.
        placed_at = moment(row.get("timestamp"), self._zone) if isinstance(row, dict) else None
        return self.start_at is not None and placed_at is not None and placed_at < self.start_at


def _mark(value: Any) -> str | None:
    # Whatever else it is has no bounds, and one row must not spoil the list.
    return str(value) if isinstance(value, str | int) else None


def _store(connection: Connection) -> str:
    store = _compact(connection.secret("store"))
    if not (store.isascii() and store.isdecimal()):
        raise ConfigurationError(
            f"connection {connection.name!r} (zonos): the credential 'store' is not the store's number;"
            " put the number that Zonos gave"
        )
    return store


def _compact(text: str) -> str:
    # White space within a store id or a secret was only ever pasted (providers.md 4.7).
    return "".join(text.split())
