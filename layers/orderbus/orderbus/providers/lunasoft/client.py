"""The endpoints of the LunaSoft site API, each a method.

Sources: the provider's page "Orders" (tests/samples/providers/lunasoft-orders.txt); for errors its page
lunasoft.com/api-errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from orderbus.domain.errors import CredentialsError, NotFoundError, RefusedError, UnclearError
from orderbus.providers.answers import Arrived
from orderbus.providers.http import ProviderHttp
from orderbus.providers.wire import whole_number


@dataclass(frozen=True, slots=True)
class LunaPage:
    """One page of the list of orders; `next_page` is None on the last one."""

    orders: list[Any]
    next_page: int | None


class LunaClient:
    """One site's shopping cart."""

    def __init__(self, connection: str, http: ProviderHttp) -> None:
        self._connection = connection
        self._http = http

    def list_orders(
        self,
        *,
        sort: str | None = None,
        from_id: int | None = None,
        created_on_after: datetime | None = None,
        page: int | None = None,
    ) -> LunaPage:
        """Return up to 50 orders, newest first unless sorted otherwise.

        Args:
            sort: Comma list of `id` and `created`, each with `-` for descending.
            from_id: Only orders with at least that id (inclusive).
            created_on_after: Only orders created then or later.
            page: Which page, from 1 on.

        Raises:
            ProviderError: By what the answer means.
        """
        asked = {
            "sort": sort,
            "id": None if from_id is None else str(from_id),
            # The only form that is proven: an offset without a colon (providers.md 2.1).
            "created_on_after": created_on_after and created_on_after.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "page": None if page is None else str(page),
        }
        answer = self._http.read("/orders", {key: value for key, value in asked.items() if value})
        self._refuse_errors(answer)
        if not isinstance(answer, dict) or not isinstance(answer.get("orders"), list):
            raise UnclearError(f"{self._connection}: the answer has no list of orders")
        return LunaPage(answer["orders"], self._next_page(answer.get("next_page", False)))

    def get_order(self, order_id: str) -> dict[str, Any]:
        """Return one order with its `statuses`, newest first.

        Raises:
            NotFoundError: There is no such order.
            ProviderError: By what the answer means.
        """
        answer = self._http.read(f"/orders/{quote(order_id, safe='')}")
        self._refuse_errors(answer)
        if not isinstance(answer, dict) or str(answer.get("id")) != order_id:
            raise UnclearError(f"{self._connection}: the answer is not the order that was asked for")
        return answer

    def post_status(
        self, order_id: str, status: str, *, notes: str = "", notify_customer: bool = False
    ) -> Arrived:
        """Add a status to an order, once: a repeat adds another one and may mail the customer again.

        Args:
            order_id: The order.
            status: An exact name of the site's own list.
            notes: Any text.
            notify_customer: Whether the site mails the customer.

        Raises:
            ProviderError: Nothing happened (not sent, 401, 403, 429), or it is unclear.
        """
        status_row = {"status": status, "notes": notes, "notify_customer": notify_customer}
        return self._http.send_once("POST", f"/orders/{quote(order_id, safe='')}", {"status": status_row})

    def _next_page(self, value: Any) -> int | None:
        # An integer or false; a text of digits is accepted, since all other numbers come as texts.
        if value is False or value is None:
            return None
        number = whole_number(value)
        if number is None:
            raise UnclearError(f"{self._connection}: next_page is neither a number nor false")
        return number

    def _refuse_errors(self, answer: Any) -> None:
        """Raise what an `errors` envelope means; it can come with HTTP 200, and `code` is a text."""
        errors = answer.get("errors") if isinstance(answer, Mapping) else None
        if not errors:
            return
        first = errors[0] if isinstance(errors, list) and isinstance(errors[0], Mapping) else {}
        code = str(first.get("code", ""))
        kind = {"401": CredentialsError, "403": CredentialsError, "404": NotFoundError}.get(
            code, RefusedError
        )
        named = code if code.isdecimal() else "without a code"
        raise kind(f"{self._connection}: the site answered with an error ({named})")
