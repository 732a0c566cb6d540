"""A sandbox in a process of its own, with its CPU time told apart from that of its clients."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Literal

from infra.sandbox.base import Sandbox
from infra.sandbox.lunasoft import LunaSoftSandbox, make_order
from infra.sandbox.lunasoft_listing import ListQuery, OrderShelf
from infra.sandbox.server import serve
from tests.benchmarks.commands import MeasuringError, pin
from tests.benchmarks.long_day import LongDaySite

FIRST_ID = 1_000_000_001
# Three lines make an order of 3,000 bytes, as those of field reports are.
LINES = (("24.95", 2), ("7.25", 1), ("3.10", 4))
_START_SECONDS = 60.0

Kind = Literal["stored", "backlog", "long day"]


class _Backlog(OrderShelf):
    """Orders that are made when they are asked for: a long list that needs no memory."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count
        order = make_order(FIRST_ID, lines=LINES)
        self._id = str(FIRST_ID).encode()
        self._order = json.dumps({name: order[name] for name in order if name != "statuses"}).encode()

    def __len__(self) -> int:
        return self._count

    def select(self, query: ListQuery, size: int) -> tuple[list[bytes], int | None]:
        """Make one page of the list by ascending id."""
        first = max(query.least_id, FIRST_ID) + (query.page - 1) * size
        end = FIRST_ID + self._count
        page = [
            self._order.replace(self._id, str(number).encode())
            for number in range(first, min(first + size, end))
        ]
        return page, query.page + 1 if first + size < end else None


class _BacklogSite(LunaSoftSandbox):
    def __init__(self, count: int) -> None:
        super().__init__()
        self._orders = _Backlog(count)


@dataclass(frozen=True, slots=True)
class ProviderProcess:
    """A provider that runs."""

    url: str
    _pipe: Connection

    def cpu_seconds(self) -> float:
        """Return the CPU time that the process has used so far, in seconds."""
        self._pipe.send("cpu")
        seconds: float = self._pipe.recv()
        return seconds


@contextmanager
def provider(kind: Kind, orders: int, *, cpu: int | None) -> Iterator[ProviderProcess]:
    """Run a site with so many orders until the block ends.

    Args:
        kind: A LunaSoft site whose orders are stored, each encoded once, or made when they are asked for; or
            a Zonos store with one long day.
        orders: How many there are.
        cpu: The one core it may use, where the system can say so.

    Raises:
        MeasuringError: It did not start.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(kind, orders, theirs), daemon=True)
    process.start()
    assert process.pid is not None
    pin(process.pid, cpu)
    theirs.close()
    try:
        if not ours.poll(_START_SECONDS):
            raise MeasuringError("the sandbox provider did not start; what it says is above")
        yield ProviderProcess(ours.recv(), ours)
    finally:
        ours.close()
        process.terminate()
        process.join()


def _run(kind: Kind, orders: int, pipe: Connection) -> None:
    with serve(_site(kind, orders)) as served, suppress(EOFError):
        pipe.send(served.url)
        while True:
            pipe.recv()
            pipe.send(time.process_time())


def _site(kind: Kind, orders: int) -> Sandbox:
    if kind == "long day":
        return LongDaySite(orders)
    if kind == "backlog":
        return _BacklogSite(orders)
    site = LunaSoftSandbox()
    for number in range(FIRST_ID, FIRST_ID + orders):
        site.place(make_order(number, lines=LINES))
    return site
