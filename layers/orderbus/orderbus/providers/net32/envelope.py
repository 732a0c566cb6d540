"""The envelope `{"statusCode", "payload", "message"}` that Net32's other APIs wrap their answers in.

Whether the Order API does is not documented, so answers are read with it and without it.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

_ENVELOPE = frozenset({"statusCode", "payload", "data"})


def opened(answer: Any) -> Json:
    """Return the fields of an answer, out of its envelope where it is in one."""
    fields = answer if isinstance(answer, dict) else {}
    payload = fields.get("payload")
    return payload if isinstance(payload, dict) else fields


def is_empty(answer: Any) -> bool:
    """Say whether an answer is no object, or an envelope without an object in it: it tells of no charge."""
    if not isinstance(answer, dict):
        return True
    return bool(_ENVELOPE & answer.keys()) and not isinstance(answer.get("payload"), dict)


def status_of(answer: Any, http: int) -> int:
    """Return the worse of HTTP's own status and the envelope's, which may be a text."""
    inner = answer.get("statusCode") if isinstance(answer, dict) else None
    if isinstance(inner, str) and inner.isascii() and inner.isdecimal():
        inner = int(inner[:4])
    return max(http, inner) if isinstance(inner, int) and not isinstance(inner, bool) else http


def has_errors(answer: Any) -> bool:
    """Say whether an answer names errors, in its envelope or within."""
    outer = answer if isinstance(answer, dict) else {}
    return any(fields.get(key) for fields in (outer, opened(answer)) for key in ("error", "errors"))


def words_of(answer: Any) -> str:
    """Return the provider's own words in an answer, where there are any."""
    outer = answer if isinstance(answer, dict) else {}
    said = (fields.get(key) for fields in (outer, opened(answer)) for key in ("message", "error"))
    return next((each for each in said if isinstance(each, str) and each.strip()), "")
