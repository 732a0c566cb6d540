"""Runs cases, and says of each whether it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb
from typing import Any, Literal

from infra.conformance.bench import a_bench
from infra.conformance.expecting import NotHeldError
from infra.conformance.shop import Shop
from infra.conformance.suite import CASES, Case

ROOT = Path(__file__).parents[2]

Outcome = Literal["holds", "fails", "crashes", "not applicable"]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a case; `said` is why it fails, crashes, or does not apply.

    One that crashes met an error that it did not expect; that shows nothing of what the case is about.
    """

    name: str
    outcome: Outcome
    said: str = ""


def run_case(case: Case, shop: type[Shop[Any]]) -> Result:
    """Run a case at a new shop of a provider."""
    if reason := case.why_not(shop):
        return Result(case.name, "not applicable", reason)
    try:
        with a_bench(shop) as bench:
            case.run(bench)
    except NotHeldError as failure:
        return Result(case.name, "fails", str(failure))
    except Exception as error:  # noqa: BLE001 - whatever it is, the other cases are still to be run
        return Result(case.name, "crashes", f"{type(error).__name__}: {error}, at {_place_of(error)}")
    return Result(case.name, "holds")


def run_all(shop: type[Shop[Any]], cases: Iterable[Case] = CASES) -> Iterator[Result]:
    """Run cases one after the other."""
    for case in cases:
        yield run_case(case, shop)


def _place_of(error: Exception) -> str:
    """Return where in a file an error was raised, or where something of ours called what raised it."""
    places = [(Path(frame.filename), frame.lineno) for frame in extract_tb(error.__traceback__)]
    ours = [
        (path, line)
        for path, line in places
        if path.is_relative_to(ROOT) and "site-packages" not in path.parts
    ]
    path, line = ours[-1]
    return f"{path.relative_to(ROOT)}:{line}"
