"""Several requests to a provider at once, within a limit; answers stand in the order of their questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TypeVar

from orderbus.domain.errors import (
    CredentialsError,
    NotSentError,
    ProviderError,
    RateLimitedError,
)

LIMIT = 8
# These fail for everything that is asked: nothing more is sent.
_OF_ALL = (CredentialsError, NotSentError, RateLimitedError)

Item = TypeVar("Item")
Result = TypeVar("Result")


def ask_at_once(
    ask: Callable[[Item], Result],
    items: Sequence[Item],
    out_of_time: Callable[[], bool],
    limit: int = LIMIT,
) -> list[Result | ProviderError | None]:
    """Return for each item its answer, the error instead of it, or None where it was not asked any more."""
    over = Event()

    def answer(item: Item) -> Result | ProviderError | None:
        if over.is_set() or out_of_time():
            return None
        try:
            return ask(item)
        except ProviderError as error:
            if isinstance(error, _OF_ALL):
                over.set()
            return error

    with ThreadPoolExecutor(limit) as pool:
        return list(pool.map(answer, items))


def raise_what_is_of_all(answers: Sequence[object]) -> None:
    """Raise the error among the answers for which no more was asked, if there is one."""
    for answer in answers:
        if isinstance(answer, _OF_ALL):
            raise answer
