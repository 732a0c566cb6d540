"""The table of currencies is that of ISO 4217."""

from __future__ import annotations

from iso4217 import Currency
from orderbus.domain.currencies import PLACES


def test_every_currency_that_has_minor_units_has_its_decimal_places() -> None:
    assert {each.code: each.exponent for each in Currency if each.exponent is not None} == PLACES
    assert PLACES["USD"] == 2
