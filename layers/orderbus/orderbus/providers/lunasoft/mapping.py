"""From a LunaSoft order to the normalized one."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from orderbus.domain.errors import NotNormalizableError
from orderbus.domain.money import MoneyReader
from orderbus.domain.orders import (
    Address,
    Charge,
    Customer,
    Discount,
    Fulfilment,
    GiftCertificate,
    Hold,
    Lifecycle,
    Line,
    Order,
    Payment,
    Quantity,
    order_id,
)
from orderbus.domain.times import parse_time
from orderbus.providers.lunasoft.options import LunaOptions
from orderbus.providers.lunasoft.wire import MAPPED_LINE, MAPPED_ORDER, LunaLine, LunaOrder
from orderbus.providers.parts import country, empty_to_none, filled, joined, warnings_of
from orderbus.providers.wire import rest

_NOTHING = Decimal(0)


class LunaMapping:
    """Normalizes the orders of one connection."""

    def __init__(self, connection: str, options: LunaOptions) -> None:
        self._connection = connection
        self._options = options

    def normalize(self, raw: Any, *, now: datetime) -> Order:
        """Return the normalized order.

        Raises:
            NotNormalizableError: Naming the field and what is wrong with it.
        """
        if not isinstance(raw, dict):
            raise NotNormalizableError("the order is not a JSON object")
        wire = LunaOrder.read(raw)
        money = MoneyReader(self._options.currency)
        lines = self._lines(wire, raw["line_items"], money)
        charges = _charges(wire, money)
        discounts = _discounts(wire, money)
        certificates = _certificates(wire, money)
        total = money.read(wire.total)
        added = sum([each.total.amount_minor for each in lines]) + _amount(charges)
        taken = _amount(discounts) + _amount(certificates)
        placed_at = _placed_at(wire)
        billing, shipping = _billing_address(wire), _shipping_address(wire)
        status = wire.current_status
        return Order(
            order_id=order_id(self._connection, wire.id),
            provider="lunasoft",
            connection=self._connection,
            external_id=wire.id,
            number=wire.order_num or wire.id,
            placed_at=placed_at,
            placed_at_raw=wire.created,
            lifecycle=self._lifecycle(status),
            payment="unknown" if wire.is_paid is None else "paid" if wire.is_paid else "pending",
            fulfilment=_fulfilment(lines),
            holds=(Hold(reason="on_hold", since=now, raw=status),)
            if status in self._options.hold_statuses
            else (),
            warnings=warnings_of(
                billing,
                shipping,
                mismatch=added - taken != total.amount_minor,
                rounded=money.rounded,
                undated=placed_at is None,
            ),
            provider_status=status,
            currency=self._options.currency,
            lines=tuple(lines),
            charges=tuple(charges),
            discounts=tuple(discounts),
            gift_certificates=tuple(certificates),
            total=total,
            customer=_customer(wire),
            billing_address=billing,
            shipping_address=shipping,
            payments=_payments(wire),
            note=wire.customer_note,
            provider_data=rest(raw, MAPPED_ORDER),
        )

    def _lifecycle(self, status: str | None) -> Lifecycle:
        if status in self._options.cancelled_statuses:
            return "cancelled"
        if status in self._options.completed_statuses:
            return "completed"
        return "open"

    def _lines(self, wire: LunaOrder, raws: list[dict[str, Any]], money: MoneyReader) -> list[Line]:
        shipped = bool(wire.is_fulfilled) or wire.current_status in self._options.shipped_statuses
        return [
            _line(at, line, raws[at], money, shipped=shipped or bool(line.is_fulfilled))
            for at, line in enumerate(wire.line_items)
        ]


def _line(at: int, line: LunaLine, raw: dict[str, Any], money: MoneyReader, *, shipped: bool) -> Line:
    if not 0 <= line.quantity < 10**9 or (ordered := int(line.quantity)) != line.quantity:
        raise NotNormalizableError(f"line_items.{at}.quantity: not a whole number from 0 on")
    unit_price = money.read(line.cost)  # so it is of a size that can be multiplied
    total = line.cost * ordered if line.total_cost is None else line.total_cost
    return Line(
        line_id=line.id,
        product_id=line.product_id,
        sku=line.sku,
        name=line.name,
        quantity=Quantity(ordered=ordered, shipped=ordered if shipped else 0),
        unit_price=unit_price,
        total=money.read(total),
        provider_data=rest(raw, MAPPED_LINE),
    )


def _charges(wire: LunaOrder, money: MoneyReader) -> list[Charge]:
    shipping, tax = wire.shipping_cost or _NOTHING, wire.tax or _NOTHING
    charges = [
        Charge(kind="shipping", name=wire.shipping_option, amount=money.read(shipping)),
        Charge(kind="tax", amount=money.read(tax)),
    ]
    # What costs nothing and has a name still says something: "Store pickup".
    return [charge for charge in charges if charge.amount.amount_minor or charge.name]


def _discounts(wire: LunaOrder, money: MoneyReader) -> list[Discount]:
    # Subtractive by inference (providers.md 2.3): lines + shipping + tax are the sample's total without them.
    off_shipping = wire.promo_rule_discount_shipping
    given = [
        (wire.promo_code, wire.promo_code_info, wire.promo_code_discount),
        (None, wire.promo_rule_info, wire.promo_rule_discount),
        (None, "shipping discount" if off_shipping else None, off_shipping),
    ]
    return [
        Discount(code=code, name=name, amount=money.read(amount or _NOTHING))
        for code, name, amount in given
        if amount or code or name
    ]


def _certificates(wire: LunaOrder, money: MoneyReader) -> list[GiftCertificate]:
    code, amount = wire.gift_cert_code, wire.gift_cert_applied or _NOTHING
    return [GiftCertificate(code=code, amount=money.read(amount))] if amount or code else []


def _amount(parts: list[Charge] | list[Discount] | list[GiftCertificate]) -> int:
    return sum([part.amount.amount_minor for part in parts])


def _fulfilment(lines: list[Line]) -> Fulfilment:
    shipped = sum(line.quantity.shipped for line in lines)
    if not shipped:
        return "unfulfilled"
    return "fulfilled" if shipped == sum(line.quantity.ordered for line in lines) else "partial"


def _placed_at(wire: LunaOrder) -> datetime | None:
    if wire.created is None:
        return None
    try:
        return parse_time(wire.created, zone=UTC)
    except ValueError:
        return None


def _customer(wire: LunaOrder) -> Customer:
    return Customer(
        customer_id=wire.user_id,
        first_name=wire.first_name,
        last_name=wire.last_name,
        name=joined(wire.first_name, wire.last_name),
        company=wire.shipping_company,
        email=wire.email,
        phone=wire.phone,
    )


def _billing_address(wire: LunaOrder) -> Address | None:
    code, raw = country(wire.billing_country)
    address = Address(
        name=joined(wire.billing_first_name, wire.billing_last_name),
        lines=filled(wire.billing_address),
        city=wire.billing_city,
        region=wire.billing_state,
        postal_code=wire.billing_zip,
        country=code,
        country_raw=raw,
        phone=wire.billing_phone,
        email=wire.billing_email,
    )
    return empty_to_none(address)


def _shipping_address(wire: LunaOrder) -> Address | None:
    code, raw = country(wire.shipping_country)
    address = Address(
        name=joined(wire.shipping_first_name, wire.shipping_last_name),
        company=wire.shipping_company,
        lines=filled(wire.shipping_address, wire.shipping_address2),
        city=wire.shipping_city,
        region=wire.shipping_state,
        postal_code=wire.shipping_zip,
        country=code,
        country_raw=raw,
        phone=wire.shipping_phone,
    )
    return empty_to_none(address)


def _payments(wire: LunaOrder) -> tuple[Payment, ...]:
    payment = Payment(
        method=wire.payment_option,
        gateway=wire.payment_option_type,
        card_type=wire.card_type,
        card_last_4=wire.card_last_4,
        # "0" is none, and no proof of payment either (providers.md 2.3).
        reference=wire.transaction_id if wire.transaction_id != "0" else None,
    )
    return (payment,) if empty_to_none(payment) else ()
