"""Commands through the local cloud: rules, queues, mappings and functions as template.yaml has them."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from infra.local_cloud import LocalCloud, cloud
from infra.sandbox.faults import Late
from infra.sandbox.lunasoft import LunaSoftSandbox
from infra.sandbox.lunasoft import make_order as make_luna_order
from infra.sandbox.net32 import Net32Sandbox, make_order
from infra.sandbox.server import serve
from tests.command_world import event

pytestmark = [
    pytest.mark.cloud,
    pytest.mark.skipif(
        not cloud.EMULATOR_PYTHON.exists() and not os.environ.get("CI"),
        reason="the local cloud is not set up; make setup does it",
    ),
    pytest.mark.xdist_group("local cloud"),
    pytest.mark.timeout(600),
]

STATUS, SHIP = "order.set_status.v1", "order.ship.v1"
NET32_ORDER, LINE = "net32-main:20000001", "200000010001"


@dataclass
class Sender:
    """A warehouse system: puts commands on the bus, and reads what comes back of them."""

    running: LocalCloud
    net32: Net32Sandbox
    lunasoft: LunaSoftSandbox
    told: list[dict[str, Any]] = field(default_factory=list)
    queue: str = ""

    def subscribe(self) -> None:
        """Have the outcomes brought to a queue."""
        self.queue = self.running.client("sqs").create_queue(QueueName="outcomes")["QueueUrl"]
        about = self.running.client("sqs").get_queue_attributes(
            QueueUrl=self.queue, AttributeNames=["QueueArn"]
        )
        pattern = {"source": ["orderbus"], "detail-type": [{"prefix": "command."}]}
        events = self.running.client("events")
        events.put_rule(Name="outcomes", EventBusName="orderbus", EventPattern=json.dumps(pattern))
        target = {"Id": "queue", "Arn": about["Attributes"]["QueueArn"]}
        events.put_targets(Rule="outcomes", EventBusName="orderbus", Targets=[target])

    def connect(self, name: str, provider: str, base_url: str, **credentials: str) -> None:
        """Put a connection, and poll it."""
        value = {"provider": provider, "base_url": base_url, "credentials": credentials}
        self.running.client("ssm").put_parameter(
            Name=f"/orderbus/connections/{name}", Value=json.dumps(value), Type="SecureString"
        )
        self.poll(provider, name)

    def poll(self, provider: str, name: str) -> None:
        """Bring what a provider has into the ledger."""
        answer = self.running.client("lambda").invoke(
            FunctionName=f"orderbus-fetch-{provider}", Payload=json.dumps({"connection": name}).encode()
        )
        assert json.loads(answer["Payload"].read())["complete"] is True

    def send(self, *commands: tuple[str, str, dict[str, Any]]) -> list[str]:
        """Put commands on the bus; return their ids."""
        sent = [event(*command) for command in commands]
        for start in range(0, len(sent), 10):
            entries = [
                {
                    "EventBusName": "orderbus",
                    "Source": "warehouse",
                    "DetailType": each["detail-type"],
                    "Detail": json.dumps(each["detail"]),
                }
                for each in sent[start : start + 10]
            ]
            assert not self.running.client("events").put_events(Entries=entries)["FailedEntryCount"]
        return [each["detail"]["id"] for each in sent]

    def wait_for(self, ids: list[str], seconds: float) -> float:
        """Wait until each command has an outcome; return after how many seconds it was."""
        begun = time.monotonic()
        while missing := set(ids) - {each["causationid"] for each in self.told if _ends(each)}:
            assert time.monotonic() - begun < seconds, f"{len(missing)} commands have no outcome"
            self._receive()
        return time.monotonic() - begun

    def _receive(self) -> None:
        sqs = self.running.client("sqs")
        answer = sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            self.told.append(json.loads(message["Body"])["detail"])
            sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])

    def types(self, id_: str) -> list[str]:
        """Return what was told of a command, in whatever order."""
        return sorted(each["type"] for each in self.told if each["causationid"] == id_)


def _ends(told: dict[str, Any]) -> bool:
    return bool(told["type"] != "command.accepted.v1")


@pytest.fixture(scope="module")
def sender() -> Iterator[Sender]:
    with ExitStack() as stack:
        net32, lunasoft = Net32Sandbox(settle_after=0), LunaSoftSandbox(page_size=1000)
        net32.place(make_order(20000001, lines=[("10.00", 3)]))
        for number in range(1, 120):
            lunasoft.place(make_luna_order(number, lines=[("10.00", 2)]))
        running = stack.enter_context(LocalCloud(port=0, schedules=False))
        made = Sender(running, net32, lunasoft)
        made.subscribe()
        net32_at, lunasoft_at = stack.enter_context(serve(net32)), stack.enter_context(serve(lunasoft))
        made.connect("net32-main", "net32", net32_at.url, subscription_key="test-key")
        made.connect("luna-main", "lunasoft", lunasoft_at.url, api_key="test-key")
        yield made


def test_commands_go_from_the_bus_to_the_provider_and_come_back_as_outcomes(sender: Sender) -> None:
    lines = [{"line_id": LINE, "quantity": 1}]
    ids = sender.send(
        (STATUS, "luna-main:1", {"status": "Processing"}),
        ("order.preauthorize.v1", NET32_ORDER, {}),
        (SHIP, NET32_ORDER, {"shipment_id": "s-1", "lines": lines}),
        ("order.ship.v2", NET32_ORDER, {}),
        (STATUS, "nobody:1", {"status": "Processing"}),
    )

    sender.wait_for(ids, 90)

    status, preauthorized, shipped, unknown_type, unknown_order = ids
    assert sender.types(status) == sender.types(preauthorized) == ["command.succeeded.v1"]
    assert sender.types(shipped) == ["command.accepted.v1", "command.succeeded.v1"]
    assert sender.types(unknown_type) == sender.types(unknown_order) == ["command.rejected.v1"]
    assert len(sender.net32.charges) == 1


def test_what_is_no_command_ends_in_the_dead_letter_queue(sender: Sender) -> None:
    sqs = sender.running.client("sqs")
    url = sqs.get_queue_url(QueueName="orderbus-update-order")["QueueUrl"]
    dead = sqs.get_queue_url(QueueName="orderbus-update-order-dlq")["QueueUrl"]

    sqs.send_message(QueueUrl=url, MessageBody="nonsense")

    until = time.monotonic() + 60
    found: list[Any] = []
    while not found and time.monotonic() < until:
        found = sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=1).get("Messages", [])
    assert [message["Body"] for message in found] == ["nonsense"]


def statuses(status: str, orders: range) -> list[tuple[str, str, dict[str, Any]]]:
    return [(STATUS, f"luna-main:{number}", {"status": status}) for number in orders]


@pytest.mark.exhaustive
def test_twenty_that_hang_do_not_keep_one_of_another_order(sender: Sender) -> None:
    # A process each is started before, so that it is the waiting that is measured.
    sender.wait_for(sender.send(*statuses("Pending", range(2, 32))), 120)
    for prefix in ("10", "11"):
        sender.lunasoft.fail_next(Late(25), match=f"POST /orders/{prefix}", times=10)
    hanging = sender.send(*statuses("Processing", range(100, 120)))
    time.sleep(3)

    sender.wait_for(sender.send(*statuses("Processing", range(5, 6))), 15)

    assert not {each["causationid"] for each in sender.told} & set(hanging)


@pytest.mark.exhaustive
def test_a_thousand_shipments(sender: Sender, capsys: pytest.CaptureFixture[str]) -> None:
    orders = range(1001, 2001)
    for number in orders:
        sender.lunasoft.place(make_luna_order(number, lines=[("10.00", 2)]))
    sender.poll("lunasoft", "luna-main")
    before = len(sender.lunasoft.statuses_added)
    ships = []
    for number in orders:
        (line,) = sender.lunasoft._orders.read(number)["line_items"]
        lines = [{"line_id": line["id"], "quantity": 2}]
        ships.append((SHIP, f"luna-main:{number}", {"shipment_id": "s-1", "lines": lines}))

    took = sender.wait_for(sender.send(*ships), 500)

    with capsys.disabled():
        sys.stdout.write(f"\n1,000 shipments through the local cloud: {took:.0f} s\n")
    assert len(sender.lunasoft.statuses_added) - before == 1000
