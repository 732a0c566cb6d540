"""The endpoints of the Net32 Order API, each a method; trailing slashes are as the provider's page has them.

Source: "Order API Endpoints" (tests/samples/providers/net32-order-api.txt).
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from orderbus.domain.errors import NotNormalizableError
from orderbus.providers.answers import Arrived
from orderbus.providers.http import ProviderHttp
from orderbus.providers.wire import parse_json

DEFAULT_BASE_URL = "https://api.net32.com"
_TRY_AGAIN = re.compile(rb"try again in (\d{1,5}(?:\.\d+)?)\s*seconds?", re.IGNORECASE)


def hinted_wait(body: bytes) -> float | None:
    """Return the seconds that a 429 names in its message (seen with the provider's other APIs)."""
    found = _TRY_AGAIN.search(body)
    return float(found.group(1)) if found else None


class Net32Client:
    """One vendor account; the key alone decides whether it is production or a test."""

    def __init__(self, http: ProviderHttp) -> None:
        self._http = http

    def take_orders(self) -> Arrived:
        """Return up to 100 pending orders, which are marked viewed and never returned again.

        Raises:
            UnclearError: It was sent and nothing arrived: orders may have been handed out.
            ProviderError: Nothing was handed out.
        """
        return self._http.send_once("GET", "/orders/")

    def preauthorize(self, order_id: str) -> Arrived:
        """Confirm that the order's total can be authorized; a GET that may place an authorization.

        Raises:
            ProviderError: Nothing happened (not sent, 401, 403, 429), or it is unclear.
        """
        return self._http.send_once("GET", f"/pre-auth/{quote(order_id, safe='')}")

    def charge(self, order_id: str, body: Any) -> Arrived:
        """Ship and charge line items; asynchronous, and there is no idempotency key: sent once, ever.

        Raises:
            ProviderError: Nothing happened (not sent, 401, 403, 429), or it is unclear.
        """
        return self._http.send_once("POST", f"/orders/{quote(order_id, safe='')}/charges/", body)

    def charge_status(self, order_id: str, charge_id: str) -> Any:
        """Return what became of a charge request: its state, breakdown and payout.

        Raises:
            NotFoundError: There is no such charge.
            ProviderError: By what the answer means.
        """
        path = f"/orders/{quote(order_id, safe='')}/charges/{quote(charge_id, safe='')}"
        return self._http.read(path)


def list_of_orders(body: bytes, path: tuple[str, ...]) -> list[Any] | None:
    """Return the orders of an answer in any of the shapes that are assumed, or None where there is no list.

    Raises:
        NotNormalizableError: The body is not JSON, or an error's envelope round an empty list.
    """
    if not body.strip():
        return []
    answer = value = parse_json(body)
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, dict) and not path:
        value = _enveloped(value)
    if value == [] and (status := _status_of_error(answer)):
        raise NotNormalizableError(f"the answer has a list without orders beside the statusCode {status}")
    return value if isinstance(value, list) else None


def _status_of_error(answer: Any) -> int | None:
    """Return the envelope's own status where that is one of an error: HTTP's may be 200 all the same."""
    status = answer.get("statusCode") if isinstance(answer, dict) else None
    return status if isinstance(status, int) and status >= 400 else None


def _enveloped(value: dict[str, Any]) -> Any:
    inner = value.get("payload", value)
    if isinstance(inner, dict):
        return next((inner[key] for key in ("result", "results", "orders") if key in inner), None)
    return inner
