"""HTTP to Zonos: reads are POSTs with the credentials in the body, and an error is an `error` key.

Zonos answers errors with HTTP 200 (v1) or 400 (v2), and wrong headers with an HTML page. No code tells one
error from another, only its words. They are matched in two cases where it matters what follows (the
credentials are refused, the order is not there); words that are not recognised mean refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orderbus.domain.errors import (
    CredentialsError,
    NotFoundError,
    ProviderError,
    RefusedError,
    UnclearError,
)
from orderbus.providers.http import ProviderHttp

# To connect, and between two parts of an answer.
_TIMEOUT_SECONDS = (3.05, 20.0)
_CREDENTIALS_REFUSED = re.compile(r"invalid security credentials", re.IGNORECASE)
_NOT_THERE = re.compile(r"could(?:n't| not) (?:find|retrieve) ", re.IGNORECASE)
_LONGEST_WORDS = 200
# An echo of the request may be cut anywhere: so many characters of the secret in a row count as the secret.
_PIECE_OF_SECRET = 8
_NOT_KEPT = b"(not kept)"
# What the answer to an update has where it was carried out.
_EFFECTS = frozenset({"success", "order"})
# An answer that is not UTF-8; the provider's older services were seen to send this (providers.md 4.7).
_OLD_ENCODING = "iso-8859-1"


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON object that is no error; `decoded_as` is the encoding where it was not UTF-8."""

    fields: dict[str, Any]
    decoded_as: str | None = None


class ZonosHttp(ProviderHttp):
    """Requests for one store."""

    def __init__(
        self, connection: str, base_url: str, *, store: str, secret: str, min_interval_ms: int = 0
    ) -> None:
        super().__init__(connection, base_url, {}, min_interval_ms=min_interval_ms)
        self._credentials = {"store": store, "secret": secret}

    def ask(self, path: str, fields: Mapping[str, Any]) -> Answer:
        """Return the answer to a POST that changes nothing; such a read is retried within a few seconds.

        Raises:
            ProviderError: By what the answer means, or why there is none.
            ConfigurationError: The base URL cannot be used.
        """
        answer = self._ask(
            lambda: self._session.post(
                self._base_url + path,
                json=self._credentials | dict(fields),
                timeout=_TIMEOUT_SECONDS,
                stream=True,
            )
        )
        return self._understood(answer.status_code, self._whole(answer), answer.headers)

    def tell(self, path: str, fields: Mapping[str, Any]) -> Answer:
        """Send a POST that changes something, once, and return the answer to it.

        Raises:
            RefusedError: Nothing happened.
            UnclearError: It was sent, and no answer says what came of it.
            ProviderError: Nothing happened (not sent, credentials, 429).
            ConfigurationError: The base URL cannot be used.
        """
        arrived = self.send_once("POST", path, self._credentials | dict(fields))
        if 300 <= arrived.status < 400:
            # To a read that is a wrong address; of an update nobody can say what became.
            raise UnclearError(f"{self._connection}: the provider answered {arrived.status}, a redirect")
        return self._understood(arrived.status, arrived.body, {}, effects=_EFFECTS)

    def _understood(
        self,
        status: int,
        body: bytes,
        headers: Mapping[str, str],
        *,
        effects: frozenset[str] = frozenset(),
    ) -> Answer:
        if status in {401, 403, 408, 425, 429} or status >= 500:
            self.check(status, body, headers)
        text, decoded_as = _as_utf8(self._without_secret(body))
        try:
            value = self.parse(text)
        except UnclearError:
            self.check(status, body, headers)
            raise
        # A field that does not apply is null in other places, so a null is no error here either.
        if isinstance(value, dict) and value.get("error") is not None:
            if status < 300 and effects & value.keys():
                raise UnclearError(f"{self._connection}: the answer has both an effect and an error")
            raise self._refusal(value["error"])
        self.check(status, body, headers)
        if not isinstance(value, dict):
            raise UnclearError(f"{self._connection}: the answer is not a JSON object")
        return Answer(value, decoded_as)

    def _without_secret(self, body: bytes) -> bytes:
        """Return an answer without the secret: one that repeats the request is kept, and published."""
        secret = self._credentials["secret"]
        return body.replace(secret.encode(), _NOT_KEPT) if len(secret) >= _PIECE_OF_SECRET else body

    def _refusal(self, error: object) -> ProviderError:
        # Half a surrogate pair, of words that were cut within a character, could not be kept anywhere.
        words = " ".join(error.encode(errors="replace").decode().split()) if isinstance(error, str) else ""
        if _CREDENTIALS_REFUSED.match(words):
            return CredentialsError(
                f"{self._connection}: Zonos refuses the store id or the secret;"
                " check the credentials of this connection"
            )
        kind = NotFoundError if _NOT_THERE.match(words) else RefusedError
        repeatable = self._repeatable(words)
        return kind(f"{self._connection}: Zonos refused: {repeatable}", words=repeatable)

    def _repeatable(self, words: str) -> str:
        """Return the provider's words where they hold nothing of the secret."""
        secret, said = self._credentials["secret"].casefold(), words.casefold()
        length = min(_PIECE_OF_SECRET, len(secret))
        pieces = (secret[at : at + length] for at in range(len(secret) - length + 1))
        # What repeats the request may repeat the customer as well.
        if not words or _NOT_KEPT.decode() in words or any(piece in said for piece in pieces):
            return "(its words are not repeated here)"
        return words[:_LONGEST_WORDS]


def _as_utf8(body: bytes) -> tuple[bytes, str | None]:
    """Return the body in UTF-8, and the encoding that it came in where it was another one."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return body.decode(_OLD_ENCODING).encode(), _OLD_ENCODING
    return body, None
