"""AWS clients, made at first use, with time limits that end well before a function does."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

# boto3's own limits are a minute each: longer than a function lives.
_CONFIG = Config(
    connect_timeout=2,
    read_timeout=8,
    retries={"mode": "standard", "total_max_attempts": 5},
    tcp_keepalive=True,
)

_Service = Literal["dynamodb", "events", "lambda", "s3", "sqs", "ssm"]


_making = Lock()


@cache
def _made(service: _Service) -> Any:
    return boto3.client(service, config=_CONFIG)


def _client(service: _Service) -> Any:
    # boto3 makes clients in one thread at a time only; and each thread would make one of its own.
    with _making:
        return _made(service)


def dynamodb() -> DynamoDBClient:
    """Return the DynamoDB client."""
    client: DynamoDBClient = _client("dynamodb")
    return client


def events() -> EventBridgeClient:
    """Return the EventBridge client."""
    client: EventBridgeClient = _client("events")
    return client


def functions() -> LambdaClient:
    """Return the Lambda client."""
    client: LambdaClient = _client("lambda")
    return client


def s3() -> S3Client:
    """Return the S3 client."""
    client: S3Client = _client("s3")
    return client


def sqs() -> SQSClient:
    """Return the SQS client."""
    client: SQSClient = _client("sqs")
    return client


def ssm() -> SSMClient:
    """Return the SSM client."""
    client: SSMClient = _client("ssm")
    return client


def now() -> datetime:
    """Return the time, aware and in UTC."""
    return datetime.now(UTC)
