"""What the README says of events and connections is so: its rule, its table of types, its options."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import boto3
import msgspec
import pytest
from moto import mock_aws
from orderbus.domain.events import EventType
from orderbus.providers.lunasoft.options import LunaOptions
from orderbus.providers.net32.options import Net32Options
from orderbus.providers.registry import provider_names
from orderbus.providers.retailys.options import RetailysOptions
from orderbus.providers.zonos.options import ZonosOptions

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
SAMPLES = ROOT / "tests" / "samples" / "events"
OPTIONS: dict[str, Any] = {
    "LunaSoft": LunaOptions,
    "Net32": Net32Options,
    "Retailys": RetailysOptions,
    "Zonos": ZonosOptions,
}


def section(name: str) -> str:
    return README.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


@pytest.fixture
def rule(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The queue of a rule that is the README's."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    pattern = re.search(r"```json\n(.*?)```", section("Events"), re.DOTALL)
    assert pattern
    with mock_aws():
        events, queues = boto3.client("events"), boto3.client("sqs")
        url = queues.create_queue(QueueName="mine")["QueueUrl"]
        arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.create_event_bus(Name="orderbus")
        events.put_rule(Name="mine", EventBusName="orderbus", EventPattern=pattern[1])
        events.put_targets(Rule="mine", EventBusName="orderbus", Targets=[{"Id": "mine", "Arn": arn}])
        yield url


def test_the_rule_takes_what_may_be_shipped_and_what_is_too_large_to_say(rule: str) -> None:
    for sample in sorted(SAMPLES.glob("*.json")):
        detail = json.loads(sample.read_text())
        entry: PutEventsRequestEntryTypeDef = {
            "EventBusName": "orderbus",
            "Source": "orderbus",
            "DetailType": detail["type"],
            "Detail": json.dumps(detail),
        }
        boto3.client("events").put_events(Entries=[entry])

    messages = boto3.client("sqs").receive_message(QueueUrl=rule, MaxNumberOfMessages=10)["Messages"]
    taken = [json.loads(message["Body"])["detail"] for message in messages]
    assert sorted((each["type"], sorted(each["data"])) for each in taken) == [
        ("order.created.v1", ["changes", "order"]),
        ("order.created.v1", ["ref"]),
        ("order.released.v1", ["changes", "order"]),
    ]


def test_every_type_of_event_is_in_the_table_and_no_other() -> None:
    rows = "\n".join(
        line.split(" | ")[0] for line in section("Events").splitlines() if line.startswith("| `")
    )

    types = {type_ for part in get_args(EventType) for type_ in get_args(part)}
    assert set(re.findall(r"`([a-z_.]+\.v\d)`", rows)) == types


def test_the_options_of_every_provider_are_compared() -> None:
    assert {name.lower() for name in OPTIONS} == {*provider_names()}


def test_every_option_is_in_the_table_and_no_other() -> None:
    told: dict[str, set[str]] = {name: set() for name in OPTIONS}
    for row in section("Connections").splitlines():
        key, _, means = row.removeprefix("| ").partition(" | ")
        if found := re.fullmatch(r"`options\.(\w+)`", key):
            only = means.partition(": ")[0] if ": " in means else ", ".join(OPTIONS)
            for name in only.split(", "):
                told[name].add(found[1])
        elif (name := key.partition(":")[0]) in OPTIONS:
            told[name] |= set(re.findall(r"`(\w+)`", key))

    assert told == {name: set(options.__struct_fields__) for name, options in OPTIONS.items()}


@pytest.mark.parametrize("provider", OPTIONS)
def test_the_defaults_of_the_options_are_those_of_the_table(provider: str) -> None:
    stated = [
        row.strip("| ").split(" | ")
        for row in section("Connections").splitlines()
        if row.startswith(f"| {provider}: ") and len(row.strip("| ").split(" | ")) == 3
    ]

    assert len(stated) == 1
    defaults = msgspec.to_builtins(OPTIONS[provider](), order="deterministic")
    for key, _, values in stated:
        names = re.findall(r"`(\w+)`", key)
        texts = re.findall(r"`[^`]*`|none|all", values)  # the last two: nothing is left out, nothing is set
        assert len(names) == len(texts), key
        for name, text in zip(names, texts, strict=True):
            value = json.loads(text.strip("`")) if text.startswith("`") else None
            default: Any = defaults[name] or None if value is None else defaults[name]
            same = sorted(value) == sorted(default) if isinstance(value, list) else value == default
            assert same, f"{provider}: {name}"
