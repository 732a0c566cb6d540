"""Commands, reservations and locks on DynamoDB: what is written is read, and only the next version is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from orderbus.aws.commands import DynamoCommands
from orderbus.commands.adapter import Shipment
from orderbus.commands.ledger import Attempt, Book, Charge, CommandRecord, Due, Lock, StepRecord
from orderbus.domain.commands import Command
from orderbus.ports import OutboxEntry
from orderbus.runtime import clients

from tests.contract.aws_faults import refused
from tests.world import TABLE, World

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
SUBJECT = "net32-main:7"
SHIPMENT = Shipment("c-1", "s-1", {"1": 2}, "UPS", ("1Z999",))


def record(command_id: str = "c-1", data: Any = None) -> CommandRecord:
    command = Command(command_id, SUBJECT, "order.ship.v1", data or {"a": [1, "ü", None]}, NOW)
    return CommandRecord(command, command.content_hash(), NOW, due=Due("ship", NOW))


def event(id_: str) -> OutboxEntry:
    return OutboxEntry(id_, "command.succeeded.v1", SUBJECT, "2026-01-05T12:00:00.000000Z", "net32", "c")


@pytest.fixture
def ledger(world: World) -> DynamoCommands:
    assert world
    return DynamoCommands(clients.dynamodb(), TABLE)


def sending(before: CommandRecord, attempt: str = "a-1") -> CommandRecord:
    step = StepRecord("charge", "charge", {"order": "7"}, state="sending", sent=1, baseline={"rows": []})
    return before.moved(
        "sending",
        Due("ship", NOW + timedelta(minutes=2)),
        attempt=Attempt(attempt, NOW + timedelta(minutes=2)),
        steps=(step,),
        effects=("ships",),
        ships={"1": 2},
        charge=Charge("6", NOW, NOW, counted_seconds=1.5),
    )


@pytest.mark.parametrize("data", [{"big": 10**30}, {"half": "\ud800"}, {"deep": [[[{}]]]}, "text", [1.5]])
def test_a_command_is_read_as_it_was_written_whatever_its_data(ledger: DynamoCommands, data: Any) -> None:
    written = record(data=data)

    assert ledger.add(written) is None

    assert ledger.find(SUBJECT, "c-1") == written
    assert ledger.add(record(data={"other": 1})) == written
    assert ledger.find(SUBJECT, "c-2") is None


def test_a_command_that_another_process_is_just_moving_is_there(ledger: DynamoCommands) -> None:
    ledger.add(record())

    with refused(clients.dynamodb(), "PutItem", "TransactionConflictException"):
        assert ledger.add(record()) == record()


def test_the_largest_data_take_no_more_of_an_item_than_they_have_bytes(ledger: DynamoCommands) -> None:
    note = "\u010d\U0001f600" * 16_000
    ledger.add(record(data={"note": note}))

    [item] = clients.dynamodb().scan(TableName=TABLE)["Items"]
    assert len(item["data"]["S"].encode()) == len(note.encode()) + len('{"note":""}') == 96_011
    found = ledger.find(SUBJECT, "c-1")
    assert found is not None
    assert found.command.data == {"note": note}


def test_data_too_large_for_an_item_is_left_out(ledger: DynamoCommands) -> None:
    ledger.add(record(data={"note": "x" * 1_000_000}))

    found = ledger.find(SUBJECT, "c-1")

    assert found is not None
    assert found.command.data is None
    assert found.content_hash == record(data={"note": "x" * 1_000_000}).content_hash


def test_everything_of_its_progress_is_read_as_it_was_written(ledger: DynamoCommands) -> None:
    first = record()
    ledger.add(first)
    after = sending(first).telling(event("e-1")).telling(event("e-2"))

    assert ledger.move((first, after))

    assert ledger.find(SUBJECT, "c-1") == after
    assert (after.told, after.told_before) == ((event("e-2"),), (event("e-1"),))


def test_of_two_that_follow_from_one_the_first_is_written(ledger: DynamoCommands) -> None:
    first = record()
    ledger.add(first)

    assert ledger.move((first, sending(first, "a-1")))
    assert not ledger.move((first, sending(first, "a-2")))
    # By a retry of the AWS client: the write that is there is our own.
    assert ledger.move((first, sending(first, "a-1")))


def test_a_command_and_its_reservation_move_together_or_not_at_all(ledger: DynamoCommands) -> None:
    one, other = record("c-1"), record("c-2")
    ledger.add(one)
    ledger.add(other)
    empty = ledger.book(SUBJECT)
    assert empty == Book()

    assert ledger.move((one, sending(one)), book=(empty, empty.with_(SHIPMENT)))
    stale = empty.with_(replace(SHIPMENT, command_id="c-2"))
    assert not ledger.move((other, sending(other)), book=(empty, stale))

    assert ledger.book(SUBJECT).shipments == (SHIPMENT,)
    assert ledger.find(SUBJECT, "c-2") == other
    book = ledger.book(SUBJECT)
    found = sending(one)
    ended = found.moved("rejected", None)
    assert ledger.move((found, ended), book=(book, book.without("c-1").set_at(NOW)))
    assert ledger.book(SUBJECT) == Book(3, (), NOW)


def lock(command_id: str, attempt: str, own_from: int = 60, deadline: int = 120) -> Lock:
    return Lock(command_id, attempt, NOW + timedelta(seconds=own_from), NOW + timedelta(seconds=deadline))


@pytest.mark.parametrize(
    ("who", "seconds", "taken"),
    [
        (("c-2", "a-2"), 0, False),
        (("c-2", "a-2"), 119, False),
        (("c-2", "a-2"), 120, True),
        (("c-1", "a-3"), 59, False),
        (("c-1", "a-3"), 60, True),
        (("c-1", "a-1"), 0, True),
    ],
)
def test_a_lock_is_its_attempts_then_its_commands_then_anyones(
    ledger: DynamoCommands, who: tuple[str, str], seconds: int, taken: bool
) -> None:
    assert ledger.lock(SUBJECT, lock("c-1", "a-1"), NOW)

    assert ledger.lock(SUBJECT, lock(*who), NOW + timedelta(seconds=seconds)) is taken


def test_only_who_has_the_lock_gives_it_back_or_keeps_it(ledger: DynamoCommands) -> None:
    ledger.lock(SUBJECT, lock("c-1", "a-1"), NOW)

    ledger.unlock(SUBJECT, "a-2")
    ledger.keep_lock(SUBJECT, lock("c-2", "a-2", 0, 0))
    assert not ledger.lock(SUBJECT, lock("c-2", "a-2"), NOW)

    ledger.keep_lock(SUBJECT, lock("c-1", "a-1", own_from=0))
    assert not ledger.lock(SUBJECT, lock("c-2", "a-2"), NOW)
    assert ledger.lock(SUBJECT, lock("c-1", "a-3"), NOW)
    ledger.unlock(SUBJECT, "a-3")
    assert ledger.lock(SUBJECT, lock("c-2", "a-2"), NOW)


def test_what_is_due_is_found_by_its_queue_and_put_off_once(ledger: DynamoCommands) -> None:
    for at, id_ in enumerate(("c-1", "c-2", "c-3")):
        ledger.add(replace(record(id_), due=Due("ship", NOW + timedelta(minutes=at))))

    assert list(ledger.due("ship", NOW + timedelta(minutes=1), 10)) == [(SUBJECT, "c-1"), (SUBJECT, "c-2")]
    assert list(ledger.due("update", NOW + timedelta(days=1), 10)) == []
    assert ledger.postpone(SUBJECT, "c-1", NOW + timedelta(minutes=9))
    assert list(ledger.due("ship", NOW + timedelta(minutes=1), 10)) == [(SUBJECT, "c-2")]
    final = ledger.find(SUBJECT, "c-2")
    assert final is not None
    ledger.move((final, final.moved("succeeded", None)))
    assert not ledger.postpone(SUBJECT, "c-2", NOW)
    assert list(ledger.due("ship", NOW + timedelta(minutes=1), 10)) == []
