"""What each `orderStatus` means (the provider's page "Update order status"; it may add more at any time)."""

from __future__ import annotations

from dataclasses import dataclass

from orderbus.domain.orders import Fulfilment, HoldReason, Lifecycle


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a status says of an order; `hold` is why it may not be shipped now."""

    lifecycle: Lifecycle = "open"
    fulfilment: Fulfilment = "unfulfilled"
    hold: HoldReason | None = None


_READY = Meaning()
_CANCELLED = Meaning(lifecycle="cancelled")
# One that is new there, or missing: whatever it means, nothing is shipped on it.
_UNKNOWN = Meaning(lifecycle="unknown", fulfilment="unknown", hold="unknown_status")

_MEANINGS = {
    "IGLOBAL_FRAUD_REVIEW": Meaning(hold="fraud_review"),
    "IGLOBAL_ORDER_ON_HOLD": Meaning(hold="on_hold"),
    "IGLOBAL_ORDER_IN_PROCESS": _READY,
    "IGLOBAL_ORDER_CANCELLED": _CANCELLED,
    # Described nowhere; the provider takes no update from the vendor while it lasts, so no shipment either.
    "IGLOBAL_LABELS_PROCESSING": Meaning(hold="other"),
    "VENDOR_PREPARING_ORDER": _READY,
    "VENDOR_SHIPMENT_READY": _READY,
    "VENDOR_LABELS_PRINTED_DATE": _READY,
    # Asked for and not yet decided: not to be shipped, and not cancelled before the provider says so.
    "VENDOR_CANCELLATION_REQUEST": Meaning(hold="other"),
    "VENDOR_END_OF_DAY_COMPLETE": Meaning(lifecycle="completed", fulfilment="fulfilled"),
}


def spelled(status: str) -> str:
    """Return a status in the one spelling by which two are compared."""
    # The provider's pages have two L, its own plug-ins one.
    return status.strip().upper().replace("CANCELED", "CANCELLED")


def meaning_of(status: str | None) -> Meaning:
    """Return what a status means; one that is not known is a hold."""
    return _MEANINGS.get(spelled(status or ""), _UNKNOWN)
