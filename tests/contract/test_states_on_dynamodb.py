"""Where a connection stands, on DynamoDB: each write follows from the one that was read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from orderbus.aws.states import DynamoStates
from orderbus.ports import ConnectionState, OutboxEntry, PageMark, Pass, Reading
from orderbus.runtime import clients

from tests.contract.aws_faults import refused, sent_twice
from tests.world import TABLE, World

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
READING = Reading("r-1", since=NOON, deadline=NOON + timedelta(minutes=2))
OTHER = Reading("r-2", since=NOON + timedelta(seconds=1), deadline=NOON + timedelta(minutes=3))
FULL = ConnectionState(
    version=1,
    cursor="54123",
    floor="54073",
    reading=READING,
    stored="inbox/c/r-0",
    completed_at=NOON - timedelta(minutes=1),
    not_before=NOON + timedelta(microseconds=1),
    failures=2,
    degraded=True,
    number=3,
)


@pytest.fixture
def states(world: World) -> DynamoStates:  # noqa: ARG001 - the table is there while it is
    return DynamoStates(clients.dynamodb(), TABLE)


def move(
    states: DynamoStates, before: ConnectionState, after: ConnectionState, *events: OutboxEntry
) -> ConnectionState | None:
    return states.move("c", before, after, silent_at=NOON + timedelta(minutes=15), events=events)


def an_event(number: int = 1) -> OutboxEntry:
    time = "2026-01-05T12:00:00.000000Z"
    return OutboxEntry(f"e-{number}", "connection.degraded.v1", "c", time, "net32", "c", {"failed_polls": 3})


def items() -> list[dict[str, Any]]:
    found = clients.dynamodb().scan(TableName=TABLE)["Items"]
    return sorted(found, key=lambda item: item["sk"]["S"])


def test_a_connection_that_nobody_wrote_of_stands_at_the_beginning(states: DynamoStates) -> None:
    assert states.get("c") == ConnectionState()
    assert items() == []


def test_a_state_is_read_as_it_was_written(states: DynamoStates) -> None:
    assert move(states, ConnectionState(), replace(FULL, version=0)) == FULL
    assert states.get("c") == FULL


@pytest.mark.parametrize(
    "goes_on",
    [Pass(NOON, None, None), Pass(NOON, NOON - timedelta(days=1), NOON, PageMark(7, 1_500, "5e1f"))],
)
def test_a_pass_that_goes_on_is_read_as_it_was_written(states: DynamoStates, goes_on: Pass) -> None:
    state = ConnectionState(version=1, reading_on=goes_on, looked_back_at=NOON, looking_back=goes_on)

    move(states, ConnectionState(), state)

    assert states.get("c") == state


def test_a_state_at_the_beginning_is_read_as_it_was_written(states: DynamoStates) -> None:
    assert move(states, ConnectionState(), ConnectionState()) == ConnectionState(version=1)
    assert states.get("c") == ConnectionState(version=1)


def test_a_state_follows_only_from_the_one_that_is_there(states: DynamoStates) -> None:
    first = move(states, ConnectionState(), ConnectionState(cursor="1"))
    assert first is not None
    second = move(states, first, replace(first, cursor="2"))
    assert second == ConnectionState(version=2, cursor="2")

    assert move(states, first, replace(first, cursor="3")) is None
    assert move(states, ConnectionState(), ConnectionState(cursor="4")) is None
    assert states.get("c") == second


def test_two_connections_stand_apart(states: DynamoStates) -> None:
    move(states, ConnectionState(), ConnectionState(cursor="1"))

    assert states.get("d") == ConnectionState()


def test_events_are_written_with_their_state_each_under_its_id(states: DynamoStates) -> None:
    after = move(states, ConnectionState(), ConnectionState(failures=3), an_event(1), an_event(2))

    assert after == ConnectionState(version=1, failures=3)
    first, second, state = items()
    assert [item["sk"]["S"] for item in (first, second, state)] == ["EVENT#e-1", "EVENT#e-2", "STATE"]
    assert first["recorded_at"]["S"] == "2026-01-05T12:00:00.000000Z"
    (entry,) = json.loads(first["outbox"]["S"])
    assert (entry["id"], entry["type"]) == ("e-1", "connection.degraded.v1")
    assert entry["data"] == {"failed_polls": 3}


def test_where_the_state_is_not_written_neither_are_its_events(states: DynamoStates) -> None:
    first = move(states, ConnectionState(), ConnectionState())
    assert first is not None
    move(states, first, first)

    assert move(states, first, replace(first, degraded=True), an_event()) is None
    assert [item["sk"]["S"] for item in items()] == ["STATE"]


@pytest.mark.parametrize("before", [ConnectionState(), FULL])
def test_a_repeat_by_the_aws_client_is_recognised_as_its_own_write(
    states: DynamoStates, before: ConnectionState
) -> None:
    if before.version:
        move(states, ConnectionState(), replace(before, version=0))

    with sent_twice(clients.dynamodb(), "PutItem") as statuses:
        after = move(states, before, replace(before, cursor="60000"))

    assert statuses == [200, 400]
    assert after == replace(before, cursor="60000", version=before.version + 1)
    assert states.get("c") == after


def test_anothers_write_is_not_taken_for_a_repeat_of_ones_own(states: DynamoStates) -> None:
    move(states, ConnectionState(), ConnectionState(cursor="7"))

    assert move(states, ConnectionState(), ConnectionState(cursor="8")) is None


@pytest.mark.parametrize("events", [(), (an_event(),)])
def test_a_write_that_meets_another_runs_transaction_is_lost_not_broken(
    states: DynamoStates, events: tuple[OutboxEntry, ...]
) -> None:
    first = move(states, ConnectionState(), ConnectionState())
    assert first is not None
    reasons = {"Code": "TransactionConflict"}, {"Code": "None"}
    operation, code = (
        ("TransactWriteItems", "TransactionCanceledException")
        if events
        else ("PutItem", "TransactionConflictException")
    )

    with refused(clients.dynamodb(), operation, code, reasons=reasons):
        assert move(states, first, replace(first, cursor="9"), *events) is None

    assert states.get("c") == first


def test_a_write_that_is_refused_for_another_reason_is_an_error(states: DynamoStates) -> None:
    reasons = {"Code": "ValidationError"}, {"Code": "None"}

    with (
        refused(clients.dynamodb(), "TransactWriteItems", "TransactionCanceledException", reasons=reasons),
        pytest.raises(clients.dynamodb().exceptions.TransactionCanceledException),
    ):
        move(states, ConnectionState(), ConnectionState(), an_event())


def begin(
    states: DynamoStates, reading: Reading, *, now: datetime = NOON, forced: bool = False
) -> tuple[ConnectionState, bool]:
    return states.begin_reading("c", reading, now=now, forced=forced)


@pytest.mark.parametrize("forced", [False, True])
def test_a_connection_that_was_never_read_is_claimed(states: DynamoStates, forced: bool) -> None:
    state, claimed = begin(states, READING, forced=forced)

    assert (state, claimed) == (ConnectionState(version=1, reading=READING), True)
    assert states.get("c") == state


@pytest.mark.parametrize(
    ("there", "forced", "claimed"),
    [
        (ConnectionState(cursor="7", failures=2), False, True),
        (ConnectionState(not_before=NOON), False, True),
        (ConnectionState(not_before=NOON - timedelta(seconds=1)), False, True),
        (ConnectionState(not_before=NOON + timedelta(microseconds=1)), False, False),
        (ConnectionState(not_before=NOON + timedelta(days=1)), True, True),
        (ConnectionState(reading=OTHER), False, False),
        (ConnectionState(reading=OTHER), True, False),
        (ConnectionState(reading=replace(OTHER, deadline=NOON - timedelta(days=1))), False, False),
        (ConnectionState(reading=replace(OTHER, deadline=NOON - timedelta(days=1))), True, False),
        (ConnectionState(stored="inbox/c/r-0"), False, False),
        (ConnectionState(stored="inbox/c/r-0"), True, False),
        (ConnectionState(stored="inbox/c/r-0", not_before=NOON + timedelta(days=1)), True, False),
    ],
)
def test_a_connection_is_claimed_unless_something_is_in_the_way(
    states: DynamoStates, there: ConnectionState, forced: bool, claimed: bool
) -> None:
    before = move(states, ConnectionState(), there)
    assert before is not None

    state, mine = begin(states, READING, forced=forced)

    assert mine is claimed
    assert state == (replace(before, version=2, reading=READING) if claimed else before)
    assert states.get("c") == state


def test_of_two_runs_one_claims_the_connection(states: DynamoStates) -> None:
    claims = [begin(states, READING), begin(states, OTHER)]

    assert [claimed for _, claimed in claims] == [True, False]
    assert states.get("c").reading == READING


def test_a_claim_that_the_aws_client_repeats_is_recognised_as_its_own(states: DynamoStates) -> None:
    with sent_twice(clients.dynamodb(), "UpdateItem") as statuses:
        state, claimed = begin(states, READING)

    assert statuses == [200, 400]
    assert (state, claimed) == (ConnectionState(version=1, reading=READING), True)


def test_a_claim_that_meets_another_runs_transaction_is_not_made(states: DynamoStates) -> None:
    there = move(states, ConnectionState(), ConnectionState(cursor="7"))

    with refused(clients.dynamodb(), "UpdateItem", "TransactionConflictException"):
        assert begin(states, READING) == (there, False)


def test_a_state_written_before_a_claim_cannot_undo_it(states: DynamoStates) -> None:
    before = move(states, ConnectionState(), ConnectionState())
    assert before is not None
    begin(states, READING)

    assert move(states, before, replace(before, cursor="9")) is None
    assert states.get("c").reading == READING


def test_connections_are_due_when_they_were_expected_and_the_longest_first(states: DynamoStates) -> None:
    for name, minutes in (("a", 3), ("b", 1), ("d", 2), ("e", 9)):
        due = NOON + timedelta(minutes=minutes)
        states.move(name, ConnectionState(), ConnectionState(), silent_at=due)

    assert states.due(NOON + timedelta(minutes=3), 100) == ["b", "d", "a"]
    assert states.due(NOON + timedelta(minutes=3), 2) == ["b", "d"]
    assert states.due(NOON, 100) == []


def test_nothing_is_expected_of_a_connection_at_rest_until_it_moves_again(states: DynamoStates) -> None:
    first = move(states, ConnectionState(), ConnectionState(cursor="7"))
    assert first is not None

    states.rest("c")

    assert states.due(NOON + timedelta(days=1), 100) == []
    assert states.get("c") == first
    move(states, first, first)
    assert states.due(NOON + timedelta(days=1), 100) == ["c"]
