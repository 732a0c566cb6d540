"""The world with its command queues: what rules, event source mappings and the sweep's schedule do on AWS."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

from orderbus.domain.times import stamp
from orderbus.runtime import clients

from infra.sandbox.lunasoft import make_order
from infra.sandbox.net32 import make_order as make_net32_order
from tests.world import LUNA, NET32, World, a_world

Json = dict[str, Any]

QUEUES = {
    "preauthorize_order": "orderbus-preauthorize-order",
    "ship_order": "orderbus-ship-order",
    "update_order": "orderbus-update-order",
    "settle_charge": "orderbus-settle-charge",
}
MAX_RECEIVES = 10
_ids = count(1)


@dataclass
class Commands:
    """The stack, as a sender of commands and the queues' functions see it."""

    world: World
    urls: dict[str, str] = field(default_factory=dict)
    answers: list[Json] = field(default_factory=list)
    "What the functions answered to the messages of the last `work`."

    def put(self, message: Any, function: str = "update_order") -> None:
        """Put a message on a queue as it is."""
        body = message if isinstance(message, str) else json.dumps(message)
        clients.sqs().send_message(QueueUrl=self.urls[function], MessageBody=body)

    def send(self, type_: str, subject: str, data: Any = None, **detail: Any) -> str:
        """Put a command on its queue, as the bus' rule does; return its id."""
        envelope = event(type_, subject, data, **detail)
        self.put(envelope, function_of(type_))
        id_: str = envelope["detail"]["id"]
        return id_

    def work(self, *, remaining_ms: int = 120_000) -> list[Json]:
        """Hand every visible message to its function; return the subscriber's new events."""
        self.answers = []
        while any(self._work_one(function, remaining_ms) for function in QUEUES):
            pass
        return self.world.relay()

    def _work_one(self, function: str, remaining_ms: int) -> bool:
        url = self.urls[function]
        answer = clients.sqs().receive_message(
            QueueUrl=url, MaxNumberOfMessages=1, AttributeNames=["ApproximateReceiveCount"]
        )
        for message in answer.get("Messages", []):
            self.handle(function, message, remaining_ms)
            return True
        return False

    def handle(self, function: str, message: Any, remaining_ms: int = 120_000) -> Json:
        """Hand one message to a function; it goes unless the function says otherwise."""
        os.environ["OWN_QUEUE"] = self.urls[function]
        record = {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message["Attributes"],
        }
        answer = self.world.invoke(function, {"Records": [record]}, remaining_ms=remaining_ms)
        self.answers.append(answer)
        if not answer["batchItemFailures"]:
            clients.sqs().delete_message(QueueUrl=self.urls[function], ReceiptHandle=message["ReceiptHandle"])
        return answer

    def ask(self, subject: str, command_id: str) -> None:
        """Have a charge asked about, as a message of the settle queue does."""
        os.environ["OWN_QUEUE"] = self.urls["settle_charge"]
        body = json.dumps({"due": {"subject": subject, "command_id": command_id}})
        record = {"messageId": "1", "receiptHandle": "none", "body": body, "attributes": {}}
        self.world.invoke("settle_charge", {"Records": [record]})

    def receive(self, function: str) -> Any:
        """Take one message from a queue, without handing it on."""
        answer = clients.sqs().receive_message(
            QueueUrl=self.urls[function], MaxNumberOfMessages=1, AttributeNames=["ApproximateReceiveCount"]
        )
        return answer["Messages"][0]

    def sweep(self) -> list[Json]:
        """Let the minute's sweep and what it starts run; return what it told of commands."""
        self.world.invoke("sweep_due", {})
        return [each for each in self.work() if each["type"].startswith("command.")]

    def pass_time(self, **span: float) -> list[Json]:
        """Let time pass and the sweep run; return what it told of commands."""
        self.world.pass_time(**span)
        return self.sweep()

    def drop_messages(self) -> None:
        """Lose everything that is on the queues."""
        for url in self.urls.values():
            clients.sqs().purge_queue(QueueUrl=url)

    def dead_letters(self) -> list[str]:
        """Return the bodies in the dead-letter queues."""
        bodies = []
        for name in QUEUES.values():
            url = clients.sqs().get_queue_url(QueueName=f"{name}-dlq")["QueueUrl"]
            answer = clients.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            bodies += [message["Body"] for message in answer.get("Messages", [])]
        return bodies

    def state(self, subject: str, command_id: str) -> str:
        """Return the state of a command in the ledger."""
        item = self.item(subject, f"COMMAND#{command_id}")
        return str(item["state"]["S"])

    def item(self, subject: str, sort: str) -> Json:
        """Return an item beside an order, in DynamoDB's form, or an empty one."""
        return next((each for each in self.world.items(f"ORDER#{subject}") if each["sk"]["S"] == sort), {})

    def luna_order(self, number: int = 501, lines: list[tuple[str, int]] | None = None, **fields: Any) -> str:
        """Let an order come in at LunaSoft and into the ledger; return its id."""
        self.world.lunasoft.place(make_order(number, lines=lines or [("10.00", 2)], **fields))
        self.world.poll(LUNA)
        self.world.relay()
        return f"{LUNA}:{number}"

    def net32_order(self, number: int = 19281414, **fields: Any) -> str:
        """Let an order come in at Net32 and into the ledger; return its id."""
        self.world.net32.place(make_net32_order(number, **fields))
        self.world.poll(NET32)
        self.world.relay()
        return f"{NET32}:{number}"

    def line_of(self, order: str, position: int = 0) -> str:
        """Return the id of a line of a LunaSoft order."""
        number = int(order.rpartition(":")[2])
        raw = self.world.lunasoft._orders.read(number)
        return str(raw["line_items"][position]["id"])

    def handle_event(self, envelope: Json) -> Json:
        """Hand a command to its function, however large, as no queue would."""
        function = function_of(envelope["detail-type"])
        self.put("to be replaced", function)
        message = self.receive(function) | {"Body": json.dumps(envelope)}
        return self.handle(function, message)

    def posts(self) -> list[str]:
        """Return the requests that changed something, or could have, at LunaSoft and Net32."""
        calls = [*self.world.lunasoft.calls, *self.world.net32.calls]
        return [f"{call.method} {call.path}" for call in calls if call.method != "GET"]


def event(type_: str, subject: str, data: Any = None, **detail: Any) -> Json:
    """Return a command as EventBridge puts it on a queue."""
    inside = {
        "specversion": "1.0",
        "id": f"c-{next(_ids)}",
        "source": "/tests",
        "type": type_,
        "subject": subject,
        "time": stamp(datetime.now(UTC)),
        "data": {} if data is None else data,
    }
    return {
        "version": "0",
        "id": str(UUID(int=next(_ids))),
        "detail-type": type_,
        "source": "tests",
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "detail": inside | detail,
    }


def function_of(type_: str) -> str:
    """Return which function takes a type of command."""
    name = type_.rpartition(".v")[0]
    return {"order.preauthorize": "preauthorize_order", "order.ship": "ship_order"}.get(name, "update_order")


@contextmanager
def command_queues(world: World) -> Iterator[Commands]:
    """Give the queues of a world, each with its dead-letter queue."""
    commands = Commands(world)
    for function, name in QUEUES.items():
        dead = clients.sqs().create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
        about = clients.sqs().get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
        redrive = {
            "deadLetterTargetArn": about["Attributes"]["QueueArn"],
            "maxReceiveCount": str(MAX_RECEIVES),
        }
        commands.urls[function] = clients.sqs().create_queue(
            QueueName=name,
            Attributes={"VisibilityTimeout": "720", "RedrivePolicy": json.dumps(redrive)},
        )["QueueUrl"]
    yield commands


@contextmanager
def a_command_world(**sandbox: Any) -> Iterator[Commands]:
    """Give a stack with its command queues."""
    with a_world(**sandbox) as world, command_queues(world) as commands:
        yield commands


def outcome(told: list[Json]) -> tuple[str, str | None]:
    """Return the type and the reason of the one event that was told."""
    (only,) = told
    return only["type"], only["data"].get("reason")


def added(commands: Commands) -> list[str]:
    """Return the statuses that LunaSoft was given, in order."""
    return [status for _, status in commands.world.lunasoft.statuses_added]
