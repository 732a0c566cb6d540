"""Details are asked for several at once, within a limit, and answered in the order of their questions."""

from __future__ import annotations

import time
from threading import Barrier, Lock

import pytest
from orderbus.domain.errors import NotSentError, RateLimitedError, UnclearError
from orderbus.intake.at_once import ask_at_once, raise_what_is_of_all


def never() -> bool:
    return False


@pytest.mark.parametrize("limit", [8, 3, 1])
def test_so_many_are_asked_at_once_and_never_more(limit: int) -> None:
    together, lock = Barrier(limit), Lock()
    under_way: list[int] = []
    most = 0

    def ask(item: int) -> int:
        nonlocal most
        with lock:
            under_way.append(item)
            most = max(most, len(under_way))
        together.wait(timeout=5)
        time.sleep(0.02)
        with lock:
            under_way.remove(item)
        return -item

    assert ask_at_once(ask, range(24), never, limit) == [-item for item in range(24)]
    assert most == limit


def test_an_error_of_one_stands_in_its_place_and_the_others_are_answered() -> None:
    def ask(item: int) -> int:
        if item == 3:
            raise UnclearError("no whole answer")
        return item

    answers = ask_at_once(ask, range(20), never)

    assert [item for item, answer in enumerate(answers) if answer != item] == [3]
    assert str(answers[3]) == "no whole answer"
    raise_what_is_of_all(answers)


def test_what_fails_for_all_is_raised_and_what_is_not_asked_any_more_is_none() -> None:
    def ask(item: int) -> int:
        if item == 0:
            raise RateLimitedError("slow down", retry_after=9)
        time.sleep(0.01)
        return item

    answers = ask_at_once(ask, range(100), never)

    assert answers[20:] == [None] * 80
    with pytest.raises(RateLimitedError, match="slow down"):
        raise_what_is_of_all(answers)
    with pytest.raises(NotSentError):
        raise_what_is_of_all([1, UnclearError("x"), NotSentError("nobody listens")])


def test_when_the_time_is_over_nothing_more_is_asked() -> None:
    left = iter([False, False, True])

    answers = ask_at_once(lambda item: item, range(5), lambda: next(left, True))

    assert answers.count(None) == 3
    assert all(answer in (None, item) for item, answer in enumerate(answers))
