"""From a Zonos order to the normalized one."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from orderbus.domain.errors import NotNormalizableError
from orderbus.domain.money import MoneyReader
from orderbus.domain.orders import Hold, HoldReason, Order, order_id
from orderbus.providers.fields import UnreadableError, flag
from orderbus.providers.parts import warnings_of
from orderbus.providers.wire import rest
from orderbus.providers.zonos.amounts import Item, read_amounts
from orderbus.providers.zonos.ids import full_order_id
from orderbus.providers.zonos.options import ZonosOptions
from orderbus.providers.zonos.parties import (
    billing_address,
    customer,
    payment_state,
    payments,
    shipping_address,
)
from orderbus.providers.zonos.statuses import meaning_of
from orderbus.providers.zonos.wire import MAPPED_ORDER, ZonosOrder, moment

Json = dict[str, Any]


class ZonosMapping:
    """Normalizes the orders of one connection.

    A raw order is what was asked for and came: `order`, the detail; `listed`, its row in the list of order
    numbers, where it was found there; `decoded_as`, the encoding of the detail where it was not UTF-8.
    """

    def __init__(self, connection: str, store: str, options: ZonosOptions) -> None:
        self._connection = connection
        self._store = store
        self._currency = options.currency
        self._zone = ZoneInfo(options.timezone)

    def external_id(self, raw: Any) -> str:
        """Return the order's id, as `999-99991`.

        Raises:
            NotNormalizableError: It has none, or is a row of the list alone.
        """
        order = raw.get("order") if isinstance(raw, dict) else None
        if not isinstance(order, dict):
            raise NotNormalizableError("id: the row of the list has no order id as 999-99991")
        try:
            return full_order_id(self._store, order.get("orderId"))
        except ValueError as reason:
            raise NotNormalizableError(f"orderId: {reason}") from None

    def normalize(self, raw: Any, *, now: datetime) -> Order:
        """Return the normalized order; `now` is since when it is held, where the provider does not say.

        Raises:
            NotNormalizableError: Naming the field and what is wrong with it.
        """
        external_id = self.external_id(raw)  # so there is an order
        wire, items = _read(raw["order"])
        row = _row(raw)
        meaning = meaning_of(wire.order_status)
        money = MoneyReader(self._currency)
        amounts = read_amounts(wire, items, money, shipped=meaning.fulfilment == "fulfilled")
        placed_at_raw, placed_at = self._placed(raw["order"].get("timestamp"), row.get("timestamp"))
        billing, shipping = billing_address(wire), shipping_address(wire)
        return Order(
            order_id=order_id(self._connection, external_id),
            provider="zonos",
            connection=self._connection,
            external_id=external_id,
            number=external_id,
            placed_at=placed_at,
            placed_at_raw=None if placed_at_raw is None else str(placed_at_raw),
            test=_is_test(wire, row),
            lifecycle=meaning.lifecycle,
            payment=payment_state(wire),
            fulfilment=meaning.fulfilment,
            holds=() if meaning.hold is None else (self._hold(meaning.hold, wire, raw, now),),
            warnings=warnings_of(
                billing,
                shipping,
                mismatch=not amounts.add_up,
                rounded=money.rounded,
                # No detail is known to have a time: without its row it is not missing, but not asked for.
                undated=placed_at is None and "listed" in raw,
            ),
            provider_status=wire.order_status,
            currency=self._currency,
            lines=amounts.lines,
            charges=amounts.charges,
            discounts=amounts.discounts,
            total=amounts.total,
            customer=customer(wire),
            billing_address=billing,
            shipping_address=shipping,
            payments=payments(wire),
            note=_customer_note(wire),
            provider_data=_left(raw, amounts.discount_items),
        )

    def _placed(self, *told: object) -> tuple[object, datetime | None]:
        """Return the first time that can be read, as it came and as it is; else the first that came."""
        for each in told:
            if (placed_at := moment(each, self._zone)) is not None:
                return each, placed_at
        return next((each for each in told if each is not None), None), None

    def _hold(self, reason: HoldReason, wire: ZonosOrder, raw: Json, now: datetime) -> Hold:
        return Hold(reason=reason, since=self._status_since(raw) or now, raw=wire.order_status)

    def _status_since(self, raw: Json) -> datetime | None:
        """Return since when the order has its status; its row tells it of the status that the row has."""
        order, row = raw["order"], _row(raw)
        shown = [order, row] if row.get("orderStatus") == order.get("orderStatus") else [order]
        # The number first: in the provider's own sample the text beside it is another time.
        for key in ("orderStatusDate", "orderStatusDateString"):
            for each in shown:
                if (since := moment(each.get(key), self._zone)) is not None:
                    return since
        return None


def _read(order: Json) -> tuple[ZonosOrder, list[Item]]:
    wire = ZonosOrder.read(order)
    if not wire.items:
        raise NotNormalizableError("items: the detail has no lines")
    return wire, [Item(*each, at) for at, each in enumerate(zip(wire.items, order["items"], strict=True))]


def _row(raw: Json) -> Json:
    row = raw.get("listed")
    return row if isinstance(row, dict) else {}


def _is_test(wire: ZonosOrder, row: Json) -> bool:
    """Say whether it is a test order, by the detail, else by its row; the flag may come as a text."""
    if wire.test_order is not None:
        return wire.test_order
    try:
        return bool(flag(row.get("testOrder")))
    except UnreadableError as error:
        raise error.reason("listed.testOrder") from None


def _customer_note(wire: ZonosOrder) -> str | None:
    notes = [each.note for each in wire.notes or () if each.customer_note and each.note]
    return "\n".join(notes) or None


def _left(raw: Json, discount_items: list[Json]) -> Json:
    """Return what was not mapped, the items that are discounts among it."""
    left = rest(raw["order"], MAPPED_ORDER)
    left |= {"items": discount_items} if discount_items else {}
    # Texts of an answer that was not UTF-8 may be wrong: the flag goes with the order.
    return left | ({"decoded_as": raw["decoded_as"]} if "decoded_as" in raw else {})
