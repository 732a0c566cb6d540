"""A Net32 account: the destructive read of new orders, pre-authorization, and charges.

From Net32's page: the endpoints with their slashes, up to 100 new orders at a time, each returned
once, the asynchronous charge, the test order numbers. SYNTHETIC, since no page shows them: every
JSON body, and what each test number stands for.
"""

import json
from collections import Counter, deque
from collections.abc import Mapping
from datetime import UTC, datetime
from re import compile as pattern
from typing import Literal

from infra.sandbox import net32_test_numbers as documented
from infra.sandbox.base import Route, Sandbox
from infra.sandbox.messages import Answer, Json, Request, encoded_answer, json_answer
from infra.sandbox.net32_charges import (
    Charge,
    ChargeRequestError,
    price_items,
    read_quantities,
)
from infra.sandbox.net32_orders import ORDER_ID_NAMES, first_present, make_order

__all__ = ["Charge", "Envelope", "Net32Sandbox", "make_order"]

FIRST_GENERATED_NUMBER = 20_000_001

PREAUTHORIZATION_MESSAGES = {
    402: "The payment was declined.",
    404: "The order was not found.",
    406: "The order cannot be authorized.",
}

Envelope = Literal[
    "list",
    "payload",
    "payload.result",
    "payload.results",
    "payload.orders",
    "orders",
    "empty_body",
    "no_content",
]
"""How the orders are wrapped; the last two are a bare list that is not even `[]` without orders."""

ENVELOPES: Mapping[Envelope, tuple[bytes, bytes]] = {
    "list": (b"[", b"]"),
    "payload": (b'{"statusCode": 200, "payload": [', b'], "message": "OK"}'),
    "payload.result": (b'{"statusCode": 200, "payload": {"result": [', b']}, "message": "OK"}'),
    "payload.results": (b'{"statusCode": 200, "payload": {"results": [', b']}, "message": "OK"}'),
    "payload.orders": (b'{"statusCode": 200, "payload": {"orders": [', b']}, "message": "OK"}'),
    "orders": (b'{"orders": [', b"]}"),
    "empty_body": (b"[", b"]"),
    "no_content": (b"[", b"]"),
}
NO_ORDERS: Mapping[Envelope, Answer] = {"empty_body": Answer(200), "no_content": Answer(204)}


class Net32Sandbox(Sandbox):
    """A Net32 vendor's account.

    Args:
        key: The subscription key.
        page_size: How many orders one read returns at most.
        envelope: How the orders are wrapped.
        settle_after: How often a charge is pending when asked about.
    """

    def __init__(
        self,
        *,
        key: str = "test-key",
        page_size: int = 100,
        envelope: Envelope = "list",
        settle_after: int = 1,
    ) -> None:
        super().__init__(key=key)
        self.page_size = page_size
        self.envelope: Envelope = envelope
        self.settle_after = settle_after
        self.handed_out: list[list[str]] = []
        "The order ids that each read marked as viewed, whether or not its answer arrived."
        self.preauthorizations: Counter[str] = Counter()
        self.charges: list[Charge] = []
        self.shipped: Counter[tuple[str, str]] = Counter()
        "What was asked to be shipped and charged, by order id and line id."
        self.declined_orders: set[str] = set()
        "Orders whose charges are accepted, and declined later."
        self._orders: dict[str, bytes] = {}
        self._pending: deque[str] = deque()
        self._mocked_charges: dict[str, Charge] = {}
        self._next_number = FIRST_GENERATED_NUMBER
        self.routes = (
            Route("GET", pattern(r"/orders/"), self._read_new_orders),
            Route("GET", pattern(r"/pre-auth/(?P<order_id>\d+)"), self._preauthorize),
            Route("POST", pattern(r"/orders/(?P<order_id>\d+)/charges/"), self._charge),
            Route(
                "GET",
                pattern(r"/orders/(?P<order_id>\d+)/charges/(?P<charge_id>\d+)"),
                self._report_charge,
            ),
        )

    def place(self, order: Json) -> Json:
        """Let an order come in, well-formed or not; one placed again is new again."""
        with self.lock:
            named = first_present(order, ORDER_ID_NAMES)
            order_id = f"without-id-{len(self._orders)}" if named is None else str(named)
            self._orders[order_id] = json.dumps(order).encode()
            self._pending.append(order_id)
        return order

    def place_generated(self) -> Json:
        """Let a new order of the moment come in, with the next free number."""
        with self.lock:
            while str(self._next_number) in self._orders:
                self._next_number += 1
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            return self.place(make_order(self._next_number, order_date=now))

    def counts(self) -> dict[str, int]:
        """Count orders, and what was done with them."""
        with self.lock:
            viewed = sum(len(ids) for ids in self.handed_out)
            return {
                "placed": viewed + len(self._pending),
                "pending": len(self._pending),
                "handed_out": viewed,
                "viewed": viewed,
                "preauthorizations": self.preauthorizations.total(),
                "charges": len(self.charges),
            }

    def error(self, status: int, message: str) -> Answer:
        """Answer as the gateway does."""
        return json_answer(status, {"statusCode": status, "message": message})

    def rate_limited(self, seconds: int) -> Answer:
        """Answer 429 as the gateway does, with its hint in the text."""
        return self.error(429, f"Rate limit is exceeded. Try again in {seconds} seconds.")

    def refuse_key(self, headers: Mapping[str, str]) -> Answer | None:
        """Answer 401 as the gateway does."""
        given = headers.get("Subscription-Key")
        if given == self._key:
            return None
        fault = "missing" if given is None else "invalid"
        return self.error(401, f"Access denied due to {fault} subscription key.")

    def _read_new_orders(self, _request: Request) -> Answer:
        ids = [self._pending.popleft() for _ in range(min(self.page_size, len(self._pending)))]
        self.handed_out.append(ids)
        if not ids and self.envelope in NO_ORDERS:
            return NO_ORDERS[self.envelope]
        before, after = ENVELOPES[self.envelope]
        return encoded_answer(200, before + b", ".join(self._orders[i] for i in ids) + after)

    def _preauthorize(self, _request: Request, order_id: str) -> Answer:
        self.preauthorizations[order_id] += 1
        unlisted = 200 if order_id in self._orders else 404
        status = documented.PREAUTHORIZATIONS.get(order_id, unlisted)
        if status in PREAUTHORIZATION_MESSAGES:
            return self.error(status, PREAUTHORIZATION_MESSAGES[status])
        return json_answer(status, {"orderId": int(order_id), "authorized": True})

    def _charge(self, request: Request, order_id: str) -> Answer:
        if order_id == documented.REFUSED_CHARGE:
            return self.error(422, "The line items cannot be charged.")
        if order_id not in self._orders and order_id not in documented.CHARGES:
            return self.error(404, "The order was not found.")
        try:
            charge = self._make_charge(order_id, read_quantities(request.body))
        except ChargeRequestError as error:
            return self.error(400, str(error))
        # A request that is the same again is not recognised: it ships and charges once more.
        self.charges.append(charge)
        for line_id, quantity in charge.quantities.items():
            self.shipped[order_id, line_id] += quantity
        return json_answer(202, {"chargeRequestId": charge.charge_id})

    def _make_charge(self, order_id: str, quantities: Mapping[str, int]) -> Charge:
        if order_id in documented.CHARGES:
            return self._make_documented_charge(order_id, quantities)
        return Charge(
            order_id,
            charge_id=1 + sum(charge.order_id == order_id for charge in self.charges),
            quantities=quantities,
            items_total=price_items(json.loads(self._orders[order_id]), quantities),
            declined=order_id in self.declined_orders,
            pending_polls=self.settle_after,
        )

    def _make_documented_charge(self, order_id: str, quantities: Mapping[str, int]) -> Charge:
        kind = documented.CHARGES[order_id]
        return Charge(
            order_id,
            charge_id=kind.charge_id,
            quantities=quantities,
            items_total=documented.ITEMS_TOTAL,
            declined=kind.declined,
            pending_polls=max(1, self.settle_after) if kind.pending_at_first else 0,
        )

    def _report_charge(self, _request: Request, order_id: str, charge_id: str) -> Answer:
        charge = self._find_charge(order_id, int(charge_id))
        if charge is None:
            return self.error(404, "The charge request was not found.")
        return json_answer(200, charge.poll())

    def _find_charge(self, order_id: str, charge_id: int) -> Charge | None:
        for charge in reversed(self.charges):
            if (charge.order_id, charge.charge_id) == (order_id, charge_id):
                return charge
        # The documented pairs answer without a request before them, as mocks do.
        if order_id in documented.CHARGES and documented.CHARGES[order_id].charge_id == charge_id:
            unasked = self._make_documented_charge(order_id, {})
            return self._mocked_charges.setdefault(order_id, unasked)
        return None
