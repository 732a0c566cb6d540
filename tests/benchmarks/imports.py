"""What a cold start imports: each function's app.py against `import boto3` plus one client."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from statistics import median

from tests.benchmarks.commands import ROOT, MeasuringError
from tests.benchmarks.report import Row, Section, speed

REPETITIONS = 9
BUDGET = 1.3
_BOTO3 = "import boto3; boto3.client('dynamodb', region_name='us-east-1')"


def measure() -> Section:
    """Measure, and return the table.

    Raises:
        MeasuringError: A function cannot be imported.
    """
    functions = sorted(folder.parent.name for folder in (ROOT / "functions").glob("*/app.py"))
    times: dict[str, list[float]] = {name: [] for name in ("bare", "boto3", *functions)}
    with tempfile.TemporaryDirectory(prefix="orderbus-bench-") as bytecode:
        for repetition in range(REPETITIONS + 1):
            for name, taken in times.items():
                seconds = _start(name, bytecode)
                if repetition:  # the first one writes the bytecode
                    taken.append(seconds)
    return _section(functions, times)


def _start(name: str, bytecode: str) -> float:
    """Return the seconds that a fresh process lives which only imports."""
    code = {"bare": "pass", "boto3": _BOTO3}.get(name, "import app")
    begun = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env=_environment(name, bytecode),
        cwd=bytecode,
        capture_output=True,
        check=False,
    )
    seconds = time.perf_counter() - begun
    if ended.returncode:
        raise MeasuringError(f"functions/{name}/app.py: {ended.stderr.decode().splitlines()[-1]}")
    return seconds


def _environment(name: str, bytecode: str) -> Mapping[str, str]:
    """Return what template.yaml sets, and where bytecode goes, also where none is to be written."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    path = [ROOT / "functions" / name, ROOT / "layers" / "orderbus"]
    return kept | {
        "PYTHONPATH": os.pathsep.join(str(each) for each in path),
        "PYTHONPYCACHEPREFIX": bytecode,
        "POWERTOOLS_METRICS_NAMESPACE": "OrderBus",
        "POWERTOOLS_SERVICE_NAME": name,
    }


def _section(functions: list[str], times: Mapping[str, list[float]]) -> Section:
    section = Section("Import of functions/*/app.py in a fresh process", ("ms", "x boto3 + client"))
    for name in ("boto3", *functions):
        net = [one - bare for one, bare in zip(times[name], times["bare"], strict=True)]
        of_boto3 = [
            one / (boto3 - bare) for one, boto3, bare in zip(net, times["boto3"], times["bare"], strict=True)
        ]
        ratio = median(of_boto3)
        figures = (f"{1000 * median(net):.0f}", f"{ratio:.2f}")
        if name == "boto3":
            section.rows.append(Row("boto3 and one client", figures))
        else:
            section.rows.append(Row(name, figures, f"{BUDGET}", speed(ratio <= BUDGET)))
    bare = 1000 * median(times["bare"])
    section.notes = [
        f"Medians of {REPETITIONS} processes each, without a bare interpreter's {bare:.0f} ms.",
        "Bytecode is there; a function makes its clients at first use.",
    ]
    return section
