"""Who bought, where it goes, and how it is paid, as a Zonos order has it."""

from __future__ import annotations

from orderbus.domain.orders import Address, Customer, Payment, PaymentState
from orderbus.providers.parts import country, empty_to_none, filled
from orderbus.providers.zonos.wire import ZonosOrder, ZonosPayment

# Only AUTH_CAPTURE was seen with Zonos; it is of this vocabulary (Authorize.net's types of transaction).
_PAYMENT_STATES: dict[str, PaymentState] = {
    "AUTH_ONLY": "authorized",
    "AUTH_CAPTURE": "paid",
    "PRIOR_AUTH_CAPTURE": "paid",
    "CAPTURE_ONLY": "paid",
    "CREDIT": "refunded",
    "VOID": "refunded",
}


def customer(wire: ZonosOrder) -> Customer:
    """Return who bought; where the ship-to leaves something out, the bill-to has it."""
    return Customer(
        name=wire.name or wire.billing_name,
        company=wire.company or wire.billing_company,
        email=wire.email or wire.billing_email,
        phone=wire.phone or wire.billing_phone,
    )


def shipping_address(wire: ZonosOrder) -> Address | None:
    """Return where it goes; a name is one text, a region its full name, and a city may be missing."""
    code, raw = country(wire.country_code)
    address = Address(
        name=wire.name,
        company=wire.company,
        lines=filled(wire.address1, wire.address2),
        city=wire.city,
        region=wire.state,
        postal_code=wire.zip,
        country=code,
        country_raw=raw,
        phone=wire.phone,
        email=wire.email,
    )
    return empty_to_none(address)


def billing_address(wire: ZonosOrder) -> Address | None:
    """Return who is billed."""
    code, raw = country(wire.billing_country_code)
    address = Address(
        name=wire.billing_name,
        company=wire.billing_company,
        lines=filled(wire.billing_address1, wire.billing_address2),
        city=wire.billing_city,
        region=wire.billing_state,
        postal_code=wire.billing_zip,
        country=code,
        country_raw=raw,
        phone=wire.billing_phone,
        email=wire.billing_email,
    )
    return empty_to_none(address)


def payments(wire: ZonosOrder) -> tuple[Payment, ...]:
    """Return how it is paid; a purchase order has its number as the reference."""
    paid = wire.payment_processing or ZonosPayment()
    payment = Payment(
        method=paid.payment_processor,
        gateway=paid.payment_gateway,
        card_type=paid.card_type,
        reference=paid.transaction_id or wire.po_number,
    )
    return (payment,) if empty_to_none(payment) else ()


def payment_state(wire: ZonosOrder) -> PaymentState:
    """Return how far the payment has come, as far as the type of its transaction says."""
    kind = wire.payment_processing.transaction_type if wire.payment_processing else None
    return _PAYMENT_STATES.get((kind or "").upper(), "unknown")
