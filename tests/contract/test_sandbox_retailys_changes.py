"""The Retailys sandbox carries out what is written to it, and refuses what cannot be."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from infra.sandbox.faults import Reset, Status
from infra.sandbox.retailys import RetailysSandbox, make_order
from infra.sandbox.server import Served

KEY = {"token": "test-key"}
TRACKING = {"shipper_id": 1, "tracking_number": "Z1"}
HISTORY = {"type": "order", "record": {"name": "Packed", "status": "ok"}}


@pytest.fixture
def sandbox() -> RetailysSandbox:
    sandbox = RetailysSandbox()
    sandbox.place(make_order(7))
    return sandbox


def send(served: Served, method: str, path: str, content: object = None) -> requests.Response:
    return requests.request(method, f"{served.url}/System/Orders{path}", json=content, headers=KEY, timeout=5)


def show(served: Served) -> Any:
    return send(served, "GET", "/7").json()


def test_a_state_comes_back_in_the_whole_order(served: Served) -> None:
    answer = send(served, "PATCH", "/7/sent")

    assert answer.status_code == 200
    assert answer.json() == show(served) == make_order(7, sent=True)


@pytest.mark.parametrize(
    ("flags", "state", "status", "message"),
    [
        ({"canceled": True}, "done", 400, "The order is canceled."),
        ({"canceled": True}, "sent", 422, "The order is canceled."),
        ({"canceled": True, "sent": True}, "delivered", 422, "The order is canceled."),
        ({}, "delivered", 422, "The order is not sent."),
        ({"sent": True}, "cancel", 400, "The order is sent."),
        ({"delivered": True}, "cancel", 400, "The order is delivered."),
        ({"done": True}, "cancel", 400, "The order is done."),
    ],
)
def test_a_state_that_cannot_be_is_refused_and_nothing_changes(
    sandbox: RetailysSandbox, served: Served, flags: dict[str, Any], state: str, status: int, message: str
) -> None:
    sandbox.edit(7, **flags)
    before = show(served)

    answer = send(served, "PATCH", f"/7/{state}")

    assert (answer.status_code, answer.json()) == (status, {"message": message, "detail": ""})
    assert show(served) == before


@pytest.mark.parametrize(
    ("state", "status"), [("done", 400), ("cancel", 400), ("sent", 422), ("delivered", 422)]
)
def test_a_state_may_be_set_again_unless_the_instance_refuses_that(
    sandbox: RetailysSandbox, served: Served, state: str, status: int
) -> None:
    if state == "delivered":
        sandbox.set_state(7, "sent")
    answers = [send(served, "PATCH", f"/7/{state}").status_code for _ in range(2)]
    sandbox.refuse_repeats = True

    refused = send(served, "PATCH", f"/7/{state}")

    assert answers == [200, 200]
    assert refused.status_code == status
    assert refused.json()["message"].endswith(" already.")


@pytest.mark.parametrize(
    ("status_id", "flags", "mails"),
    [
        (2, (False, False), []),
        (3, (False, False), [("7", 3)]),
        (4, (True, False), [("7", 4)]),
        (5, (False, True), []),
    ],
)
def test_a_status_may_complete_cancel_and_mail(
    sandbox: RetailysSandbox,
    served: Served,
    status_id: int,
    flags: tuple[bool, bool],
    mails: list[tuple[str, int]],
) -> None:
    answer = send(served, "PATCH", "/7/status", {"status_id": status_id})

    assert answer.status_code == 200
    assert (answer.json()["done"], answer.json()["canceled"]) == flags
    assert "status_id" not in answer.json()
    assert sandbox.status_mails == mails
    assert sandbox.statuses_set == [("7", status_id)]


def test_a_status_that_is_set_again_mails_again(sandbox: RetailysSandbox, served: Served) -> None:
    for _ in range(2):
        send(served, "PATCH", "/7/status", {"status_id": 3})

    assert sandbox.status_mails == [("7", 3), ("7", 3)]
    assert sandbox.counts() == {
        "placed": 1,
        "handed_out": 0,
        "created": 0,
        "statuses_set": 2,
        "status_mails": 2,
        "trackings": 0,
        "history": 0,
    }


def test_a_status_is_found_by_the_filter_alone_and_stays_when_the_order_is_edited(
    sandbox: RetailysSandbox, served: Served
) -> None:
    send(served, "PATCH", "/7/status", {"status_id": 3})
    sandbox.edit(7, note="x")

    found = [send(served, "GET", f"?status_id={i}").json()["paginator"]["total"] for i in (2, 3)]

    assert found == [0, 1]


@pytest.mark.parametrize(
    ("flags", "status_id", "message"),
    [({"canceled": True}, 4, "The order is canceled."), ({"sent": True}, 5, "The order is sent.")],
)
def test_a_status_that_cannot_complete_or_cancel_is_refused(
    sandbox: RetailysSandbox, served: Served, flags: dict[str, Any], status_id: int, message: str
) -> None:
    sandbox.edit(7, **flags)

    answer = send(served, "PATCH", "/7/status", {"status_id": status_id})

    assert (answer.status_code, answer.json()["message"]) == (400, message)
    assert sandbox.statuses_set == sandbox.status_mails == []


def test_the_same_tracking_and_the_same_history_are_added_again_each_time(
    sandbox: RetailysSandbox, served: Served
) -> None:
    ids = [
        send(served, "POST", path, body).json()["id"]
        for path, body in (("/7/tracking", TRACKING), ("/7/history", HISTORY))
        for _ in range(2)
    ]

    assert len(set(ids)) == 4
    assert [row["tracking_number"] for row in show(served)["trackings"]] == ["Z1", "Z1"]
    assert sandbox.trackings == [("7", "Z1"), ("7", "Z1")]
    assert sandbox.history == [("7", "order", "Packed", "ok")] * 2


def test_a_created_order_is_of_the_moment_and_of_the_first_channel_unless_it_says_otherwise(
    served: Served,
) -> None:
    answer = send(served, "POST", "", {})

    assert (answer.status_code, answer.json()) == (201, {"id": 80001})
    order = send(served, "GET", "/80001").json()
    assert (order["items"], order["money"], order["name"]) == ([], 0, "")
    assert (order["channel"]["id"], order["order_currency_code"], order["shipping"]) == (3, "CZK", None)


@pytest.mark.parametrize(
    ("body", "paid", "reference"),
    [
        (None, 571.5, None),
        ({"paid": 0}, 0, None),
        ({"paid": 100.1, "payment_id": "p1"}, 100.1, "p1"),
        ({"status": "success"}, 571.5, None),
        ({"status": "denied", "payment_id": "p1"}, 0, "p1"),
        ({"status": "unknown", "paid": 5}, 0, None),
    ],
)
def test_only_a_payment_that_succeeded_pays(
    served: Served, body: object, paid: float, reference: str | None
) -> None:
    order = send(served, "PATCH", "/7/paid", body).json()

    assert (order["paid"], order["external_payment_id"]) == (paid, reference)


@pytest.mark.parametrize("flag", ["canceled", "sent"])
def test_items_of_an_order_that_is_over_cannot_be_changed(
    sandbox: RetailysSandbox, served: Served, flag: str
) -> None:
    sandbox.edit(7, **{flag: True})
    item = {"name": "Hrnek", "count": 1, "price": 5}

    answers = [
        send(served, "POST", "/7/item", item),
        send(served, "PUT", "/7/item", {"id": 7001, **item}),
        send(served, "DELETE", "/7/item/7001"),
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 400]
    assert show(served)["items"] == make_order(7)["items"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("PATCH", "/8/sent", None, 404, "The order was not found."),
        ("PATCH", "/7/status", {"status_id": 99}, 404, "The status was not found."),
        ("PATCH", "/7/status", {}, 400, "status_id: missing"),
        ("PATCH", "/7/status", {"status_id": "3"}, 400, "status_id: not in its form"),
        ("PATCH", "/7/status", {"status_id": 3, "note": ""}, 400, "note: unknown"),
        ("PATCH", "/7/status", [3], 400, "The body must be a JSON object."),
        (
            "POST",
            "/7/tracking",
            {"shipper_id": 99, "tracking_number": "Z"},
            404,
            "The shipper was not found.",
        ),
        (
            "POST",
            "/7/tracking",
            {**TRACKING, "tracking_number": " "},
            400,
            "tracking_number: not in its form",
        ),
        ("POST", "/7/history", {**HISTORY, "type": "note"}, 400, "type: not in its form"),
        ("POST", "/7/history", {**HISTORY, "record": {}}, 400, "record: not in its form"),
        ("PATCH", "/7/paid", {"paid": "5"}, 400, "paid: not in its form"),
        ("PATCH", "/7/paid", {"status": "ok"}, 400, "status: not in its form"),
        ("POST", "/7/item", {"name": "x", "count": 0, "price": 1}, 400, "count: not in its form"),
        ("PUT", "/7/item", {"id": 9, "name": "x", "count": 1, "price": 1}, 404, "The item was not found."),
        ("DELETE", "/7/item/9", None, 404, "The item was not found."),
        ("POST", "", {"date_order": "2026-01-05"}, 400, "date_order: '2026-01-05' is not as"),
        ("POST", "", {"channel": "3"}, 400, "channel: not in its form"),
        ("POST", "", {"money": 5}, 400, "money: unknown"),
    ],
)
def test_what_is_not_known_or_not_in_its_form_is_refused_and_nothing_changes(
    sandbox: RetailysSandbox, served: Served, method: str, path: str, body: object, status: int, message: str
) -> None:
    answer = send(served, method, path, body)

    assert answer.status_code == status
    assert answer.json()["message"].startswith(message)
    assert show(served) == make_order(7)
    assert sandbox.counts()["placed"] == 1


def test_a_body_that_is_not_json_is_refused(sandbox: RetailysSandbox, served: Served) -> None:
    answer = requests.patch(
        f"{served.url}/System/Orders/7/status", data='{"status_id": 3,}', headers=KEY, timeout=5
    )

    assert (answer.status_code, answer.json()["message"]) == (400, "The body is not JSON.")
    assert sandbox.statuses_set == []


@pytest.mark.parametrize("after_effect", [False, True])
def test_a_fault_has_its_effect_exactly_when_it_says_so(
    sandbox: RetailysSandbox, served: Served, after_effect: bool
) -> None:
    sandbox.fail_next(Status(502, after_effect=after_effect), match="POST /System/Orders/7/tracking")
    sandbox.fail_next(Reset(after_effect=after_effect), match="PATCH /System/Orders/7/sent")

    answer = send(served, "POST", "/7/tracking", TRACKING)
    with pytest.raises(requests.ConnectionError):
        send(served, "PATCH", "/7/sent")

    assert answer.status_code == 502
    assert (len(sandbox.trackings), show(served)["sent"]) == (int(after_effect), after_effect)


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_a_write_needs_the_token(served: Served, method: str) -> None:
    answer = requests.request(method, f"{served.url}/System/Orders/7/sent", timeout=5)

    assert answer.status_code == 401
