"""P7 at Zonos, whose secret travels in the body of each request: it is told nowhere, nor is a customer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.sandbox.faults import CutOff, Fault, Garbage, Html, Reset, Status
from infra.sandbox.zonos import make_order
from tests.planted import EVERYTHING, PERSONS, assert_says_nothing
from tests.planted import PLANTED as PLANTED_ELSEWHERE
from tests.telling import Told, telling
from tests.world import ZONOS, World

SECRET = "zonos-planted-5d2e"
PLANTED = [SECRET, *PLANTED_ELSEWHERE]
PERSON: dict[str, Any] = {
    "name": PERSONS["name"],
    "billingName": PERSONS["name"],
    "address1": PERSONS["street"],
    "city": PERSONS["city"],
    "email": PERSONS["email"],
    "phone": PERSONS["phone"],
    "nationalIdentifier": PERSONS["card"],
    "notes": [{"customerNote": True, "note": PERSONS["note"]}],
}
SAID = f"{SECRET} {EVERYTHING}"
REPEATED = {"store": "999", "secret": SECRET, **PERSON}


@pytest.fixture
def told(world: World) -> Iterator[Told]:
    world.zonos._key = SECRET
    credentials = {"store": "999", "secret": SECRET}
    world.connect(ZONOS, "zonos", world.zonos_at.url, credentials=credentials, options={"acknowledge": True})
    with telling() as told:
        yield told


@pytest.mark.parametrize("path", ["/v1/orderNumbers", "/v2/orderDetail", "/v1/updateMerchantOrderId"])
def test_whatever_zonos_answers_neither_its_secret_nor_a_customer_is_told(
    world: World,
    told: Told,
    path: str,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    faults: list[Fault] = [
        Status(200, {"error": SECRET}),
        Status(200, {"orders": SAID, "order": SAID, "success": SAID, "totalCount": SAID}),
        Status(200, {"orders": [SAID], "order": {"orderId": SAID}, "success": REPEATED}),
        Status(302, SAID, headers={"Location": f"http://{SECRET}.example/"}),
        Status(400, SAID),
        Status(401, {"error": SAID}),
        Status(429, {"error": SAID}, headers={"Retry-After": SAID}),
        Status(503, SAID, headers={"Retry-After": SAID}),
        Html(406),
        CutOff(20),
        Garbage(),
        Reset(after_effect=True),
    ]
    for number, fault in enumerate(faults, 1):
        world.zonos.place(make_order(number, referenceId=SECRET, **PERSON))
        world.zonos.fail_next(fault, match=f"POST {path}", times=3)
        for function in ("fetch_zonos", "import_order"):
            told.invoke(world, function, {"connection": ZONOS, "order_id": f"999-{number}"})
        world.zonos.forget_faults()
    world.zonos.fail_next(faults[0], match=f"POST {path}", times=3)
    told.invoke(world, "reconcile_orders", {"connection": ZONOS})

    events = world.relay()
    everything = told.all(capsys, caplog)
    assert [planted for planted in PLANTED if planted in everything] == []
    assert '"message":"polled"' in everything
    assert SECRET not in json.dumps(events)
    of_orders = ("order.created.v1", "order.updated.v1")
    assert_says_nothing([event for event in events if event["type"] not in of_orders])
