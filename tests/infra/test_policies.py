"""What each function may do in the bucket and in the ledger: what its code does, and no more.

That it may do all that it does, every test shows that invokes it: tests/world.py holds it to its policies.
"""

from __future__ import annotations

import pytest
from orderbus.providers.registry import provider_names
from orderbus.runtime import clients

from tests.policies import ForbiddenError, allowed, held_to_policies
from tests.world import BUCKET, ROOT

FETCH_FUNCTIONS = [f"fetch_{name}" for name in provider_names()]
FUNCTIONS = sorted(each.parent.name for each in (ROOT / "functions").glob("*/app.py"))

RECEIVES = {"GetObject /snapshots/*", "PutObject /snapshots/*", "PutObject /quarantine/*", "ListBucket"}
FETCHES = RECEIVES | {"GetObject /quarantine/*"}
READS = {"GetObject /snapshots/*", "ListBucket"}
IN_THE_BUCKET: dict[str, set[str]] = {
    **dict.fromkeys(FETCH_FUNCTIONS, FETCHES),
    "fetch_net32": FETCHES | {"GetObject /inbox/*", "PutObject /inbox/*"},
    "import_order": RECEIVES,
    "reconcile_orders": RECEIVES,
    "update_order": RECEIVES,
    "preauthorize_order": READS,
    "ship_order": READS,
    "settle_charge": set(),
    "sweep_due": set(),
    # Lambda itself writes there, too, by the function's role.
    "publish_events": {"PutObject /*", "ListBucket"},
}

WRITES = {"BatchGetItem", "GetItem", "PutItem", "UpdateItem"}
IN_THE_LEDGER: dict[str, set[str]] = {
    **dict.fromkeys(FETCH_FUNCTIONS, WRITES | {"Query", "Query /index/due"}),
    "import_order": WRITES,
    "reconcile_orders": WRITES | {"Query"},
    "update_order": WRITES | {"DeleteItem"},
    "preauthorize_order": {"BatchGetItem", "DeleteItem", "GetItem", "PutItem"},
    "ship_order": {"BatchGetItem", "DeleteItem", "GetItem", "PutItem"},
    "settle_charge": {"GetItem", "PutItem"},
    "sweep_due": {"GetItem", "PutItem", "UpdateItem", "Query /index/due"},
    "publish_events": {"Scan"},
}


def may(function: str, service: str, resource: str) -> set[str]:
    """Return what a function may do to a resource, and to what is in it."""
    return {
        f"{action.partition(':')[2]} {on.removeprefix(resource)}".strip()
        for action, on in allowed(function)
        if action.startswith(f"{service}:") and on.startswith(resource)
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_in_the_bucket_what_it_does_there_and_no_more(function: str) -> None:
    assert may(function, "s3", "${InboxBucket.Arn}") == IN_THE_BUCKET[function]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_in_the_ledger_what_it_does_there_and_no_more(function: str) -> None:
    assert may(function, "dynamodb", "${Ledger.Arn}") == IN_THE_LEDGER[function]


def test_only_what_ships_and_what_settles_may_have_a_charge_asked_about() -> None:
    asking = [each for each in FUNCTIONS if ("sqs:SendMessage", "${SettleChargeQueue.Arn}") in allowed(each)]

    assert sorted(asking) == ["settle_charge", "ship_order", "sweep_due"]


@pytest.mark.usefixtures("world")
def test_a_function_that_a_test_invokes_is_refused_what_it_may_not_do() -> None:
    def put() -> None:
        clients.s3().put_object(Bucket=BUCKET, Key="snapshots/1.json", Body=b"{}")

    with (
        held_to_policies("settle_charge"),
        pytest.raises(ForbiddenError, match=r"^settle_charge may not s3:PutObject on .*/snapshots/1\.json$"),
    ):
        put()
    for permitted in ("import_order", None):
        with held_to_policies(permitted):
            put()
