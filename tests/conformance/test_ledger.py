"""The ledger in memory keeps what the tables keep: the same tests on both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from orderbus.aws.inbox import BucketInbox
from orderbus.aws.orders import DynamoOrders
from orderbus.aws.quarantine import DynamoQuarantine
from orderbus.aws.states import DynamoStates
from orderbus.ports import (
    ConnectionState,
    OrderRecord,
    Orders,
    OutboxEntry,
    Quarantine,
    Quarantined,
    Reading,
    States,
)
from orderbus.runtime import clients

from infra.conformance.ledger import Ledger, MemoryOrders
from tests.world import BUCKET, TABLE, a_world

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
READING = Reading("r-1", since=NOON, deadline=NOON + timedelta(minutes=2))


class Ports:
    """The ports of one ledger."""

    def __init__(self, orders: Orders, states: States, quarantine: Quarantine) -> None:
        self.orders = orders
        self.states = states
        self.quarantine = quarantine


@pytest.fixture(params=["memory", "tables"])
def ports(request: pytest.FixtureRequest) -> Iterator[Ports]:
    if request.param == "memory":
        ledger = Ledger()
        yield Ports(ledger.orders, ledger.states, ledger.quarantine)
        return
    with a_world():
        dynamo, inbox = clients.dynamodb(), BucketInbox(clients.s3(), BUCKET)
        orders = DynamoOrders(dynamo, TABLE, inbox, BUCKET)
        yield Ports(orders, DynamoStates(dynamo, TABLE), DynamoQuarantine(dynamo, TABLE))


def entry(key: str, type_: Any = "order.created.v1") -> OutboxEntry:
    return OutboxEntry(key, type_, "c:1", "2026-01-05T12:00:00.000000Z", "net32", "c")


def record(revision: int = 1, number: int = 1, **fields: Any) -> OrderRecord:
    made: dict[str, Any] = {
        "order_id": f"c:{number}",
        "connection": "c",
        "revision": revision,
        "order": {"order_id": f"c:{number}", "revision": revision},
        "raw_hashes": {"list": f"hash-{revision}"},
        "unseen": frozenset({"a.b"}),
        "read_at": NOON + timedelta(seconds=revision),
        "outbox": [entry(f"e-{number}-{revision}")],
        "marker": "m",
    }
    return OrderRecord(**(made | fields))


def moved(ports: Ports, before: ConnectionState, after: ConnectionState) -> ConnectionState | None:
    return ports.states.move("c", before, after, silent_at=NOON)


def test_an_order_is_added_once_and_found_as_it_was_written(ports: Ports) -> None:
    assert ports.orders.add(record()) is None
    there = ports.orders.add(record(read_at=NOON))

    assert there is not None
    assert (there.revision, there.read_at) == (1, NOON + timedelta(seconds=1))
    found = ports.orders.find(["c:1", "c:2"])["c:1"]
    assert (found.raw_hashes, found.unseen, found.marker) == ({"list": "hash-1"}, frozenset({"a.b"}), "m")
    assert (found.load(), found.erased) == ({"order_id": "c:1", "revision": 1}, False)
    assert found.read_at == there.read_at


@pytest.mark.parametrize("seconds", [1, 0])
def test_a_change_by_a_read_that_is_not_later_is_refused(ports: Ports, seconds: int) -> None:
    ports.orders.add(record())
    stored = ports.orders.find(["c:1"])["c:1"]

    assert ports.orders.change(stored, record(2, read_at=NOON + timedelta(seconds=seconds))) is False
    assert ports.orders.find(["c:1"])["c:1"].revision == 1


def test_of_two_changes_of_one_revision_one_is_refused(ports: Ports) -> None:
    ports.orders.add(record())
    stored = ports.orders.find(["c:1"])["c:1"]

    assert ports.orders.change(stored, record(2)) is True
    assert ports.orders.change(stored, record(2, read_at=NOON + timedelta(hours=1))) is False
    assert ports.orders.find(["c:1"])["c:1"].revision == 2


def test_a_marker_is_of_a_revision(ports: Ports) -> None:
    ports.orders.add(record())
    stored = ports.orders.find(["c:1"])["c:1"]
    ports.orders.mark(stored, "n")
    assert ports.orders.find(["c:1"])["c:1"].marker == "n"

    ports.orders.change(stored, record(2))
    ports.orders.mark(stored, "o")
    assert ports.orders.find(["c:1"])["c:1"].marker == "m"


def test_orders_are_due_the_longest_first_and_only_their_connections(ports: Ports) -> None:
    for number, minutes in ((1, 3), (2, 1), (3, 2), (4, 9)):
        ports.orders.add(record(number=number, watch_at=NOON + timedelta(minutes=minutes)))
    ports.orders.add(record(number=5))

    assert ports.orders.due("c", NOON + timedelta(minutes=3), 10) == ["c:2", "c:3", "c:1"]
    assert ports.orders.due("c", NOON + timedelta(minutes=3), 2) == ["c:2", "c:3"]
    assert ports.orders.due("d", NOON + timedelta(minutes=3), 10) == []


def test_a_watch_goes_on_or_ends_but_not_after_a_change(ports: Ports) -> None:
    ports.orders.add(record(watch_at=NOON))
    stored = ports.orders.find(["c:1"])["c:1"]
    ports.orders.watch(stored, NOON + timedelta(minutes=5), 1)
    found = ports.orders.find(["c:1"])["c:1"]
    assert (found.watch_at, found.watch_reads) == (NOON + timedelta(minutes=5), 1)

    ports.orders.change(stored, record(2, watch_at=NOON + timedelta(hours=1)))
    ports.orders.watch(stored, None, 2)
    assert ports.orders.find(["c:1"])["c:1"].watch_at == NOON + timedelta(hours=1)
    ports.orders.watch(ports.orders.find(["c:1"])["c:1"], None, 0)
    assert ports.orders.due("c", NOON + timedelta(days=1), 10) == []


def test_a_state_follows_from_the_one_that_was_read(ports: Ports) -> None:
    begun = ports.states.get("c")
    assert begun == ConnectionState()

    first = moved(ports, begun, ConnectionState(cursor="5"))
    assert first == ConnectionState(version=1, cursor="5")
    assert moved(ports, begun, ConnectionState(cursor="6")) is None
    assert ports.states.get("c") == first


def test_a_connection_is_claimed_by_one_reading(ports: Ports) -> None:
    state, claimed = ports.states.begin_reading("c", READING, now=NOON, forced=False)
    assert (claimed, state.reading, state.version) == (True, READING, 1)

    other = Reading("r-2", since=NOON, deadline=NOON)
    state, claimed = ports.states.begin_reading("c", other, now=NOON, forced=True)
    assert (claimed, state.reading) == (False, READING)


def test_a_backoff_keeps_a_claim_out_unless_it_is_forced(ports: Ports) -> None:
    moved(ports, ConnectionState(), ConnectionState(not_before=NOON + timedelta(seconds=1)))

    assert ports.states.begin_reading("c", READING, now=NOON, forced=False)[1] is False
    assert ports.states.begin_reading("c", READING, now=NOON + timedelta(seconds=1), forced=False)[1] is True


def test_a_backoff_keeps_no_claim_out_that_is_forced_but_a_stored_page_does(ports: Ports) -> None:
    moved(ports, ConnectionState(), ConnectionState(not_before=NOON + timedelta(seconds=1)))
    state, claimed = ports.states.begin_reading("c", READING, now=NOON, forced=True)
    assert claimed is True

    moved(ports, state, ConnectionState(stored="inbox/c/r-1"))
    assert ports.states.begin_reading("c", READING, now=NOON, forced=True)[1] is False


def test_an_order_that_is_not_watched_is_not_watched_from_a_read_on(ports: Ports) -> None:
    ports.orders.add(record())

    ports.orders.watch(ports.orders.find(["c:1"])["c:1"], NOON, 1)

    assert ports.orders.due("c", NOON, 10) == []


def test_what_is_refused_publishes_nothing() -> None:
    ledger = Ledger()
    aside = Quarantined("c", "net32", "0f", "quarantine/c/0f.json", "total: empty", "c:1", "list", NOON)
    for _ in range(2):
        ledger.orders.add(record())
        ledger.quarantine.add(aside, entry("q", "order.quarantined.v1"))
    stored = ledger.orders.find(["c:1"])["c:1"]
    for _ in range(2):
        ledger.orders.change(stored, record(2))

    assert [each.id for each in ledger.journal.events] == ["e-1-1", "q", "e-1-2"]
    assert [each for each in ledger.journal.writes if each.endswith(", refused")] == [
        "add order, refused",
        "set aside, refused",
        "change order, refused",
    ]


def test_of_a_few_that_are_remembered_the_oldest_goes_first() -> None:
    orders = MemoryOrders(keep=2)
    for number in (1, 2, 3):
        orders.add(record(number=number))

    assert [*orders.all()] == ["c:2", "c:3"]


def test_an_input_is_set_aside_once(ports: Ports) -> None:
    aside = Quarantined(
        "c", "net32", "0f", "quarantine/c/0f.json", "total: not a number", "c:1", "list", NOON
    )
    for _ in range(2):
        ports.quarantine.add(aside, entry("q", "order.quarantined.v1"))

    assert ports.quarantine.known("c", ["0f", "10"]) == {"0f"}
    assert ports.quarantine.waiting("c") == [aside]
