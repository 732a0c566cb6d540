"""`orderbus demo` comes true, and would say so if it did not."""

import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from infra.cli.demo_claims import Outcome, claims
from infra.cli.demo_day import (
    CREATED,
    DECLINED,
    IN_REVIEW,
    PAID,
    PREAUTHORIZED,
    QUARANTINED,
    RELEASED,
    SEED_ORDER,
    UNHEARD_OF,
    UPDATED,
    Day,
    Placed,
)
from infra.cli.demo_evening import ACCEPTED, REJECTED, SUCCEEDED, UNKNOWN, Asked, Evening
from infra.cli.demo_subscriber import Received
from infra.cli.shops import Shops
from infra.local_cloud import cloud
from infra.sandbox.base import Call
from infra.sandbox.net32_charges import Charge

ORDERBUS = Path(sys.executable).with_name("orderbus")


@pytest.mark.cloud
@pytest.mark.skipif(
    not cloud.EMULATOR_PYTHON.exists() and not os.environ.get("CI"),
    reason="the local cloud is not set up; make setup does it",
)
@pytest.mark.xdist_group("local cloud")
@pytest.mark.timeout(240)
def test_the_demonstration_comes_true_and_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [ORDERBUS, "demo"],
        cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(tmp_path), "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
        timeout=220,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout.count("\n true  "), done.stdout.count("FALSE"), done.stderr) == (13, 0, "")
    assert "322.85 USD" in done.stdout
    assert "50.62 USD = 56.25 - 5.63" in done.stdout
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


def a_money(minor: int, currency: str = "USD") -> dict[str, Any]:
    return {"amount_minor": minor, "currency": currency}


def an_order(placed: Placed) -> dict[str, Any]:
    total = a_money(int((placed.total or 0) * 100), placed.currency)
    placed_at = "2015-04-27T23:34:31Z" if placed.order_id == SEED_ORDER else None
    line = {"line_id": f"{placed.order_id} line", "quantity": {"ordered": 4}, "total": total}
    return {"total": total, "placed_at": placed_at, "lines": [line], "charges": []}


def an_event(placed: Placed, type_: str) -> Received:
    data = {"reason": "total: not a number", "key": f"quarantine/{placed.order_id}"}
    return received(
        placed.order_id, type_, data if type_ == QUARANTINED else {"order": an_order(placed)}, placed.at + 1
    )


def received(subject: str, type_: str, data: dict[str, Any], at: float = 0.0) -> Received:
    about = data.get("command_id", subject)
    detail = {"id": f"{about} {type_}", "type": type_, "subject": subject, "revision": 1, "data": data}
    return Received(detail, at)


def an_answer(asked: Asked, type_: str) -> Received:
    data: dict[str, Any] = {"command_id": asked.id}
    if type_ in {REJECTED, UNKNOWN}:
        data["reason"] = asked.reason
    if asked.id in PAYOUTS and type_ == SUCCEEDED:
        charge, items, commission = PAYOUTS[asked.id]
        parts = [{"kind": "items", "amount": a_money(items)}]
        parts.append({"kind": "commission", "amount": a_money(-commission)})
        data["result"] = {"charge_id": charge, "payout": a_money(items - commission), "breakdown": parts}
    return received(asked.order_id, type_, data)


PAYOUTS = {"box-1": ("1", 5625, 563), "box-2": ("2", 8115, 812)}


def carry_out(shops: Shops, asked: list[Asked]) -> None:
    """Do at the sandboxes what the functions would."""
    totals = {"box-1": "56.25", "box-2": "81.15"}
    for each in asked:
        if each.expected[0] in {ACCEPTED, UNKNOWN}:
            number = each.order_id.partition(":")[2]
            earlier = sum(charge.order_id == number for charge in shops.net32.charges)
            lines = {line["line_id"]: line["quantity"] for line in each.data["lines"]}
            total = Decimal(totals.get(each.id, "1.00"))
            shops.net32.charges.append(Charge(number, earlier + 1, lines, total, False, 0))
    shops.lunasoft.statuses_added.append(("60002", "Shipped"))
    shops.lunasoft.status_mails.append(("60002", "Shipped"))
    number = PAID.partition(":")[2]
    for method, write in (("POST", "tracking"), ("PATCH", "sent")):
        shops.retailys.calls.append(Call(method, f"/System/Orders/{number}/{write}"))
    for path in ("/v2/setShipmentTracking", "/v1/updateVendorOrderStatus"):
        shops.zonos.calls.append(Call("POST", path))


@pytest.fixture
def outcome() -> Outcome:
    """A day on which everything came true."""
    shops = Shops()
    day, evening = Day(shops), Evening(shops)
    day.morning()
    day.noon()
    day.afternoon()
    day.evening()
    outcome = Outcome(day, evening)
    placed = day.placed.values()
    outcome.events = [an_event(order, type_) for order in placed for type_ in order.expected]
    evening.orders = outcome.orders()
    asked = [*evening.what_needs_no_answer(), *evening.in_two_parts(), *evening.once_more()]
    outcome.events += [an_answer(each, type_) for each in asked for type_ in each.expected]
    carry_out(shops, asked)
    outcome.repeated = outcome.ids()
    outcome.raw = {f"quarantine/{order.order_id}": True for order in placed if order.total is None}
    return outcome


def false_claims(outcome: Outcome) -> list[int]:
    return [number for number, claim in enumerate(claims(outcome)) if not claim.true]


def first(outcome: Outcome, type_: str, about: str | None = None) -> Received:
    return next(e for e in outcome.events if e.type == type_ and about in (None, e.about))


def test_a_day_that_went_well_has_no_false_claim(outcome: Outcome) -> None:
    assert false_claims(outcome) == []


def test_an_order_that_did_not_come_is_told(outcome: Outcome) -> None:
    outcome.events.remove(first(outcome, CREATED, PREAUTHORIZED))

    assert 0 in false_claims(outcome)


def test_an_order_that_came_twice_is_told(outcome: Outcome) -> None:
    outcome.events.append(first(outcome, CREATED))

    assert 0 in false_claims(outcome)


@pytest.mark.parametrize("change", [{"amount_minor": 57151}, {"currency": "USD"}])
def test_a_haler_too_much_or_another_currency_is_told(outcome: Outcome, change: dict[str, Any]) -> None:
    first(outcome, CREATED, PAID).detail["data"]["order"]["total"].update(change)

    assert false_claims(outcome) == [1]


def test_a_seed_order_that_does_not_add_up_is_told(outcome: Outcome) -> None:
    event = first(outcome, CREATED, SEED_ORDER)
    event.detail["data"]["order"]["charges"].append({"amount": a_money(1)})

    assert false_claims(outcome) == [2]


def test_a_raw_order_that_is_not_kept_is_told(outcome: Outcome) -> None:
    outcome.raw["quarantine/luna-main:60003"] = False

    assert false_claims(outcome) == [3]


def test_an_event_that_nobody_expected_is_told(outcome: Outcome) -> None:
    outcome.events.append(an_event(outcome.day.placed[SEED_ORDER], UPDATED))

    assert 4 in false_claims(outcome)


def test_what_was_shipped_in_two_calls_may_be_seen_between_them(outcome: Outcome) -> None:
    outcome.events.append(an_event(outcome.day.placed[RELEASED], UPDATED))

    assert false_claims(outcome) == []


def test_a_second_outcome_of_a_command_is_told(outcome: Outcome) -> None:
    event = first(outcome, SUCCEEDED, "box-1")
    outcome.events.append(event)

    assert 5 in false_claims(outcome)


def test_a_command_rejected_for_another_reason_is_told(outcome: Outcome) -> None:
    first(outcome, REJECTED, "again").detail["data"]["reason"] = "quantity_exceeded"

    assert false_claims(outcome) == [5]


def test_a_charge_too_many_is_told(outcome: Outcome) -> None:
    charges = outcome.evening.shops.net32.charges
    charges.append(next(charge for charge in charges if charge.order_id == UNHEARD_OF.partition(":")[2]))

    assert false_claims(outcome) == [6]


def test_a_shipment_that_was_taken_and_not_charged_is_told(outcome: Outcome) -> None:
    charges = outcome.evening.shops.net32.charges
    charges.remove(next(charge for charge in charges if charge.order_id == DECLINED.partition(":")[2]))

    assert false_claims(outcome) == [6]


def test_a_payout_that_is_a_cent_off_is_told(outcome: Outcome) -> None:
    first(outcome, SUCCEEDED, "box-2").detail["data"]["result"]["payout"]["amount_minor"] += 1

    assert false_claims(outcome) == [7]


def test_a_second_mail_is_told(outcome: Outcome) -> None:
    outcome.evening.shops.lunasoft.status_mails.append(("60002", "Shipped"))

    assert false_claims(outcome) == [8]


def test_an_order_that_was_locked_before_its_tracking_is_told(outcome: Outcome) -> None:
    outcome.evening.shops.retailys.calls.reverse()

    assert false_claims(outcome) == [9]


def test_what_was_done_with_a_held_order_is_told(outcome: Outcome) -> None:
    outcome.evening.shops.zonos.updates.trackings[IN_REVIEW.partition(":")[2]] = ["1Z"]

    assert false_claims(outcome) == [10]


def test_another_id_on_the_second_delivery_is_told(outcome: Outcome) -> None:
    outcome.repeated.pop()
    outcome.repeated.add("another")

    assert false_claims(outcome) == [11]


def test_a_dead_letter_is_told(outcome: Outcome) -> None:
    outcome.waiting = 1

    assert false_claims(outcome) == [12]
