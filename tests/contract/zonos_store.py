"""A Zonos store over HTTP, every call of its client, and errors that never hold its secret."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from orderbus.domain.errors import OrderBusError
from orderbus.providers.zonos.client import ZonosClient
from orderbus.providers.zonos.http import ZonosHttp

from infra.sandbox.server import serve
from infra.sandbox.zonos import ZonosSandbox, make_order

SECRET = "f5bde245-f55e-414d-b722-80b25161c12c"
Call = Callable[[ZonosClient], object]

READS: dict[str, Call] = {
    "order_numbers": lambda client: client.order_numbers(since_date=date(2015, 1, 1)),
    "order_detail": lambda client: client.order_detail(order_id=7),
}
WRITES: dict[str, Call] = {
    "update_merchant_order_id": lambda client: client.update_merchant_order_id(7, "m-7"),
    "update_vendor_order_status": lambda client: client.update_vendor_order_status(
        7, "VENDOR_SHIPMENT_READY"
    ),
    "set_shipment_tracking": lambda client: client.set_shipment_tracking(7, ["1Z7"]),
}
ALL = READS | WRITES
each_call = pytest.mark.parametrize("call", ALL.values(), ids=ALL.keys())
each_read = pytest.mark.parametrize("call", READS.values(), ids=READS.keys())
each_write = pytest.mark.parametrize("call", WRITES.values(), ids=WRITES.keys())


@dataclass
class Store:
    sandbox: ZonosSandbox
    url: str

    def client(self, secret: str = SECRET) -> ZonosClient:
        http = ZonosHttp("zonos-main", self.url, store="999", secret=secret)
        return ZonosClient("zonos-main", http, "999")

    def error_of(self, call: Call, kind: type[OrderBusError], **more: Any) -> str:
        with pytest.raises(OrderBusError) as caught:
            call(self.client(**more))
        assert type(caught.value) is kind
        trace = "".join(traceback.format_exception(caught.value))
        told = f"{caught.value} {caught.value!r} {caught.value.as_answer()} {trace}"
        assert not {piece for piece in (SECRET[:8], SECRET[-8:]) if piece in told}
        return str(caught.value)


@contextmanager
def a_store() -> Iterator[Store]:
    """Give a store with one order, 999-7."""
    sandbox = ZonosSandbox(secret=SECRET)
    sandbox.place(make_order(7))
    with serve(sandbox) as served:
        yield Store(sandbox, served.url)
