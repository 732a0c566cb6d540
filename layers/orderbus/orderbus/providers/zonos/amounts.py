"""Lines, charges, discounts and the total of a Zonos order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from orderbus.domain.errors import NotNormalizableError
from orderbus.domain.money import Money, MoneyReader
from orderbus.domain.orders import Charge, Discount, Line, Quantity
from orderbus.providers.wire import rest
from orderbus.providers.zonos.wire import MAPPED_ITEM, ZonosItem, ZonosOrder, ZonosPromo

_NOTHING = Decimal(0)


class Item(NamedTuple):
    """An item as it is read, as it came, and which of the order's it is, from 0 on."""

    wire: ZonosItem
    raw: dict[str, Any]
    at: int


@dataclass(frozen=True, slots=True)
class Amounts:
    """What an order costs.

    Attributes:
        lines: What is to be shipped.
        charges: What is added.
        discounts: What is taken off.
        total: What the customer pays.
        add_up: Whether the total is what the provider said.
        discount_items: The items that are discounts, as they came.
    """

    lines: tuple[Line, ...]
    charges: tuple[Charge, ...]
    discounts: tuple[Discount, ...]
    total: Money
    add_up: bool
    discount_items: list[dict[str, Any]]


def read_amounts(wire: ZonosOrder, items: Sequence[Item], money: MoneyReader, *, shipped: bool) -> Amounts:
    """Return what an order costs.

    Raises:
        NotNormalizableError: There is no product, a quantity is none, or an amount is out of range.
    """
    # A discount is an item with a price below zero; it is nothing that could be shipped.
    products = [item for item in items if item.wire.unit_price >= 0]
    taken_off = [item for item in items if item.wire.unit_price < 0]
    if not products:
        raise NotNormalizableError("items: the detail has no lines")
    lines = tuple(_lines(products, money, shipped=shipped))
    charges = tuple(_charges(wire, money))
    discounts = tuple(_discounts(taken_off, wire.promo_code or ZonosPromo(), money))
    net = (
        sum(line.total.amount_minor for line in lines)
        + sum(charge.amount.amount_minor for charge in charges)
        - sum(discount.amount.amount_minor for discount in discounts)
    )
    total, add_up = _total(wire, net, discounts, money)
    return Amounts(lines, charges, discounts, total, add_up, [item.raw for item in taken_off])


def _lines(products: Iterable[Item], money: MoneyReader, *, shipped: bool) -> Iterator[Line]:
    seen: Counter[str] = Counter()
    for item, raw, at in products:
        ordered = _quantity(item, at)
        unit_price = money.read(item.unit_price)  # so it is of a size that can be multiplied
        # Items have no id, and nothing says that they keep their places: the product tells them apart.
        name = item.product_id or item.sku or "item"
        line_id = name
        while seen[line_id]:  # also where another product is called `name#2`
            seen[name] += 1
            line_id = f"{name}#{seen[name]}"
        seen[line_id] += 1
        yield Line(
            line_id=line_id,
            product_id=item.product_id,
            sku=item.sku,
            name=item.description,
            quantity=Quantity(ordered=ordered, shipped=ordered if shipped else 0),
            unit_price=unit_price,
            total=money.read(item.unit_price * ordered),
            provider_data=rest(raw, MAPPED_ITEM),
        )


def _quantity(item: ZonosItem, at: int) -> int:
    quantity = item.quantity
    if quantity is None or quantity != quantity.to_integral_value() or not 0 <= quantity < 10**9:
        raise NotNormalizableError(f"items.{at}.quantity: not a whole number from 0 on")
    return int(quantity)


def _charges(wire: ZonosOrder, money: MoneyReader) -> Iterator[Charge]:
    shipping = money.read(wire.shipping_total or _NOTHING)
    # What costs nothing and has a name still says something.
    if shipping.amount_minor or wire.customer_selected_shipping_name:
        yield Charge(kind="shipping", name=wire.customer_selected_shipping_name, amount=shipping)
    if wire.duty_taxes_total:
        yield Charge(kind="duty", amount=money.read(wire.duty_taxes_total))


def _discounts(taken_off: Iterable[Item], promo: ZonosPromo, money: MoneyReader) -> Iterator[Discount]:
    told = False
    for item, _, at in taken_off:
        # The promotion may stand among the items, too, under its code: it is taken off once.
        is_promo = promo.code is not None and item.description == promo.code
        told = told or is_promo
        _ = money.read(item.unit_price)  # so it is of a size that can be multiplied
        quantity = 1 if item.quantity is None else _quantity(item, at)
        yield Discount(
            code=promo.code if is_promo else None,
            name=item.description,
            amount=money.read(-item.unit_price * quantity),
        )
    if not told and (promo.code or promo.amount):
        yield Discount(code=promo.code, amount=money.read(abs(promo.amount or _NOTHING)))


def _total(
    wire: ZonosOrder, net: int, discounts: Iterable[Discount], money: MoneyReader
) -> tuple[Money, bool]:
    """Return the total, and whether it is what the provider said."""
    if wire.grand_total is None:
        return Money(amount_minor=net, currency=money.currency), True
    said = money.read(wire.grand_total)
    by_promo = sum(discount.amount.amount_minor for discount in discounts if discount.code)
    # The grand total seems to be the one before the promotion (providers.md 4.3); the sum shows which it is.
    if said.amount_minor == net + by_promo:
        return Money(amount_minor=net, currency=money.currency), True
    return said, said.amount_minor == net
