"""LunaSoft's adapter, over HTTP against the sandbox: plans, what answers mean, and what is found again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from orderbus.commands.adapter import Finding, Plan, Refused, Situation, Step, Succeeded
from orderbus.domain.commands import Command, Rejection, parse_message
from orderbus.domain.connections import parse_connection
from orderbus.domain.errors import (
    CredentialsError,
    NotFoundError,
    NotSentError,
    RateLimitedError,
    UnclearError,
)
from orderbus.providers.lunasoft.commands import LunaCommands
from orderbus.providers.lunasoft.source import LunaSource

from infra.sandbox.faults import (
    CutOff,
    EmptyBody,
    Fault,
    Garbage,
    Html,
    RateLimited,
    Reset,
    Status,
)
from infra.sandbox.lunasoft import LunaSoftSandbox, make_order
from infra.sandbox.server import serve
from tests.contract.live import live_order

ORDER = 54123


class Site:
    """A site with one order of two lines, of 2 and 1."""

    def __init__(self, sandbox: LunaSoftSandbox, url: str) -> None:
        self.sandbox = sandbox
        self.url = url
        sandbox.place(make_order(ORDER, lines=[("10.00", 2), ("5.00", 1)]))

    def adapter(self, url: str = "", **options: Any) -> LunaCommands:
        fields = {"credentials": {"api_key": "test-key"}, "options": options}
        connection = parse_connection(
            "luna-main", {"provider": "lunasoft", "base_url": url or self.url, **fields}
        )
        return LunaCommands(LunaSource(connection, lambda: datetime.now(UTC)))

    def lines(self) -> list[str]:
        order = live_order(self.adapter(), str(ORDER)).order
        return [line.line_id for line in order.lines]


@pytest.fixture
def site() -> Iterator[Site]:
    sandbox = LunaSoftSandbox()
    with serve(sandbox) as served:
        yield Site(sandbox, served.url)


def command(type_: str, **data: Any) -> Command:
    detail = {"id": "c-1", "subject": f"luna-main:{ORDER}", "data": data}
    return parse_message(json.dumps({"detail-type": type_, "time": "2026-01-05T12:00:00Z", "detail": detail}))


def plan(adapter: LunaCommands, wanted: Command, left: dict[str, int] | None = None) -> Plan | Rejection:
    live = live_order(adapter, str(ORDER))
    return adapter.plan(wanted, wanted.arguments(), Situation(live.order, live, left=left or {}))


def prepared(site: Site, status: str = "Processing", **data: Any) -> tuple[LunaCommands, Step, Any]:
    adapter = site.adapter()
    made = plan(adapter, command("order.set_status.v1", status=status, **data))
    assert isinstance(made, Plan)
    (step,) = made.steps
    return adapter, step, adapter.baseline(step, adapter.read_live(str(ORDER)))


def test_a_status_is_one_step_that_mails_where_that_is_wanted(site: Site) -> None:
    adapter = site.adapter()

    silent = plan(adapter, command("order.set_status.v1", status="Processing", note="packed"))
    loud = plan(adapter, command("order.set_status.v1", status="Processing", notify_customer=True))

    said = {"order": str(ORDER), "status": "Processing", "notes": "packed", "notify": False}
    assert silent == Plan([Step("status Processing", "append", said)], frozenset(), {}, sets_state=True)
    assert isinstance(loud, Plan)
    assert loud.steps[0].repeat == "mail"


@pytest.mark.parametrize(
    ("status", "effects", "ships"),
    [
        ("Shipped", {"ships"}, "rest"),
        ("Complete", {"completes"}, {}),
        ("Cancelled", {"cancels"}, {}),
        ("Pending", set(), {}),
    ],
)
def test_what_a_status_does_is_told_by_the_options(
    site: Site, status: str, effects: set[str], ships: Any
) -> None:
    made = plan(site.adapter(), command("order.set_status.v1", status=status))

    assert isinstance(made, Plan)
    assert (made.effects, made.ships) == (frozenset(effects), ships)


def ship(lines: dict[str, int], **more: Any) -> Command:
    wanted = [{"line_id": line, "quantity": quantity} for line, quantity in lines.items()]
    return command("order.ship.v1", shipment_id="s-1", lines=wanted, **more)


def test_the_last_line_ships_with_the_tracking_in_the_note(site: Site) -> None:
    one, two = site.lines()
    wanted = ship({one: 2, two: 1}, carrier="UPS", tracking_numbers=["1Z1", "1Z2"])

    made = plan(site.adapter(), wanted, {one: 2, two: 1})

    assert isinstance(made, Plan)
    assert made.steps[0].arguments["status"] == "Shipped"
    assert made.steps[0].arguments["notes"] == "UPS 1Z1, 1Z2"
    assert (made.effects, made.ships) == (frozenset({"ships"}), {one: 2, two: 1})


def test_a_part_ships_under_the_sites_own_status_for_it_or_not_at_all(site: Site) -> None:
    one, two = site.lines()
    wanted, left = ship({one: 1}), {one: 2, two: 1}

    refused = plan(site.adapter(), wanted, left)
    made = plan(site.adapter(partial_status="Partially Shipped"), wanted, left)

    assert isinstance(refused, Rejection)
    assert refused.reason == "partial_not_supported"
    assert isinstance(made, Plan)
    assert made.steps[0].arguments["status"] == "Partially Shipped"
    assert (made.effects, made.ships) == (frozenset({"ships", "delivers"}), {one: 1})


def test_the_statuses_that_ship_here_are_guarded_whoever_sets_them(site: Site) -> None:
    adapter = site.adapter(ship_status="Dispatched", partial_status="Partially Shipped")

    whole = plan(adapter, command("order.set_status.v1", status="Dispatched"))
    part = plan(adapter, command("order.set_status.v1", status="Partially Shipped"))

    assert isinstance(whole, Plan)
    assert isinstance(part, Plan)
    assert (whole.effects, whole.ships) == (frozenset({"ships"}), "rest")
    assert (part.effects, part.ships) == (frozenset({"delivers"}), {})


def test_a_note_whose_blanks_the_site_rewrote_is_found_again(site: Site) -> None:
    adapter, step, baseline = prepared(site, note="packed\ntwice ")
    site.sandbox.fail_next(Reset())
    with pytest.raises(UnclearError):
        adapter.send(step, baseline)
    site.sandbox.add_status(ORDER, "Processing", notes="packed\r\ntwice")

    assert adapter.read_back(step, baseline) == "happened"


def test_what_lunasoft_does_not_have_is_not_supported(site: Site) -> None:
    for wanted in (command("order.preauthorize.v1"), command("order.create.v1", x=1)):
        refused = plan(site.adapter(), wanted)
        assert isinstance(refused, Rejection)
        assert refused.reason == "not_supported"


def test_a_status_that_was_added_succeeds_and_is_found(site: Site) -> None:
    adapter, step, baseline = prepared(site, note="packed")

    answer = adapter.send(step, baseline)

    assert isinstance(answer, Succeeded)
    assert answer.result["status"] == "Processing"
    assert site.sandbox.statuses_added == [(str(ORDER), "Processing")]
    assert adapter.read_back(step, baseline) == "happened"


def test_only_a_new_row_with_our_name_and_note_is_ours(site: Site) -> None:
    site.sandbox.add_status(ORDER, "Processing", notes="packed")
    adapter, step, baseline = prepared(site, note="packed")
    assert adapter.read_back(step, baseline) == "not_happened"

    site.sandbox.add_status(ORDER, "Processing", notes="by another")
    site.sandbox.add_status(ORDER, "Pending", notes="packed")
    assert adapter.read_back(step, baseline) == "not_happened"

    site.sandbox.add_status(ORDER, "Processing", notes="packed")
    assert adapter.read_back(step, baseline) == "happened"


def test_an_old_row_whose_id_comes_as_a_number_this_time_is_not_ours(site: Site) -> None:
    site.sandbox.add_status(ORDER, "Processing", notes="packed")
    adapter, step, baseline = prepared(site, note="packed")
    rows = [row | {"id": int(row["id"])} for row in live_order(adapter, str(ORDER)).raw["statuses"]]
    site.sandbox.fail_next(Status(200, body={"id": str(ORDER), "statuses": rows}))

    with pytest.raises(UnclearError):
        adapter.send(step, baseline)

    assert adapter.read_back(step, baseline) == "not_happened"


@pytest.mark.parametrize("errors_as_200", [False, True])
def test_a_status_that_the_site_does_not_have_is_refused_in_its_own_words(errors_as_200: bool) -> None:
    sandbox = LunaSoftSandbox(errors_as_200=errors_as_200)
    with serve(sandbox) as served:
        adapter, step, baseline = prepared(Site(sandbox, served.url), "Nonsense")

        answer = adapter.send(step, baseline)

    assert isinstance(answer, Refused)
    assert answer.provider["status"] == (200 if errors_as_200 else 400)
    assert "status must be exactly one of Pending, Processing" in answer.message
    assert sandbox.statuses_added == []


UNCLEAR: list[tuple[Fault, Finding]] = [
    (Reset(), "not_happened"),
    (Reset(after_effect=True), "happened"),
    (Status(500), "not_happened"),
    (Status(500, after_effect=True), "happened"),
    (Status(503, headers={"Retry-After": "5"}), "not_happened"),
    (Status(408, after_effect=True), "happened"),
    (Status(425), "not_happened"),
    (Status(302, headers={"Location": "/elsewhere"}), "not_happened"),
    (Garbage(), "happened"),
    (EmptyBody(), "happened"),
    (CutOff(20), "happened"),
    (Html(), "not_happened"),
    (Status(200, body={"id": str(ORDER)}), "not_happened"),
]


@pytest.mark.parametrize(("fault", "finding"), UNCLEAR)
def test_an_answer_that_does_not_say_is_unclear_and_read_back(
    site: Site, fault: Fault, finding: Finding
) -> None:
    adapter, step, baseline = prepared(site)
    site.sandbox.fail_next(fault)

    with pytest.raises(UnclearError):
        adapter.send(step, baseline)

    assert adapter.read_back(step, baseline) == finding
    assert len(site.sandbox.statuses_added) == (finding == "happened")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Status(401), CredentialsError),
        (Status(403), CredentialsError),
        (Status(200, body={"errors": [{"code": "401"}]}), CredentialsError),
        (RateLimited(7), RateLimitedError),
    ],
)
def test_what_did_not_happen_is_sent_again_later(site: Site, fault: Fault, error: type[Exception]) -> None:
    adapter, step, baseline = prepared(site)
    site.sandbox.fail_next(fault)

    with pytest.raises(error):
        adapter.send(step, baseline)

    assert site.sandbox.statuses_added == []


@pytest.mark.parametrize("code", [400, 404, 406, 409, 422])
def test_any_other_4xx_is_refused(site: Site, code: int) -> None:
    adapter, step, baseline = prepared(site)
    site.sandbox.fail_next(Status(code))

    answer = adapter.send(step, baseline)

    assert isinstance(answer, Refused)
    assert answer.provider == {"status": code, "code": str(code), "text": "The sandbox was told to fail."}


def test_both_the_effect_and_errors_is_unclear(site: Site) -> None:
    adapter, step, baseline = prepared(site)
    row = {"id": "9", "status": "Processing", "notes": ""}
    site.sandbox.fail_next(Status(200, body={"statuses": [row], "errors": [{"code": "500"}]}))

    with pytest.raises(UnclearError):
        adapter.send(step, baseline)


def test_nothing_was_sent_where_nobody_listens(site: Site) -> None:
    _, step, baseline = prepared(site)

    with pytest.raises(NotSentError):
        site.adapter("http://127.0.0.1:9/site_api/shopping_cart").send(step, baseline)


def test_the_live_order_is_the_normalized_one_or_not_found(site: Site) -> None:
    live = live_order(site.adapter(), str(ORDER))
    assert (live.order.order_id, live.raw["id"]) == (f"luna-main:{ORDER}", str(ORDER))

    site.sandbox.remove(ORDER)
    with pytest.raises(NotFoundError):
        site.adapter().read_live(str(ORDER))
