"""JSON as all providers send it: exact numbers, and what of an order is left over."""

from __future__ import annotations

import codecs
import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
import orjson

from orderbus.domain.errors import NotNormalizableError

# Python turns at most 4,300 digits into an int; nothing that a provider counts has more than this.
_LONGEST_INT = 18
_DIGITS = re.compile(rf"[0-9]{{1,{_LONGEST_INT}}}")
_OLD_BYTES = "orderbus.old_bytes"


def parse_json(body: bytes) -> Any:
    """Return JSON with exact numbers: fractions as Decimal, never as float.

    What is no number within limits (NaN, a fraction with an exponent of 20 digits) comes as its text, so
    that one of them spoils one order and not its page.

    Raises:
        NotNormalizableError: It is not JSON, or not within sensible limits.
    """
    try:
        value = _decode(body)
        # Refuses, as all that is not usual, integers that are not exact everywhere: more than 53 bits.
        orjson.dumps(value, default=str, option=orjson.OPT_STRICT_INTEGER)
    except (TypeError, ValueError, RecursionError, InvalidOperation, msgspec.MsgspecError):
        return _parse_unusual(body)
    return value


def _parse_unusual(body: bytes) -> Any:
    try:
        return json.loads(_text(body), parse_float=_fraction, parse_int=_integer, parse_constant=str)
    except ValueError:
        raise NotNormalizableError(f"the answer ({len(body)} bytes) is not JSON") from None
    except RecursionError:
        raise NotNormalizableError("the answer is nested too deeply") from None


def _text(body: bytes) -> str:
    """Return a body as text; a byte that is not UTF-8 is the ISO-8859-1 character, so it spoils no other."""
    try:
        return body.decode(json.detect_encoding(body), "surrogatepass")
    except UnicodeDecodeError:
        return body.decode(errors=_OLD_BYTES)


def _old_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("iso-8859-1"), error.end


codecs.register_error(_OLD_BYTES, _old_bytes)
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= _LONGEST_INT else Decimal(text)


def _fraction(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def numeric_id(raw: Any) -> str:
    """Return the `id` of a raw order, where all ids are numbers.

    Raises:
        NotNormalizableError: It has none.
    """
    id_ = raw.get("id") if isinstance(raw, dict) else None
    if isinstance(id_, bool) or not isinstance(id_, int | str):
        raise NotNormalizableError("id: missing, or neither text nor number")
    text = str(id_).strip()
    if not _DIGITS.fullmatch(text):
        raise NotNormalizableError(f"id: not a number of at most {_LONGEST_INT} digits")
    return text


def is_said(value: Any) -> bool:
    """Say whether a field says anything: an empty one may be null, a text, a list or an object."""
    return value not in (None, [], {}) and str(value).strip() != ""


def whole_number(value: Any) -> int | None:
    """Return a number from 0 on that came as number or as text, or None where it is none."""
    if isinstance(value, bool) or not _DIGITS.fullmatch(str(value)):
        return None
    return int(str(value))


def rest(raw: dict[str, Any], mapped: frozenset[str]) -> dict[str, Any]:
    """Return what a mapping did not use."""
    return {key: value for key, value in raw.items() if key not in mapped}
