"""Fixtures for all tests: no test talks to AWS, and none to anything but this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

# Before boto3 is imported: no account, no region of the machine's own.
os.environ.pop("AWS_REGION", None)
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="us-east-1",
    # moto has no streams under the account's own host name.
    AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    POWERTOOLS_METRICS_NAMESPACE="OrderBus",
    POWERTOOLS_SERVICE_NAME="tests",
    STACK_NAME="orderbus",
    LEDGER_TABLE="orderbus-ledger",
    INBOX_BUCKET="orderbus-inbox",
    BUS_NAME="orderbus",
    OWN_QUEUE="https://sqs.us-east-1.amazonaws.com/123456789012/orderbus-update-order",
    PREAUTHORIZE_QUEUE="https://sqs.us-east-1.amazonaws.com/123456789012/orderbus-preauthorize-order",
    SHIP_QUEUE="https://sqs.us-east-1.amazonaws.com/123456789012/orderbus-ship-order",
    UPDATE_QUEUE="https://sqs.us-east-1.amazonaws.com/123456789012/orderbus-update-order",
    SETTLE_QUEUE="https://sqs.us-east-1.amazonaws.com/123456789012/orderbus-settle-charge",
)

from tests.command_world import Commands, a_command_world
from tests.faults.counting import summary
from tests.world import World, a_world


@pytest.fixture
def world() -> Iterator[World]:
    """Give a stack on moto with the sandboxes and a subscriber on its bus."""
    with a_world() as made:
        yield made


@pytest.fixture
def commands() -> Iterator[Commands]:
    """Give the same with the queues of commands."""
    with a_command_world() as made:
        yield made


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many cases the fault tests had, and how they ended."""
    reports = [report for each in terminalreporter.stats.values() for report in each]
    told = (pair for report in reports for pair in getattr(report, "user_properties", ()))
    for line in summary(told):
        terminalreporter.write_line(line)
