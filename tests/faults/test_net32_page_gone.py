"""A stored page that is gone from the bucket: what may be lost is published once, and the polls go on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from orderbus.runtime import clients

from tests.faults.net32_case import INTERRUPTED, PAGE, Case, a_case, subjects
from tests.faults.steps import Step, steps_of
from tests.world import BUCKET, NET32


def is_noted(step: Step) -> bool:
    """Say whether the ledger has just been told that the page is stored."""
    return (step.side, step.call) == ("after", "dynamodb.PutItem state")


def lose_page(case: Case) -> str:
    """Kill a poll when its first page is stored, and delete the page; return its key."""
    case.kill_when(is_noted)
    [key] = case.world.objects("inbox/")
    clients.s3().delete_object(Bucket=BUCKET, Key=key)
    return key


def interruptions(case: Case) -> list[dict[str, Any]]:
    """Return what was published about interrupted reads."""
    case.world.relay()
    return [event["data"] for event in case.world.received if event["type"] == INTERRUPTED]


def test_a_stored_page_that_was_deleted_is_published_once_and_the_same_poll_reads_on() -> None:
    with a_case(PAGE + 1) as case:
        key = lose_page(case)

        answers = [case.poll(), case.poll_later()]

        assert [(each["complete"], each["created"]) for each in answers] == [(True, 1), (True, 0)]
        [published] = interruptions(case)
        assert (published["key"], published["reading_id"]) == (key, key.rsplit("/", 1)[1])
        assert published["reason"] == "the stored answer is not in the inbox bucket any more"
        asked = case.world.net32.calls[0].time
        since, until = (datetime.fromisoformat(published[end]) for end in ("since", "until"))
        assert since <= asked <= until
        assert subjects(case.world.received, "order.created.v1") == [f"{NET32}:104"]


def test_of_two_polls_that_find_the_page_gone_one_publishes_it() -> None:
    with a_case(PAGE + 1) as case:
        lose_page(case)
        case.kill_when(lambda step: (step.side, step.call) == ("after", "s3.GetObject inbox"))

        assert case.poll()["complete"] is True

        assert len(interruptions(case)) == 1


def test_a_poll_that_finds_the_page_gone_and_is_killed_at_any_step_leaves_one_event_of_it() -> None:
    with a_case(PAGE + 1) as undisturbed:
        lose_page(undisturbed)
        steps = steps_of(undisturbed.poll)

    for step in steps:
        with a_case(PAGE + 1) as case:
            key = lose_page(case)
            case.kill(step.number)
            answer = case.poll_later()
            published = [each["reading_id"] for each in interruptions(case)]
        assert answer["complete"] is True, str(step)
        assert published.count(key.rsplit("/", 1)[1]) == 1, str(step)
        assert len(published) == 1 + case.interruptions, str(step)
