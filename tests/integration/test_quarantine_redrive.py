"""P6: redriven after a fix, what was set aside gives its order once, and never wins over a newer read."""

from __future__ import annotations

from itertools import count
from typing import Annotated, Any

import pytest
from orderbus.providers.lunasoft import mapping as lunasoft_mapping
from orderbus.providers.lunasoft.wire import LunaOrder
from orderbus.runtime import clients

from infra.sandbox.faults import Reset, Status
from tests.aws_calls import Killed, Moment, aws_calls
from tests.malformed import LUNA_SHOP, NET32_SHOP, SHOPS, Shop, of_type
from tests.publishing import subjects
from tests.world import BUCKET, LUNA, NET32, ShortOfTime, World

Json = dict[str, Any]
MOMENTS: tuple[Moment, Moment] = ("before", "after")


@pytest.fixture(params=SHOPS, ids=lambda shop: shop.provider)
def shop(request: pytest.FixtureRequest) -> Shop:
    chosen: Shop = request.param
    return chosen


class MendedOrder(LunaOrder):
    """A LunaSoft order as a later release reads it: `is_fulfilled` may be a word."""

    is_fulfilled: Annotated[Any, lambda value: value] = None


def place_odd(world: World, shop: Shop, number: int, **fields: Any) -> Json:
    """Let an order come in that is good, but of a form that is not known yet."""
    if shop is LUNA_SHOP:
        return shop.place(world, number, is_fulfilled="partly", **fields)
    made = shop.make(number, **fields)
    made["grandTotal"] = made.pop("total")
    world.net32.place(made)
    return made


def three_set_aside(world: World, shop: Shop) -> list[Json]:
    """Let three odd orders be polled; return the events that were published."""
    for number in (1, 2, 3):
        place_odd(world, shop, number)
    world.poll(shop.connection)
    return world.relay()


def place_good(world: World, shop: Shop, number: int, **fields: Any) -> None:
    """Let an order come in, or come again, in the known form."""
    shop.place(world, number, **fields)


def mend(world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the form known: by the connection's options at Net32, by a new release at LunaSoft."""
    if shop is LUNA_SHOP:
        monkeypatch.setattr(lunasoft_mapping, "LunaOrder", MendedOrder)
    else:
        options = {"field_map": {"total": ["grandTotal", "total"]}}
        world.connect(NET32, "net32", world.net32_at.url, options=options)


def redrive(world: World, shop: Shop, wanted: Any = "all") -> Json:
    return world.poll(shop.connection, redrive=wanted)


def counts(answer: Json) -> Json:
    names = ("read", "created", "updated", "unchanged", "quarantined")
    return {name: answer[name] for name in names if answer[name]}


def note_in_the_ledger(world: World, shop: Shop, number: int) -> Any:
    """Return the note of an order as the republish tells it."""
    world.receive()
    world.invoke("publish_events", {"since": "2020-01-01"})
    told = [event for event in world.receive() if event["subject"] == shop.id(number) and "revision" in event]
    return max(told, key=lambda event: event["revision"])["data"]["order"]["note"]


def test_after_a_fix_it_gives_its_order_exactly_once(
    world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    place_odd(world, shop, 1)
    place_good(world, shop, 2)
    world.poll(shop.connection)
    assert len(world.relay()) == 2
    mend(world, shop, monkeypatch)

    first, second = redrive(world, shop), redrive(world, shop)

    assert counts(first) == {"read": 1, "created": 1}
    assert first["waiting"] == []
    assert counts(second) == {}
    [event] = world.relay()
    assert (event["type"], event["subject"], event["revision"]) == ("order.created.v1", shop.id(1), 1)
    assert event["intake"] == "backfill"
    total = event["data"]["order"]["total"]["amount_minor"]
    assert total == sum(line["total"]["amount_minor"] for line in event["data"]["order"]["lines"]) + sum(
        charge["amount"]["amount_minor"] for charge in event["data"]["order"]["charges"]
    )


def test_without_a_fix_it_goes_on_waiting_and_nothing_is_published(world: World, shop: Shop) -> None:
    place_odd(world, shop, 1)
    world.poll(shop.connection)
    [event] = world.relay()

    answer = redrive(world, shop)

    assert counts(answer) == {"read": 1, "quarantined": 1}
    assert answer["waiting"] == [
        {"sha256": event["data"]["sha256"], "subject": shop.id(1), "reason": event["data"]["reason"]}
    ]
    assert world.relay() == []


def test_only_what_is_asked_for_is_redriven(
    world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = {event["subject"]: event["data"]["sha256"] for event in three_set_aside(world, shop)}
    mend(world, shop, monkeypatch)

    answer = redrive(world, shop, [waiting[shop.id(2)], "0" * 64])

    assert counts(answer) == {"read": 1, "created": 1}
    assert subjects(world.relay()) == [shop.id(2)]
    assert counts(redrive(world, shop)) == {"read": 2, "created": 2}


def test_more_than_one_run_has_time_for_is_gone_on_with_where_it_stopped(
    world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_set_aside(world, shop)
    event = {"connection": shop.connection, "redrive": "all"}

    # Nothing is mended yet: what goes on waiting is not tried again and again before all others.
    tried, start = [], None
    for _ in range(3):
        context = ShortOfTime("redrive", pages=1)
        answer = world.handlers[f"fetch_{shop.provider}"](event | {"next": start}, context)
        tried += [entry["subject"] for entry in answer["waiting"]]
        start = answer["next"]

    assert (sorted(tried), start) == ([shop.id(1), shop.id(2), shop.id(3)], None)
    mend(world, shop, monkeypatch)
    assert counts(redrive(world, shop)) == {"read": 3, "created": 3}


@pytest.mark.parametrize("wanted", ["some", 5, None, {}, [1]])
def test_what_cannot_be_meant_is_answered_with_one_sentence(world: World, shop: Shop, wanted: Any) -> None:
    answer = redrive(world, shop, wanted)

    assert answer["error"] == {
        "code": "configuration",
        "message": 'redrive takes "all" or a list of the sha256 of quarantined events',
    }


def test_an_older_raw_does_not_win_over_what_the_provider_showed_since(
    world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    place_odd(world, shop, 1, **{shop.note: "older"})
    world.poll(shop.connection)
    world.pass_time(minutes=1)
    place_good(world, shop, 1, **{shop.note: "newer"})
    assert world.poll(shop.connection)["created"] == 1
    world.relay()
    mend(world, shop, monkeypatch)

    answer = redrive(world, shop)

    assert counts(answer) == {"read": 1, "unchanged": 1}
    assert answer["waiting"] == []
    assert world.relay() == []
    assert note_in_the_ledger(world, shop, 1) == "newer"


@pytest.mark.parametrize("first", [0, 1], ids=["the older first", "the newer first"])
def test_of_two_raws_of_one_order_the_newer_stays_whichever_comes_first(
    world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    digests = []
    for note in ("older", "newer"):
        place_odd(world, shop, 1, **{shop.note: note})
        world.poll(shop.connection)
        [event] = world.relay()
        digests.append(event["data"]["sha256"])
        world.pass_time(minutes=1)
    mend(world, shop, monkeypatch)

    answers = [redrive(world, shop, [digests[which]]) for which in (first, 1 - first)]

    assert [answer["created"] for answer in answers] == [1, 0]
    assert [answer["updated"] for answer in answers] == [0, 1 - first]
    events = world.relay()
    assert len(of_type(events, "order.created.v1")) == 1
    assert note_in_the_ledger(world, shop, 1) == "newer"


def test_a_redrive_killed_before_or_after_any_of_its_calls_tells_the_order_once(
    world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    kills = 0
    for index, moment in ((index, moment) for index in count() for moment in MOMENTS):
        number = kills + 1
        monkeypatch.undo()
        world.connect(shop.connection, shop.provider, at(world, shop))
        place_odd(world, shop, number)
        assert world.poll(shop.connection)["quarantined"] >= 1
        world.relay()
        mend(world, shop, monkeypatch)
        with aws_calls((index, moment)) as calls:
            try:
                redrive(world, shop)
            except Killed:
                world.restart()
        redrive(world, shop)
        assert [(e["type"], e["subject"]) for e in world.relay()] == [("order.created.v1", shop.id(number))]
        assert redrive(world, shop)["waiting"] == []
        if not calls.killed:
            break
        kills += 1

    # At LunaSoft: what waits, its raw, what is known, the order, the mark. At Net32 nothing is known before,
    # and the connection is read, whose options are new.
    assert kills == 2 * 5


def at(world: World, shop: Shop) -> str:
    return world.net32_at.url if shop is NET32_SHOP else world.lunasoft_at.url


def elsewhere(*orders: Json) -> Status:
    """Return an answer that has its orders where nobody looks by default."""
    return Status(200, {"data": {"list": list(orders)}}, after_effect=True)


def test_a_whole_page_is_read_again_once_its_path_is_known(world: World) -> None:
    good, bad = NET32_SHOP.make(1), NET32_SHOP.make(2, total="a lot")
    world.net32.fail_next(elsewhere(good, bad))
    assert world.poll(NET32)["quarantined"] == 1
    world.relay()
    options = {"orders_path": ["data", "list"]}
    world.connect(NET32, "net32", world.net32_at.url, options=options)

    first, second = redrive(world, NET32_SHOP), redrive(world, NET32_SHOP)

    assert counts(first) == {"read": 2, "created": 1, "quarantined": 1}
    assert first["waiting"] == []
    events = world.relay()
    assert sorted((event["type"], event["subject"]) for event in events) == [
        ("order.created.v1", NET32_SHOP.id(1)),
        ("order.quarantined.v1", NET32_SHOP.id(2)),
    ]
    # What is left of the page is the one order that is bad itself.
    assert counts(second) == {"read": 1, "quarantined": 1}
    assert [entry["subject"] for entry in second["waiting"]] == [NET32_SHOP.id(2)]
    assert world.relay() == []


def test_a_whole_page_whose_path_is_still_wrong_goes_on_waiting(world: World) -> None:
    world.net32.fail_next(elsewhere(NET32_SHOP.make(1)))
    world.poll(NET32)

    answer = redrive(world, NET32_SHOP)

    assert counts(answer) == {"quarantined": 1}
    assert [entry["subject"] for entry in answer["waiting"]] == [NET32]


def test_a_raw_that_is_gone_from_the_bucket_goes_on_waiting_and_stops_no_other(
    world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {event["subject"]: event["data"]["key"] for event in three_set_aside(world, shop)}
    clients.s3().delete_object(Bucket=BUCKET, Key=kept[shop.id(1)])
    clients.s3().put_object(Bucket=BUCKET, Key=kept[shop.id(2)], Body=b"{edited by hand")
    mend(world, shop, monkeypatch)

    answer = redrive(world, shop)

    assert answer["created"] == 1
    assert subjects(world.relay()) == [shop.id(3)]
    assert sorted(entry["subject"] for entry in answer["waiting"]) == [shop.id(1), shop.id(2)]


def test_an_order_that_the_provider_refuses_to_show_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        place_odd(world, LUNA_SHOP, number)
    world.poll(LUNA)
    world.pass_time(minutes=1)
    place_good(world, LUNA_SHOP, 2)
    world.poll(LUNA)
    world.relay()
    mend(world, LUNA_SHOP, monkeypatch)
    world.lunasoft.fail_next(Status(400), match="GET /orders/2", times=9)

    answer = redrive(world, LUNA_SHOP)

    assert sorted(subjects(world.relay())) == [LUNA_SHOP.id(1), LUNA_SHOP.id(3)]
    assert [(entry["subject"], entry["reason"]) for entry in answer["waiting"]] == [
        (LUNA_SHOP.id(2), "luna-main: the provider answered 400")
    ]


def test_a_provider_that_cannot_be_asked_for_the_newest_leaves_it_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    place_odd(world, LUNA_SHOP, 1, customer_note="older")
    world.poll(LUNA)
    world.pass_time(minutes=1)
    place_good(world, LUNA_SHOP, 1, customer_note="newer")
    world.poll(LUNA)
    mend(world, LUNA_SHOP, monkeypatch)
    world.lunasoft.fail_next(Reset(), times=3)

    failed = redrive(world, LUNA_SHOP)

    assert counts(failed) == {"read": 1, "quarantined": 1}
    assert "no whole answer" in failed["waiting"][0]["reason"]
    assert counts(redrive(world, LUNA_SHOP)) == {"read": 1, "unchanged": 1}
    assert note_in_the_ledger(world, LUNA_SHOP, 1) == "newer"
