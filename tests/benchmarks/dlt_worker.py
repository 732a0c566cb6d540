"""dlt's side: its REST source as its documentation shows it, extract and normalize.

Runs in an environment of its own (.venvs/bench). Nothing is loaded: dlt's `dummy` destination is only named,
so that normalize knows which files to write.
"""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import dlt  # type: ignore[import-not-found]  # it is in an environment of its own
from dlt.sources.rest_api import rest_api_source  # type: ignore[import-not-found]

from tests.benchmarks.commands import Figures, MemoryWatch, answer_commands, resident_mib


@cache
def _pipeline() -> Any:
    return dlt.pipeline("orders", destination="dummy", dataset_name="orders")


def answer(url: str) -> Figures:
    """Extract and normalize all orders of a site, with the schema of the last time."""
    pipeline = _pipeline()
    imports = resident_mib()
    with MemoryWatch() as watch:
        begun = time.perf_counter()
        pipeline.extract(_source(url))
        extracted = time.perf_counter()
        normalized = pipeline.normalize()
        ended = time.perf_counter()
    pipeline.abort_packages()  # what waits to be loaded is not part of this
    return {
        "orders": normalized.row_counts["orders"],
        "extract_seconds": extracted - begun,
        "normalize_seconds": ended - extracted,
        "imports_mib": imports,
        "resident_mib": watch.resident_mib,
    }


def _source(url: str) -> Any:
    return rest_api_source(
        {
            "client": {
                "base_url": f"{url}/",
                "headers": {"Authorization": "test-key"},
                "paginator": {"type": "cursor", "cursor_path": "next_page", "cursor_param": "page"},
            },
            "resources": [
                {
                    "name": "orders",
                    "primary_key": "id",
                    "write_disposition": "merge",
                    "endpoint": {"path": "orders", "params": {"sort": "id"}, "data_selector": "orders"},
                }
            ],
        },
        name="lunasoft",
    )


if __name__ == "__main__":
    answer_commands(answer)
