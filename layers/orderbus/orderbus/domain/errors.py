"""Every error OrderBus raises on purpose, grouped by what to do next.

    OrderBusError
    ├── ConfigurationError        a person must change a setting; nothing was asked of anyone
    ├── NotNormalizableError      this one order goes to quarantine, the rest goes on
    │   └── SnapshotLostError     ... because what it would be compared with is gone from the bucket
    ├── ContendedError            another run was faster, several times; the next poll goes on from there
    ├── UnderWayError             an order cannot be erased yet; the message says what to wait for
    ├── PublishError              the bus refused for now; the same batch comes again
    ├── UnexpectedError           a fault of ours; told by its kind and place only
    └── ProviderError             the provider, or the way to it; `retry_after` where it named a wait
        ├── NotSentError          nothing left this machine: refused, DNS, TLS, connect timeout
        ├── CredentialsError      401, 403: a person must look; nothing happened
        ├── RateLimitedError      429: nothing happened
        ├── RefusedError          the provider said no, in its own words
        │   └── NotFoundError     ... because it does not know the thing
        └── UnclearError          sent, and no answer that says what happened: timeout, reset, 5xx

A message is for people: what was wrong, where, what to do. It never holds a payload or a secret.
"""

from __future__ import annotations

from typing import ClassVar


class OrderBusError(Exception):
    """The root; `code` is stable and for machines, the message is for people."""

    code: ClassVar[str] = "orderbus_error"

    def as_answer(self) -> dict[str, str]:
        """Return what a caller of a function is told."""
        return {"code": self.code, "message": str(self)}

    def as_logged(self) -> dict[str, str]:
        """Return what a log may say: the same, but for words that are not ours."""
        return self.as_answer()


class ConfigurationError(OrderBusError):
    """A person must change a setting."""

    code = "configuration"


class NotNormalizableError(OrderBusError):
    """An order cannot be brought into the normalized form; the message is the reason kept with it."""

    code = "not_normalizable"


class SnapshotLostError(NotNormalizableError):
    """What the ledger refers to is not in the bucket; a person may restore it."""

    code = "snapshot_lost"


class ContendedError(OrderBusError):
    """Other runs changed the same item again and again."""

    code = "contended"


class UnderWayError(OrderBusError):
    """Something of the order is still under way, so that it cannot be erased yet."""

    code = "under_way"


class PublishError(OrderBusError):
    """The bus refused events for now; publishing the same ones again is right."""

    code = "publish_refused"


class UnexpectedError(OrderBusError):
    """A fault of OrderBus or of an adapter; told by kind and place, since its words may hold anything."""

    code = "unexpected"


# A wait until 2099 is a mistake; what asks again too early is told so.
_LONGEST_WAIT = 6 * 3600.0


class ProviderError(OrderBusError):
    """The provider, or the way to it, failed.

    Attributes:
        retry_after: Seconds to wait, where the provider named them; at most 6 hours.
        words: The provider's own, where it gave any that may be repeated.
    """

    code = "provider"

    def __init__(self, message: str, *, retry_after: float | None = None, words: str | None = None) -> None:
        super().__init__(message)
        self.retry_after = None if retry_after is None else min(retry_after, _LONGEST_WAIT)
        self.words = words

    def as_logged(self) -> dict[str, str]:
        """Return it without the provider's words: they may name anybody."""
        told = self.as_answer()
        if self.words:
            told["message"] = told["message"].replace(self.words, "(its words are not logged)")
        return told


class NotSentError(ProviderError):
    """The request never reached the provider."""

    code = "provider_unreachable"


class CredentialsError(ProviderError):
    """The provider did not accept the credentials of the connection."""

    code = "credentials_refused"


class RateLimitedError(ProviderError):
    """The provider asks to slow down."""

    code = "rate_limited"


class RefusedError(ProviderError):
    """The provider understood the request and said no."""

    code = "provider_refused"


class NotFoundError(RefusedError):
    """The provider does not know what was asked for."""

    code = "not_found"


class UnclearError(ProviderError):
    """The request was sent, and no answer says what came of it."""

    code = "provider_unclear"
