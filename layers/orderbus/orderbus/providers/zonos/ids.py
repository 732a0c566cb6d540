"""Order ids, in full: the store's id, a hyphen, the number."""

from __future__ import annotations

import re

_ORDER_ID = re.compile(r"(?:([0-9]{1,18})-)?([0-9]{1,18})")


def full_order_id(store: str, value: object) -> str:
    """Return an order id as answers have it, `999-99991`; requests may have the bare number, too.

    Raises:
        ValueError: It is neither.
    """
    text = str(value).strip() if isinstance(value, str | int) else ""
    found = _ORDER_ID.fullmatch(text)
    if found is None:
        raise ValueError("not an order id as 999-99991 or 99991")
    return f"{found[1] or store}-{found[2]}"
