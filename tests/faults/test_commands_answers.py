"""P2, P3: each answer that a command's process gets from a provider is replaced by each fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple
from unittest.mock import patch

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, NewConnectionError

from infra.sandbox.faults import CutOff, Fault, Garbage, Html, Late, RateLimited, Reset, Status
from tests.faults.command_case import Case, a_case
from tests.faults.command_scenarios import SCENARIOS, Scenario
from tests.faults.counting import Record, sample

pytestmark = pytest.mark.timeout(900)

_SAMPLE = 3

ORDERED: Mapping[str, Fault] = {
    "closed before the effect": Reset(),
    "closed after the effect": Reset(after_effect=True),
    "cut off after the effect": CutOff(3),
    "garbage after the effect": Garbage(),
    "429": RateLimited(7),
    "401": Status(401),
    "500 before the effect": Status(500),
    "500 after the effect": Status(500, after_effect=True),
    "HTML before the effect": Html(),
    "HTML after the effect": Html(after_effect=True),
}
# A sandbox cannot refuse a connection, and a real timeout takes 20 seconds: these are made where it is sent.
MADE = ("connection refused", "timeout before the effect", "timeout after the effect")
NOTHING_HAPPENED = frozenset({"connection refused", "429", "401"})
"After these nobody needs to wonder: the command is carried out later, once."


class Replaced(NamedTuple):
    """The answer to the request of this number, counted from the command's first, and what comes instead."""

    number: int
    fault: str


def requests_of(scenario: Scenario) -> int:
    """Return how many requests the undisturbed run sends to the provider."""
    with a_case(scenario) as case:
        before = len(scenario.site.calls(case.commands.world))
        case.run()
        return len(scenario.site.calls(case.commands.world)) - before


def replaced(scenario: Scenario, where: Replaced) -> str:
    """Return how a command ends one of whose answers was replaced."""
    with a_case(scenario) as case:
        with disturbed(case, where):
            case.run()
        case.settle()
        unknown_allowed = scenario.repeat == "append" and where.fault not in NOTHING_HAPPENED
        state, happened = case.check(unknown_allowed=unknown_allowed)
        assert (state, happened) != ("rejected", True)
    return f"{state}, happened" if state == "unknown" and happened else state


@contextmanager
def disturbed(case: Case, where: Replaced) -> Iterator[None]:
    """Replace one answer."""
    if where.fault in ORDERED:
        sandbox = case.scenario.site.sandbox(case.commands.world)
        if where.number:
            sandbox.fail_next(Late(0), times=where.number)  # the ones before it
        sandbox.fail_next(ORDERED[where.fault])
        yield
        return
    with patch.object(HTTPAdapter, "send", _Failing(where).sending(HTTPAdapter.send)):
        yield


@dataclass
class _Failing:
    where: Replaced
    sent: int = 0

    def sending(self, send: Callable[..., requests.Response]) -> Callable[..., requests.Response]:
        def fail_one(
            adapter: HTTPAdapter, request: requests.PreparedRequest, *args: object, **more: object
        ) -> requests.Response:
            self.sent += 1
            if self.sent - 1 != self.where.number:
                return send(adapter, request, *args, **more)
            if self.where.fault == "timeout after the effect":
                send(adapter, request, *args, **more).close()
            if self.where.fault == "connection refused":
                raise requests.ConnectionError(_refused(request))
            raise requests.ReadTimeout(request=request)

        return fail_one


def _refused(request: requests.PreparedRequest) -> MaxRetryError:
    pool = HTTPConnectionPool("127.0.0.1")
    refused = NewConnectionError(HTTPConnection("127.0.0.1"), "refused")
    return MaxRetryError(pool, str(request.url), refused)


def all_of(scenario: Scenario) -> list[Replaced]:
    """Return every answer with every fault."""
    return [Replaced(*each) for each in product(range(requests_of(scenario)), [*ORDERED, *MADE])]


def replaced_at(scenario: Scenario, where: Iterable[Replaced]) -> Counter[str]:
    """Return how often the command ended in which way."""
    return Counter(replaced(scenario, each) for each in where)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_command_some_of_whose_answers_fail_has_one_effect_and_one_outcome(
    name: str, record: Record
) -> None:
    scenario = SCENARIOS[name]
    record("answers replaced", replaced_at(scenario, sample(name, all_of(scenario), _SAMPLE)))


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_command_any_of_whose_answers_fails_has_one_effect_and_one_outcome(
    name: str, record: Record
) -> None:
    scenario = SCENARIOS[name]
    record("answers replaced", replaced_at(scenario, all_of(scenario)))
