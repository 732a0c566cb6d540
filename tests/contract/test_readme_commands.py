"""What the README says of commands is so: the snippet is a command, and every type and reason exists."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from orderbus.domain.commands import ARGUMENTS, REASONS, Ship, parse_message

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
SECTION = README[README.index("\n## Commands\n") : README.index("\n## Connections\n")]


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A queue with all that is put on the bus."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        events, queues = boto3.client("events"), boto3.client("sqs")
        url = queues.create_queue(QueueName="all")["QueueUrl"]
        arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.create_event_bus(Name="orderbus")
        pattern = json.dumps({"source": [{"anything-but": ["orderbus"]}]})
        events.put_rule(Name="all", EventBusName="orderbus", EventPattern=pattern)
        events.put_targets(Rule="all", EventBusName="orderbus", Targets=[{"Id": "all", "Arn": arn}])
        yield url


def test_the_snippet_puts_a_command_on_the_bus(queue: str) -> None:
    snippet = re.search(r"```python\n(.*?)```", SECTION, re.DOTALL)
    assert snippet

    exec(snippet[1], {})  # noqa: S102 - it is our own

    [message] = boto3.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    command = parse_message(message["Body"])
    arguments: Any = command.arguments()
    assert (command.type, command.subject) == ("order.ship.v1", "net32-main:19281414")
    assert isinstance(arguments, Ship)
    assert arguments.quantities() == {"192814140001": 2}


def test_every_type_of_command_is_in_the_table_and_no_other() -> None:
    rows = "\n".join(line.split(" | ")[0] for line in SECTION.splitlines() if line.startswith("| `"))

    assert set(re.findall(r"`((?:order|command)\.\w+\.v\d)`", rows)) == set(ARGUMENTS)


def test_every_reason_that_is_named_exists() -> None:
    listed = SECTION[SECTION.index("a closed list of reasons") : SECTION.index("rejects nothing")]

    named = set(re.findall(r"`([a-z_]+)`", listed))

    assert named <= set(REASONS)
    assert len(named) > 10
