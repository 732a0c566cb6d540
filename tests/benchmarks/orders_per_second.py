"""Orders a second: fetch, validate, normalize, hash, compare; dlt on the same server in the same run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median

from tests.benchmarks.commands import Figures, MeasuringError, Worker, cores, worker
from tests.benchmarks.dlt_process import dlt_process
from tests.benchmarks.provider import ProviderProcess, provider
from tests.benchmarks.report import Row, Section, speed, spread

ORDERS = 3_000
REPETITIONS = 5
# The delay that Nagle's algorithm and delayed acknowledgements add on Linux is 40 ms.
_DELAY_MS = 40


@dataclass
class _Run:
    """The figures of all repetitions, the kinds in turn, so that a busy machine hits all alike."""

    new: list[Figures] = field(default_factory=list)
    seen: list[Figures] = field(default_factory=list)
    dlt: list[Figures] = field(default_factory=list)
    bare: list[Figures] = field(default_factory=list)
    server_share: list[float] = field(default_factory=list)


def measure() -> Section:
    """Measure, and return the table.

    Raises:
        MeasuringError: dlt is not set up, or a process did not answer.
    """
    with _processes() as (site, ours, dlt, bare):
        run = _Run()
        for repetition in range(REPETITIONS + 1):
            one = run if repetition else _Run()  # the first one warms up
            _repeat(one, site, ours, dlt, bare)
        trips = bare.ask(url=site.url, what="trips")["seconds"]
    return _section(run, 1000 * median(trips))


@contextmanager
def _processes() -> Iterator[tuple[ProviderProcess, Worker, Worker, Worker]]:
    client, server = cores()
    with ExitStack() as stack:
        site = stack.enter_context(provider("stored", ORDERS, cpu=server))
        ours = stack.enter_context(worker("tests.benchmarks.orderbus_worker", cpu=client))
        dlt = stack.enter_context(dlt_process(cpu=client))
        bare = stack.enter_context(worker("tests.benchmarks.bare_worker", cpu=client))
        yield site, ours, dlt, bare


def _repeat(run: _Run, site: ProviderProcess, ours: Worker, dlt: Worker, bare: Worker) -> None:
    before = site.cpu_seconds()
    run.new.append(_checked(ours.ask(url=site.url, what="new")))
    run.server_share.append((site.cpu_seconds() - before) / run.new[-1]["seconds"])
    run.dlt.append(_checked(dlt.ask(url=site.url)))
    run.seen.append(_checked(ours.ask(url=site.url, what="seen")))
    run.bare.append(_checked(bare.ask(url=site.url, what="list")))


def _checked(figures: Figures) -> Figures:
    if figures["orders"] != ORDERS:
        raise MeasuringError(f"{figures['orders']} orders were read where there are {ORDERS}")
    return figures


def _section(run: _Run, round_trip_ms: float) -> Section:
    extract = [ORDERS / one["extract_seconds"] for one in run.dlt]
    normalize = [ORDERS / one["normalize_seconds"] for one in run.dlt]
    both = [ORDERS / (one["extract_seconds"] + one["normalize_seconds"]) for one in run.dlt]
    new, seen, bare = (
        [ORDERS / one["seconds"] for one in figures] for figures in (run.new, run.seen, run.bare)
    )
    size = run.bare[0]["bytes"] / ORDERS
    section = Section(
        f"Orders a second, LunaSoft, {ORDERS:,} orders of {size:,.0f} bytes in pages of 50, no AWS",
        ("orders/s", "x dlt extract + normalize", "x dlt extract alone"),
    )

    def row(what: str, figures: list[float], least: float | None = None) -> Row:
        times, of_extract = _ratio(figures, both), _ratio(figures, extract)
        budget = "" if least is None else f"at least {least:g} x both"
        verdict = "" if least is None else speed(times >= least)
        return Row(what, (spread(figures), f"{times:.2f}", f"{of_extract:.2f}"), budget, verdict)

    section.rows = [
        row("OrderBus, all of them new", new, 2),
        row("OrderBus, all of them seen before", seen, 2),
        row("dlt: extract", extract),
        row("dlt: normalize", normalize),
        row("dlt: extract + normalize", both),
        row("urllib3 + json, nothing done with it", bare),
        Row(
            "round trip on an open connection",
            (f"{round_trip_ms:.1f} ms", "", ""),
            f"none of the {_DELAY_MS} ms of Nagle",
            speed(round_trip_ms < _DELAY_MS / 4),
        ),
    ]
    section.notes = _notes(run)
    return section


def _ratio(these: list[float], those: list[float]) -> float:
    return median(one / other for one, other in zip(these, those, strict=True))


def _notes(run: _Run) -> list[str]:
    cpu = median(one["cpu_seconds"] / one["seconds"] for one in run.new)
    shares = f"{median(run.server_share):.0%} of OrderBus's time (new), OrderBus's own {cpu:.0%}"
    return [
        f"Medians of {REPETITIONS} repetitions, with least and greatest; ratios are of neighbours in time.",
        f"The provider is a process of its own on another core: its CPU time is {shares}.",
        "dlt stops where it has written its files: no load, no comparison with what it knew before.",
    ]
