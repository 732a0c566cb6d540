"""The endpoints of the Zonos Checkout REST API, each a method; all are POSTs.

Sources: the provider's pages "Order numbers" (tests/samples/providers/zonos-order-numbers.it.txt) and
"Retrieve an order" (zonos-retrieve-an-order.no.txt), for the detail and the updates its pages
"Order details", "Update order status" and those beside them (providers.md 4.1 to 4.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from orderbus.domain.errors import UnclearError
from orderbus.providers.wire import is_said, whole_number
from orderbus.providers.zonos.http import Answer, ZonosHttp
from orderbus.providers.zonos.ids import full_order_id

DEFAULT_BASE_URL = "https://api.iglobalstores.com"

_EXCLUSIVE = (
    ("sinceOrderId", "sinceDate"),
    ("sinceOrderId", "throughDate"),
    ("sinceOrderId", "missingMerchantOrderId"),
    ("throughDate", "missingMerchantOrderId"),
)


@dataclass(frozen=True, slots=True)
class OrderNumbers:
    """A list of order numbers: the provider's three counts, and the rows as they came."""

    total_count: int | None
    order_count: int | None
    test_order_count: int | None
    orders: list[Any]


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """One order as it came; `decoded_as` is the answer's encoding where it was not UTF-8."""

    order: dict[str, Any]
    decoded_as: str | None = None


class ZonosClient:
    """One store's orders."""

    def __init__(self, connection: str, http: ZonosHttp, store: str) -> None:
        self._connection = connection
        self._http = http
        self._store = store

    def order_numbers(
        self,
        *,
        since_order_id: str | int | None = None,
        since_date: date | None = None,
        through_date: date | None = None,
        missing_merchant_order_id: bool = False,
        statuses: bool = False,
    ) -> OrderNumbers:
        """Return all order numbers of a span, tests among them; there are no pages.

        Args:
            since_order_id: Only orders after this one (exclusive).
            since_date: Only orders of this UTC day or later.
            through_date: Only orders of this UTC day or earlier.
            missing_merchant_order_id: Only orders without a merchant order id; of the last week at least.
            statuses: Whether each row has the order's status and merchant order id.

        Raises:
            ValueError: Naming the two that cannot be sent together, or what is missing.
            NotFoundError: The provider does not know `since_order_id`.
            ProviderError: By what the answer means.
        """
        asked: dict[str, Any] = {
            "sinceOrderId": None if since_order_id is None else full_order_id(self._store, since_order_id),
            "sinceDate": since_date and since_date.strftime("%Y%m%d"),
            "throughDate": through_date and through_date.strftime("%Y%m%d"),
            "missingMerchantOrderId": missing_merchant_order_id or None,
        }
        asked = {key: value for key, value in asked.items() if value is not None}
        _refuse_combination(asked)
        # Its presence alone counts, whatever its value.
        answer = self._http.ask("/v1/orderNumbers", asked | ({"statuses": True} if statuses else {}))
        return self._numbers(answer)

    def order_detail(
        self, *, order_id: str | int | None = None, reference_id: str | None = None
    ) -> OrderDetail:
        """Return one order.

        Args:
            order_id: The provider's id of it.
            reference_id: What the merchant called the cart when it was created.

        Raises:
            ValueError: Not exactly one of the two is given.
            NotFoundError: There is no such order.
            ProviderError: By what the answer means.
        """
        if order_id is not None and reference_id is not None:
            raise ValueError("order_id and reference_id cannot be sent together")
        if order_id is None:
            if reference_id is None:
                raise ValueError("order_id or reference_id is needed")
            return self._detail(self._http.ask("/v2/orderDetail", {"referenceId": reference_id}))
        wanted = full_order_id(self._store, order_id)
        return self._detail(self._http.ask("/v2/orderDetail", {"orderId": wanted}), wanted)

    def update_merchant_order_id(self, order_id: str | int, merchant_order_id: str) -> dict[str, Any]:
        """Set the merchant's own id of an order, and return the answer; a repeat changes nothing.

        Raises:
            NotFoundError: There is no such order.
            ProviderError: By what the answer means.
        """
        return self._tell("/v1/updateMerchantOrderId", order_id, merchantOrderId=merchant_order_id)

    def update_vendor_order_status(self, order_id: str | int, status: str) -> dict[str, Any]:
        """Set a status that the vendor may set (`VENDOR_...`), and return the answer.

        Raises:
            RefusedError: Not from the order's present status, or there is no such order.
            ProviderError: By what the answer means.
        """
        return self._tell("/v1/updateVendorOrderStatus", order_id, orderStatus=status)

    def set_shipment_tracking(self, order_id: str | int, numbers: Sequence[str]) -> dict[str, Any]:
        """Set the tracking numbers of an order, and return the answer.

        Args:
            order_id: The order.
            numbers: All of the order's: whether they replace or join those before is not documented.

        Raises:
            ProviderError: By what the answer means.
        """
        tracking = [{"number": number} for number in numbers]
        return self._tell("/v2/setShipmentTracking", order_id, trackingList=tracking)

    def _tell(self, path: str, order_id: str | int, **fields: Any) -> dict[str, Any]:
        wanted = full_order_id(self._store, order_id)
        return self._http.tell(path, {"orderId": wanted, **fields}).fields

    def _numbers(self, answer: Answer) -> OrderNumbers:
        fields = answer.fields
        total = whole_number(fields.get("totalCount"))
        rows = fields.get("orders")
        if total == 0 and not is_said(rows):
            rows = []
        if not isinstance(rows, list):
            raise UnclearError(f"{self._connection}: the answer has no list of orders")
        if total is not None and total > len(rows):
            raise UnclearError(
                f"{self._connection}: the list counts {total} orders and holds {len(rows)};"
                " nothing is skipped"
            )
        return OrderNumbers(
            total, whole_number(fields.get("orderCount")), whole_number(fields.get("testOrderCount")), rows
        )

    def _detail(self, answer: Answer, wanted: str | None = None) -> OrderDetail:
        order = answer.fields.get("order")
        if not isinstance(order, dict):
            raise UnclearError(f"{self._connection}: the answer has no order")
        named = order.get("orderId")
        if wanted is not None and named and self._differs(named, wanted):
            raise UnclearError(f"{self._connection}: the answer is not the order that was asked for")
        return OrderDetail(order, answer.decoded_as)

    def _differs(self, named: object, wanted: str) -> bool:
        try:
            return full_order_id(self._store, named) != wanted
        except ValueError:
            return True


def _refuse_combination(asked: dict[str, Any]) -> None:
    for one, other in _EXCLUSIVE:
        if one in asked and other in asked:
            raise ValueError(f"{one} and {other} cannot be sent together")
    if "throughDate" in asked and "sinceDate" not in asked:
        raise ValueError("throughDate needs sinceDate")
    if not asked:
        raise ValueError("one of sinceOrderId, sinceDate and missingMerchantOrderId is needed")
    if asked.get("throughDate", "99999999") < asked.get("sinceDate", ""):
        raise ValueError("throughDate is before sinceDate")
