"""Memory with a backlog: 100,000 orders drained by one process, in several invocations; dlt beside it.

And with a provider whose list has no pages: a day of 100,000 orders, all of which have changed.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from statistics import mean

from tests.benchmarks.commands import Figures, MeasuringError, cores, worker
from tests.benchmarks.dlt_process import dlt_process
from tests.benchmarks.provider import FIRST_ID, provider
from tests.benchmarks.report import Row, Section, count, speed

ORDERS = 100_000
# As many as fit into an invocation of a minute or two: the backlog takes four.
PAGES = 600
_MOST_MIB = 128
_FLAT_MIB = 8
_OVERLAP = 50
_DETAILS = 1_000


def measure() -> Section:
    """Measure, and return the table.

    Raises:
        MeasuringError: A process did not answer.
    """
    one, other = cores()
    with (
        provider("backlog", ORDERS, cpu=None) as site,
        worker("tests.benchmarks.backlog_worker", cpu=one) as ours,
        dlt_process(cpu=other) as dlt,
        # At the same time, since no time is measured here.
        ThreadPoolExecutor() as both,
    ):
        drained = both.submit(ours.ask, url=site.url, pages=PAGES)
        extracted = both.submit(dlt.ask, url=site.url)
        return _section(drained.result(), extracted.result())


def _section(ours: Figures, dlt: Figures) -> Section:
    for figures, orders in ((ours, ours["created"]), (dlt, dlt["orders"])):
        if orders < ORDERS or not figures["resident_mib"]:
            raise MeasuringError(f"only {orders:,} of {ORDERS:,} orders arrived")
    most = max(_above(ours))
    early, late = _tenths(ours)
    dlt_early, dlt_late = _tenths(dlt)
    section = Section(f"Memory with a backlog of {ORDERS:,} LunaSoft orders, no AWS", ("OrderBus", "dlt"))
    section.rows = [
        Row(
            "MiB above the imports, at most",
            (f"{most:.1f}", f"{max(_above(dlt)):.1f}"),
            f"under {_MOST_MIB}",
            speed(most < _MOST_MIB),
        ),
        Row(
            "  in the second tenth, the last",
            (f"{early:.1f}, {late:.1f}", f"{dlt_early:.1f}, {dlt_late:.1f}"),
            "flat",
            speed(late - early < _FLAT_MIB),
        ),
        Row("MiB of the imports", (f"{ours['imports_mib']:.0f}", f"{dlt['imports_mib']:.0f}")),
        *_resumed(ours),
    ]
    section.notes = [
        f"OrderBus is out of time after {PAGES} pages of 50 and resumes at its cursor, with the overlap.",
        "Flat: the last tenth of the time is less than 8 MiB above the second.",
        "dlt extracts all of it in one run, and then normalizes it from its files.",
    ]
    return section


def measure_long_day() -> Section:
    """Measure, and return the table.

    Raises:
        MeasuringError: The process did not answer, or did not change what it was to.
    """
    cpu, _ = cores()
    with (
        provider("long day", ORDERS, cpu=None) as store,
        worker("tests.benchmarks.long_day_worker", cpu=cpu) as ours,
    ):
        figures = ours.ask(url=store.url, details=_DETAILS)
    if figures["changed"] != _DETAILS:
        raise MeasuringError(f"{figures['changed']:,} of {_DETAILS:,} orders were changed")
    most = max(_above(figures))
    section = Section(f"Memory with {ORDERS:,} changed Zonos orders of one day, no AWS", ("OrderBus",))
    section.rows = [
        Row(
            "MiB above the imports, at most", (f"{most:.1f}",), f"under {_MOST_MIB}", speed(most < _MOST_MIB)
        ),
        Row("MiB of the imports", (f"{figures['imports_mib']:.0f}",)),
    ]
    section.notes = [f"The list of a day has no pages. OrderBus is out of time after {_DETAILS:,} details."]
    return section


def _above(figures: Figures) -> list[float]:
    return [each - figures["imports_mib"] for each in figures["resident_mib"]]


def _tenths(figures: Figures) -> tuple[float, float]:
    above = _above(figures)
    tenth = max(1, len(above) // 10)
    return mean(above[tenth : 2 * tenth]), mean(above[-tenth:])


def _resumed(figures: Figures) -> list[Row]:
    once = figures["created"] == ORDERS and figures["cursor"] == str(FIRST_ID + ORDERS - 1)
    again = figures["again"] / max(1, figures["invocations"] - 1)
    return [
        Row(
            "orders created, invocations",
            (f"{figures['created']:,}, {figures['invocations']}", ""),
            "each once",
            count(once),
        ),
        Row(
            "read again at each resumption",
            (f"{again:.0f}", ""),
            f"{_OVERLAP} + 1",
            count(again <= _OVERLAP + 1),
        ),
    ]
