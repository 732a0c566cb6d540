"""The quarantine on DynamoDB: each input once, with its event, until it is redriven."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from orderbus.aws.quarantine import DynamoQuarantine
from orderbus.ports import OutboxEntry, Quarantined
from orderbus.runtime import clients

from tests.contract.aws_faults import answered_in_part
from tests.world import TABLE, World

NOON = datetime(2026, 1, 5, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def quarantine(world: World) -> DynamoQuarantine:  # noqa: ARG001 - the table is there while it is
    return DynamoQuarantine(clients.dynamodb(), TABLE)


def an_entry(sha256: str = "aa", connection: str = "c", **fields: Any) -> Quarantined:
    made: dict[str, Any] = {
        "connection": connection,
        "provider": "net32",
        "sha256": sha256,
        "key": f"quarantine/c/{sha256}.json",
        "reason": "total: not a number",
        "subject": "c:1",
        "view": "pending",
        "read_at": NOON,
    }
    return Quarantined(**(made | fields))


def an_event(entry: Quarantined) -> OutboxEntry:
    time = "2026-01-05T12:00:01.000000Z"
    return OutboxEntry(f"e-{entry.sha256}", "order.quarantined.v1", entry.subject, time, "net32", "c")


def set_aside(quarantine: DynamoQuarantine, *entries: Quarantined) -> None:
    for entry in entries:
        quarantine.add(entry, an_event(entry))


def items() -> list[dict[str, Any]]:
    return list(clients.dynamodb().scan(TableName=TABLE)["Items"])


@pytest.mark.parametrize("whole_page", [False, True])
def test_an_input_waits_as_it_was_set_aside(quarantine: DynamoQuarantine, whole_page: bool) -> None:
    entry = an_entry(whole_page=whole_page)

    set_aside(quarantine, entry)

    assert quarantine.waiting("c") == [entry]
    (item,) = items()
    assert (item["pk"]["S"], item["sk"]["S"]) == ("CONNECTION#c", "QUARANTINE#aa")
    assert item["recorded_at"]["S"] == "2026-01-05T12:00:01.000000Z"
    assert [event["id"] for event in json.loads(item["outbox"]["S"])] == ["e-aa"]


def test_an_input_that_is_read_again_is_set_aside_once_and_the_first_time_counts(
    quarantine: DynamoQuarantine,
) -> None:
    set_aside(quarantine, an_entry())
    before = items()

    set_aside(quarantine, an_entry(reason="other", read_at=datetime(2026, 1, 6, tzinfo=UTC)))

    assert items() == before


def test_connections_have_quarantines_of_their_own(quarantine: DynamoQuarantine) -> None:
    set_aside(quarantine, an_entry("aa", "c"), an_entry("aa", "d"), an_entry("bb", "d"))

    assert [entry.sha256 for entry in quarantine.waiting("c")] == ["aa"]
    assert [entry.sha256 for entry in quarantine.waiting("d")] == ["aa", "bb"]
    assert quarantine.waiting("e") == []


def test_what_was_redriven_waits_no_more_and_stays_known(quarantine: DynamoQuarantine) -> None:
    set_aside(quarantine, an_entry("aa"), an_entry("bb"))

    quarantine.redriven(an_entry("aa"), NOON)

    assert [entry.sha256 for entry in quarantine.waiting("c")] == ["bb"]
    assert quarantine.known("c", ["aa", "bb", "cc"]) == {"aa", "bb"}
    set_aside(quarantine, an_entry("aa"))
    assert [entry.sha256 for entry in quarantine.waiting("c")] == ["bb"]


def test_a_redriven_input_publishes_nothing_again(quarantine: DynamoQuarantine) -> None:
    set_aside(quarantine, an_entry())
    (before,) = items()

    quarantine.redriven(an_entry(), NOON)

    (after,) = items()
    assert after["outbox"] == before["outbox"]
    assert after["redriven_at"]["S"] == "2026-01-05T12:00:00.123456Z"


def test_250_inputs_are_asked_for_in_three_requests(quarantine: DynamoQuarantine) -> None:
    hashes = [f"{number:04d}" for number in range(250)]
    set_aside(quarantine, *(an_entry(each) for each in hashes[::50]))

    with answered_in_part(clients.dynamodb(), TABLE, at_once=100) as asked:
        known = quarantine.known("c", [*hashes, *hashes])

    assert asked == [100, 100, 50]
    assert known == set(hashes[::50])
    assert quarantine.known("c", []) == set()


def test_what_a_batch_leaves_unread_counts_as_unknown_and_is_not_set_aside_twice(
    quarantine: DynamoQuarantine,
) -> None:
    set_aside(quarantine, an_entry("aa"), an_entry("bb"))

    with answered_in_part(clients.dynamodb(), TABLE, at_once=1):
        known = quarantine.known("c", ["aa", "bb"])
    set_aside(quarantine, an_entry("bb"))

    assert known == {"aa"}
    assert len(items()) == 2


def test_all_that_waits_is_found_over_every_page(quarantine: DynamoQuarantine) -> None:
    long = "x" * 100_000  # a page of a query is 1 MB
    set_aside(quarantine, *(an_entry(f"{number:04d}", reason=long) for number in range(25)))

    assert len(quarantine.waiting("c")) == 25


def test_what_was_set_aside_of_a_subject_is_found_and_forgotten(quarantine: DynamoQuarantine) -> None:
    done, waiting, other = an_entry("aa"), an_entry("bb"), an_entry("cc", subject="c:12")
    set_aside(quarantine, done, waiting, other)
    quarantine.redriven(done, NOON)

    found = quarantine.of("c", "c:1")
    for each in found:
        quarantine.erase(each)

    assert sorted(each.sha256 for each in found) == ["aa", "bb"]
    assert [item["sha256"]["S"] for item in items()] == ["cc"]


def test_an_entry_that_is_forgotten_while_it_is_redriven_does_not_come_back(
    quarantine: DynamoQuarantine,
) -> None:
    entry = an_entry()
    set_aside(quarantine, entry)
    quarantine.erase(entry)

    quarantine.redriven(entry, NOON)

    assert items() == []
