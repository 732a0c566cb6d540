"""The runbook has a heading for every alarm, and none for an alarm that is not there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_alarm_of_the_template_has_a_heading_in_the_runbook() -> None:
    alarms = re.findall(r"AlarmName: !Sub \$\{AWS::StackName\}-(\S+)", (ROOT / "template.yaml").read_text())
    headings = re.findall(r"^## (.+)$", (ROOT / "infra" / "runbook.md").read_text(), re.MULTILINE)

    assert sorted(alarms) == sorted(name for heading in headings for name in heading.split(", "))
    assert len(alarms) == 57


def test_the_runbook_says_what_to_do_when_the_public_door_uses_up_the_concurrency() -> None:
    section = (
        (ROOT / "infra" / "runbook.md").read_text().partition("## schedule-dlq")[2].partition("\n## ")[0]
    )

    assert "TooManyRequestsException" in section
    assert "`ReservedConcurrentExecutions`" in section
