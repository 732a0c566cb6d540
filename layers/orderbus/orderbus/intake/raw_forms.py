"""The bytes by which a raw order is known and kept, and which of them nobody could read again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any

from orderbus.domain.content import DEEPEST, canonical
from orderbus.domain.errors import NotNormalizableError

_NESTED = (dict, list)


def raw_form(value: Any) -> bytes:
    """Return the canonical JSON of a raw order, however deeply it is nested."""
    try:
        return canonical(value)
    except RecursionError:
        # It was parsed nearer to the bottom of the stack; a thread has a stack of its own.
        with ThreadPoolExecutor(max_workers=1) as own:
            return own.submit(canonical, value).result()


def hex_digest(body: bytes) -> str:
    """Return the SHA-256 of bytes, as hex."""
    return sha256(body).hexdigest()


def refuse_unstorable(value: Any, form: bytes) -> None:
    """Refuse what Python reads as JSON, and nobody could read again.

    Args:
        value: The raw order.
        form: Its raw form.

    Raises:
        NotNormalizableError: It is nested too deeply, or a text is not Unicode (half a surrogate pair).
    """
    if _deeper_than(DEEPEST, value):
        raise NotNormalizableError(f"the order is nested more than {DEEPEST} levels deep")
    try:
        form.decode()
    except UnicodeDecodeError:
        raise NotNormalizableError("a text of the order is not valid Unicode") from None


def _deeper_than(levels: int, value: Any) -> bool:
    if not isinstance(value, _NESTED):
        return False
    if not levels:
        return True
    inner = value.values() if isinstance(value, dict) else value
    return any(_deeper_than(levels - 1, each) for each in inner)
