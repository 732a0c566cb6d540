"""P2: one command, however often it comes, has one effect; and each ends in exactly one outcome."""

from __future__ import annotations

from typing import Any

import pytest
from orderbus.domain.commands import ARGUMENTS
from orderbus.runtime import clients

from infra.sandbox.faults import Status
from tests.command_world import Commands, added, event, outcome
from tests.world import TABLE

STATUS = "order.set_status.v1"
SHIP = "order.ship.v1"
PROCESSING = {"status": "Processing", "note": "packed"}


def test_a_status_is_carried_out_once_and_told(commands: Commands) -> None:
    order = commands.luna_order()

    id_ = commands.send(STATUS, order, PROCESSING)
    (told,) = commands.work()

    assert (told["type"], told["subject"], told["causationid"]) == ("command.succeeded.v1", order, id_)
    assert told["data"]["result"]["status"] == "Processing"
    assert commands.posts() == ["POST /orders/501"]
    assert commands.state(order, id_) == "succeeded"
    assert commands.item(order, "LOCK") == {}


def test_a_command_that_comes_again_says_nothing_more(commands: Commands) -> None:
    order = commands.luna_order()
    message = event(STATUS, order, PROCESSING)
    for _ in range(3):
        commands.put(message)
    assert outcome(commands.work()) == ("command.succeeded.v1", None)

    commands.world.pass_time(days=14, minutes=1)
    commands.world.restart()
    commands.put(message)

    assert commands.work() == []
    assert added(commands) == ["Processing"]


def test_the_same_id_with_other_content_is_a_conflict_each_once(commands: Commands) -> None:
    order = commands.luna_order()
    commands.send(STATUS, order, PROCESSING, id="c")
    commands.work()

    for status in ("Pending", "Pending", "Complete"):
        commands.send(STATUS, order, {"status": status}, id="c")
    told = commands.work()

    assert [each["type"] for each in told] == ["command.conflict.v1"] * 2
    assert len({each["id"] for each in told}) == 2
    assert told[0]["data"]["state"] == "succeeded"
    assert added(commands) == ["Processing"]


def test_a_shipment_id_is_carried_out_once_under_whatever_command_id(commands: Commands) -> None:
    order = commands.luna_order()
    line = commands.line_of(order)
    ship = {"shipment_id": "s-1", "lines": [{"line_id": line, "quantity": 2}]}
    first = commands.send(SHIP, order, ship)
    commands.send(SHIP, order, ship)

    one, two = commands.work()

    assert (one["type"], two["type"]) == ("command.succeeded.v1", "command.rejected.v1")
    assert two["data"]["reason"] == "duplicate_shipment"
    assert two["data"]["first"] == {"command_id": first, "state": "succeeded"}
    assert added(commands) == ["Shipped"]


def test_a_shipment_id_whose_command_was_rejected_may_be_used_again(commands: Commands) -> None:
    order = commands.luna_order()
    line = commands.line_of(order)
    commands.world.lunasoft.fail_next(Status(422), match="POST /orders")

    for _ in range(2):
        commands.send(SHIP, order, {"shipment_id": "s-1", "lines": [{"line_id": line, "quantity": 2}]})

    assert [each["type"] for each in commands.work()] == ["command.rejected.v1", "command.succeeded.v1"]
    assert added(commands) == ["Shipped"]


REJECTED: list[tuple[str, Any, dict[str, Any], str]] = [
    (STATUS, {"status": ""}, {}, "invalid_arguments"),
    (STATUS, {"status": "Processing"}, {"time": "soon"}, "invalid_arguments"),
    (STATUS, {"status": "Processing"}, {"time": "2020-01-01T00:00:00Z"}, "expired"),
    ("order.set_status.v2", {"status": "Processing"}, {}, "unknown_type"),
    (STATUS, {"status": "Nonsense"}, {}, "provider_refused"),
    (SHIP, {"shipment_id": "s", "lines": [{"line_id": "0", "quantity": 1}]}, {}, "unknown_line"),
    (SHIP, {"shipment_id": "s", "lines": [{"line_id": "L", "quantity": 3}]}, {}, "quantity_exceeded"),
    (SHIP, {"shipment_id": "s", "lines": [{"line_id": "L", "quantity": 1}]}, {}, "partial_not_supported"),
    (SHIP, {"shipment_id": "s", "lines": [{"line_id": "L", "quantity": 0}]}, {}, "invalid_arguments"),
    (SHIP, {"shipment_id": "s", "lines": [{"line_id": "L", "quantity": 1.5}]}, {}, "invalid_arguments"),
    ("order.preauthorize.v1", {}, {}, "not_supported"),
    ("command.resolve.v1", {"command_id": "x", "outcome": "succeeded", "note": "n"}, {}, "unknown_command"),
    ("order.create.v1", {"note": "x" * 2_000_000}, {}, "invalid_arguments"),
    (SHIP, {"shipment_id": "x" * 2_000_000}, {}, "invalid_arguments"),
]


@pytest.mark.parametrize(("type_", "data", "detail", "reason"), REJECTED)
def test_what_cannot_be_done_is_rejected_with_its_reason_and_nothing_is_sent(
    commands: Commands, type_: str, data: Any, detail: dict[str, Any], reason: str
) -> None:
    order = commands.luna_order()
    for line in data.get("lines", []):
        line["line_id"] = commands.line_of(order) if line["line_id"] == "L" else line["line_id"]

    commands.handle_event(event(type_, order, data, **detail))

    (told,) = commands.work()
    assert (told["type"], told["data"]["reason"]) == ("command.rejected.v1", reason)
    assert told["data"]["message"]
    assert added(commands) == []
    assert commands.pass_time(hours=30) == []


@pytest.mark.parametrize("subject", ["luna-main:999", "nobody:1", "no:such:thing", "luna-main"])
def test_an_order_that_is_not_known_is_final_for_the_id(commands: Commands, subject: str) -> None:
    id_ = commands.send(STATUS, subject, PROCESSING)

    assert outcome(commands.work()) == ("command.rejected.v1", "unknown_order")

    commands.luna_order(999)
    commands.send(STATUS, subject, PROCESSING, id=id_)
    assert commands.work() == []
    assert added(commands) == []


def test_an_order_that_was_erased_is_not_known_and_nothing_is_asked_about_it(commands: Commands) -> None:
    order = commands.luna_order()
    clients.dynamodb().update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"ORDER#{order}"}, "sk": {"S": "CURRENT"}},
        UpdateExpression="SET erased = :yes",
        ExpressionAttributeValues={":yes": {"BOOL": True}},
    )
    commands.world.lunasoft.calls.clear()

    commands.send(STATUS, order, PROCESSING)
    commands.send("order.refresh.v1", order)

    told = commands.work()
    assert [each["data"]["reason"] for each in told if "reason" in each["data"]] == ["unknown_order"] * 2
    assert commands.world.lunasoft.calls == []


def test_an_order_is_created_at_a_connection_that_is_there(commands: Commands) -> None:
    commands.send("order.create.v1", "nobody", {"name": "x"})
    assert outcome(commands.work()) == ("command.rejected.v1", "unknown_connection")

    commands.send("order.create.v1", "luna-main", {"name": "x"})
    assert outcome(commands.work()) == ("command.rejected.v1", "not_supported")


@pytest.mark.parametrize(
    ("fields", "type_", "reason"),
    [
        ({"current_status": "On Hold"}, STATUS, "held"),
        ({"current_status": "Cancelled"}, STATUS, "cancelled"),
        ({"current_status": "Shipped"}, STATUS, "already_shipped"),
        ({"current_status": "On Hold"}, SHIP, "held"),
        ({"current_status": "Cancelled"}, SHIP, "cancelled"),
        ({"current_status": "Shipped"}, SHIP, "already_shipped"),
    ],
)
def test_what_became_of_the_order_since_the_last_poll_is_seen_before_it_ships(
    commands: Commands, fields: dict[str, Any], type_: str, reason: str
) -> None:
    order = commands.luna_order()
    line = commands.line_of(order)
    commands.world.lunasoft.edit(501, **fields)

    data = {
        STATUS: {"status": "Shipped"},
        SHIP: {"shipment_id": "s", "lines": [{"line_id": line, "quantity": 2}]},
    }
    commands.send(type_, order, data[type_])

    assert outcome(commands.work()) == ("command.rejected.v1", reason)
    assert added(commands) == []


def test_a_held_order_may_be_cancelled_and_one_that_is_shipped_may_not(commands: Commands) -> None:
    held, shipped = commands.luna_order(501), commands.luna_order(502)
    commands.world.lunasoft.edit(501, current_status="On Hold")
    commands.world.lunasoft.edit(502, current_status="Shipped")

    for order in (held, shipped):
        commands.send(STATUS, order, {"status": "Cancelled"})
    told = {each["subject"]: each for each in commands.work()}

    assert told[held]["type"] == "command.succeeded.v1"
    assert told[shipped]["data"]["reason"] == "already_shipped"
    assert commands.world.lunasoft.statuses_added == [("501", "Cancelled")]


def test_a_status_that_was_overtaken_by_a_newer_one_is_superseded(commands: Commands) -> None:
    order = commands.luna_order()
    older, newer = event(STATUS, order, PROCESSING), event(STATUS, order, {"status": "Complete"})
    assert older["detail"]["time"] < newer["detail"]["time"]

    commands.put(newer)
    commands.work()
    commands.put(older)

    assert outcome(commands.work()) == ("command.rejected.v1", "superseded")
    assert added(commands) == ["Complete"]


def test_a_sender_whose_clock_is_ahead_does_not_overtake_what_is_sent_after_it(commands: Commands) -> None:
    order = commands.luna_order()
    commands.send(STATUS, order, PROCESSING, time="2099-01-01T00:00:00Z")
    assert outcome(commands.work()) == ("command.succeeded.v1", None)

    commands.send(STATUS, order, {"status": "Pending"})

    assert outcome(commands.work()) == ("command.succeeded.v1", None)
    assert added(commands) == ["Processing", "Pending"]


def test_a_status_that_waited_while_a_newer_one_went_is_superseded(commands: Commands) -> None:
    order = commands.luna_order()
    commands.world.lunasoft.fail_next(Status(401), match="POST /orders")
    commands.send(STATUS, order, PROCESSING)
    commands.work()
    commands.send(STATUS, order, {"status": "Complete"})
    commands.work()

    assert outcome(commands.pass_time(minutes=5)) == ("command.rejected.v1", "superseded")
    assert added(commands) == ["Complete"]


@pytest.mark.parametrize(
    "message", ["not JSON", "[]", '{"detail": {}}', "x" * 2_000_000, '{"due": 5}'], ids=lambda text: text[:9]
)
def test_what_is_no_command_goes_to_the_dead_letter_queue_and_no_further(
    commands: Commands, message: str
) -> None:
    small = message[:200_000]
    commands.put(small)

    assert commands.work() == []

    assert len(commands.answers) == 10
    assert commands.dead_letters() == [small]


@pytest.mark.parametrize("type_", sorted(ARGUMENTS))
def test_every_type_ends_in_one_outcome_whatever_its_data(commands: Commands, type_: str) -> None:
    order = commands.luna_order()

    commands.send(type_, order, {"unexpected": 1})

    (told,) = [each for each in commands.work() if each["type"].startswith("command.")]
    assert told["type"] == "command.rejected.v1"
    assert added(commands) == []
