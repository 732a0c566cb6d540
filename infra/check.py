"""The one check, `make test`: format, lint, types, imports, template, tests; any failure fails it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).parent.parent
BIN = ROOT / ".venv" / "bin"
SAM = ROOT / ".venvs" / "sam" / "bin" / "sam"

STEPS: dict[str, list[str]] = {
    "format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
    "lint": [str(BIN / "ruff"), "check", "--quiet", "."],
    "types": [str(BIN / "mypy"), "--no-error-summary"],
    "import direction": [str(BIN / "lint-imports"), "--no-logo"],
    "template": [str(SAM), "validate", "--lint"],
    "tests": [str(BIN / "pytest"), "-q", "-n", "2", "--dist", "worksteal", "-m", "not exhaustive"],
}


def main() -> int:
    """Run every step, tests last and in full view; return how many failed."""
    console = Console(stderr=True)
    results = {name: _run(console, name, command) for name, command in STEPS.items()}
    failed = [name for name, passed in results.items() if not passed]
    if failed:
        console.print(f"[red]make test: failed: {', '.join(failed)}")
    else:
        console.print("[green]make test: all of it holds")
    return len(failed)


def _run(console: Console, name: str, command: list[str]) -> bool:
    console.print(f"[bold]{name}[/] ...", end="\n" if name == "tests" else " ")
    begun = time.monotonic()
    shown = name == "tests"
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "SAM_CLI_TELEMETRY": "0", "AWS_REGION": "us-east-1"},
        capture_output=not shown,
        text=True,
        check=False,
    )
    passed = done.returncode == 0
    verdict = "[green]holds[/]" if passed else "[red]fails[/]"
    console.print(f"{verdict} ({time.monotonic() - begun:.0f} s)")
    if not passed and not shown:
        sys.stderr.write(done.stdout + done.stderr)
    return passed


if __name__ == "__main__":
    sys.exit(main())
