"""5,000 open orders: no poll reads more than 25 of them, the longest due first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from orderbus.domain.times import stamp
from orderbus.intake.watches import MOST_READS
from orderbus.runtime import clients

from tests.watched_site import a_site, read_again, watch
from tests.world import LUNA, TABLE, World

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

OPEN = 5_000
LONGEST_DUE = range(10_000, 10_000 + 3 * MOST_READS)


@pytest.fixture
def world() -> Iterator[World]:
    """Give a site with many more open orders than a poll reads, all due; only the first have a body."""
    with a_site() as made:
        watch(made, *LONGEST_DUE, newer_from=90_000)
        due = stamp(datetime.now(UTC))
        for first in range(LONGEST_DUE.stop, LONGEST_DUE.start + OPEN, MOST_READS):
            requests: list[WriteRequestTypeDef] = [
                {
                    "PutRequest": {
                        "Item": {
                            "pk": {"S": f"ORDER#{LUNA}:{number}"},
                            "sk": {"S": "CURRENT"},
                            "due_kind": {"S": f"ORDER#{LUNA}"},
                            "due_at": {"S": due},
                        }
                    }
                }
                for number in range(first, first + MOST_READS)
            ]
            clients.dynamodb().batch_write_item(RequestItems={TABLE: requests})
        yield made


def test_with_5000_open_orders_a_poll_reads_25_and_the_longest_due_first(world: World) -> None:
    assert len(world.items(f"ORDER#{LUNA}:1")) == OPEN

    polls = []
    for _ in range(3):
        answer = world.poll(LUNA)
        assert (answer["complete"], answer["read"]) == (True, MOST_READS + 3)  # three of the list
        polls.append(read_again(world))

    assert [len(each) for each in polls] == [25, 25, 25]
    assert sorted(number for each in polls for number in each) == list(LONGEST_DUE)
