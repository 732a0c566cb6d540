"""What can be said of an account that is not the kit's own: it is read as a connection would, and only read.

Nothing is placed, changed or acknowledged there, and no fault can be ordered. What is read goes to a ledger
in memory, which is forgotten: no event leaves. An account that hands each order out once is read only where
the caller says where the pages shall be kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from orderbus.domain.connections import Connection
from orderbus.domain.errors import OrderBusError
from orderbus.intake.receive import Receiver, Tally
from orderbus.providers.profile import Profile
from orderbus.providers.registry import profile_of

from infra.conformance.ledger import Ledger, MemoryInbox
from infra.conformance.polls import poll_once
from infra.conformance.run import Result

# Of an account with many orders these are enough to judge it by, and few enough to be polite.
_RECENT = timedelta(days=7)
_SECONDS = 30.0
_DETAILS = 3


class KeptInbox(MemoryInbox):
    """An inbox whose pages are also files: the provider will not hand them out again."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def put(self, key: str, body: bytes, about: Mapping[str, str]) -> None:
        """Keep bytes under a key, and in a file of the key's last part."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / key.rsplit("/", 1)[1]).write_bytes(body)
        super().put(key, body, about)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was read of the account."""

    connection: Connection
    ledger: Ledger

    def orders(self) -> list[dict[str, Any]]:
        return [stored.load() for stored in self.ledger.orders.all().values()]

    def warned(self, code: str) -> int:
        return sum(code in order["warnings"] for order in self.orders())


def check_account(connection: Connection, *, keep_pages_in: Path | None = None) -> Iterator[Result]:
    """Read an account, and say what of it holds; it ends where the account cannot be read.

    Args:
        connection: The account; whatever its mode, it is only read.
        keep_pages_in: Where the pages of a destructive read go; without it such an account is not read.

    Yields:
        One result after the other.
    """
    profile = profile_of(connection.provider)
    if profile.read == "drain" and keep_pages_in is None:
        said = f"{connection.provider} hands each order out once: this would take the orders from you"
        yield Result("the account can be read", "not applicable", said)
        return
    ledger = Ledger()
    if keep_pages_in is not None:
        ledger.inbox = KeptInbox(keep_pages_in)
    reading = _Reading(_only_read(connection, profile), ledger)
    answer = _poll(reading)
    if answer.error is not None:
        yield Result("the account can be read", "fails", str(answer.error))
        return
    yield Result("the account can be read", "holds", f"{len(reading.orders())} orders were read")
    yield _judged("each order can be normalized", _unreadable(reading))
    yield _judged("amounts add up", _counted(reading.warned("totals_mismatch"), "say that they do not"))
    yield _judged("each order says when it was placed", _counted(reading.warned("no_placed_at"), "do not"))
    yield _judged("countries are known", _counted(reading.warned("unknown_country"), "have one that is not"))
    yield _judged("statuses are known", _counted(_unknown_statuses(reading), "have one that is not"))
    yield _read_again(reading, profile)
    yield _details(reading, profile)


def _only_read(connection: Connection, profile: Profile) -> Connection:
    recent = {"start_at": (datetime.now(UTC) - _RECENT).isoformat()} if profile.has_start else {}
    return replace(connection, mode="read_only", options={**recent, **connection.options})


def _poll(reading: _Reading) -> Any:
    until = time.monotonic() + _SECONDS
    return poll_once(
        reading.connection,
        reading.ledger,
        lambda: datetime.now(UTC),
        scheduled=False,
        out_of_time=lambda: time.monotonic() > until,
    )


def _judged(name: str, wrong: str) -> Result:
    return Result(name, "fails", wrong) if wrong else Result(name, "holds")


def _counted(number: int, wrong: str) -> str:
    return f"{number} orders {wrong}" if number else ""


def _unreadable(reading: _Reading) -> str:
    reasons = sorted({entry.reason for entry in reading.ledger.quarantine.entries.values()})
    return "; ".join(reasons)


def _unknown_statuses(reading: _Reading) -> int:
    return sum(any(hold["reason"] == "unknown_status" for hold in each["holds"]) for each in reading.orders())


def _read_again(reading: _Reading, profile: Profile) -> Result:
    name = "read again, an order is the same"
    if profile.read == "drain":
        return Result(name, "not applicable", "an order is handed out once")
    changed = _poll(reading).tally.updated
    return _judged(name, _counted(changed, "differ; unless they changed meanwhile, a field is not stable"))


def _details(reading: _Reading, profile: Profile) -> Result:
    name = "read by itself, an order is as it is listed"
    if profile.read == "drain":
        return Result(name, "not applicable", "an order is handed out once")
    source: Any = profile.make_source(reading.connection, lambda: datetime.now(UTC))
    ledger, tally = reading.ledger, Tally()
    receiver = Receiver(source, ledger.orders, ledger.quarantine, ledger.inbox, lambda: datetime.now(UTC))
    asked = [order["external_id"] for order in reading.orders()[:_DETAILS]]
    try:
        receiver.receive([source.read_again(external_id) for external_id in asked], tally)
    except OrderBusError as error:
        return _judged(name, str(error))
    wrong = _counted(tally.updated, "differ") or _counted(tally.quarantined, "cannot be normalized")
    return _judged(name, wrong)
