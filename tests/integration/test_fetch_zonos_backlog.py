"""A backlog of Zonos's orders: spans of days that fit a run, over several runs, each order once."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from orderbus.intake import days
from orderbus.ports import StoredOrder
from orderbus.providers.zonos.client import OrderNumbers, ZonosClient

from infra.sandbox.faults import Status
from infra.sandbox.zonos import make_order
from tests.aws_calls import aws_calls
from tests.faults.steps import Step, each_step
from tests.world import ZONOS, Context, World, load_handler

Span = tuple[str, str | None]


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> list[Span]:
    """Watch which days are asked for, one more than are wanted: the sandbox keeps no body."""
    asked: list[Span] = []
    ask = ZonosClient.order_numbers

    def watched(self: ZonosClient, **about: Any) -> OrderNumbers:
        through: date | None = about["through_date"]
        asked.append((about["since_date"].isoformat(), through.isoformat() if through else None))
        return ask(self, **about)

    monkeypatch.setattr(ZonosClient, "order_numbers", watched)
    return asked


@dataclass
class ShortOfTime(Context):
    """A context whose time runs out with a detail."""

    details: int = 0

    def get_remaining_time_in_millis(self) -> int:
        # Asked once for the door, before each detail, and after each span.
        self.details -= 1
        return 120_000 if self.details >= -1 else 10_000


def poll_details(world: World, details: int) -> dict[str, Any]:
    """Poll with time for about so many details."""
    world.restart()
    context = ShortOfTime("orderbus-fetch-zonos", details=details)
    return load_handler("fetch_zonos")({"connection": ZONOS}, context)


def begin(world: World, start: datetime) -> None:
    options = {"start_at": start.isoformat()}
    world.zonos.counts()
    world.connect(ZONOS, "zonos", world.zonos_at.url, options=options)


def place(world: World, numbers: Iterable[int], day: datetime) -> None:
    for number in numbers:
        world.zonos.place(make_order(number), timestamp=f"{day:%Y-%m-%d} 12:00:00.0")


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


def day(moment: datetime) -> str:
    return moment.date().isoformat()


def created(world: World) -> Counter[str]:
    return Counter(e["subject"] for e in world.relay() if e["type"] == "order.created.v1")


def test_an_outage_of_weeks_is_one_list(world: World, spans: list[Span]) -> None:
    begin(world, ago(days=25))
    place(world, [1], ago(days=20))

    answer = world.poll(ZONOS)

    assert (answer["created"], answer["complete"]) == (1, True)
    assert spans == [(day(ago(days=26)), None)]


def test_all_is_read_from_the_beginning_in_spans_that_grow(world: World, spans: list[Span]) -> None:
    place(world, [1], datetime(1970, 1, 1, tzinfo=UTC))
    place(world, [2], datetime(2013, 5, 6, tzinfo=UTC))

    answers = [world.poll(ZONOS), world.poll(ZONOS)]

    assert [answer["created"] for answer in answers] == [2, 0]
    assert [since for since, _ in spans[:4]] == ["1970-01-01", "1970-02-02", "1970-06-10", "1971-11-04"]
    assert len(spans) == 7
    assert spans[6] == (day(ago(days=2)), None)


def test_a_span_with_more_than_a_run_can_read_is_halved_until_it_fits(
    world: World, spans: list[Span], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(days, "_MOST_DETAILS", 4)
    monkeypatch.setattr(days, "_FEW_ROWS", 0)
    begin(world, ago(days=15))
    for number in range(1, 15):
        place(world, [number], ago(days=15 - number))

    answer = world.poll(ZONOS)

    assert (answer["created"], answer["complete"]) == (14, True)
    lengths = [
        (date.fromisoformat(through) - date.fromisoformat(since)).days if through else None
        for since, through in spans
    ]
    assert lengths[:4] == [None, 8, 4, 4]
    assert set(created(world).values()) == {1}


def test_a_backlog_is_read_over_several_runs_and_each_order_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(days, "_BATCH", 10)
    begin(world, ago(days=70))
    for number in range(1, 61):
        place(world, [number], ago(days=65 - number))

    answers: list[dict[str, Any]] = []
    while not (answers and answers[-1]["complete"]):
        answers.append(poll_details(world, 15))
        assert len(answers) < 12

    assert sum(answer["created"] for answer in answers) == 60
    assert len(answers) > 3
    cursors = [answer["cursor"] or "" for answer in answers]
    assert cursors == sorted(cursors)
    assert set(created(world).values()) == {1}
    assert world.zonos.counts()["handed_out"] == 60


def test_one_day_that_is_too_long_for_a_run_is_read_over_several(world: World) -> None:
    begin(world, ago(days=10))
    place(world, range(1, 41), ago(days=5))

    answers: list[dict[str, Any]] = []
    while not (answers and answers[-1]["complete"]):
        answers.append(poll_details(world, 12))
        assert len(answers) < 8

    assert {answer["cursor"] for answer in answers[:-1]} == {None}
    assert sum(answer["created"] for answer in answers) == 40
    assert world.zonos.counts()["handed_out"] == 40
    assert set(created(world).values()) == {1}


def test_a_day_of_which_all_has_changed_keeps_no_more_whole_orders_than_a_run_reads(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.zonos.counts()
    world.traveller.move_to(datetime(2026, 11, 26, 12, tzinfo=UTC))
    place(world, range(1, 31), ago())
    world.poll(ZONOS)
    world.relay()
    for name, value in (("_SPAN_DAYS", 1), ("_FEW_ROWS", 0), ("_MOST_DETAILS", 4), ("_BATCH", 10)):
        monkeypatch.setattr(days, name, value)
    for number in range(1, 31):
        world.zonos.set_status(number, "VENDOR_PREPARING_ORDER")
    kept: list[int] = []

    def count(step: Step) -> None:
        if not kept and step.call == "POST /v2/orderDetail":
            kept.append(sum(isinstance(each, StoredOrder) for each in gc.get_objects()))

    with aws_calls() as aws, each_step(count):
        answer = world.poll(ZONOS)

    # Four of the whole day, beside the batch that was compared last.
    assert kept[0] <= 4 + 10
    # Each is asked for once by a list, and where it was not kept once more before it is compared; the list of
    # the day before has them, too.
    assert aws.counts()["BatchGetItem"] == 3 + 3 + 3
    assert (answer["updated"], answer["complete"]) == (30, True)
    updated = [event["subject"] for event in world.relay() if event["type"] == "order.updated.v1"]
    assert Counter(updated) == Counter(f"{ZONOS}:999-{number}" for number in range(1, 31))


def test_a_list_that_fails_is_asked_for_in_smaller_spans_each_time(world: World, spans: list[Span]) -> None:
    begin(world, ago(days=30))
    world.zonos.fail_next(Status(400), match="POST /v1/", times=3)

    for _ in range(4):
        world.poll(ZONOS)

    lengths = [
        (date.fromisoformat(through) - date.fromisoformat(since)).days if through else None
        for since, through in spans
    ]
    assert lengths[:4] == [None, 16, 8, 4]


@pytest.mark.parametrize("span_days", [1, 2])
def test_no_day_is_lost_between_two_spans_whatever_their_last_day_means(
    world: World, monkeypatch: pytest.MonkeyPatch, span_days: int
) -> None:
    monkeypatch.setattr(days, "_SPAN_DAYS", span_days)
    monkeypatch.setattr(days, "_FEW_ROWS", 0)
    begin(world, ago(days=8))
    world.zonos.through_is_included = False
    for number in range(1, 9):
        place(world, [number], ago(days=8 - number))

    answer = world.poll(ZONOS)

    assert (answer["created"], answer["complete"]) == (8, True)
    assert set(created(world).values()) == {1}


def test_an_order_in_a_span_that_failed_is_not_passed(world: World, spans: list[Span]) -> None:
    begin(world, ago(days=60))
    place(world, [1], ago(days=50))
    place(world, [2], ago(days=1))
    world.zonos.fail_next(Status(400), match="POST /v2/")

    failed = world.poll(ZONOS)
    recovered = world.poll(ZONOS)

    assert (failed["cursor"], failed["created"], len(spans[:1])) == (None, 0, 1)
    assert (recovered["cursor"], recovered["created"]) == (day(ago()), 2)


def test_a_span_that_was_read_whole_is_passed_though_the_next_one_fails(world: World) -> None:
    begin(world, ago(days=60))
    place(world, [1], ago(days=50))
    world.zonos.place(make_order(2), number=5)  # listed, and not found then

    answer = world.poll(ZONOS)

    # 32 days from the day before the start.
    assert (answer["cursor"], answer["created"], answer["complete"]) == (day(ago(days=30)), 1, False)


def test_orders_that_cannot_be_read_do_not_keep_the_time_from_the_rest(world: World) -> None:
    begin(world, ago(days=1))
    for number in range(1, 6):
        world.zonos.place(make_order(70 + number), number=number)  # listed, and not found then
    world.zonos.place(make_order(6))

    created = 0
    for _ in range(6):
        world.pass_time(minutes=1)
        created += poll_details(world, 2)["created"]

    assert created == 1


def test_a_cursor_that_a_wrong_clock_has_set_hides_nothing(world: World) -> None:
    noon = datetime(2026, 11, 26, 12, tzinfo=UTC)
    world.zonos.counts()
    world.traveller.move_to(noon + timedelta(days=10))
    world.poll(ZONOS)
    world.traveller.move_to(noon)
    place(world, [7], noon)

    answer = world.poll(ZONOS)

    assert (answer["complete"], answer["created"]) == (True, 1)
    assert created(world) == Counter({f"{ZONOS}:999-7": 1})
