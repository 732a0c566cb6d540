"""The items of a Retailys order: which are lines, which are discounts, and what their prices are.

What an item's `final_price` is the price of, no page says. The rule of `final_price = "by_sum"`: it is read
as the price of one piece, VAT included; only where the items then do not add up to the order's `money`, and
do as prices of whole lines, it is read so. Where neither adds up, it is the price of one piece, and the
order carries `totals_mismatch`. An item with a negative price takes something off: it is a discount, and
nothing to ship.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from orderbus.domain.errors import NotNormalizableError
from orderbus.domain.money import Money, MoneyReader
from orderbus.domain.orders import Discount, Line, Quantity
from orderbus.providers.retailys.options import PriceReading, RetailysOptions
from orderbus.providers.retailys.wire import (
    MAPPED_ITEM,
    RetailysItem,
    RetailysOrder,
    reference_id,
    shown_whole,
    text_of,
)
from orderbus.providers.wire import rest

_BY_SUM: tuple[PriceReading, ...] = ("per_unit", "per_line")
# Of an article's identifiers, the one that the merchant chose; its EAN stays with the article.
_SKU = "internal_catalogid"


class Amounts:
    """Reads amounts, each in its own currency, and knows whether one of them had to be rounded."""

    def __init__(self) -> None:
        self._readers: dict[str, MoneyReader] = {}

    def read(self, amount: Decimal, currency: str, field_name: str) -> Money:
        """Return the amount in minor units of a currency.

        Raises:
            NotNormalizableError: Naming the field of the currency, or why the amount is none.
        """
        if currency not in self._readers:
            try:
                self._readers[currency] = MoneyReader(currency)
            except NotNormalizableError as reason:
                raise NotNormalizableError(f"{field_name}: {reason}") from None
        return self._readers[currency].read(amount)

    @property
    def rounded(self) -> bool:
        """Whether an amount had a fraction of a minor unit."""
        return any(reader.rounded for reader in self._readers.values())


@dataclass(slots=True)
class Items:
    """An order's items under one reading of their prices, beside the order's total."""

    total: Money
    rounded: bool = False
    lines: list[Line] = field(default_factory=list)
    discounts: list[Discount] = field(default_factory=list)

    def add_up(self) -> bool:
        """Say whether lines minus discounts are the total, which they can be in its own currency only."""
        added = [line.total for line in self.lines]
        taken = [discount.amount for discount in self.discounts]
        return all(each.currency == self.total.currency for each in (*added, *taken)) and (
            sum(each.amount_minor for each in added) - sum(each.amount_minor for each in taken)
            == self.total.amount_minor
        )


def read_items(wire: RetailysOrder, raws: list[dict[str, Any]], options: RetailysOptions) -> Items:
    """Return the items by the first reading of their prices that adds up, else by the first one.

    Raises:
        NotNormalizableError: Naming the field and what is wrong with it.
    """
    readings = _BY_SUM if options.final_price == "by_sum" else (options.final_price,)
    first, *others = readings
    items = _read(wire, raws, options, first)
    if items.add_up():
        return items
    read_so = (_read(wire, raws, options, reading) for reading in others)
    return next((each for each in read_so if each.add_up()), items)


def is_discount(item: RetailysItem) -> bool:
    """Say whether an item takes something off."""
    return item.price.final_price < 0


def item_data(raw: dict[str, Any]) -> dict[str, Any]:
    """Return what of an item the mapping did not use; its article is kept beside the lines (mapping.py)."""
    article = raw.get("article")
    lost = shown_whole(article) and reference_id(article) is None
    return rest(raw, MAPPED_ITEM) | ({"article": article} if lost else {})


def _read(
    wire: RetailysOrder, raws: list[dict[str, Any]], options: RetailysOptions, reading: PriceReading
) -> Items:
    amounts = Amounts()
    currency = (wire.order_currency_code or "").upper()
    items = Items(amounts.read(wire.money, currency, "order_currency_code"))
    shipped = bool(wire.sent or wire.delivered)
    for at, (item, raw) in enumerate(zip(wire.items, raws, strict=True)):
        ordered = _ordered(item, options, at)
        unit, total = _prices(item, ordered, reading, amounts, currency, at)
        if is_discount(item):
            taken = Money(amount_minor=-total.amount_minor, currency=total.currency)
            items.discounts.append(Discount(name=item.name, amount=taken))
        else:
            quantity = Quantity(ordered=ordered, shipped=ordered if shipped else 0)
            items.lines.append(_line(item, raw, quantity, unit, total))
    items.rounded = amounts.rounded
    return items


def _line(item: RetailysItem, raw: dict[str, Any], quantity: Quantity, unit: Money, total: Money) -> Line:
    article = raw.get("article")
    return Line(
        line_id=item.id,
        product_id=reference_id(article),
        sku=_ident(article, _SKU),
        name=item.name,
        quantity=quantity,
        unit_price=unit,
        total=total,
        provider_data=item_data(raw),
    )


def _prices(
    item: RetailysItem, ordered: int, reading: PriceReading, amounts: Amounts, currency: str, at: int
) -> tuple[Money, Money]:
    """Return the price of one piece and of the line, in the item's own currency where it names one."""
    own, named = (item.price.currency or currency).upper(), f"items.{at}.price.currency"
    given = item.price.final_price
    price = amounts.read(given, own, named)  # so it is of a size that can be multiplied
    if reading == "per_unit":
        return price, amounts.read(given * ordered, own, named)
    return amounts.read(given / max(ordered, 1), own, named), price


def _ordered(item: RetailysItem, options: RetailysOptions, at: int) -> int:
    given = (getattr(item, name) for name in options.quantity)
    count: Decimal | None = next((each for each in given if each is not None), None)
    named = "/".join(options.quantity)
    if count is None:
        raise NotNormalizableError(f"items.{at}.{named}: missing")
    if not 0 <= count < 10**9 or count != count.to_integral_value():
        raise NotNormalizableError(f"items.{at}.{named}: not a whole number from 0 on")
    return int(count)


def _ident(article: Any, kind: str) -> str | None:
    """Return an identifier of an article, `{"idents": [{"type", "value"}]}`."""
    idents = article.get("idents") if isinstance(article, dict) else None
    for ident in idents if isinstance(idents, list) else []:
        if isinstance(ident, dict) and ident.get("type") == kind:
            return text_of(ident.get("value"))
    return None
