"""The LunaSoft sandbox takes statuses as LunaSoft's page says."""

import re
from typing import Any

import pytest
import requests

from infra.sandbox.faults import Reset, Status
from infra.sandbox.lunasoft import LunaSoftSandbox, make_order
from infra.sandbox.server import Served, serve

KEY = {"Authorization": "test-key"}
SHIPPED = {"status": "Shipped", "notes": "Tracking #ABCDEFG", "notify_customer": True}


@pytest.fixture
def sandbox() -> LunaSoftSandbox:
    sandbox = LunaSoftSandbox()
    sandbox.place(make_order(7))
    return sandbox


def show(served: Served) -> Any:
    return requests.get(f"{served.url}/orders/7", headers=KEY, timeout=5).json()


def post(served: Served, content: object, *, order_id: int = 7) -> requests.Response:
    url = f"{served.url}/orders/{order_id}"
    return requests.post(url, json=content, headers=KEY, timeout=5)


def test_a_posted_status_comes_back_first_in_the_whole_order(served: Served) -> None:
    before = show(served)

    answer = post(served, {"status": SHIPPED})

    after = answer.json()
    row = after["statuses"][0]
    assert answer.status_code == 200
    assert {name: row[name] for name in SHIPPED} == SHIPPED
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-0600", row["created"])
    assert list(row) == list(before["statuses"][0])
    assert after["statuses"][1:] == before["statuses"]
    assert after["current_status"] == "Shipped"
    assert show(served) == after


def test_the_same_status_posted_again_is_added_again_and_mailed_again(
    sandbox: LunaSoftSandbox, served: Served
) -> None:
    post(served, {"status": SHIPPED})
    post(served, {"status": SHIPPED})
    post(served, {"status": {"status": "Complete"}})

    names = [row["status"] for row in show(served)["statuses"]]
    assert names == ["Complete", "Shipped", "Shipped", "Processing"]
    assert sandbox.statuses_added == [("7", "Shipped"), ("7", "Shipped"), ("7", "Complete")]
    assert sandbox.status_mails == [("7", "Shipped"), ("7", "Shipped")]
    assert sandbox.counts() == {
        "placed": 1,
        "handed_out": 0,
        "statuses_added": 3,
        "status_mails": 2,
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"status": {"status": "shipped"}}, "status must be exactly one of Pending, "),
        ({"status": {"status": "Shipped "}}, "status must be exactly one of Pending, "),
        ({"status": {"status": ["Shipped"]}}, "status must be exactly one of Pending, "),
        ({"status": {}}, "status must be exactly one of Pending, "),
        ({"status": "Shipped"}, "The body must hold a status object."),
        (["Shipped"], "The body must hold a status object."),
        ({"status": {**SHIPPED, "notify_customer": "yes"}}, "notes must be text, "),
    ],
)
def test_a_refused_status_gives_the_order_without_it_and_a_list_of_errors(
    sandbox: LunaSoftSandbox, served: Served, content: object, message: str
) -> None:
    before = show(served)

    answer = post(served, content)

    after = answer.json()
    errors = after.pop("errors")
    assert answer.status_code == 400
    assert after == before == show(served)
    assert errors[0]["internal_message"].startswith(message)
    assert errors[0]["code"] == "400"
    assert sandbox.statuses_added == sandbox.status_mails == []


def test_a_refused_status_can_come_with_http_200(sandbox: LunaSoftSandbox, served: Served) -> None:
    before = show(served)
    sandbox.errors_as_200 = True

    answer = post(served, {"status": {"status": "shipped"}})

    assert answer.status_code == 200
    assert {**before, "errors": answer.json()["errors"]} == answer.json()
    assert answer.json()["errors"][0]["code"] == "400"


def test_the_trailing_comma_of_the_pages_own_sample_is_not_json(
    sandbox: LunaSoftSandbox, served: Served
) -> None:
    body = '{"status": {"status": "Shipped", "notify_customer": true,}}'

    answer = requests.post(f"{served.url}/orders/7", data=body, headers=KEY, timeout=5)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["internal_message"] == "The body is not JSON."
    assert sandbox.statuses_added == []


def test_a_site_has_its_own_status_names() -> None:
    sandbox = LunaSoftSandbox(statuses=("Envoyé",))
    sandbox.place(make_order(7))
    with serve(sandbox) as served:
        assert post(served, {"status": {"status": "Envoyé"}}).status_code == 200
        assert post(served, {"status": SHIPPED}).status_code == 400


def test_a_status_for_an_unknown_order_is_not_found(sandbox: LunaSoftSandbox, served: Served) -> None:
    answer = post(served, {"status": SHIPPED}, order_id=8)

    assert answer.status_code == 404
    assert sandbox.statuses_added == []


def test_a_status_needs_the_key(sandbox: LunaSoftSandbox, served: Served) -> None:
    answer = requests.post(f"{served.url}/orders/7", json={"status": SHIPPED}, timeout=5)

    assert answer.status_code == 401
    assert sandbox.statuses_added == []


def test_a_status_added_by_staff_is_shown_but_did_not_come_over_the_api(
    sandbox: LunaSoftSandbox, served: Served
) -> None:
    sandbox.add_status(7, "Cancelled", notes="by phone", notify_customer=True)

    assert show(served)["current_status"] == "Cancelled"
    assert show(served)["statuses"][0]["notes"] == "by phone"
    assert sandbox.statuses_added == []
    assert sandbox.status_mails == [("7", "Cancelled")]


@pytest.mark.parametrize(("after_effect", "added"), [(False, 0), (True, 1)])
def test_an_unclear_answer_leaves_the_status_added_or_not(
    sandbox: LunaSoftSandbox, served: Served, after_effect: bool, added: int
) -> None:
    sandbox.fail_next(Reset(after_effect=after_effect), match="POST /orders/7")

    with pytest.raises(requests.ConnectionError):
        post(served, {"status": SHIPPED})

    assert len(sandbox.statuses_added) == len(sandbox.status_mails) == added
    assert len(show(served)["statuses"]) == 1 + added


def test_a_server_error_has_the_form_of_the_provider(sandbox: LunaSoftSandbox, served: Served) -> None:
    sandbox.fail_next(Status(500, after_effect=True))

    answer = post(served, {"status": SHIPPED})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (500, "500")
    assert sandbox.statuses_added == [("7", "Shipped")]
