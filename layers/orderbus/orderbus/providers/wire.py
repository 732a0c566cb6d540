"""Forms that all providers' JSON shares: empty texts, both forms of a number, unknown fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from iso3166 import countries_by_alpha2
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from orderbus.domain.errors import NotNormalizableError
from orderbus.domain.orders import Address

# Empty in all forms that were seen: "", [], {}, and a date that is not set (providers.md 2.3, 4.7).
_EMPTY: tuple[Any, ...] = ("", [], {}, "0000-00-00", "0000-00-00 00:00:00")


class Wire(BaseModel):
    """A provider's JSON object: unknown fields are left to `provider_data`."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True, allow_inf_nan=False)


def _empty_to_none(value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip()
    return None if value in _EMPTY else value


Text = Annotated[str | None, BeforeValidator(_empty_to_none)]
Amount = Annotated[Decimal | None, BeforeValidator(_empty_to_none)]
Flag = Annotated[bool | None, BeforeValidator(_empty_to_none)]
Count = Annotated[int | None, BeforeValidator(_empty_to_none)]


def reasons(error: ValidationError) -> NotNormalizableError:
    """Return why a raw order cannot be read: every field and what is wrong with it, without a value."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    told = [
        f"{'.'.join(str(part)[:40] for part in each['loc']) or 'order'}: {each['type']}" for each in found
    ]
    more = f" and {len(told) - 5} more" if len(told) > 5 else ""
    return NotNormalizableError("; ".join(told[:5]) + more)


def rest(raw: dict[str, Any], mapped: frozenset[str]) -> dict[str, Any]:
    """Return what a mapping did not use."""
    return {key: value for key, value in raw.items() if key not in mapped}


def country(text: str | None) -> tuple[str | None, str | None]:
    """Return the ISO 3166-1 alpha-2 code of a text, and the text where it is none."""
    if text is None:
        return None, None
    code = text.upper()
    return (code, None) if code in countries_by_alpha2 else (None, text)


def empty_to_none(address: Address) -> Address | None:
    """Return the address, or None where nothing of it is filled in."""
    return address if any(value for _, value in address) else None
