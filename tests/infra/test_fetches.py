"""Each provider has its function, with an alarm for all that can go wrong there, and its sample events."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from orderbus import providers
from orderbus.providers.registry import profile_of, provider_names

from infra.conformance.shops import shop_names
from infra.local_cloud.cloudformation_yaml import read_template

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = Path(providers.__path__[0])
RESOURCES: Mapping[str, Any] = read_template(ROOT / "template.yaml")["Resources"]

each_provider = pytest.mark.parametrize("provider", provider_names())


def metrics_with_an_alarm(provider: str) -> set[str]:
    service = {"Fn::Sub": f"${{AWS::StackName}}-fetch-{provider}"}
    alarms = [each["Properties"] for each in RESOURCES.values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    return {
        alarm["MetricName"]
        for alarm in alarms
        if {"Name": "service", "Value": service} in alarm.get("Dimensions", [])
    }


def expected_alarms(provider: str) -> set[str]:
    expected = {"OrdersQuarantined", "ConnectionsDegraded", "ConnectionsRefused", "Failures"}
    if profile_of(provider).read == "drain":
        expected |= {"ReadsInterrupted"}
    else:
        expected |= {"WatchReadsFailed"}
    if any("unknown_status" in path.read_text() for path in (PACKAGES / provider).glob("*.py")):
        expected |= {"StatusesUnknown"}
    return expected


@each_provider
def test_all_that_can_go_wrong_at_a_provider_has_an_alarm(provider: str) -> None:
    missing = expected_alarms(provider) - metrics_with_an_alarm(provider)

    assert missing == set(), f"template.yaml has no alarm of fetch-{provider} on {', '.join(sorted(missing))}"


@each_provider
def test_a_provider_has_a_function_its_sample_events_and_a_shop_of_the_kit(provider: str) -> None:
    function, samples = ROOT / "functions" / f"fetch_{provider}" / "app.py", ROOT / "tests" / "events"
    needed = [function, samples / f"fetch_{provider}.json", samples / f"fetch_{provider}_connection.json"]

    assert [path.name for path in needed if not path.exists()] == []
    assert f"functions/fetch_{provider}" in {
        each["Properties"].get("CodeUri") for each in RESOURCES.values() if "Properties" in each
    }
    assert provider in shop_names()
