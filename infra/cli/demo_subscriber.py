"""A merchant's own queue on the bus, made as a merchant would make it: by the AWS API."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from infra.local_cloud import LocalCloud

NAME = "demo-warehouse"


@dataclass(frozen=True, slots=True)
class Received:
    """An event as it came out of the queue; `at` is when, in seconds since the epoch."""

    detail: dict[str, Any]
    at: float

    @property
    def type(self) -> str:
        """The event's type."""
        return str(self.detail["type"])

    @property
    def subject(self) -> str:
        """The order that it is about."""
        return str(self.detail["subject"])

    @property
    def about(self) -> str:
        """The command that it is about, else the order."""
        return str(self.detail["data"].get("command_id") or self.subject)

    @property
    def what(self) -> tuple[str, str]:
        """What it is about, and its type: nothing is told twice of one."""
        return self.about, self.type


class Subscriber:
    """A queue that gets every event about orders and commands."""

    def __init__(self, cloud: LocalCloud) -> None:
        """Makes the queue, and the rule that feeds it."""
        self._queues = cloud.client("sqs")
        self._url = self._queues.create_queue(QueueName=NAME)["QueueUrl"]
        arn = self._arn()
        events, bus = cloud.client("events"), cloud.outputs["BusName"]
        pattern = {"source": ["orderbus"], "detail-type": [{"prefix": "order."}, {"prefix": "command."}]}
        events.put_rule(Name=NAME, EventBusName=bus, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=NAME, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])

    def receive_until(self, enough: Callable[[], bool], *, within: float) -> Iterator[Received]:
        """Events as they come, until there are enough of them or the time is over (seconds)."""
        deadline = time.monotonic() + within
        while not enough() and time.monotonic() < deadline:
            answer = self._queues.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=1
            )
            for message in answer.get("Messages", []):
                yield Received(json.loads(message["Body"])["detail"], time.time())
                self._queues.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    def _arn(self) -> str:
        answer = self._queues.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        return str(answer["Attributes"]["QueueArn"])
