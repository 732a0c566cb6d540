"""What the answer to a write means, by its HTTP status first (DESIGN 7)."""

from __future__ import annotations

from typing import Any

from orderbus.commands.adapter import Json, Refused
from orderbus.domain.content import canonical
from orderbus.domain.errors import NotNormalizableError, UnclearError
from orderbus.providers.answers import Arrived
from orderbus.providers.wire import parse_json

_LONGEST_WORDS = 500
# What a provider answered is kept three times: with its step, with the outcome, and in the event.
_LARGEST_ANSWER_BYTES = 20_000


def refused_by_status(connection: str, arrived: Arrived, words: str, code: str = "") -> Refused | None:
    """Return the refusal of a 4xx, or None on a 2xx; 401, 403 and 429 were raised before.

    Args:
        connection: Whose answer it is.
        arrived: The answer.
        words: The provider's own words in it, where there are any.
        code: Its own code, likewise.

    Raises:
        UnclearError: The status says neither yes nor no: 3xx, 408, 425, 5xx whatever the body.
    """
    status = arrived.status
    if 200 <= status < 300:
        return None
    if 400 <= status < 500 and status not in {408, 425}:
        return refused(status, words, code)
    raise UnclearError(f"{connection}: the provider answered {status}")


def refused(status: int, words: str, code: str = "") -> Refused:
    """Return a refusal in the provider's own words."""
    text = " ".join(words.split())[:_LONGEST_WORDS]
    said = f": {text}" if text else " and gave no reason"
    provider = {"status": status, "code": code or None, "text": text or None}
    return Refused(f"the provider refused it ({status}){said}", provider)


def json_or_none(arrived: Arrived) -> Any:
    """Return the JSON of an answer, or None where it is cut off or no JSON."""
    if arrived.cut_off:
        return None
    try:
        return parse_json(arrived.body)
    except NotNormalizableError:
        return None


def bounded(fields: Json) -> Json:
    """Return what a provider answered as it is told with an outcome; of a large answer only its id."""
    size = len(canonical(fields))
    if size <= _LARGEST_ANSWER_BYTES:
        return fields
    return {"id": fields.get("id"), "truncated": True, "bytes": size}
