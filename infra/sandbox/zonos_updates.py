"""What a vendor may update at Zonos: the merchant order id, the status, the tracking numbers."""

from datetime import UTC, datetime

from infra.sandbox.messages import Json
from infra.sandbox.zonos_book import OrderBook, RequestError

VENDOR_STATUSES = (
    "VENDOR_PREPARING_ORDER",
    "VENDOR_SHIPMENT_READY",
    "VENDOR_LABELS_PRINTED_DATE",
    "VENDOR_CANCELLATION_REQUEST",
    "VENDOR_END_OF_DAY_COMPLETE",
)
# The vendor cannot update the status of an order that is in one of these.
LOCKED_STATUSES = frozenset(
    {
        "IGLOBAL_FRAUD_REVIEW",
        "IGLOBAL_ORDER_ON_HOLD",
        "IGLOBAL_ORDER_CANCELLED",
        "IGLOBAL_ORDER_CANCELED",
        "IGLOBAL_LABELS_PROCESSING",
        "VENDOR_CANCELLATION_REQUEST",
        "VENDOR_END_OF_DAY_COMPLETE",
    }
)


class VendorUpdates:
    """Carries out updates of a store's orders, and remembers them."""

    def __init__(self, book: OrderBook) -> None:
        self._book = book
        self.merchant_order_ids: list[tuple[str, str]] = []
        "Order id and merchant order id of each update that was carried out."
        self.statuses: list[tuple[str, str]] = []
        "Order id and status of each update that was carried out."
        self.trackings: dict[str, list[str]] = {}
        "The tracking numbers of each order."
        self.trackings_set = 0

    def set_merchant_order_id(self, body: Json) -> Json:
        """Set an order's merchant order id: it is no longer missing one.

        Raises:
            RequestError: An id is missing or malformed, or there is no such order.
        """
        order_id = body.get("orderId")
        if order_id is None:
            raise RequestError("Parameter orderId is required to processUpdateMerchantOrderId")
        merchant_order_id = body.get("merchantOrderId")
        if merchant_order_id is None:
            raise RequestError("Parameter merchantOrderId is required to updateMerchantOrderId.")
        if not isinstance(merchant_order_id, str):
            raise RequestError("could not parse input")
        number = self._book.number_of(order_id)
        order = self._book.find(
            order_id, f"Could not retrieve order to updateMerchantOrderId for orderId: {number}"
        )
        order.detail = {**order.detail, "merchantOrderId": merchant_order_id}
        self.merchant_order_ids.append((str(order.detail["orderId"]), merchant_order_id))
        return {"success": f"Updated Order: {number} with new merchantOrderId: {merchant_order_id}"}

    def set_status(self, body: Json) -> Json:
        """Set an order's status, where the one it has lets the vendor, and return the order.

        Raises:
            RequestError: It may not be set or left by the vendor, or there is no such order.
        """
        order_id, status = body.get("orderId"), body.get("orderStatus")
        order = self._book.find(order_id, f"Could not retrieve order to updateVendorOrderStatus: {order_id}")
        if status not in VENDOR_STATUSES:
            raise RequestError(f"orderStatus: {status} is not a valid vendor status")
        present = order.detail.get("orderStatus")
        if present in LOCKED_STATUSES:
            raise RequestError(f"An order with the status {present} cannot be updated")
        order.set_status(status, datetime.now(UTC))
        self.statuses.append((str(order.detail["orderId"]), status))
        return {"order": order.detail}

    def set_trackings(self, body: Json) -> Json:
        """Set all tracking numbers of an order, in place of those before.

        Raises:
            RequestError: The list is malformed, or there is no such order.
        """
        order_id, trackings = body.get("orderId"), body.get("trackingList")
        order = self._book.find(order_id, f"Could not find an order with orderId: {order_id}")
        if not isinstance(trackings, list) or not all(_has_number(each) for each in trackings):
            raise RequestError("Invalid trackingList")
        self.trackings[str(order.detail["orderId"])] = [each["number"] for each in trackings]
        self.trackings_set += 1
        return {"success": f"Updated Order: {self._book.number_of(order_id)} with new tracking info."}


def _has_number(tracking: object) -> bool:
    return isinstance(tracking, dict) and isinstance(tracking.get("number"), str) and bool(tracking["number"])
