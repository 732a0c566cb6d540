"""HTTP to a provider: what an answer means, what was sent and what was not; nothing is sent twice."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from http.cookiejar import DefaultCookiePolicy
from threading import Lock
from typing import TYPE_CHECKING, Any, NoReturn, cast
from urllib.parse import urlencode, urlsplit

import msgspec
import requests
from requests import exceptions as failures
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    stop_after_delay,
    wait_chain,
    wait_fixed,
)
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NewConnectionError,
)
from urllib3.util.retry import Retry

from orderbus.domain.errors import (
    ConfigurationError,
    CredentialsError,
    NotFoundError,
    NotNormalizableError,
    NotSentError,
    RateLimitedError,
    RefusedError,
    UnclearError,
)
from orderbus.providers.answers import Arrived, drained, retry_after
from orderbus.providers.wire import parse_json

if TYPE_CHECKING:
    from tenacity import Future

_CONNECT_SECONDS = 3.05
_READ_SECONDS = 20.0
# A read that failed within so long is sent again, after these pauses. One that failed later is not: the run
# that asks keeps back the time that one answer may take, and not that of three.
_AGAIN_WITHIN_SECONDS = 3.0
_PAUSES = (0.0, 0.6)
_PASSING = frozenset({500, 502, 504})
# A Decimal is written as the number that it is, which no float is sure to be.
_to_json = msgspec.json.Encoder(decimal_format="number").encode


class _Session(requests.Session):
    """Follows no redirect; `allow_redirects=False` would still read its body, and parse where it leads."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - the name is theirs
        return None


Hint = Callable[[bytes], float | None]
"""Returns the seconds to wait that a provider puts into the body of an error, or None."""


class ProviderHttp:
    """Requests to one provider under one base URL, with the connection's credentials in headers."""

    def __init__(
        self,
        connection: str,
        base_url: str,
        headers: Mapping[str, str],
        *,
        min_interval_ms: int = 0,
        hint: Hint | None = None,
    ) -> None:
        """Prepare requests; nothing is sent.

        Raises:
            ConfigurationError: A credential has characters that no header can carry.
        """
        if not all(_fits_a_header(value) for value in headers.values()):
            raise ConfigurationError(
                f"connection {connection!r}: a credential cannot be sent in a header;"
                " put it with printable ASCII characters only"
            )
        self._connection = connection
        self._base_url = base_url.rstrip("/")
        self._headers = {"Accept": "application/json", **headers}
        self._interval = min_interval_ms / 1000
        self._hint = hint
        self._last_sent = 0.0
        self._pacing = Lock()
        self._session = self._new_session()
        self._prepared: requests.PreparedRequest | None = None
        # One for all reads: it refers to itself, and those of single reads would pile up.
        self._again = Retrying(
            retry=retry_if_exception_type(failures.ConnectionError) | retry_if_result(_is_passing),
            stop=stop_after_attempt(1 + len(_PAUSES)) | stop_after_delay(_AGAIN_WITHIN_SECONDS),
            wait=wait_chain(*map(wait_fixed, _PAUSES)),
            before_sleep=_close,
            retry_error_callback=_result,
        )

    def read(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Return the JSON of a GET that changes nothing; such a read is retried within a few seconds.

        Raises:
            ProviderError: By what the answer means, or why there is none.
            ConfigurationError: The base URL cannot be used.
        """
        answer = self._ask(
            lambda: self._session.send(
                self._get(path, params), timeout=(_CONNECT_SECONDS, _READ_SECONDS), stream=True
            )
        )
        body = self._whole(answer)
        self.check(answer.status_code, body, answer.headers)
        return self.parse(body)

    def send_once(self, method: str, path: str, body: Any = None) -> Arrived:
        """Send a request once, on a connection of its own, and return whatever arrived.

        Raises:
            NotSentError: Nothing was sent.
            UnclearError: It was sent, and no status line arrived.
            ConfigurationError: The base URL cannot be used.
            ProviderError: 401, 403 or 429: nothing happened.
        """
        self._pace()
        # Not compressed, so that the part of an answer that was cut off can be read.
        headers = {"Accept-Encoding": "identity"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        session = self._new_session()
        try:
            answer = session.request(
                method,
                self._base_url + path,
                data=None if body is None else _to_json(body),
                headers=headers,
                timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                stream=True,
            )
            arrived = drained(answer)
        except failures.RequestException as failure:
            self._raise(failure)
        finally:
            session.close()
        if arrived.status in {401, 403, 429}:
            self.check(arrived.status, arrived.body, answer.headers)
        if arrived.status >= 400:
            return replace(arrived, retry_after=self._wait(arrived.body, answer.headers))
        return arrived

    def check(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        """Raise what an HTTP status means; return on a 2xx.

        Raises:
            ProviderError: The kind that fits the status.
        """
        if 200 <= status < 300:
            return
        said = f"{self._connection}: the provider answered {status}"
        if status in {401, 403}:
            raise CredentialsError(f"{said}; check the credentials of this connection")
        if status == 429 or (status == 503 and "Retry-After" in headers):
            raise RateLimitedError(f"{said}; polls wait as asked", retry_after=self._wait(body, headers))
        if status == 404:
            raise NotFoundError(
                f"{said}; the object, or the base_url of the connection, does not exist there"
            )
        if 300 <= status < 400:
            raise RefusedError(
                f"{said}, a redirect that is not followed; put the final address into base_url"
            )
        if status in {408, 425} or status >= 500:
            raise UnclearError(said, retry_after=self._wait(body, headers))
        raise RefusedError(said)

    def parse(self, body: bytes) -> Any:
        """Return the JSON of an answer.

        Raises:
            UnclearError: It is not JSON.
        """
        try:
            return parse_json(body)
        except NotNormalizableError as reason:
            raise UnclearError(f"{self._connection}: {reason}") from None

    def _get(self, path: str, params: Mapping[str, str] | None) -> requests.PreparedRequest:
        if self._prepared is None:
            self._prepared = self._session.prepare_request(requests.Request("GET", self._base_url))
        # To prepare the same headers and host anew costs as much as it costs to read twenty orders.
        request = self._prepared.copy()
        base = str(request.url).rstrip("/")
        request.url = f"{base}{path}?{urlencode(params)}" if params else base + path
        return request

    def _ask(self, send: Callable[[], requests.Response]) -> requests.Response:
        """Send a read, again where it failed soon, and return the answer to it.

        Raises:
            ProviderError: There is none.
            ConfigurationError: The base URL cannot be used.
        """
        try:
            return self._again(self._paced, send)
        except failures.RequestException as failure:
            self._raise(failure)

    def _paced(self, send: Callable[[], requests.Response]) -> requests.Response:
        self._pace()
        return send()

    def _whole(self, answer: requests.Response) -> bytes:
        """Return the body of an answer to a read; what drips in would outlive the run that waits for it."""
        arrived = drained(answer)
        if arrived.cut_off:
            answer.close()
            host = urlsplit(self._base_url).hostname
            raise UnclearError(f"{self._connection}: no whole answer from {host}; {arrived.cut_off}")
        return arrived.body

    def _wait(self, body: bytes, headers: Mapping[str, str]) -> float | None:
        hinted = self._hint(body) if self._hint else None
        return hinted if hinted is not None else retry_after(headers.get("Retry-After", ""))

    def _pace(self) -> None:
        # One after another, also where several threads ask.
        with self._pacing:
            wait = self._last_sent + self._interval - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            self._last_sent = time.monotonic()

    def _new_session(self) -> requests.Session:
        session = _Session()
        session.trust_env = False  # a .netrc must not replace the connection's own credentials
        session.proxies = _proxies(self._base_url)
        bundle = os.environ.get("REQUESTS_CA_BUNDLE", "")
        session.verify = bundle if os.path.exists(bundle) else True  # noqa: PTH110 - pathlib is not imported
        # No provider needs a cookie, and they are the one part of a session that threads may not share.
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        session.headers.update(self._headers)
        once = Retry(0, read=False)  # the library sends nothing again
        session.mount("http://", HTTPAdapter(max_retries=once))
        session.mount("https://", HTTPAdapter(max_retries=once))
        return session

    def _raise(self, failure: failures.RequestException) -> NoReturn:
        host = urlsplit(self._base_url).hostname
        kind = type(failure).__name__
        if isinstance(failure, failures.InvalidURL | failures.MissingSchema | failures.InvalidSchema):
            raise ConfigurationError(
                f"connection {self._connection!r}: base_url is not a web address"
            ) from None
        if was_not_sent(failure):
            raise NotSentError(
                f"{self._connection}: {host} cannot be reached ({kind}); nothing was sent"
            ) from None
        raise UnclearError(f"{self._connection}: no whole answer from {host} ({kind})") from None


def _proxies(url: str) -> dict[str, str]:
    """Return the proxies that the environment names for an address; this machine is asked directly."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.startswith("127.") or host == "::1":
        return {}
    return get_environ_proxies(url)


def _is_passing(answer: requests.Response) -> bool:
    return answer.status_code in _PASSING


def _result(last: RetryCallState) -> requests.Response:
    """Return the answer to a try, or raise what came in its place."""
    answer: requests.Response = cast("Future", last.outcome).result()
    return answer


def _close(failed: RetryCallState) -> None:
    """Let an answer go without waiting for its page."""
    if not cast("Future", failed.outcome).failed:
        _result(failed).close()


def was_not_sent(failure: failures.RequestException) -> bool:
    """Say whether the request certainly never left: refused, DNS, connect timeout, certificate."""
    if isinstance(failure, failures.ConnectTimeout | failures.ProxyError):
        return True
    reason: Any = failure.args[0] if failure.args else None
    reason = reason.reason if isinstance(reason, MaxRetryError) else reason
    if isinstance(failure, failures.SSLError):
        return "CERTIFICATE_VERIFY_FAILED" in str(reason) or "WRONG_VERSION_NUMBER" in str(reason)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _fits_a_header(value: str) -> bool:
    return value.isascii() and value.isprintable() and value == value.strip()
