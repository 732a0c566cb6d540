"""Amounts of generated orders, which add up to the cent."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

CENT = Decimal("0.01")
TAX_RATE = Decimal("0.0685")


class Totals(NamedTuple):
    """An order's amounts: items + shipping + tax = total."""

    items: Decimal
    shipping: Decimal
    tax: Decimal
    total: Decimal


DEFAULT_LINES = (("24.95", 2), ("7.25", 1))
DEFAULT_SHIPPING = "9.50"


def add_up(lines: Iterable[tuple[str, int]], *, shipping: str, tax: str | None) -> Totals:
    """Add up an order; without a tax, a rate of 6.85 % of the items is taken."""
    items = sum((Decimal(price) * quantity for price, quantity in lines), Decimal("0.00"))
    taxes = to_cents(items * TAX_RATE) if tax is None else Decimal(tax)
    return Totals(items, Decimal(shipping), taxes, items + Decimal(shipping) + taxes)


def to_cents(amount: Decimal) -> Decimal:
    """Round an amount to two decimals, halves away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)
