"""`orderbus demo` comes true, and would say so if it did not."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.cli.demo_day import CREATED, QUARANTINED, SEED_ORDER, Day, Placed
from infra.cli.demo_subscriber import Received
from infra.cli.demo_summary import Outcome, claims
from infra.local_cloud import cloud
from infra.sandbox.lunasoft import LunaSoftSandbox
from infra.sandbox.net32 import Net32Sandbox

ORDERBUS = Path(sys.executable).with_name("orderbus")


@pytest.mark.cloud
@pytest.mark.skipif(
    not cloud.EMULATOR_PYTHON.exists() and not os.environ.get("CI"),
    reason="the local cloud is not set up; make setup does it",
)
@pytest.mark.xdist_group("local cloud")
def test_the_demonstration_comes_true_and_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [ORDERBUS, "demo"],
        cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(tmp_path), "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout.count("\n true  "), done.stdout.count("FALSE"), done.stderr) == (7, 0, "")
    assert "322.85 USD" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.cloud
@pytest.mark.skipif(
    not cloud.EMULATOR_PYTHON.exists() and not os.environ.get("CI"),
    reason="the local cloud is not set up; make setup does it",
)
@pytest.mark.xdist_group("local cloud")
def test_a_demonstration_that_is_interrupted_is_no_success_and_leaves_nothing(tmp_path: Path) -> None:
    demo = subprocess.Popen(
        [ORDERBUS, "demo"],
        cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with demo:
        assert demo.stdout
        assert demo.stdout.readline() == "Starting the AWS emulator\n"
        demo.send_signal(signal.SIGINT)
        _, err = demo.communicate(timeout=30)

    assert (demo.returncode, err) == (130, "")
    assert list(tmp_path.iterdir()) == []


def a_money(minor: int) -> dict[str, Any]:
    return {"amount_minor": minor, "currency": "USD"}


def an_order(placed: Placed) -> dict[str, Any]:
    total = a_money(int((placed.total or 0) * 100))
    placed_at = "2015-04-27T23:34:31Z" if placed.order_id == SEED_ORDER else None
    return {"total": total, "placed_at": placed_at, "lines": [{"total": total}], "charges": []}


def an_event(placed: Placed, type_: str) -> Received:
    data = {"reason": "total: not a number", "key": f"quarantine/{placed.order_id}"}
    detail = {
        "id": f"{placed.order_id} {type_}",
        "type": type_,
        "subject": placed.order_id,
        "revision": 1,
        "data": data if type_ == QUARANTINED else {"order": an_order(placed)},
    }
    return Received(detail, placed.at + 1)


@pytest.fixture
def outcome() -> Outcome:
    """A day on which everything came true."""
    day = Day(Net32Sandbox(), LunaSoftSandbox())
    day.morning()
    day.afternoon()
    outcome = Outcome(day)
    placed = day.placed.values()
    outcome.events = [an_event(order, type_) for order in placed for type_ in order.expected]
    outcome.repeated = {event.detail["id"] for event in outcome.events}
    outcome.raw = {f"quarantine/{order.order_id}": True for order in placed if order.total is None}
    return outcome


def false_claims(outcome: Outcome) -> list[int]:
    return [number for number, claim in enumerate(claims(outcome)) if not claim.true]


def first(outcome: Outcome, type_: str, order_id: str | None = None) -> Received:
    return next(e for e in outcome.events if e.type == type_ and order_id in (None, e.subject))


def test_a_day_that_went_well_has_no_false_claim(outcome: Outcome) -> None:
    assert false_claims(outcome) == []


def test_an_order_that_did_not_come_is_told(outcome: Outcome) -> None:
    outcome.events.remove(first(outcome, CREATED, "net32-main:19281414"))

    assert 0 in false_claims(outcome)


def test_an_order_that_came_twice_is_told(outcome: Outcome) -> None:
    outcome.events.append(first(outcome, CREATED))

    assert 0 in false_claims(outcome)


def test_a_cent_too_much_is_told(outcome: Outcome) -> None:
    event = first(outcome, CREATED, "net32-main:19281414")
    event.detail["data"]["order"]["total"]["amount_minor"] += 1

    assert false_claims(outcome) == [1]


def test_a_seed_order_that_does_not_add_up_is_told(outcome: Outcome) -> None:
    event = first(outcome, CREATED, SEED_ORDER)
    event.detail["data"]["order"]["charges"].append({"amount": a_money(1)})

    assert false_claims(outcome) == [2]


def test_a_raw_order_that_is_not_kept_is_told(outcome: Outcome) -> None:
    outcome.raw["quarantine/luna-main:60003"] = False

    assert false_claims(outcome) == [3]


def test_an_event_that_nobody_expected_is_told(outcome: Outcome) -> None:
    outcome.events.append(an_event(outcome.day.placed[SEED_ORDER], "order.updated.v1"))

    assert 4 in false_claims(outcome)


def test_another_id_on_the_second_delivery_is_told(outcome: Outcome) -> None:
    outcome.repeated.pop()
    outcome.repeated.add("another")

    assert false_claims(outcome) == [5]


def test_a_dead_letter_is_told(outcome: Outcome) -> None:
    outcome.waiting = 1

    assert false_claims(outcome) == [6]
