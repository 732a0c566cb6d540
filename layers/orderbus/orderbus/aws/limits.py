"""Limits on DynamoDB: one item a connection, which counts what was done in one minute."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from orderbus.aws.items import import_limit_key, marshal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoLimit:
    """How many imports there were in this minute, in a DynamoDB table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def take(self, connection: str, now: datetime, most: int) -> bool:
        """Count one more of this minute, unless there were as many; return whether there were not."""
        minute = now.strftime("%Y-%m-%dT%H:%MZ")
        another = self._update(
            connection,
            "SET imports = imports + :one",
            "this_minute = :minute AND imports < :most",
            {":minute": minute, ":one": 1, ":most": most},
        )
        # A minute that has passed is never counted again: clocks that differ do not begin it anew.
        return another or self._update(
            connection,
            "SET this_minute = :minute, imports = :one",
            "attribute_not_exists(pk) OR this_minute < :minute",
            {":minute": minute, ":one": 1},
        )

    def _update(self, connection: str, update: str, condition: str, values: dict[str, Any]) -> bool:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=marshal(import_limit_key(connection)),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=marshal(values),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True
