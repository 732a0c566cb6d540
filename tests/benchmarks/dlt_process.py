"""dlt in a process and an environment of its own, with a home that is removed afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from tests.benchmarks.commands import ROOT, MeasuringError, Worker, worker

_PYTHON = ROOT / ".venvs" / "bench" / "bin" / "python"


@contextmanager
def dlt_process(*, cpu: int | None) -> Iterator[Worker]:
    """Run dlt's side until the block ends.

    Args:
        cpu: The one core it may use, where the system can say so.

    Raises:
        MeasuringError: dlt is not set up.
    """
    if not _PYTHON.exists():
        raise MeasuringError("dlt is not set up in .venvs/bench; run `make bench`, which does so")
    with tempfile.TemporaryDirectory(prefix="orderbus-bench-") as home:
        environment = {
            "HOME": home,
            "DLT_DATA_DIR": home,
            "DLT_PROJECT_DIR": home,
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "RUNTIME__LOG_LEVEL": "ERROR",
        }
        with worker(
            "tests.benchmarks.dlt_worker", python=str(_PYTHON), cpu=cpu, environment=environment
        ) as process:
            yield process
