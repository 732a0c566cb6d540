"""A function is told what it needs by its environment, or says everything that is missing."""

from __future__ import annotations

import pytest
from orderbus.domain.errors import ConfigurationError
from orderbus.runtime.settings import FetchSettings, PublishSettings, SweepSettings, from_environment

QUEUES = ("PREAUTHORIZE_QUEUE", "SHIP_QUEUE", "UPDATE_QUEUE", "SETTLE_QUEUE")


def test_a_variable_is_named_as_its_field_in_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STACK_NAME", "LEDGER_TABLE", "INBOX_BUCKET", "BUS_NAME", *QUEUES):
        monkeypatch.setenv(name, f"my-{name.lower()}")

    assert from_environment(FetchSettings) == FetchSettings(
        "my-stack_name", "my-ledger_table", "my-inbox_bucket"
    )
    assert from_environment(PublishSettings) == PublishSettings(
        "my-ledger_table", "my-inbox_bucket", "my-bus_name"
    )
    assert from_environment(SweepSettings) == SweepSettings(
        "my-stack_name", "my-ledger_table", "my-bus_name", *(f"my-{name.lower()}" for name in QUEUES)
    )


def test_everything_that_is_missing_or_empty_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STACK_NAME", raising=False)
    monkeypatch.setenv("LEDGER_TABLE", "")
    monkeypatch.setenv("INBOX_BUCKET", "there")

    with pytest.raises(ConfigurationError) as refused:
        from_environment(FetchSettings)

    assert str(refused.value) == (
        "environment variables are missing: STACK_NAME, LEDGER_TABLE; deploy template.yaml as it is"
    )
