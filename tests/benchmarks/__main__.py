"""`python -m tests.benchmarks`: measure everything, and fail only where a count is over its budget."""

from __future__ import annotations

import sys
import time

from rich.console import Console

from tests.benchmarks import aws_costs, backlog, imports, orders_per_second
from tests.benchmarks.commands import MeasuringError

_SECTIONS = {
    "AWS calls and write units": aws_costs.measure,
    "imports": imports.measure,
    "orders a second": orders_per_second.measure,
    "memory with a backlog": backlog.measure,
    "memory with a long day": backlog.measure_long_day,
}


def main() -> int:
    """Print each table as soon as it is there; return how many counts are over their budgets."""
    # Piped into a file, tables keep the width that they need.
    console = Console(width=None if sys.stdout.isatty() else 110)
    begun = time.monotonic()
    broken = 0
    for name, measure in _SECTIONS.items():
        with console.status(f"measuring: {name} ..."):
            try:
                section = measure()
            except MeasuringError as error:
                console.print(f"[red]{name}: {error}", highlight=False)
                broken += 1
                continue
        section.show(console)
        broken += section.broken
    console.print(f"{time.monotonic() - begun:.0f} seconds; {broken} counts over their budgets.", style="dim")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
