"""A whole stack in one process: the functions as deployed, AWS by moto, providers as real HTTP servers.

What `template.yaml` makes on AWS (table with stream, bucket, bus, a subscriber's rule and queue) is made here
by hand, since moto knows no SAM; tests/infra and the local cloud prove the template itself.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import time_machine
from moto import mock_aws
from orderbus.runtime import clients

from infra.sandbox.lunasoft import LunaSoftSandbox
from infra.sandbox.net32 import Net32Sandbox
from infra.sandbox.retailys import RetailysSandbox
from infra.sandbox.server import Served, serve
from infra.sandbox.zonos import ZonosSandbox
from infra.sandbox.zonos_orders import STORE
from tests.policies import held_to_policies

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ROOT = Path(__file__).parent.parent
TABLE, BUCKET, BUS = "orderbus-ledger", "orderbus-inbox", "orderbus"
NET32, LUNA, RETAILYS, ZONOS = "net32-main", "luna-main", "retailys-main", "zonos-main"
CREDENTIALS = {
    "net32": {"subscription_key": "test-key"},
    "lunasoft": {"api_key": "test-key"},
    "retailys": {"token": "test-key"},
    "zonos": {"store": STORE, "secret": "test-secret"},
}

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@dataclass
class Context:
    """The Lambda context, with the time that is left under the test's control."""

    function_name: str
    remaining_ms: int = 120_000
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:test"
    aws_request_id: str = "00000000-0000-4000-8000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


@dataclass
class ShortOfTime(Context):
    """A context whose time runs out with so many pages."""

    pages: int = 1

    def get_remaining_time_in_millis(self) -> int:
        # Asked once at the start, and between pages.
        self.pages -= 1
        return 120_000 if self.pages >= 0 else 10_000


@dataclass
class World:
    """The stack; its methods do what schedules, streams and subscribers do on AWS.

    Retailys and Zonos are served, and connected, from when a test first asks for them.
    """

    net32: Net32Sandbox
    lunasoft: LunaSoftSandbox
    net32_at: Served
    lunasoft_at: Served
    queue_url: str
    traveller: time_machine.Traveller
    handlers: dict[str, Handler] = field(default_factory=dict)
    _shard_positions: dict[str, str] = field(default_factory=dict)
    received: list[dict[str, Any]] = field(default_factory=list)
    _open: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def retailys(self) -> RetailysSandbox:
        """Return the Retailys instance."""
        sandbox = RetailysSandbox()
        self.retailys_at = self._open.enter_context(serve(sandbox))
        self.connect(RETAILYS, "retailys", self.retailys_at.url)
        return sandbox

    @cached_property
    def zonos(self) -> ZonosSandbox:
        """Return the Zonos account."""
        sandbox = ZonosSandbox()
        self.zonos_at = self._open.enter_context(serve(sandbox))
        self.connect(ZONOS, "zonos", self.zonos_at.url)
        return sandbox

    def restart(self) -> None:
        """Forget everything a process keeps between invocations, as after a crash."""
        self.handlers.clear()

    def connect(self, name: str, provider: str, base_url: str | None, **more: Any) -> None:
        """Put a connection, as `orderbus connections put` does."""
        credentials = CREDENTIALS.get(provider, {})
        value = {"provider": provider, "base_url": base_url, "credentials": credentials, **more}
        clients.ssm().put_parameter(
            Name=f"/orderbus/connections/{name}", Value=json.dumps(value), Type="SecureString", Overwrite=True
        )
        self.restart()

    def invoke(self, function: str, event: dict[str, Any], *, remaining_ms: int = 120_000) -> dict[str, Any]:
        """Invoke a function by its folder's name."""
        if function not in self.handlers:
            self.handlers[function] = load_handler(function)
        with held_to_policies(function):
            return self.handlers[function](event, Context(f"orderbus-{function}", remaining_ms))

    def poll(self, connection: str = LUNA, **more: Any) -> dict[str, Any]:
        """Poll a connection now; of which provider it is, its name begins with, or it is of LunaSoft."""
        named = (each for each in ("net32", "retailys", "zonos") if connection.startswith(each))
        function = f"fetch_{next(named, 'lunasoft')}"
        return self.invoke(function, {"connection": connection, **more})

    def pass_time(self, **span: float) -> None:
        """Let time pass."""
        self.traveller.shift(timedelta(**span))

    def records(self) -> list[dict[str, Any]]:
        """Return the stream records since the last call, as Lambda would hand them to the relay."""
        streams = _streams()
        records: list[dict[str, Any]] = []
        arn = clients.dynamodb().describe_table(TableName=TABLE)["Table"]["LatestStreamArn"]
        for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
            records += self._shard_records(arn, shard["ShardId"])
        return records

    def _shard_records(self, arn: str, shard: str) -> list[dict[str, Any]]:
        after = self._shard_positions.get(shard)
        where: dict[str, Any] = (
            {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
            if after
            else {"ShardIteratorType": "TRIM_HORIZON"}
        )
        iterator = _streams().get_shard_iterator(StreamArn=arn, ShardId=shard, **where)["ShardIterator"]
        records: list[dict[str, Any]] = _streams().get_records(ShardIterator=iterator)["Records"]
        if records:
            self._shard_positions[shard] = records[-1]["dynamodb"]["SequenceNumber"]
        return records

    def relay(self) -> list[dict[str, Any]]:
        """Publish what the stream has, and return what the subscriber has received since the last call."""
        if records := self.records():
            self.invoke("publish_events", {"Records": records})
        return self.receive()

    def receive(self) -> list[dict[str, Any]]:
        """Return the details that the subscriber received since the last call."""
        new: list[dict[str, Any]] = []
        receive = partial(_sqs().receive_message, QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        while messages := receive().get("Messages"):
            for message in messages:
                new.append(json.loads(message["Body"])["detail"])
                _sqs().delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        self.received += new
        return new

    def items(self, prefix: str = "") -> list[dict[str, Any]]:
        """Return the ledger's items whose partition begins so, in DynamoDB's form."""
        found = clients.dynamodb().scan(TableName=TABLE)["Items"]
        return [item for item in found if item["pk"]["S"].startswith(prefix)]

    def objects(self, prefix: str = "") -> list[str]:
        """Return the keys in the bucket."""
        answer = clients.s3().list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [found["Key"] for found in answer.get("Contents", [])]


def load_handler(function: str) -> Handler:
    """Return the handler of functions/<name>/app.py, loaded anew as in a fresh process."""
    path = ROOT / "functions" / function / "app.py"
    spec = importlib.util.spec_from_file_location(f"function_{function}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Handler = module.handler
    return handler


@contextmanager
def a_world(**sandbox: Any) -> Iterator[World]:
    """Give a stack on moto with a subscriber on its bus; Net32 and LunaSoft are made with `sandbox`."""
    with ExitStack() as stack:
        traveller = stack.enter_context(time_machine.travel(datetime.now(UTC), tick=True))
        stack.enter_context(mock_aws())
        net32, lunasoft = Net32Sandbox(**sandbox), LunaSoftSandbox(**sandbox)
        net32_at, lunasoft_at = stack.enter_context(serve(net32)), stack.enter_context(serve(lunasoft))
        queue_url = _make_stack()
        world = World(net32, lunasoft, net32_at, lunasoft_at, queue_url, traveller, _open=stack)
        world.connect(NET32, "net32", net32_at.url)
        world.connect(LUNA, "lunasoft", lunasoft_at.url)
        yield world


def _make_stack() -> str:
    clients.dynamodb().create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "due_kind", "due_at")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "due",
                "KeySchema": [
                    {"AttributeName": "due_kind", "KeyType": "HASH"},
                    {"AttributeName": "due_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    clients.s3().create_bucket(Bucket=BUCKET)
    clients.events().create_event_bus(Name=BUS)
    return _subscribe()


def _subscribe() -> str:
    queue_url = _sqs().create_queue(QueueName="subscriber")["QueueUrl"]
    about = _sqs().get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    arn = about["Attributes"]["QueueArn"]
    pattern = json.dumps({"source": ["orderbus"]})
    clients.events().put_rule(Name="everything", EventBusName=BUS, EventPattern=pattern)
    clients.events().put_targets(Rule="everything", EventBusName=BUS, Targets=[{"Id": "queue", "Arn": arn}])
    return queue_url


@cache
def _sqs() -> SQSClient:
    return boto3.client("sqs")


@cache
def _streams() -> Any:
    return boto3.client("dynamodbstreams")
