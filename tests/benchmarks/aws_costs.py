"""AWS calls and write units for each new order, each order seen before and each poll that finds nothing."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.commands import Figures, worker
from tests.benchmarks.report import Row, Section, count

# What the functions log and count goes to standard output, where the answer is expected.
_QUIET = {"POWERTOOLS_LOG_LEVEL": "CRITICAL", "POWERTOOLS_METRICS_DISABLED": "true"}
_MOST_UNITS = 5
_MOST_CALLS = {"lunasoft": 4, "net32": 3, "retailys": 4, "zonos": 4}
_NAMES = {"lunasoft": "LunaSoft", "net32": "Net32", "retailys": "Retailys", "zonos": "Zonos"}
_BATCH = 100


def measure() -> Section:
    """Count, and return the table.

    Raises:
        MeasuringError: The functions did not do what they were to be counted at.
    """
    with worker("tests.benchmarks.aws_worker", environment=_QUIET) as counting:
        figures = counting.ask()
    section = Section("AWS calls and write units, by moto", ("calls", "writes", "write units"))
    for provider, name in _NAMES.items():
        section.rows += _rows(name, figures[provider], _MOST_CALLS[provider])
    section.rows += [_command(what, counted) for what, counted in figures["commands"].items()]
    section.notes = [
        "An order's bytes are those of its normalized form. Units follow from the items by DynamoDB's rule.",
        f"A batch is one BatchGetItem for at most {_BATCH} orders that are compared with the ledger.",
        "A command's calls are those beside its queue's.",
        "Not cached: the connection is read too, as every five minutes. A changed order is one transaction.",
    ]
    return section


def _rows(name: str, figures: Figures, most_calls: int) -> Iterator[Row]:
    new = figures["new"]
    yield _new_order(f"{name}: a new order, {figures['relay']['bytes']:,} bytes", new)
    yield _around(f"{name}: that poll of {new['read']}, beside them", new)
    yield _event(name, figures["relay"])
    yield _poll(f"{name}: a poll, nothing new", figures["nothing"], most_calls)
    yield _poll(f"{name}: the same, not cached", figures["nothing, connection read"], most_calls)
    seen = figures["nothing"]
    if seen["read"]:
        yield _seen_order(name, seen)
    if "changed" in figures:
        yield _changed_order(name, figures["changed"])


def _new_order(what: str, new: Figures) -> Row:
    writes, units = (_of(new, each, "CURRENT") / new["read"] for each in ("writes", "units"))
    batches = _batches(new)
    held = writes == 1 and units <= _MOST_UNITS and batches <= _most_batches(new)
    calls = f"{writes + batches / new['read']:.2f}"
    budget = f"1 write, {_MOST_UNITS} units"
    return Row(
        what,
        (calls, f"{writes:g}", f"{units:g}"),
        budget,
        count(held),
    )


def _around(what: str, new: Figures) -> Row:
    calls = sum(new["calls"].values()) - _of(new, "writes", "CURRENT") - _batches(new)
    return Row(what, (_with_batches(calls, new), _writes(new, "STATE"), _units(new, "STATE")))


def _event(name: str, relay: Figures) -> Row:
    calls = sum(relay["calls"].values())
    held = calls <= -(-relay["read"] // 10)
    return Row(f"{name}: an event", (f"{calls / relay['read']:.2f}", "0", "0"), "1/10 PutEvents", count(held))


def _poll(what: str, poll: Figures, most_calls: int) -> Row:
    calls = sum(poll["calls"].values()) - _batches(poll)
    held = calls <= most_calls and _batches(poll) <= _most_batches(poll)
    budget = f"{most_calls} calls" + (" + 1 batch" if poll["read"] else "")
    return Row(
        what, (_with_batches(calls, poll), _writes(poll, "STATE"), _units(poll, "STATE")), budget, count(held)
    )


def _seen_order(name: str, poll: Figures) -> Row:
    writes = sum(poll["writes"].values()) - _of(poll, "writes", "STATE")
    calls = f"{_batches(poll) / poll['read']:.2f}"
    what = f"{name}: an order seen before"
    return Row(
        what,
        (calls, str(writes), "0" if not writes else _units(poll, "CURRENT")),
        "no write",
        count(not writes),
    )


def _changed_order(name: str, poll: Figures) -> Row:
    writes, units = (_of(poll, what, "CURRENT") + _of(poll, what, "EVENT") for what in ("writes", "units"))
    return Row(f"{name}: a changed order", ("1", str(writes), str(units)))


def _command(what: str, counted: Figures) -> Row:
    return Row(what, tuple(str(sum(counted[each].values())) for each in ("calls", "writes", "units")))


def _of(figures: Figures, what: str, kind: str) -> int:
    found: int = figures[what].get(kind, 0)
    return found


def _batches(figures: Figures) -> int:
    return _of(figures, "calls", "BatchGetItem")


def _most_batches(figures: Figures) -> int:
    most: int = -(-figures["read"] // _BATCH)
    return most


def _with_batches(calls: int, figures: Figures) -> str:
    return f"{calls}" + (f" + {_batches(figures)} batch" if _batches(figures) else "")


def _writes(figures: Figures, kind: str) -> str:
    return str(_of(figures, "writes", kind))


def _units(figures: Figures, kind: str) -> str:
    return str(_of(figures, "units", kind))
