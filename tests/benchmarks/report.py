"""How figures are shown: one table for each question, the budget beside each figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

from rich import box
from rich.console import Console
from rich.table import Table

Verdict = Literal["holds", "missed", "broken", ""]
_COLOURS = {"holds": "green", "missed": "yellow", "broken": "red"}


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes:
        what: What was measured.
        figures: One text for each of the table's columns.
        budget: What is allowed, or nothing.
        verdict: Whether it holds. A speed that does not is `missed`; a count that does not is `broken`.
    """

    what: str
    figures: Sequence[str]
    budget: str = ""
    verdict: Verdict = ""


@dataclass(slots=True)
class Section:
    """The answer to one question, with what a reader must know beside the figures."""

    title: str
    columns: Sequence[str]
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def broken(self) -> int:
        """Return how many counts are over their budget."""
        return sum(row.verdict == "broken" for row in self.rows)

    def show(self, console: Console) -> None:
        """Print the section."""
        table = Table(title=self.title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
        table.add_column("")
        for column in self.columns:
            table.add_column(column, justify="right")
        table.add_column("budget")
        table.add_column("")
        for row in self.rows:
            colour = _COLOURS.get(row.verdict)
            verdict = f"[{colour}]{row.verdict}[/]" if colour else ""
            table.add_row(row.what, *row.figures, row.budget, verdict)
        console.print(table)
        for note in self.notes:
            console.print(f"  {note}", style="dim", highlight=False)
        console.print()


def speed(held: bool) -> Verdict:
    """Return the verdict on a speed or a size, which another load of the machine may spoil."""
    return "holds" if held else "missed"


def count(held: bool) -> Verdict:
    """Return the verdict on a count, which is the same on every machine."""
    return "holds" if held else "broken"


def spread(figures: Sequence[float]) -> str:
    """Return the median with the least and the greatest of several repetitions."""
    return f"{median(figures):,.0f}  [dim]{min(figures):,.0f}-{max(figures):,.0f}[/]"
