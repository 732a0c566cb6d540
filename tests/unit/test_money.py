"""Money is exact: whole minor units by ISO 4217, and every rounding is said."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orderbus.domain.errors import NotNormalizableError
from orderbus.domain.money import Money, MoneyReader, exponent


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [
        ("USD", "322.85", 32285),
        ("USD", "0", 0),
        ("USD", "1E+2", 10000),
        ("JPY", "1200", 1200),
        ("KWD", "1.234", 1234),
        ("CLF", "1.2345", 12345),
        ("USD", "-19.99", -1999),
        ("USD", "999999999999999.99", 99999999999999999),
    ],
)
def test_an_amount_is_read_in_the_minor_units_of_its_currency(currency: str, amount: str, minor: int) -> None:
    reader = MoneyReader(currency)

    assert reader.read(Decimal(amount)) == Money(amount_minor=minor, currency=currency)
    assert reader.rounded is False


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [
        ("USD", "0.005", 0),
        ("USD", "0.015", 2),
        ("USD", "-0.005", 0),
        ("USD", "1.0000001", 100),
        ("JPY", "0.5", 0),
        ("JPY", "1.5", 2),
        ("KWD", "0.0005", 0),
        ("USD", "1E-999", 0),
        ("USD", "1E-999999", 0),
        ("USD", "0.015" + "0" * 60 + "1", 2),
        ("USD", "0.005" + "0" * 60 + "1", 1),
        ("USD", "999999999999999.99" + "9" * 60, 10**17),
    ],
)
def test_a_fraction_of_a_minor_unit_is_rounded_half_to_even_and_noted(
    currency: str, amount: str, minor: int
) -> None:
    reader = MoneyReader(currency)

    assert reader.read(Decimal(amount)).amount_minor == minor
    assert reader.rounded is True


def test_one_rounded_amount_is_remembered_after_exact_ones() -> None:
    reader = MoneyReader("USD")

    reader.read(Decimal("0.001"))
    reader.read(Decimal("5.00"))

    assert reader.rounded is True


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+15", "-1E+15", "1E+999999"])
def test_what_is_no_sensible_number_is_refused_without_showing_it(amount: str) -> None:
    with pytest.raises(NotNormalizableError) as refused:
        MoneyReader("USD").read(Decimal(amount))

    assert str(refused.value) == "an amount is not a finite number of at most 15 digits"


@pytest.mark.parametrize("currency", ["XAU", "usd", "", "EURO", "DEM", "💶", "X" * 50])
def test_what_is_no_currency_with_minor_units_is_refused(currency: str) -> None:
    with pytest.raises(NotNormalizableError) as refused:
        exponent(currency)

    assert str(refused.value) == f"currency {currency[:8]!r} is not in ISO 4217"


@given(st.integers(-(10**17) + 1, 10**17 - 1))
def test_every_amount_of_cents_is_read_back_as_it_was(cents: int) -> None:
    reader = MoneyReader("USD")

    assert reader.read(Decimal(cents).scaleb(-2)).amount_minor == cents
    assert reader.rounded is False
