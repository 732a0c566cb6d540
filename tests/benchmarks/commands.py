"""Processes that measure: each does one thing when it is told to, and answers with figures.

Only the standard library is used here: dlt's side runs in an environment of its own.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

ROOT = Path(__file__).parents[2]
_STATUS = Path("/proc/self/statm")
_MIB = 1024 * 1024

Figures = dict[str, Any]


class MeasuringError(Exception):
    """A process that measures did not answer; the message says which, and where it says why."""


class Worker:
    """A process that answers commands, one JSON text a line."""

    def __init__(self, module: str, process: subprocess.Popen[str]) -> None:
        self._module = module
        self._process = process

    def ask(self, **command: Any) -> Figures:
        """Have the process do something, and return what it measured.

        Raises:
            MeasuringError: It ended instead.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise MeasuringError(f"{self._module} ended without an answer; what it says is above")
        figures: Figures = json.loads(answer)
        return figures


@contextmanager
def worker(
    module: str,
    *,
    python: str = sys.executable,
    cpu: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Worker]:
    """Run `python -m module` until the block ends.

    Args:
        module: What calls `answer_commands`.
        python: The interpreter of the environment that it needs.
        cpu: The one core it may use, where the system can say so.
        environment: What it is told beside this process's own environment.
    """
    process = subprocess.Popen(
        [python, "-m", module],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        pin(process.pid, cpu)
        yield Worker(module, process)
    finally:
        process.kill()
        process.communicate()


def answer_commands(answer: Callable[..., Figures]) -> None:
    """Answer the commands on standard input until it ends."""
    for line in sys.stdin:
        print(json.dumps(answer(**json.loads(line))), flush=True)  # noqa: T201 - this is the answer


def pin(pid: int, cpu: int | None) -> None:
    """Keep a process on one core, where the system can (Linux)."""
    if cpu is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, {cpu})


def cores() -> tuple[int | None, int | None]:
    """Return a core for what is measured and another for the provider, or none where that cannot be said."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    mine = sorted(os.sched_getaffinity(0))
    return mine[0], mine[-1]


class MemoryWatch:
    """Notes the memory of this process ten times a second, until the block ends."""

    def __init__(self) -> None:
        self.resident_mib: list[float] = []
        self._ended = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            self.resident_mib.append(resident_mib())


def resident_mib() -> float:
    """Return the memory of this process that is in use, in MiB; where the system does not say, its peak."""
    if _STATUS.exists():
        return int(_STATUS.read_text().split()[1]) * resource.getpagesize() / _MIB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / _MIB if sys.platform == "darwin" else peak / 1024
