"""What reading costs before anything is done with it: urllib3 and json, and nothing else."""

from __future__ import annotations

import json
import time
from functools import cache

import urllib3

from tests.benchmarks.commands import Figures, answer_commands

_HEADERS = {"Authorization": "test-key"}


@cache
def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(retries=False)


def answer(url: str, what: str) -> Figures:
    """Read all orders of a site, or ask for one order again and again on a connection that stays open."""
    return _list(url) if what == "list" else _round_trips(url)


def _list(url: str) -> Figures:
    orders = size = 0
    page = 1
    begun, cpu = time.perf_counter(), time.process_time()
    while page:
        body = _get(f"{url}/orders?sort=id&page={page}")
        answer = json.loads(body)
        orders += len(answer["orders"])
        size += len(body)
        page = answer["next_page"]
    seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - cpu
    return {"orders": orders, "bytes": size, "seconds": seconds, "cpu_seconds": cpu_seconds}


def _round_trips(url: str) -> Figures:
    order = json.loads(_get(f"{url}/orders?sort=id"))["orders"][0]["id"]
    times: list[float] = []
    for _ in range(200):
        begun = time.perf_counter()
        _get(f"{url}/orders/{order}")
        times.append(time.perf_counter() - begun)
    return {"seconds": times}


def _get(url: str) -> bytes:
    answer = _pool().request("GET", url, headers=_HEADERS)
    if answer.status != 200:
        raise AssertionError(f"the sandbox answered {answer.status}")
    return answer.data


if __name__ == "__main__":
    answer_commands(answer)
