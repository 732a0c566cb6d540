"""P7: with secrets and personal data planted everywhere, no log, metric, answer or error tells them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from orderbus.runtime import clients

from infra.sandbox.faults import CutOff, Fault, Garbage, Hang, RateLimited, Reset, Status
from tests.bus_gate import gated_bus
from tests.malformed import LUNA_SHOP, NET32_SHOP, SHOPS, Shop
from tests.planted import (
    EVERYTHING,
    PERSONAL,
    PERSONS,
    SECRETS,
    Witness,
    a_witness,
    assert_says_nothing,
    poll,
    relay,
)
from tests.publishing import orders_on_the_stream
from tests.telling import telling
from tests.world import ZONOS, World

Json = dict[str, Any]


@pytest.fixture
def witness(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Iterator[Witness]:
    with a_witness(world, capsys, caplog) as listening:
        yield listening


@pytest.fixture(params=SHOPS, ids=lambda shop: shop.provider)
def shop(request: pytest.FixtureRequest) -> Shop:
    chosen: Shop = request.param
    return chosen


def test_orders_and_their_changes_are_told_to_the_bus_alone(
    world: World, witness: Witness, shop: Shop
) -> None:
    shop.place(world, 1, **PERSONAL[shop.provider])
    poll(world, witness, shop)
    world.pass_time(minutes=1)
    shop.place(world, 1, **PERSONAL[shop.provider] | {shop.note: PERSONS["note"] + "!"})
    poll(world, witness, shop)
    events = relay(world, witness)
    witness.invoke(world, "publish_events", {"since": "2020-01-01"})
    witness.invoke(world, "sweep_due", {})

    assert [event["type"] for event in events] == ["order.created.v1", "order.updated.v1"]
    on_the_bus = json.dumps(events, ensure_ascii=False)
    assert [planted for planted in PERSONS.values() if planted not in on_the_bus] == []
    assert [secret for secret in SECRETS.values() if secret in on_the_bus] == []
    witness.heard_nothing_planted(but='"message":"republished"')


@pytest.mark.parametrize("where", ["total", "note", "lines", "line", "customer", "id", "date"])
def test_malformed_orders_are_told_of_by_field_and_key(
    world: World, witness: Witness, shop: Shop, where: str
) -> None:
    luna = shop is LUNA_SHOP
    odd: dict[str, Json] = {
        "total": {"total": EVERYTHING},
        "note": {shop.note: {EVERYTHING: EVERYTHING}},
        "lines": {shop.lines: EVERYTHING},
        "line": {shop.lines: [{EVERYTHING: EVERYTHING, "cost": EVERYTHING}, EVERYTHING]},
        "customer": {"first_name": [EVERYTHING], "customer": {"name": [EVERYTHING]}},
        "id": {"id" if luna else "orderId": EVERYTHING.encode("utf-16").hex() + "\n" + EVERYTHING},
        "date": {"total": "", "orderDate": EVERYTHING, "created": EVERYTHING},
    }
    shop.place(world, 1, **PERSONAL[shop.provider] | odd[where])

    poll(world, witness, shop)
    poll(world, witness, shop, redrive="all")
    events = relay(world, witness)

    assert [event["type"] for event in events] == ["order.quarantined.v1"]
    assert_says_nothing(events)
    witness.heard_nothing_planted(but='"quarantined":1')


FAULTS: list[Fault] = [
    Status(200, EVERYTHING, after_effect=True),
    Status(200, {"orders": EVERYTHING, "next_page": EVERYTHING}, after_effect=True),
    Status(200, {"errors": [{"code": EVERYTHING, "user_message": EVERYTHING}]}),
    Status(200, {"errors": [{"code": "401", "internal_message": EVERYTHING}]}),
    Status(302, EVERYTHING, headers={"Location": f"http://{SECRETS['other']}.example/"}),
    Status(400, EVERYTHING),
    Status(401, EVERYTHING),
    Status(403, {"message": EVERYTHING}),
    Status(404, EVERYTHING),
    Status(429, f"{EVERYTHING} try again in 9 seconds", headers={"Retry-After": SECRETS["other"]}),
    Status(500, EVERYTHING),
    Status(503, EVERYTHING, headers={"Retry-After": SECRETS["other"]}),
    CutOff(120),
    Garbage(),
    RateLimited(),
    Reset(after_effect=True),
    Hang(after_effect=True),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_failing_provider_is_told_of_by_status_and_name(
    world: World, witness: Witness, shop: Shop, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orderbus.providers.http._READ_SECONDS", 0.2)
    shop.place(world, 1, **PERSONAL[shop.provider])
    shop.sandbox(world).fail_next(fault, times=3)

    answer = poll(world, witness, shop)
    events = relay(world, witness)

    assert answer is not None
    assert shop is NET32_SHOP or answer["error"]
    assert_says_nothing([event for event in events if not event["type"].startswith("order.created")])
    witness.heard_nothing_planted(but='"message":"polled"')


@pytest.mark.parametrize("match", ["POST /v1/orderNumbers", "POST /v2/orderDetail"])
def test_what_zonos_says_when_it_refuses_is_answered_and_in_no_log(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, match: str
) -> None:
    said = f"no order of {PERSONS['name']}, {PERSONS['email']}"
    world.zonos.place_generated()
    since = {"since": "2026-01-01", "until": "2026-01-06"}
    with telling() as told:
        answers = []
        for function, more in (("fetch_zonos", {}), ("reconcile_orders", since)):
            world.zonos.fail_next(Status(400, {"error": said}), match=match, times=3)
            answers.append(world.invoke(function, {"connection": ZONOS, **more}))
        logs = told.all(capsys, caplog)

    assert said in answers[0]["error"]["message"]
    assert "Zonos refused: (its words are not logged)" in logs
    assert '"message":"reconciled"' in logs
    assert [planted for planted in PERSONS.values() if planted in logs] == []


def test_a_bus_that_refuses_is_told_of_by_its_codes(world: World, witness: Witness) -> None:
    records = orders_on_the_stream(world, 3, **PERSONAL["net32"])
    unreadable = {"dynamodb": {"NewImage": {"outbox": {"S": EVERYTHING}}}}
    codes = iter(["ThrottlingException", "MalformedDetail", None] * 10)
    with gated_bus() as bus:
        bus.refuse = lambda _detail: next(codes)
        witness.invoke(world, "publish_events", {"Records": [unreadable, *records]})
        bus.refuse = lambda _detail: "ThrottlingException"
        witness.invoke(world, "publish_events", {"Records": records})
        witness.invoke(world, "publish_events", {"since": "2020-01-01"})
        bus.fail_request = lambda _details: "ValidationException"
        witness.invoke(world, "publish_events", {"Records": records})

    assert len(world.objects("refused/")) == 4
    witness.heard_nothing_planted(but="PublishError: the bus refused 3 events for now")


@pytest.mark.parametrize("operation", ["PutItem", "BatchGetItem", "PutObject", "GetParameter"])
def test_an_error_that_nobody_expected_is_told_without_the_order(
    world: World, witness: Witness, shop: Shop, operation: str
) -> None:
    shop.place(world, 1, **PERSONAL[shop.provider] | {"total": EVERYTHING})
    shop.place(world, 2, **PERSONAL[shop.provider])
    world.restart()

    def fail(model: Any, **_: Any) -> None:
        if model.name == operation:
            answer: Any = {"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}
            raise ClientError(answer, operation)

    watched = [clients.dynamodb(), clients.s3(), clients.ssm()]
    for client in watched:
        client.meta.events.register("before-call", fail)
    try:
        assert poll(world, witness, shop) is None
    finally:
        for client in watched:
            client.meta.events.unregister("before-call", fail)

    witness.heard_nothing_planted(but="AccessDeniedException")
