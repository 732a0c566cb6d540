"""P4: whatever the bus refuses, for now or for good, nothing is missing and every repeat has the same id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from orderbus.domain.content import fingerprint
from orderbus.domain.errors import PublishError

from tests.bus_gate import BusGate, Outage, gated_bus
from tests.publishing import FIRST, json_object, metrics, names, orders_on_the_stream, publish, subjects
from tests.world import NET32, World

Json = dict[str, Any]
ONE, SEVERAL, ALL = range(FIRST, FIRST + 1), range(FIRST + 3, FIRST + 8), range(FIRST, FIRST + 10)


@pytest.fixture
def bus(world: World) -> Iterator[BusGate]:
    assert world
    with gated_bus() as gate:
        yield gate


class RefusesOnce:
    """Refuses each of some orders the first time that it is sent."""

    def __init__(self, code: str, wanted: list[str]) -> None:
        self.code = code
        self.left = set(wanted)

    def __call__(self, detail: Json) -> str | None:
        if detail["subject"] not in self.left:
            return None
        self.left.remove(detail["subject"])
        return self.code


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure"])
@pytest.mark.parametrize(
    "refused", [range(FIRST, FIRST + 1), range(FIRST + 3, FIRST + 8), range(FIRST, FIRST + 10)]
)
def test_entries_refused_once_are_sent_again_alone_and_with_their_ids(
    world: World, bus: BusGate, code: str, refused: range
) -> None:
    records = orders_on_the_stream(world, 10)
    bus.refuse = RefusesOnce(code, names(refused))

    answer = publish(world, records)

    assert answer == {"published": 10, "refused": 0}
    first, again = bus.requests
    assert subjects(first) == names(ALL)
    assert subjects(again) == names(refused)
    assert {event["id"] for event in again} <= {event["id"] for event in first}
    received = world.receive()
    assert subjects(received) == names(ALL)


def test_what_the_bus_goes_on_refusing_is_raised_after_all_else_was_sent(world: World, bus: BusGate) -> None:
    records = orders_on_the_stream(world, 25)
    stubborn = f"{NET32}:{FIRST + 2}"
    bus.refuse = lambda detail: "ThrottlingException" if detail["subject"] == stubborn else None

    with pytest.raises(PublishError, match=r"^the bus refused 1 events for now \(ThrottlingException\)"):
        publish(world, records)

    arrived = world.receive()
    assert subjects(arrived) == [name for name in names(range(FIRST, FIRST + 25)) if name != stubborn]
    assert world.objects("refused/") == []


def test_the_batch_that_comes_again_brings_what_was_missing_and_repeats_the_rest_with_its_ids(
    world: World, bus: BusGate
) -> None:
    records = orders_on_the_stream(world, 12)
    bus.refuse = lambda detail: "InternalFailure" if detail["subject"].endswith(("00", "11")) else None
    with pytest.raises(PublishError):
        publish(world, records)
    first = {event["subject"]: event for event in world.receive()}

    bus.refuse = lambda _detail: None
    assert publish(world, records) == {"published": 12, "refused": 0}
    second = {event["subject"]: event for event in world.receive()}

    assert len(first) == 10
    assert len(second) == 12
    assert first == {subject: second[subject] for subject in first}


def test_a_bus_that_refuses_everything_gets_each_entry_three_times_and_nobody_sleeps(
    world: World, bus: BusGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = orders_on_the_stream(world, 12)
    naps: list[float] = []
    monkeypatch.setattr("time.sleep", naps.append)
    bus.refuse = Outage()

    with pytest.raises(PublishError, match="refused 12 events"):
        publish(world, records)

    assert [len(request) for request in bus.requests] == [10, 10, 10, 2, 2, 2]
    assert naps == []


def test_a_request_that_is_throttled_as_a_whole_is_left_to_the_aws_client_and_to_the_next_try(
    world: World, bus: BusGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = orders_on_the_stream(world, 12)
    naps: list[float] = []
    monkeypatch.setattr("time.sleep", naps.append)
    bus.fail_request = lambda details: "ThrottlingException" if len(details) == 10 else None

    with pytest.raises(PublishError, match=r"refused 10 events for now \(ThrottlingException\)"):
        publish(world, records)

    assert [len(request) for request in bus.requests] == [
        10,
        10,
        10,
        10,
        10,
        2,
    ]  # boto3 repeats it four times
    assert len(naps) == 4
    assert len(world.receive()) == 2
    bus.fail_request = lambda _details: None
    publish(world, records)
    assert subjects(world.receive()) == names(range(FIRST, FIRST + 12))


@pytest.mark.parametrize("code", ["MalformedDetail", "InvalidArgument"])
def test_an_entry_refused_for_good_is_kept_whole_and_counted_and_stops_nothing(
    world: World, bus: BusGate, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    records = orders_on_the_stream(world, 12)
    bad = f"{NET32}:{FIRST + 4}"
    bus.refuse = lambda detail: code if detail["subject"] == bad else None
    capsys.readouterr()

    answer = publish(world, records)

    assert answer == {"published": 11, "refused": 1}
    counted = metrics(capsys.readouterr().out)
    assert (counted["EventsPublished"], counted["EventsRefused"]) == (11, 1)
    assert bad not in subjects(world.receive())
    [sent] = [detail for request in bus.requests for detail in request if detail["subject"] == bad]
    key = f"refused/{fingerprint(sent['subject'])}/{sent['id']}.json"
    assert world.objects("refused/") == [key]
    assert json_object(key) == {"code": code, "detail": sent}


def test_a_request_refused_for_its_form_is_told_apart_entry_by_entry(world: World, bus: BusGate) -> None:
    records = orders_on_the_stream(world, 10)
    bad = f"{NET32}:{FIRST + 7}"
    bus.fail_request = lambda details: "ValidationException" if bad in subjects(details) else None

    answer = publish(world, records)

    assert answer == {"published": 9, "refused": 1}
    assert [len(request) for request in bus.requests] == [10] + [1] * 10
    assert len(world.objects("refused/")) == 1
    assert subjects(world.receive()) == [name for name in names(ALL) if name != bad]


def test_what_is_refused_for_good_is_kept_also_where_another_entry_is_refused_for_now(
    world: World, bus: BusGate
) -> None:
    records = orders_on_the_stream(world, 3)
    codes = {f"{NET32}:{FIRST}": "MalformedDetail", f"{NET32}:{FIRST + 1}": "ThrottlingException"}
    bus.refuse = lambda detail: codes.get(detail["subject"])

    with pytest.raises(PublishError, match="refused 1 events"):
        publish(world, records)

    assert len(world.objects("refused/")) == 1
    assert subjects(world.receive()) == [f"{NET32}:{FIRST + 2}"]


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_what_a_person_can_mend_is_refused_for_now_and_never_set_aside(
    world: World, bus: BusGate, code: str
) -> None:
    records = orders_on_the_stream(world, 2)
    bus.fail_request = Outage(code)

    with pytest.raises(PublishError, match=code):
        publish(world, records)

    assert len(bus.requests) == 1
    assert world.objects("refused/") == []
