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
REPETITIONS = 25
# The delay that Nagle's algorithm and delayed acknowledgements add on Linux is 40 ms.
_DELAY_MS = 40


@dataclass
class _Run:
    """The figures of all repetitions, the kinds in turn, so that a busy machine hits all alike."""

    new: list[Figures] = field(default_factory=list)
    seen: list[Figures] = field(default_factory=list)
    dlt: list[Figures] = field(default_factory=list)
    bare: list[Figures] = field(default_factory=list)


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
    run.new.append(_asked(site, ours, what="new"))
    run.dlt.append(_asked(site, dlt))
    run.seen.append(_asked(site, ours, what="seen"))
    run.bare.append(_asked(site, bare, what="list"))


def _asked(site: ProviderProcess, worker: Worker, **command: str) -> Figures:
    """Have all orders read, and note the provider's own CPU time beside the figures."""
    before = site.cpu_seconds()
    figures = worker.ask(url=site.url, **command)
    if figures["orders"] != ORDERS:
        raise MeasuringError(f"{figures['orders']} orders were read where there are {ORDERS}")
    return figures | {"server_seconds": site.cpu_seconds() - before}


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
        ("orders/s", "x dlt both", "x dlt extract"),
    )

    def row(what: str, figures: list[float], least: float | None = None) -> Row:
        times, of_extract = _ratio(figures, both), _ratio(figures, extract)
        budget = "" if least is None else f"{least:g} x dlt both"
        verdict = "" if least is None else speed(times >= least)
        return Row(what, (spread(figures), f"{times:.2f}", f"{of_extract:.2f}"), budget, verdict)

    section.rows = [
        row("OrderBus, all new", new, 2),
        row("OrderBus, all seen before", seen, 2),
        row("dlt: extract", extract),
        row("dlt: normalize", normalize),
        row("dlt: both", both),
        row("urllib3 + json alone", bare),
        Row(
            "a round trip",
            (f"{round_trip_ms:.1f} ms", "", ""),
            f"not Nagle's {_DELAY_MS} ms",
            speed(round_trip_ms < _DELAY_MS / 4),
        ),
    ]
    section.notes = _notes(run)
    return section


def _ratio(these: list[float], those: list[float]) -> float:
    return median(one / other for one, other in zip(these, those, strict=True))


def _notes(run: _Run) -> list[str]:
    busy = median(one["cpu_seconds"] / one["seconds"] for one in run.new)
    ours, bare = (
        median(one["server_seconds"] / one["seconds"] for one in figures) for figures in (run.new, run.bare)
    )
    dlt = median(one["server_seconds"] / one["extract_seconds"] for one in run.dlt)
    return [
        f"Medians of {REPETITIONS} repetitions, with least and greatest; ratios are of neighbours in time.",
        f"The provider, on another core, is at work for {ours:.0%} of OrderBus's time (new), {dlt:.0%} of",
        f"dlt's extract, {bare:.0%} of the bare loop. OrderBus's own CPU is, for {busy:.0%} of its time.",
        "dlt stops where it has written its files: no load, no comparison with what it knew before.",
    ]
