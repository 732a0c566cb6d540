"""From a Retailys order to the normalized one; items.py has its lines and prices.

What an order refers to (customer, channel, shipping ...) comes whole or as a stub, by the way of asking. Its
id is `<name>_id` in `provider_data` either way, and the whole object, where it was shown, stands beside it.
The articles of the items are in `provider_data.articles` by their ids.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from orderbus.domain.errors import NotNormalizableError
from orderbus.domain.money import Money, MoneyReader
from orderbus.domain.orders import (
    Address,
    Customer,
    Fulfilment,
    Hold,
    Lifecycle,
    Order,
    Payment,
    PaymentState,
    order_id,
)
from orderbus.domain.times import parse_time
from orderbus.providers.parts import country, empty_to_none, filled, warnings_of
from orderbus.providers.retailys.items import is_discount, item_data, read_items
from orderbus.providers.retailys.options import RetailysOptions
from orderbus.providers.retailys.wire import (
    MAPPED_ORDER,
    REFERENCES,
    RetailysOrder,
    reference_id,
    shown_whole,
)
from orderbus.providers.wire import rest


class RetailysMapping:
    """Normalizes the orders of one connection."""

    def __init__(self, connection: str, options: RetailysOptions) -> None:
        self._connection = connection
        self._options = options
        self._zone = ZoneInfo(options.timezone)

    def normalize(self, raw: Any, *, now: datetime) -> Order:
        """Return the normalized order.

        Raises:
            NotNormalizableError: Naming the field and what is wrong with it.
        """
        if not isinstance(raw, dict):
            raise NotNormalizableError("the order is not a JSON object")
        wire = RetailysOrder.read(raw)
        items = read_items(wire, raw.get("items") or [], self._options)
        placed_at = self._placed_at(wire.date_order)
        billing = _billing_address(wire)
        shipping = _shipping_address(wire, billing)
        return Order(
            order_id=order_id(self._connection, wire.id),
            provider="retailys",
            connection=self._connection,
            external_id=wire.id,
            number=wire.id,
            placed_at=placed_at,
            placed_at_raw=wire.date_order,
            lifecycle=_lifecycle(wire),
            payment=_payment_state(wire, items.total),
            fulfilment=_fulfilment(wire),
            holds=(Hold(reason="unknown_status", since=now),) if _is_unsaid(wire) else (),
            warnings=warnings_of(
                billing,
                shipping,
                mismatch=not items.add_up(),
                rounded=items.rounded,
                undated=placed_at is None,
            ),
            provider_status=_flags(wire),
            currency=items.total.currency,
            lines=tuple(items.lines),
            discounts=tuple(items.discounts),
            total=items.total,
            customer=_customer(wire, raw),
            billing_address=billing,
            shipping_address=shipping,
            payments=(Payment(reference=wire.external_payment_id),) if wire.external_payment_id else (),
            note=wire.note,
            provider_data=_left_over(wire, raw),
        )

    def _placed_at(self, text: str | None) -> datetime | None:
        try:
            return parse_time(text, zone=self._zone) if text else None
        except ValueError:
            return None


def _flags(wire: RetailysOrder) -> str | None:
    """Return the states that are set: no order shows which of the instance's own statuses it is in."""
    states = {"sent": wire.sent, "delivered": wire.delivered, "done": wire.done, "canceled": wire.canceled}
    return ", ".join(name for name, given in states.items() if given) or None


def _is_unsaid(wire: RetailysOrder) -> bool:
    """Say whether nothing tells if an order is cancelled, or if it is sent: then it is not shipped."""
    return wire.canceled is None or (wire.sent is None and not wire.delivered)


def _lifecycle(wire: RetailysOrder) -> Lifecycle:
    if wire.canceled is None:
        return "unknown"
    if wire.canceled:
        return "cancelled"
    return "completed" if wire.done else "open"


def _fulfilment(wire: RetailysOrder) -> Fulfilment:
    if wire.delivered:
        return "delivered"
    if wire.sent is None:
        return "unknown"
    return "fulfilled" if wire.sent else "unfulfilled"


def _payment_state(wire: RetailysOrder, total: Money) -> PaymentState:
    """Return what `paid`, an amount, says beside the total; of an order that costs nothing all is paid."""
    if wire.paid is None or wire.paid < 0:
        return "unknown"
    paid = MoneyReader(total.currency).read(wire.paid).amount_minor
    if paid >= total.amount_minor:
        return "paid"
    return "partially_paid" if paid else "pending"


def _customer(wire: RetailysOrder, raw: dict[str, Any]) -> Customer:
    return Customer(
        customer_id=reference_id(raw.get("customer")), name=wire.name, email=wire.email, phone=wire.phone
    )


def _billing_address(wire: RetailysOrder) -> Address | None:
    code, unknown = country(wire.state_code)
    address = Address(
        name=wire.name,
        lines=filled(wire.street),
        city=wire.city,
        postal_code=wire.zip,
        country=code,
        country_raw=unknown,
        phone=wire.phone,
        email=wire.email,
    )
    return empty_to_none(address)


def _shipping_address(wire: RetailysOrder, billing: Address | None) -> Address | None:
    """Return where to send it: the billing address where no other is filled in (providers.md 3.5).

    A place is taken as a whole, so that a street is never put into the town of another address; a name, a
    phone or an email that stands alone is that of who receives it at the billing address.
    """
    code, unknown = country(wire.delivery_state_code)
    contact = {"name": wire.delivery_name, "phone": wire.delivery_phone, "email": wire.delivery_email}
    elsewhere = wire.delivery_street or wire.delivery_city or wire.delivery_zip or unknown
    if billing is not None and not elsewhere and _can_be_in(billing, code):
        given = {**contact, "country": code}
        return replace(billing, **{key: value for key, value in given.items() if value})
    address = Address(
        **contact,
        lines=filled(wire.delivery_street),
        city=wire.delivery_city,
        postal_code=wire.delivery_zip,
        country=code,
        country_raw=unknown,
    )
    return empty_to_none(address)


def _can_be_in(address: Address, code: str | None) -> bool:
    return code in {None, address.country} or not (address.country or address.country_raw)


def _left_over(wire: RetailysOrder, raw: dict[str, Any]) -> dict[str, Any]:
    """Return what was not used, with every object that the order refers to in a place of its own."""
    ids = {f"{name}_id": reference_id(raw.get(name)) for name in REFERENCES if name != "customer"}
    whole = {name: raw[name] for name in REFERENCES if shown_whole(raw.get(name))}
    items: list[dict[str, Any]] = raw.get("items") or []
    told_by_discounts = [
        {"id": item.id, **item_data(each)}
        for item, each in zip(wire.items, items, strict=True)
        if is_discount(item)
    ]
    kept = {"articles": _articles(items), "discount_items": told_by_discounts}
    return (
        {name: id_ for name, id_ in ids.items() if id_ is not None}
        | rest(raw, MAPPED_ORDER)
        | whole
        | {name: value for name, value in kept.items() if value}
    )


def _articles(items: list[dict[str, Any]]) -> dict[str, Any]:
    articles = [item.get("article") for item in items]
    return {id_: each for each in articles if shown_whole(each) and (id_ := reference_id(each)) is not None}
