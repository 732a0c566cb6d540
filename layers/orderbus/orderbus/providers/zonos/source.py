"""A Zonos connection as the shared intake sees it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from orderbus.domain.connections import Connection
from orderbus.domain.content import fingerprint
from orderbus.domain.errors import ConfigurationError, NotNormalizableError, UnclearError
from orderbus.domain.orders import Order
from orderbus.intake.at_once import LIMIT
from orderbus.intake.days import OVERLAP, Listed
from orderbus.intake.source import RawOrder, View
from orderbus.ports import Clock
from orderbus.providers.fields import UnreadableError, flag
from orderbus.providers.options import LONGEST_INTERVAL_MS, start_of
from orderbus.providers.wire import is_said
from orderbus.providers.zonos.client import DEFAULT_BASE_URL, ZonosClient
from orderbus.providers.zonos.http import ZonosHttp
from orderbus.providers.zonos.ids import full_order_id
from orderbus.providers.zonos.mapping import ZonosMapping
from orderbus.providers.zonos.options import parse_options
from orderbus.providers.zonos.statuses import spelled
from orderbus.providers.zonos.wire import moment

# A detail together with its row in the list, the only place that has the time of an order.
LISTED = View("listed")
DETAIL = View("detail", unseen=frozenset({"placed_at", "placed_at_raw"}))
# No page shows a detail: without the flag it does not say that an order is no test.
UNFLAGGED = View("unflagged", unseen=DETAIL.unseen | {"test"})
# A row alone: no order can be made of it; it goes to quarantine where it has no id, or no detail can be read.
ROW = View("row", names_only=True)


class ZonosSource:
    """Reads one store's orders."""

    provider = "zonos"
    views: Mapping[str, View] = {view.name: view for view in (LISTED, DETAIL, UNFLAGGED, ROW)}

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self.connection = connection.name
        options = parse_options(connection)
        self.start_at = start_of(options.start_at)
        self.ship_test_orders = options.ship_test_orders
        self.acknowledges = options.acknowledge and connection.mode == "live"
        # Each waits for those before it: the last one no longer than a single one may have to.
        self.at_once = min(LIMIT, LONGEST_INTERVAL_MS // max(1, options.min_interval_ms))
        self._merchant_order_id = options.merchant_order_id
        self._zone = ZoneInfo(options.timezone)
        self._clock = clock
        self._store = _store(connection)
        self._mapping = ZonosMapping(connection.name, self._store, options)
        http = ZonosHttp(
            connection.name,
            connection.base_url or DEFAULT_BASE_URL,
            store=self._store,
            secret=connection.unspaced("secret"),
            min_interval_ms=options.min_interval_ms,
        )
        self.client = ZonosClient(connection.name, http, self._store)

    def external_id(self, value: Any) -> str:
        """Return the order's id, as `999-99991`."""
        return self._mapping.external_id(value)

    def normalize(self, value: Any, *, now: datetime) -> Order:
        """Return the normalized order."""
        return self._mapping.normalize(value, now=now)

    def list_days(self, since: date, through: date | None) -> list[Listed]:
        """Return the rows of whole UTC days, both included, without those placed before the start.

        The day after them may be there, too: whether `throughDate` includes its day is not documented, and
        an order that is listed twice costs no detail.

        Raises:
            ProviderError: The provider did not answer with the whole list.
        """
        sent = self._clock()
        through = through and through + timedelta(days=1)
        found = self.client.order_numbers(since_date=since, through_date=through, statuses=True)
        return [self._listed(row, sent) for row in found.orders if not self._before_start(row)]

    def list_missing(self) -> list[Listed]:
        """Return the rows of the orders of the last week or two that have no merchant order id.

        Raises:
            ProviderError: The provider did not answer with the whole list.
        """
        sent = self._clock()
        found = self.client.order_numbers(missing_merchant_order_id=True, statuses=True)
        return [self._listed(row, sent) for row in found.orders if not self._before_start(row)]

    def read_listed(self, row: Any) -> RawOrder:
        """Ask for the order that a row names.

        Raises:
            NotNormalizableError: It names none.
            ProviderError: The provider did not answer with the order.
        """
        listed = self._listed(row, self._clock())
        if listed.external_id is None:
            raise NotNormalizableError("id: the row of the list has no order id as 999-99991")
        return self.read_again(listed.external_id, listed)

    def read_again(
        self, external_id: str, listed: Listed | None = None, *, must_name: bool = False
    ) -> RawOrder:
        """Ask for one order now; with its row the time of the order is known, too.

        Args:
            external_id: Which one.
            listed: Its row.
            must_name: Whether only an answer that says which order it is will do, since nothing but a
                stranger has said so yet.

        Raises:
            UnclearError: The answer does not say which order it is, and must.
            ProviderError: The provider did not answer with the order.
        """
        sent = self._clock()
        found = self.client.order_detail(order_id=external_id)
        if must_name and not found.order.get("orderId"):
            raise UnclearError(f"{self.connection}: the answer does not say which order it is")
        # The answer to this question is this order, also where it does not say so.
        order = {**found.order, "orderId": found.order.get("orderId") or external_id}
        value: dict[str, Any] = {"order": order}
        if found.decoded_as is not None:
            value["decoded_as"] = found.decoded_as
        if listed is None:
            view = DETAIL if is_said(order.get("testOrder")) else UNFLAGGED
            return RawOrder(value, view, sent, marker(external_id, order))
        row = listed.row.value
        return RawOrder(value | {"listed": row}, LISTED, sent, marker(external_id, order, row))

    def watch_from(self, placed_at: datetime | None, now: datetime) -> datetime | None:
        """Return when the list of whole days may no longer have the order's day."""
        day = min(placed_at or now, now).replace(hour=0, minute=0, second=0, microsecond=0)
        # Of UTC that is a day later; but whose days these are is not sure (providers.md 4.2), and one that a
        # list still shows is not read beside it.
        return day + OVERLAP

    def acknowledge(self, external_id: str) -> None:
        """Tell the provider a merchant order id: the order is no longer missing one there.

        Raises:
            ProviderError: It was refused, or it is unclear; to send it again is safe.
        """
        number = external_id.rpartition("-")[2]
        merchant_order_id = self._merchant_order_id.format(external_id=external_id, number=number)
        self.client.update_merchant_order_id(external_id, merchant_order_id)

    def _listed(self, row: Any, sent: datetime) -> Listed:
        shown = row if isinstance(row, dict) else {}
        try:
            external_id = full_order_id(self._store, shown.get("id"))
        except ValueError:
            external_id = None
        acknowledged = is_said(shown.get("merchantOrderId"))
        return Listed(external_id, marker(external_id, shown), acknowledged, RawOrder(row, ROW, sent))

    def _before_start(self, row: Any) -> bool:
        # Else each poll would read the details of the first day's earlier orders, only to leave them out.
        placed_at = moment(row.get("timestamp"), self._zone) if isinstance(row, dict) else None
        return self.start_at is not None and placed_at is not None and placed_at < self.start_at


def marker(external_id: str | None, *shown: Mapping[str, Any]) -> str:
    """Return a fingerprint of what tells of a change: the id, and three fields as the first has them.

    Of a detail and its row it is the row's own where the detail says the same, or nothing; where the two
    differ, in more than how they spell a status, it is another one, so that the order is read again.
    """
    marks = (next((mark for each in shown if (mark := read(each.get(key)))), None) for key, read in _MARKS)
    return fingerprint([external_id, *marks])


def _text(value: Any) -> str | None:
    # Whatever else it is has no bounds, and one row must not spoil the list.
    return str(value).strip() or None if isinstance(value, str | int) else None


def _status(value: Any) -> str | None:
    text = _text(value)
    return text and spelled(text)


def _flag(value: Any) -> str | None:
    # One that is not set may be left out.
    try:
        return "True" if flag(value) else None
    except UnreadableError:
        return _text(value)


_MARKS = (("orderStatus", _status), ("merchantOrderId", _text), ("testOrder", _flag))


def _store(connection: Connection) -> str:
    store = connection.unspaced("store")
    if not (store.isascii() and store.isdecimal()):
        raise ConfigurationError(
            f"connection {connection.name!r} (zonos): the credential 'store' is not the store's number;"
            " put the number that Zonos gave"
        )
    return store
