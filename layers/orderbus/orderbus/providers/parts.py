"""Parts of the normalized order that the mappings of all providers make alike."""

from __future__ import annotations

from typing import TypeVar

from iso3166 import countries_by_alpha2
from msgspec.structs import astuple

from orderbus.domain.orders import Address, WarningCode
from orderbus.domain.parts import Part

Filled = TypeVar("Filled", bound=Part)


def filled(*texts: str | None) -> tuple[str, ...]:
    """Return the texts that are not empty."""
    return tuple(filter(None, texts))


def joined(*texts: str | None) -> str | None:
    """Return the texts that are not empty with blanks between, or None where there is none."""
    return " ".join(filter(None, texts)) or None


def country(text: str | None) -> tuple[str | None, str | None]:
    """Return the ISO 3166-1 alpha-2 code of a text, and the text where it is none."""
    if text is None:
        return None, None
    code = text.upper()
    return (code, None) if code in countries_by_alpha2 else (None, text)


def warnings_of(
    *addresses: Address | None, mismatch: bool, rounded: bool, undated: bool
) -> tuple[WarningCode, ...]:
    """Return what is odd about an order that can be read all the same."""
    codes: list[WarningCode] = []
    if mismatch:
        codes.append("totals_mismatch")
    if rounded:
        codes.append("amount_rounded")
    for address in addresses:
        if address is not None and address.country_raw:
            codes.append("unknown_country")
            break
    if undated:
        codes.append("no_placed_at")
    return tuple(codes)


def empty_to_none(part: Filled) -> Filled | None:
    """Return an address or a payment, or None where nothing of it is filled in."""
    return part if any(astuple(part)) else None
