"""A poll of a provider that lists orders by ascending id: the next page begins at the last id of this one.

The poll begins below the cursor, since an id can become visible late: by 50 orders, which is 50 ids or more.
So one order with an id far above the rest does not move the beginning past the others.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from orderbus.domain.errors import NotNormalizableError, ProviderError, UnclearError
from orderbus.domain.orders import order_id
from orderbus.intake.list_poll import ListPoll, ListRun
from orderbus.intake.source import RawOrder, Source
from orderbus.ports import ConnectionState

OVERLAP = 50
# What one BatchGetItem compares with the ledger at once.
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `next_page` is None on the last one."""

    rows: list[RawOrder]
    next_page: int | None


class KeysetSource(Source, Protocol):
    """A source that lists by id."""

    def list_page(self, from_id: int | None, page: int | None) -> Page:
        """Return orders with at least that id, ascending; all from the connection's start without one."""


_Row = tuple[int | None, RawOrder]
"""An order of the list and its id, where it has one."""


class KeysetPoll(ListPoll[KeysetSource]):
    """One poll of one connection."""

    def __init__(self, run: ListRun[KeysetSource]) -> None:
        super().__init__(run)
        self._newest: list[int] = []

    def _read(self) -> bool:
        began = self._progress.state
        batch: list[_Row] = []
        for rows in self._pages(self._begin()):
            batch += rows
            out_of_time = self._out_of_time()
            while len(batch) >= _BATCH or (out_of_time and batch):
                self._receive(batch[:_BATCH])
                self._advance()
                del batch[:_BATCH]
            if out_of_time and self._has_moved_since(began):
                return False
        self._receive(batch)
        self._read_watched()
        self._progress.complete(*self._reached(), key=int)
        return True

    def _read_watched(self) -> None:
        listed = [order_id(self._source.connection, str(id_)) for id_ in self._newest]
        try:
            self._watches.run(listed, self._report)
        except ProviderError:
            self._advance()  # the list was read whole
            raise

    def _has_moved_since(self, began: ConnectionState) -> bool:
        """Say whether the next poll begins further on; one that ended before would end there each time."""
        state = self._progress.state
        return (state.cursor, state.floor) != (began.cursor, began.floor)

    def _begin(self) -> int | None:
        floor = self._progress.state.floor
        return None if floor is None else int(floor)

    def _pages(self, begin: int | None) -> Iterator[list[_Row]]:
        """Yield the rows of each page, without the one that an inclusive cursor repeats.

        Raises:
            UnclearError: The list is not in the order that was asked for, or does not come to an end.
        """
        from_id, number = begin, None
        before: list[Any] | None = None
        repeated: int | None = None
        while True:
            page = self._source.list_page(from_id, number)
            rows = [(numeric_id(self._source, row.value), row) for row in page.rows]
            by_row = [id_ for id_, _ in rows]
            ids = self._sorted(by_row)
            goes_on = bool(ids) and ids[-1] > ids[0]
            this = by_row if goes_on else [row.value for _, row in rows]
            if this == before and page.next_page is not None:
                raise UnclearError(
                    f"{self._source.connection}: the list of orders repeats a page; nothing is skipped"
                )
            before = this
            if repeated is not None:
                rows = [row for row in rows if row[0] != repeated]
            yield rows
            if page.next_page is None:
                return
            if goes_on:
                from_id, number, repeated = ids[-1], None, ids[-1]
            else:
                # To begin at its last id would give this page again (rows without an id): turn it.
                number = page.next_page

    def _sorted(self, by_row: list[int | None]) -> list[int]:
        ids = [id_ for id_ in by_row if id_ is not None]
        if ids != sorted(ids):
            raise UnclearError(
                f"{self._source.connection}: the list is not sorted by ascending id as it was asked to be;"
                " the cursor stays where it is"
            )
        return ids

    def _receive(self, batch: list[_Row]) -> None:
        if not batch:
            return
        self._receiver.receive([row for _, row in batch], self._report.tally)
        for id_, _ in batch:
            if id_ is None:
                continue
            if not self._newest or id_ > self._newest[-1]:  # as nearly always
                self._newest.append(id_)
            elif id_ not in self._newest:
                insort(self._newest, id_)
        del self._newest[: -OVERLAP - 1]

    def _advance(self) -> None:
        self._progress.advance(*self._reached(), key=int)

    def _reached(self) -> tuple[str | None, str | None]:
        """Return the greatest id that is durable, and the id that many orders below it, where there are."""
        if not self._newest:
            return None, None
        # With fewer orders than the overlap the next poll begins at the connection's start again.
        return str(self._newest[-1]), str(self._newest[0]) if len(self._newest) > OVERLAP else None


def numeric_id(source: Source, value: Any) -> int | None:
    """Return the order's id as a number, or None where it has none."""
    try:
        return int(source.external_id(value))
    except (NotNormalizableError, ValueError):
        return None
