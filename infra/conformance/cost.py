"""What each provider costs in files and lines: `python -m infra.conformance.cost` counts them anew."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from orderbus.providers.registry import provider_names

ROOT = Path(__file__).parents[2]
_PACKAGES = "layers/orderbus/orderbus/providers"
# Only what is deployed must be there; without the rest nobody knows whether it is right.
_KINDS: dict[str, tuple[str, ...]] = {
    "package": (f"{_PACKAGES}/{{0}}/*.py",),
    "function": ("functions/fetch_{0}/*.py", "tests/events/fetch_{0}*.json"),
    "sandbox": ("infra/sandbox/{0}*.py",),
    "kit": ("infra/conformance/shops/{0}.py",),
    "tests of its own": ("tests/*/*{0}*.py",),
}
_RESOURCE = re.compile(r"^  (?=\w+:\n)", re.MULTILINE)

Cell = tuple[int, int]
"""Files, or resources of the template, and their lines that are not empty."""


def cost_of(provider: str) -> dict[str, Cell]:
    """Return what a provider costs, by kind."""
    counted = {kind: _files(_found(patterns, provider)) for kind, patterns in _KINDS.items()}
    return {**counted, "template": _template(provider)}


def table() -> str:
    """Return the costs of all providers as a table in Markdown."""
    costs = {provider: cost_of(provider) for provider in provider_names()}
    rows = [f"| {kind} | {' | '.join(_cell(cost[kind]) for cost in costs.values())} |" for kind in _kinds()]
    return "\n".join([f"| | {' | '.join(costs)} |", f"|---|{'---|' * len(costs)}", *rows])


def _kinds() -> list[str]:
    return ["package", "function", "template", "sandbox", "kit", "tests of its own"]


def _cell(cell: Cell) -> str:
    return f"{cell[0]}, {cell[1]}"


def _found(patterns: Iterable[str], provider: str) -> list[Path]:
    return [path for pattern in patterns for path in ROOT.glob(pattern.format(provider))]


def _files(paths: Iterable[Path]) -> Cell:
    lines = [_lines(path.read_text()) for path in paths]
    return len(lines), sum(lines)


def _template(provider: str) -> Cell:
    blocks = _RESOURCE.split((ROOT / "template.yaml").read_text())
    its = [each for each in blocks if provider in each.partition(":")[0].lower()]
    return len(its), sum(_lines(block) for block in its)


def _lines(text: str) -> int:
    return sum(bool(line.strip()) for line in text.splitlines())


if __name__ == "__main__":
    print(table())  # noqa: T201 - what it is for
