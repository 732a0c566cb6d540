"""Statuses of LunaSoft orders: a row of the history, and one that is posted."""

import json
from typing import NamedTuple

from infra.sandbox.messages import Json


class PostedStatus(NamedTuple):
    """A status to be added to an order."""

    status: str
    notes: str
    notify_customer: bool


class PostedStatusError(ValueError):
    """A posted status is refused; the message says why."""


def read_posted_status(text: bytes, names: tuple[str, ...]) -> PostedStatus:
    """Read `{"status": {"status", "notes", "notify_customer"}}`.

    Raises:
        PostedStatusError: It has another form, or the name is not exactly one of the site's.
    """
    try:
        body = json.loads(text)
    except ValueError as error:
        raise PostedStatusError("The body is not JSON.") from error
    status = body.get("status") if isinstance(body, dict) else None
    if not isinstance(status, dict):
        raise PostedStatusError("The body must hold a status object.")
    posted = PostedStatus(
        status.get("status", ""), status.get("notes", ""), status.get("notify_customer", False)
    )
    if posted.status not in names:
        raise PostedStatusError(f"status must be exactly one of {', '.join(names)}.")
    if not isinstance(posted.notes, str) or not isinstance(posted.notify_customer, bool):
        raise PostedStatusError("notes must be text, and notify_customer true or false.")
    return posted


def make_status(
    status_id: int, status: str, *, created: str, notes: str = "", notify_customer: bool = False
) -> Json:
    """Make a row of an order's status history."""
    return {
        "id": str(status_id),
        "status": status,
        "notes": notes,
        "notify_customer": notify_customer,
        "created": created,
        "created_ip": "127.0.0.1",
        "created_user_id": None,
        "modified": "",
        "modified_user_id": None,
    }
