"""What can be said of an account that is not the kit's own: it is read as a connection would, and only read.

Nothing is placed, changed or acknowledged there, and no fault can be ordered. What is read goes to a ledger
in memory, which is forgotten: no event leaves. An account that hands each order out once is read only where
the caller says where the pages shall be kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from msgspec.structs import replace
from orderbus.domain.connections import Connection
from orderbus.domain.errors import OrderBusError
from orderbus.intake.progress import Report
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
_TOLD = 5


class PagesFolderError(Exception):
    """Pages cannot be kept in the folder that was given; the message says why, and what became of them."""


class KeptInbox(MemoryInbox):
    """An inbox whose pages are also files: the provider will not hand them out again.

    Raises:
        PagesFolderError: No file can be written there, which is tried before anything is read.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise PagesFolderError(
                f"{folder} cannot have the pages ({error.strerror}); nothing was read. Give another folder."
            ) from error

    def put(self, key: str, body: bytes, about: Mapping[str, str]) -> None:
        """Keep bytes under a key, and in a file of the key's last part.

        Raises:
            PagesFolderError: The folder, which took files, takes no more.
        """
        try:
            (self._folder / key.rsplit("/", 1)[1]).write_bytes(body)
        except OSError as error:
            raise PagesFolderError(
                f"{self._folder} does not take the page that was just read ({error.strerror}): its orders are"
                " gone at the provider and here. Look for them in the provider's portal."
            ) from error
        super().put(key, body, about)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was read of the account."""

    connection: Connection
    ledger: Ledger

    def orders(self) -> list[dict[str, Any]]:
        return [stored.load() for stored in self.ledger.orders.all().values()]

    def count(self) -> int:
        return len(self.orders()) + len(self.ledger.quarantine.entries)

    def warned(self, code: str) -> str:
        return self.wrong(sum(code in order["warnings"] for order in self.orders()))

    def unknown_statuses(self) -> str:
        holds = [{hold["reason"] for hold in order["holds"]} for order in self.orders()]
        return self.wrong(sum("unknown_status" in reasons for reasons in holds))

    def unreadable(self) -> str:
        entries = self.ledger.quarantine.entries.values()
        reasons = sorted({entry.reason for entry in entries})
        more = f"; and {len(reasons) - _TOLD} other reasons" if len(reasons) > _TOLD else ""
        told = f"{'; '.join(reasons[:_TOLD])}{more}"
        return f"{self.wrong(len(entries))}: {told}" if entries else ""

    def wrong(self, number: int) -> str:
        return f"not so of {number} of {self.count()} orders" if number else ""


_NO_ORDER = "no order was read"
_JUDGED: Mapping[str, Callable[[_Reading], str]] = {
    "each order can be normalized": _Reading.unreadable,
    "amounts add up": lambda reading: reading.warned("totals_mismatch"),
    "each order says when it was placed": lambda reading: reading.warned("no_placed_at"),
    "countries are known": lambda reading: reading.warned("unknown_country"),
    "statuses are known": _Reading.unknown_statuses,
}


def check_account(connection: Connection, *, keep_pages_in: Path | None = None) -> Iterator[Result]:
    """Read an account, and say what of it holds; it ends where the account cannot be read.

    Args:
        connection: The account; whatever its mode, it is only read.
        keep_pages_in: Where the pages of a destructive read go; without it such an account is not read.

    Yields:
        One result after the other.

    Raises:
        PagesFolderError: The pages cannot be kept there.
    """
    profile = profile_of(connection.provider)
    if profile.read == "drain" and keep_pages_in is None:
        said = (
            f"{connection.provider} hands each order out once: this would take the orders from you;"
            " to do so all the same, say with --take-orders-into where to keep their pages"
        )
        yield Result("the account can be read", "not applicable", said)
        return
    ledger, kept = Ledger(), ""
    if profile.read == "drain" and keep_pages_in is not None:
        ledger.inbox, kept = KeptInbox(keep_pages_in), f"; what came is in {keep_pages_in}"
    reading = _Reading(_only_read(connection, profile), ledger)
    answer = _poll(reading)
    if answer.error is not None:
        yield Result("the account can be read", "fails", f"{answer.error}{kept}")
        return
    yield Result("the account can be read", "holds", f"{_came(reading, answer)}{kept}")
    for name, judge in _JUDGED.items():
        yield _judged(name, judge(reading)) if reading.count() else Result(name, "not applicable", _NO_ORDER)
    why_not = _once(profile) or ("" if reading.orders() else _NO_ORDER)
    partly = "" if answer.complete else "the list was not read to its end"
    for name, again, reason in (
        ("read again, an order is the same", _read_again, why_not or partly),
        ("read by itself, an order is as it is listed", _details, why_not),
    ):
        yield Result(name, "not applicable", reason) if reason else _judged(name, again(reading, profile))


def _came(reading: _Reading, answer: Report) -> str:
    start = reading.connection.options.get("start_at", "all")
    since = "" if start == "all" else f" since {start}"
    more = "" if answer.complete else f"; there are more, but {_SECONDS:.0f} seconds are over"
    return f"{reading.count()} orders{since} were read{more}"


def _only_read(connection: Connection, profile: Profile) -> Connection:
    start = (datetime.now(UTC) - _RECENT).isoformat(timespec="seconds")
    recent = {"start_at": start} if profile.has_start else {}
    return replace(connection, mode="read_only", options={**recent, **connection.options})


def _poll(reading: _Reading) -> Report:
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


def _once(profile: Profile) -> str:
    return "an order is handed out once" if profile.read == "drain" else ""


def _read_again(reading: _Reading, _profile: Profile) -> str:
    changed = reading.wrong(_poll(reading).tally.updated)
    return changed and f"{changed}; unless they changed meanwhile, a field is not stable"


def _details(reading: _Reading, profile: Profile) -> str:
    source: Any = profile.make_source(reading.connection, lambda: datetime.now(UTC))
    ledger, tally = reading.ledger, Tally()
    receiver = Receiver(source, ledger.orders, ledger.quarantine, ledger.inbox, lambda: datetime.now(UTC))
    asked = [order["external_id"] for order in reading.orders()[:_DETAILS]]
    try:
        receiver.receive([source.read_again(external_id) for external_id in asked], tally)
    except OrderBusError as error:
        return str(error)
    wrong = tally.updated + tally.quarantined
    return f"not so of {wrong} of {len(asked)} orders" if wrong else ""
