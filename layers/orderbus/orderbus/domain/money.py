"""Exact money: integer minor units with an ISO 4217 currency, never a float."""

from __future__ import annotations

from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal
from typing import Annotated

from msgspec import Meta

from orderbus.domain.currencies import PLACES
from orderbus.domain.errors import NotNormalizableError
from orderbus.domain.parts import Part

# An amount beyond this is a malformed number, not a price; it also bounds what int() has to build.
LARGEST_DIGITS = 15
# The point is moved in any number of digits; a context of 28 would round them before we do.
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)


class Money(Part, frozen=True, kw_only=True):
    """An amount in minor units (cents) of a currency."""

    amount_minor: int
    # Its length is quick to check; the pattern is what is published of it.
    currency: Annotated[str, Meta(min_length=3, max_length=3, extra={"pattern": r"^[A-Z]{3}$"})]


def exponent(currency: str) -> int:
    """Return how many decimal places the currency has by ISO 4217.

    Raises:
        NotNormalizableError: The code is not a currency that has minor units.
    """
    places = PLACES.get(currency)
    if places is None:
        raise NotNormalizableError(f"currency {currency[:8]!r} is not in ISO 4217")
    return places


class MoneyReader:
    """Reads a provider's amounts in one currency, and remembers if one had to be rounded."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.rounded = False
        self._exponent = exponent(currency)

    def read(self, amount: Decimal) -> Money:
        """Return the amount in minor units; a fraction of one is rounded half to even and noted.

        Raises:
            NotNormalizableError: The amount is not a finite number of a sensible size.
        """
        if not amount.is_finite() or amount.adjusted() >= LARGEST_DIGITS:
            raise NotNormalizableError(f"an amount is not a finite number of at most {LARGEST_DIGITS} digits")
        minor = amount.scaleb(self._exponent, _EXACT)
        whole = int(minor)
        if whole != minor:
            self.rounded = True
            whole = int(minor.to_integral_value(ROUND_HALF_EVEN))
        return Money(amount_minor=whole, currency=self.currency)
