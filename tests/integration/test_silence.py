"""P8: silence is noticed, be it of a connection that completes no poll or of a bus that swallows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from orderbus.runtime import clients

from infra.sandbox.faults import Status
from tests.bus_gate import Outage, gated_bus
from tests.publishing import metrics
from tests.world import LUNA, World


def sweep(world: World) -> dict[str, Any]:
    return world.invoke("sweep_due", {})


def about(events: list[dict[str, Any]], subject: str) -> list[str]:
    return [event["type"] for event in events if event["subject"] == subject]


def test_a_connection_that_is_polled_is_not_silent(world: World) -> None:
    world.poll(LUNA)
    world.pass_time(minutes=14, seconds=30)

    assert sweep(world)["silent"] == []


def test_a_connection_whose_polls_stop_is_published_once_as_degraded_and_then_as_recovered(
    world: World,
) -> None:
    world.poll(LUNA)
    world.pass_time(minutes=15)

    assert sweep(world)["silent"] == [LUNA]
    assert sweep(world)["silent"] == []
    assert about(world.relay(), LUNA) == ["connection.degraded.v1"]

    world.pass_time(minutes=61)
    assert sweep(world)["silent"] == [LUNA]
    assert about(world.relay(), LUNA) == []

    world.poll(LUNA)
    assert about(world.relay(), LUNA) == ["connection.recovered.v1"]


def test_a_second_silence_has_an_event_id_of_its_own(world: World) -> None:
    ids = []
    for _ in range(2):
        world.poll(LUNA)
        world.pass_time(minutes=15)
        sweep(world)
        ids += [event["id"] for event in world.relay() if event["type"] == "connection.degraded.v1"]

    assert len(ids) == len(set(ids)) == 2


def test_a_connection_that_is_off_or_removed_is_not_silent(world: World) -> None:
    world.poll(LUNA)
    world.connect(LUNA, "lunasoft", world.lunasoft_at.url, mode="off")
    world.pass_time(minutes=15)
    assert sweep(world)["silent"] == []

    world.connect(LUNA, "lunasoft", world.lunasoft_at.url)
    world.poll(LUNA)
    clients.ssm().delete_parameter(Name=f"/orderbus/connections/{LUNA}")
    world.restart()
    world.pass_time(minutes=15)
    assert sweep(world)["silent"] == []
    assert about(world.relay(), LUNA) == []


def test_three_failed_polls_in_a_row_degrade_a_connection_and_a_complete_one_recovers_it(
    world: World,
) -> None:
    world.lunasoft.fail_next(Status(500), times=9)  # three polls, each tries three times
    seen = []
    for _ in range(3):
        assert world.poll(LUNA)["error"]["code"] == "provider_unclear"
        seen.append(about(world.relay(), LUNA))
        world.pass_time(minutes=10)

    assert seen == [[], [], ["connection.degraded.v1"]]
    assert world.poll(LUNA)["complete"] is True
    assert about(world.relay(), LUNA) == ["connection.recovered.v1"]


def test_a_refused_key_degrades_a_connection_at_once(world: World) -> None:
    world.connect(LUNA, "lunasoft", world.lunasoft_at.url, credentials={"api_key": "wrong"})

    answer = world.poll(LUNA)

    assert answer["error"]["code"] == "credentials_refused"
    assert "check the credentials" in answer["error"]["message"]
    assert about(world.relay(), LUNA) == ["connection.degraded.v1"]


def test_the_heartbeat_comes_every_five_minutes_with_the_id_of_its_minute(world: World) -> None:
    world.traveller.move_to(datetime(2026, 11, 21, 12, 4, 10, tzinfo=UTC))
    assert sweep(world)["heartbeat"] is False

    world.traveller.move_to(datetime(2026, 11, 21, 12, 5, 10, tzinfo=UTC))
    assert sweep(world)["heartbeat"] is True
    assert sweep(world)["heartbeat"] is True

    beats = [event for event in world.receive() if event["type"] == "heartbeat.v1"]
    assert [beat["data"] for beat in beats] == [{"minute": "2026-11-21T12:05Z"}] * 2
    assert beats[0]["id"] == beats[1]["id"]


def test_a_heartbeat_that_the_bus_refuses_hides_no_silence_and_is_a_failure(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.poll(LUNA)
    world.traveller.move_to(datetime(2027, 11, 21, 12, 5, 10, tzinfo=UTC))
    capsys.readouterr()

    with gated_bus() as gate:
        gate.refuse = Outage()
        answer = sweep(world)

    assert answer["error"]["code"] == "publish_refused"
    counted = metrics(capsys.readouterr().out)
    assert (counted["ConnectionsSilent"], counted["Failures"]) == (1, 1)
    assert "Heartbeats" not in counted
    assert about(world.relay(), LUNA) == ["connection.degraded.v1"]


def test_a_connection_that_cannot_be_asked_counts_as_a_failure_each_time(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.connect(LUNA, "lunasoft", world.lunasoft_at.url, options={"no_such_option": 1})

    answer = world.poll(LUNA, scheduled=True)

    assert answer["error"]["code"] == "configuration"
    assert metrics(capsys.readouterr().out) == {"Failures": 1}
