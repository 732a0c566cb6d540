"""The runbook has a heading for every alarm and none for another, but for its last: a customer's request."""

from __future__ import annotations

import re
from pathlib import Path

from infra.cli.erase import ELSEWHERE

ROOT = Path(__file__).parents[2]


def test_every_alarm_of_the_template_has_a_heading_in_the_runbook() -> None:
    alarms = re.findall(r"AlarmName: !Sub \$\{AWS::StackName\}-(\S+)", (ROOT / "template.yaml").read_text())
    headings = re.findall(r"^## (.+)$", (ROOT / "infra" / "runbook.md").read_text(), re.MULTILINE)

    assert headings.pop() == "A customer asks to be forgotten"
    named = [name for heading in headings for name in heading.split(", ")]
    assert {*alarms} - {*named} == set(), "alarms without a heading"
    assert {*named} - {*alarms} == set(), "headings without an alarm"
    assert len(alarms) == len(named) >= 57


def test_the_runbook_says_what_to_do_when_the_public_door_uses_up_the_concurrency() -> None:
    section = (
        (ROOT / "infra" / "runbook.md").read_text().partition("## schedule-dlq")[2].partition("\n## ")[0]
    )

    assert "TooManyRequestsException" in section
    assert "`ReservedConcurrentExecutions`" in section


def test_the_days_after_which_copies_of_an_erased_order_go_are_those_of_the_template() -> None:
    template = (ROOT / "template.yaml").read_text()

    [archive] = re.findall(r"^ +RetentionDays: (\d+)$", template, re.MULTILINE)
    queues = {int(each) // 86_400 for each in re.findall(r"MessageRetentionPeriod: (\d+)", template)} - {0}
    assert f"archive of the bus: events of the last {archive} days" in ELSEWHERE
    assert f"dead-letter queues: {queues.pop()} days" in ELSEWHERE
    assert not queues
    assert "NoncurrentVersionExpiration: { NoncurrentDays: 30 }" in template
    assert "InboxRetentionDays\n    and, as old versions, 30 more" in ELSEWHERE
    # DynamoDB's own, unless it is told otherwise.
    assert "RecoveryPeriodInDays" not in template
    assert "point-in-time recovery: 35 days" in ELSEWHERE
