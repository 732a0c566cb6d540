"""What each answer of Zonos means; no error ever holds the secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from orderbus.domain.errors import (
    CredentialsError,
    NotFoundError,
    RefusedError,
)

from infra.sandbox.faults import Html, Status
from tests.contract.zonos_store import (
    READS,
    SECRET,
    WRITES,
    Call,
    Store,
    a_store,
    each_call,
    each_read,
)


@pytest.fixture
def store() -> Iterator[Store]:
    with a_store() as store:
        yield store


def an_error(text: object, status: int = 200) -> Status:
    return Status(status, body={"error": text})


@each_call
def test_refused_credentials_are_told_apart_whatever_the_http_status(store: Store, call: Call) -> None:
    message = store.error_of(call, CredentialsError, secret="wrong-" + SECRET[6:])

    assert message == (
        "zonos-main: Zonos refuses the store id or the secret; check the credentials of this connection"
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda client: client.order_numbers(since_order_id="999-999999"),
            "Couldn't find order for sinceOrderId: 999-999999",
        ),
        (
            lambda client: client.order_detail(order_id=8),
            "Could not find an order with orderId: 999-8",
        ),
        (
            lambda client: client.order_detail(reference_id="cart-8"),
            "Could not find an order with referenceId: cart-8",
        ),
        (
            lambda client: client.update_merchant_order_id(8, "m"),
            "Could not retrieve order to updateMerchantOrderId for orderId: 8",
        ),
        (
            lambda client: client.set_shipment_tracking(8, ["1Z"]),
            "Could not find an order with orderId: 999-8",
        ),
    ],
)
def test_an_order_that_is_not_there_is_not_found(store: Store, call: Call, words: str) -> None:
    assert store.error_of(call, NotFoundError) == f"zonos-main: Zonos refused: {words}"


@each_call
@pytest.mark.parametrize("status", [200, 400, 404, 406, 409])
@pytest.mark.parametrize(
    "words",
    [
        "could not parse input",
        "orderId: 999-99999 is not a valid orderId",
        "Parameter orderId or referenceId is required",
        "Cannot specify both Parameters orderId and referenceId",
        "Could not process order detail",
        "Invalid post body",
        "Parametrul nu este valid",
    ],
)
def test_an_error_key_is_a_refusal_in_the_providers_words_whatever_the_http_status(
    store: Store, call: Call, status: int, words: str
) -> None:
    store.sandbox.fail_next(an_error(words, status))

    assert store.error_of(call, RefusedError) == f"zonos-main: Zonos refused: {words}"
    assert len(store.sandbox.calls) == 1


def test_a_locked_status_is_a_refusal(store: Store) -> None:
    store.sandbox.set_status(7, "IGLOBAL_FRAUD_REVIEW")

    message = store.error_of(WRITES["update_vendor_order_status"], RefusedError)

    assert message.endswith("An order with the status IGLOBAL_FRAUD_REVIEW cannot be updated")
    assert store.sandbox.updates.statuses == []


@each_call
@pytest.mark.parametrize(
    "words",
    [
        f'could not parse input: {{"store":"999","secret":"{SECRET}"}}',
        f"could not parse input: {SECRET.upper()}",
        f'could not parse input: "secret":"{SECRET[:12]}',
        f"...{SECRET[-8:]}",
        "",
        {"secret": SECRET},
        [SECRET],
        7,
    ],
)
def test_words_that_may_hold_the_secret_are_not_repeated(store: Store, call: Call, words: object) -> None:
    store.sandbox.fail_next(an_error(words))

    message = store.error_of(call, RefusedError)

    assert message == "zonos-main: Zonos refused: (its words are not repeated here)"


@each_call
def test_an_answer_that_repeats_the_request_is_kept_without_the_secret(store: Store, call: Call) -> None:
    request = {"store": "999", "secret": SECRET, "orderId": "999-7"}
    body = {"success": "Updated", "order": request, "orders": [request], "request": json.dumps(request)}
    store.sandbox.fail_next(Status(200, body=body))

    kept = repr(call(store.client()))

    assert SECRET not in kept
    assert "'secret': '(not kept)'" in kept


def test_long_words_are_cut_and_put_on_one_line(store: Store) -> None:
    store.sandbox.fail_next(an_error("no\r\n" + "x" * 500))

    message = store.error_of(READS["order_detail"], RefusedError)

    assert message == "zonos-main: Zonos refused: no " + "x" * 197


def test_words_that_were_cut_within_a_character_can_be_kept(store: Store) -> None:
    store.sandbox.fail_next(an_error("no thanks \ud83d"))

    assert store.error_of(READS["order_detail"], RefusedError) == "zonos-main: Zonos refused: no thanks ?"


@each_read
def test_an_error_that_is_null_is_none(store: Store, call: Call) -> None:
    body: dict[str, Any] = {"error": None, "orders": [], "order": {"orderId": "999-7"}}
    store.sandbox.fail_next(Status(200, body=body))

    call(store.client())


@each_call
@pytest.mark.parametrize("status", [406, 415])
def test_a_page_for_a_wrong_header_is_a_refusal_that_names_the_status(
    store: Store, call: Call, status: int
) -> None:
    store.sandbox.fail_next(Html(status=status))

    assert store.error_of(call, RefusedError) == f"zonos-main: the provider answered {status}"


@each_call
@pytest.mark.parametrize("status", [401, 403])
def test_401_and_403_are_refused_credentials(store: Store, call: Call, status: int) -> None:
    store.sandbox.fail_next(Status(status, body="no"))

    store.error_of(call, CredentialsError)
