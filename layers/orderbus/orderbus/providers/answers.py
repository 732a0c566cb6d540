"""What arrives of an answer, whole or not, and how long it asks to wait."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Timer

import requests
from urllib3.exceptions import HTTPError

# A body that drips in for longer than this is taken as cut off; what arrived is kept.
BODY_SECONDS = 20.0
# In few pieces: those of requests' own `content`, of 10 KB, cost more than the network.
_CHUNK_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a request that is sent once brought.

    Attributes:
        status: The HTTP status.
        body: Everything that arrived.
        cut_off: Why the body is not whole, or empty.
        retry_after: Seconds to wait, where an answer that is no success names them.
    """

    status: int
    body: bytes
    cut_off: str = ""
    retry_after: float | None = None


def drained(answer: requests.Response) -> Arrived:
    """Return all bytes of an answer that arrive in time, also when it ends before its end."""
    chunks: list[bytes] = []
    cut_off = ""
    until = time.monotonic() + BODY_SECONDS
    # The last wait for a byte would have all its own time beside this one.
    end = Timer(BODY_SECONDS, _read_no_more, [answer])
    end.daemon = True
    end.start()
    try:
        # Not `read`, which waits for a whole chunk, and loses the part of it that came before a cut.
        while time.monotonic() < until and (chunk := answer.raw.read1(_CHUNK_BYTES, decode_content=True)):
            chunks.append(chunk)
    except (HTTPError, OSError, ValueError) as failure:
        cut_off = f"the answer was cut off ({type(failure).__name__})"
    finally:
        end.cancel()
    if time.monotonic() >= until:
        cut_off = f"the answer was still arriving after {BODY_SECONDS:.0f} seconds"
    return Arrived(answer.status_code, b"".join(chunks), cut_off)


def _read_no_more(answer: requests.Response) -> None:
    with suppress(OSError, RuntimeError, ValueError):  # it has just come to its end
        answer.raw.shutdown()


def retry_after(text: str) -> float | None:
    """Return the seconds of a Retry-After header, in either of its forms (RFC 9110), or None."""
    text = text.strip()
    if re.fullmatch(r"\d{1,6}(\.\d+)?", text):
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
