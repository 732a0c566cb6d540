"""The order numbers that Net32 documents for its testing key, and what they answer here.

The numbers, and which charge id belongs to which, are from Net32's page. INFERRED, and for the
sandbox alone: that 1000 402 0 spells an HTTP status, and what the ordinary-looking ones stand for.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

PREAUTHORIZATIONS: Mapping[str, int] = {
    "10002000": 200,
    "10002001": 200,
    "10004020": 402,
    "10004021": 402,
    "10004040": 404,
    "10004060": 406,
    "10004061": 406,
    "10004062": 406,
}


class DocumentedCharge(NamedTuple):
    """What the charge of a documented order number is called, and how it ends."""

    charge_id: int
    declined: bool = False
    pending_at_first: bool = False


CHARGES: Mapping[str, DocumentedCharge] = {
    "19281414": DocumentedCharge(3),
    "19281458": DocumentedCharge(4),
    "19281471": DocumentedCharge(5, pending_at_first=True),
    "10004020": DocumentedCharge(6, declined=True),
    "10004021": DocumentedCharge(7, declined=True),
}
ITEMS_TOTAL = Decimal("44.58")
"What each of these charges, whichever lines it was asked for."

REFUSED_CHARGE = "19281480"
"Listed for the charge but not for its status: so it gets no charge id."
