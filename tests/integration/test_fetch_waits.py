"""A poll that does not read says why, and never blames a backoff that is not there."""

from __future__ import annotations

import pytest
from orderbus.runtime import clients

from infra.sandbox.faults import RateLimited
from tests.contract.aws_faults import refused
from tests.world import NET32, World


@pytest.mark.parametrize("scheduled", [False, True])
def test_a_poll_whose_claim_meets_another_runs_write_does_not_blame_a_backoff(
    world: World, scheduled: bool
) -> None:
    with refused(clients.dynamodb(), "UpdateItem", "TransactionConflictException"):
        answer = world.poll(NET32, scheduled=scheduled)

    assert (answer["complete"], answer["waits"]) == (False, "another run was faster")
    assert world.poll(NET32, scheduled=scheduled)["complete"] is True


@pytest.mark.parametrize(
    ("scheduled", "waits"),
    [(False, "another run was faster"), (True, "backoff")],
    ids=["asked for", "scheduled"],
)
def test_a_backoff_is_named_only_to_a_poll_that_obeys_it(world: World, scheduled: bool, waits: str) -> None:
    world.net32.fail_next(RateLimited(30))
    world.poll(NET32)

    with refused(clients.dynamodb(), "UpdateItem", "TransactionConflictException"):
        assert world.poll(NET32, scheduled=scheduled)["waits"] == waits
