"""The normalized order: one form for every provider.

Four axes are independent of each other (lifecycle, payment, fulfilment, holds). A hold is data, not a status.
What a mapping did not use stays in `provider_data`, so that nothing a provider said is lost.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from orderbus.domain.errors import NotNormalizableError
from orderbus.domain.money import Money
from orderbus.domain.parts import Part

Count = Annotated[int, Meta(ge=0)]
Lifecycle = Literal["open", "completed", "cancelled", "unknown"]
PaymentState = Literal["pending", "authorized", "paid", "partially_paid", "refunded", "declined", "unknown"]
Fulfilment = Literal["unfulfilled", "partial", "fulfilled", "delivered", "unknown"]
HoldReason = Literal["fraud_review", "on_hold", "payment", "unknown_status", "not_found", "other"]
ChargeKind = Literal["shipping", "tax", "duty", "fee"]
WarningCode = Literal[
    "totals_mismatch",  # lines, charges and discounts do not add up to the provider's total
    "amount_rounded",  # an amount had a fraction of a minor unit
    "unknown_country",  # a country that ISO 3166 does not have; the raw text is kept
    "no_placed_at",  # no time of order that can be read; the raw text is kept
]


class Hold(Part, frozen=True, kw_only=True):
    """A reason not to ship now; `since` is when OrderBus first saw it."""

    reason: HoldReason
    since: datetime
    raw: str | None = None


class Quantity(Part, frozen=True, kw_only=True):
    """How many of a line were ordered, are shipped, were cancelled."""

    ordered: Count
    shipped: Count = 0
    cancelled: Count = 0


class Line(Part, frozen=True, kw_only=True):
    """One line, under the provider's own line id."""

    line_id: str
    product_id: str | None = None
    sku: str | None = None
    name: str | None = None
    quantity: Quantity
    unit_price: Money
    total: Money
    provider_data: dict[str, Any] = msgspec.field(default_factory=dict)


class Charge(Part, frozen=True, kw_only=True):
    """What is added to the lines: shipping, tax, duty, fees; one that costs nothing may have a name."""

    kind: ChargeKind
    name: str | None = None
    amount: Money


class Discount(Part, frozen=True, kw_only=True):
    """What is taken off; the amount is positive, or zero beside a code that took nothing off."""

    code: str | None = None
    name: str | None = None
    amount: Money


class GiftCertificate(Part, frozen=True, kw_only=True):
    """A gift certificate that pays a part; the amount is positive, or zero where it paid nothing."""

    code: str | None = None
    amount: Money


class Payment(Part, frozen=True, kw_only=True):
    """How the customer pays, as far as the provider says."""

    method: str | None = None
    gateway: str | None = None
    card_type: str | None = None
    card_last_4: str | None = None
    reference: str | None = None


class Customer(Part, frozen=True, kw_only=True):
    """Who bought."""

    customer_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None
    company: str | None = None
    email: str | None = None
    phone: str | None = None


class Address(Part, frozen=True, kw_only=True):
    """A postal address; `country` is ISO 3166-1 alpha-2, or null beside a `country_raw` that is not in it."""

    name: str | None = None
    company: str | None = None
    lines: tuple[str, ...] = ()
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    country_raw: str | None = None
    phone: str | None = None
    email: str | None = None


class Order(Part, frozen=True, kw_only=True):
    """An order as a provider's view showed it, in the normalized form."""

    order_id: str
    provider: str
    connection: str
    external_id: str
    number: str
    placed_at: datetime | None
    placed_at_raw: str | None = None
    test: bool = False
    lifecycle: Lifecycle
    payment: PaymentState
    fulfilment: Fulfilment
    holds: tuple[Hold, ...] = ()
    warnings: tuple[WarningCode, ...] = ()
    provider_status: str | None = None
    currency: str
    lines: tuple[Line, ...]
    charges: tuple[Charge, ...] = ()
    discounts: tuple[Discount, ...] = ()
    gift_certificates: tuple[GiftCertificate, ...] = ()
    total: Money
    customer: Customer
    billing_address: Address | None = None
    shipping_address: Address | None = None
    payments: tuple[Payment, ...] = ()
    note: str | None = None
    provider_data: dict[str, Any] = msgspec.field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values, as of any part; its texts are shared, which is quicker."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        for name in _TUPLES:
            plain[name] = list(plain[name])
        for address in (plain["billing_address"], plain["shipping_address"]):
            if address is not None:
                address["lines"] = list(address["lines"])
        return plain


_TUPLES = [name for name, hint in Order.__annotations__.items() if hint.startswith("tuple[")]

BlockedBy = Literal["cancelled", "hold", "nothing_left_to_ship", "test_order", "payment_declined", "refunded"]


class PublishedOrder(Order, frozen=True, kw_only=True):
    """The order as events carry it: with its revision, and what a consumer need not compute."""

    revision: Annotated[int, Meta(ge=1)]
    content_hash: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    shippable: bool
    blocked_by: tuple[BlockedBy, ...]


def checked_json(order: Order) -> dict[str, Any]:
    """Return the order as JSON, once it is sure to be of the form that is published.

    Raises:
        NotNormalizableError: It is not; the message names where.
    """
    plain = order.as_json()
    try:
        msgspec.convert(plain, Order)
    except msgspec.ValidationError as error:
        # What comes before that may quote a value.
        where = str(error).rpartition(" - at ")[2]
        raise NotNormalizableError(f"the normalized order is not of its form, at {where}") from None
    return plain


def order_id(connection: str, external_id: str) -> str:
    """Return the id an order has everywhere in OrderBus."""
    return f"{connection}:{external_id}"


def blocked_by(order: Order, *, ship_test_orders: bool) -> tuple[BlockedBy, ...]:
    """Return every reason why nothing of the order may be shipped now; none means shippable."""
    reasons: list[BlockedBy] = []
    if order.lifecycle == "cancelled":
        reasons.append("cancelled")
    if order.holds:
        reasons.append("hold")
    if not _any_left(order.lines):
        reasons.append("nothing_left_to_ship")
    if order.test and not ship_test_orders:
        reasons.append("test_order")
    if order.payment == "declined":
        reasons.append("payment_declined")
    if order.payment == "refunded":
        reasons.append("refunded")
    return tuple(reasons)


def _any_left(lines: tuple[Line, ...]) -> bool:
    # No `any` of a generator: nearly always the first line says it.
    for line in lines:  # noqa: SIM110
        if line.quantity.ordered > line.quantity.shipped + line.quantity.cancelled:
            return True
    return False
