"""The bus on EventBridge: what an entry looks like, and whom it reaches; refusals are in integration."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from orderbus.aws.bus import EventBridgeBus
from orderbus.domain.events import Event
from orderbus.runtime import clients

from tests.world import BUS, World


@pytest.fixture
def bus(world: World) -> EventBridgeBus:  # noqa: ARG001 - the bus is there while it is
    return EventBridgeBus(clients.events(), BUS)


def an_event(number: int = 1, **fields: Any) -> Event:
    made: dict[str, Any] = {
        "id": f"e-{number}",
        "type": "order.created.v1",
        "subject": "luna-main:54123",
        "time": "2026-01-05T12:00:01.000000Z",
        "provider": "lunasoft",
        "connection": "luna-main",
        "data": {"order": {"note": 'Ring "twice", Ö 💶'}},
        "attributes": {"revision": 1},
    }
    return Event(**(made | fields))


def subscribe(pattern: dict[str, Any]) -> str:
    """Return the address of a queue that gets what a rule with this pattern lets pass, whole."""
    queue: str = boto3.client("sqs").create_queue(QueueName="whole")["QueueUrl"]
    client = boto3.client("sqs")
    arn = client.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    clients.events().put_rule(Name="whole", EventBusName=BUS, EventPattern=json.dumps(pattern))
    clients.events().put_targets(Rule="whole", EventBusName=BUS, Targets=[{"Id": "queue", "Arn": arn}])
    return queue


def receive(queue: str) -> list[dict[str, Any]]:
    answer = boto3.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def test_an_event_arrives_with_source_type_time_and_detail(bus: EventBridgeBus) -> None:
    queue = subscribe({"source": ["orderbus"], "detail-type": ["order.created.v1"]})

    assert bus.send([an_event()]) == []

    (message,) = receive(queue)
    assert (message["source"], message["detail-type"]) == ("orderbus", "order.created.v1")
    assert message["time"] == "2026-01-05T12:00:01Z"
    assert message["detail"] == an_event().detail()


def test_a_rule_can_go_by_what_is_in_the_detail(bus: EventBridgeBus) -> None:
    queue = subscribe({"detail": {"connection": ["luna-main"], "revision": [{"numeric": [">", 1]}]}})

    bus.send([an_event(1), an_event(2, attributes={"revision": 2}), an_event(3, connection="luna-eu")])

    assert [message["detail"]["id"] for message in receive(queue)] == ["e-2"]


def test_ten_events_go_in_one_request(bus: EventBridgeBus, world: World) -> None:
    assert bus.send([an_event(number) for number in range(10)]) == []

    assert sorted(event["id"] for event in world.receive()) == [f"e-{number}" for number in range(10)]
