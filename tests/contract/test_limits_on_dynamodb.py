"""The limit on imports, on DynamoDB: so many of a minute, and none more by a clock that is behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from orderbus.aws.limits import DynamoLimit
from orderbus.runtime import clients

from tests.world import TABLE, World

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def limit(world: World) -> DynamoLimit:
    assert world
    return DynamoLimit(clients.dynamodb(), TABLE)


def test_so_many_are_let_through_in_each_minute_and_for_each_connection(limit: DynamoLimit) -> None:
    taken = [limit.take("one", NOON + timedelta(seconds=second), 2) for second in (0, 30, 59)]

    assert taken == [True, True, False]
    assert limit.take("other", NOON, 2)
    assert limit.take("one", NOON + MINUTE, 2)


def test_a_minute_that_has_passed_is_not_begun_anew_by_a_clock_that_is_behind(limit: DynamoLimit) -> None:
    assert limit.take("one", NOON + MINUTE, 1)

    assert not limit.take("one", NOON, 1)
    assert not limit.take("one", NOON + MINUTE, 1)
