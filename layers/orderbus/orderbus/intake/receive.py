"""Receiving orders: raw ones in, new revisions in the ledger, the unreadable in quarantine.

Nothing is written for an order that has not changed, and a refused write counts as a write: what was read is
compared with the ledger first. A stale read never wins; the loser asks the provider again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import Struct

from orderbus.domain.content import (
    changes_between,
    content_of,
    fingerprint,
    lay_over,
    usual,
)
from orderbus.domain.errors import NotFoundError, NotNormalizableError, UnclearError
from orderbus.domain.events import Intake, OrderFact, event_id, order_facts
from orderbus.domain.orders import Order, blocked_by, checked_json, order_id
from orderbus.domain.times import stamp
from orderbus.domain.watches import held_as_not_found, next_read
from orderbus.intake.aside import Aside, Unreadable
from orderbus.intake.raw_forms import hex_digest, raw_form, refuse_unstorable
from orderbus.intake.source import RawOrder, Source, View
from orderbus.ports import (
    Clock,
    Inbox,
    OrderRecord,
    Orders,
    OutboxEntry,
    Quarantine,
    StoredOrder,
)

# Two runs that meet on one order: each loses at most so often before it leaves the order to the next poll.
_TRIES = 4
_LONGEST_ID = 200
# The view, and the hash, of an order that its provider no longer knows.
_MISSING = "missing"


@dataclass(slots=True)
class Tally:
    """What became of the orders that were read."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    quarantined: int = 0  # not normalized, also where it has been in quarantine since an earlier read
    set_aside: int = 0  # of these, put into quarantine now
    skipped: int = 0  # placed before the connection's `start_at`
    unknown_status: int = 0  # created or updated with a status that is not known, and so held


class _Candidate(Struct, frozen=True, gc=False):
    raw: RawOrder
    raw_hash: str
    order_id: str
    unusual: bytes = b""  # its raw form, where that has to be checked before an order is made of it


class Receiver:
    """Receives the orders of one connection."""

    def __init__(
        self,
        source: Source,
        orders: Orders,
        quarantine: Quarantine,
        store: Inbox,
        clock: Clock,
        intake: Intake = "live",
    ) -> None:
        self._source = source
        self._orders = orders
        self._aside = Aside(source.provider, source.connection, quarantine, store, clock, intake)
        self._clock = clock
        self._intake = intake

    def receive(
        self, raws: Sequence[RawOrder], tally: Tally, known: Mapping[str, StoredOrder] | None = None
    ) -> None:
        """Bring orders into the ledger; when it returns, each of them is durable.

        Args:
            raws: Orders as read, in any order; the same one may come twice.
            tally: Counts what became of them.
            known: What the ledger has of them, by order id, where the caller has asked it already.
        """
        tally.read += len(raws)
        identified, unreadable = self._identify(raws)
        if known is None:
            asked = [known_as for known_as, raw in identified if raw.view.repeats]
            known = self._orders.find(asked) if asked else {}
        for known_as, raw in identified:
            try:
                # All of one order, then the next: what was just read of it is near.
                self._receive_one(_candidate(raw, known_as), known.get(known_as), tally)
            except NotNormalizableError as reason:
                unreadable.append((raw, known_as, str(reason)))
        self.set_aside(self._without_erased(unreadable), tally)

    def _without_erased(self, unreadable: list[Unreadable]) -> list[Unreadable]:
        """Return what may be kept; of a view that shows an order once, nobody has asked the ledger yet."""
        own = self._source.connection  # what an order without an id is known as
        asked = [known_as for raw, known_as, _ in unreadable if not raw.view.repeats and known_as != own]
        found = self._orders.find(asked, consistent=True) if asked else {}
        erased = {each.order_id for each in found.values() if each.erased}
        return [each for each in unreadable if each[1] not in erased]

    def read_again(self, stored: StoredOrder, tally: Tally) -> None:
        """Ask the provider for a known order; one that it no longer knows is held until it does.

        Raises:
            ProviderError: The provider did not answer with the order.
        """
        asked = self._ask(stored)
        if asked is None:
            return
        tally.read += 1
        try:
            self._receive_one(asked, stored, tally)
        except NotNormalizableError as reason:
            self.set_aside([(asked.raw, stored.order_id, str(reason))], tally)

    def _ask(self, stored: StoredOrder) -> _Candidate | None:
        """Return the order as the provider shows it now; None where it shows an order once."""
        external_id = stored.order_id.removeprefix(f"{self._source.connection}:")
        sent = self._clock()
        try:
            raw = self._source.read_again(external_id)
        except NotFoundError:
            missing = RawOrder(None, View(_MISSING, unseen=stored.unseen), sent)
            return _Candidate(missing, _MISSING, stored.order_id)
        if raw is None:
            return None
        if not self._is_of(raw, external_id):
            raise UnclearError(f"{stored.order_id}: the provider's answer is not this order")
        return _candidate(raw, stored.order_id)

    def _is_of(self, raw: RawOrder, external_id: str) -> bool:
        try:
            return self._source.external_id(raw.value) == external_id
        except NotNormalizableError:
            return False

    def _identify(self, raws: Iterable[RawOrder]) -> tuple[list[tuple[str, RawOrder]], list[Unreadable]]:
        identified: list[tuple[str, RawOrder]] = []
        unreadable: list[Unreadable] = []
        for raw in raws:
            try:
                external_id = self._checked_id(raw.value)
            except NotNormalizableError as reason:
                unreadable.append((raw, self._source.connection, str(reason)))
                continue
            identified.append((order_id(self._source.connection, external_id), raw))
        return identified, unreadable

    def _checked_id(self, value: Any) -> str:
        external_id = self._source.external_id(value)
        if not (0 < len(external_id) <= _LONGEST_ID and external_id.isascii() and external_id.isprintable()):
            raise NotNormalizableError(f"the order's id is not 1 to {_LONGEST_ID} printable ASCII characters")
        return external_id

    def _receive_one(self, candidate: _Candidate, stored: StoredOrder | None, tally: Tally) -> None:
        for _ in range(_TRIES):
            if stored is None:
                stored = self._add(candidate, tally)
                if stored is None:
                    return
            outcome = self._compare(candidate, stored)
            if outcome is None:
                self._mark(stored, candidate.raw)
                tally.unchanged += 1
                return
            if candidate.raw.read_at <= stored.read_at:
                fresh = self._ask(stored)
                if fresh is None:  # a provider that shows an order once: what it showed later stands
                    tally.unchanged += 1
                    return
                candidate = fresh
            elif self._orders.change(stored, outcome):
                tally.updated += 1
                tally.unknown_status += _is_unknown(outcome.order)
                return
            stored = self._orders.find([candidate.order_id], consistent=True).get(candidate.order_id)
        tally.unchanged += 1  # it is durable, and the next poll compares it again

    def _add(self, candidate: _Candidate, tally: Tally) -> StoredOrder | None:
        """Write an order first seen; return the one that another run has written meanwhile."""
        order = self._normalized(candidate)
        if self._before_start(order):
            tally.skipped += 1
            return None
        read = self._json(order)
        facts = order_facts(None, read, [])
        there = self._orders.add(self._record(candidate, read, 1, candidate.raw.view.unseen, facts, []))
        if there is None:
            tally.created += 1
            tally.unknown_status += _is_unknown(read)
        return there

    def _mark(self, stored: StoredOrder, raw: RawOrder) -> None:
        """Note what a list shows of an order that has not changed, so that it is not read each time."""
        if raw.marker is not None and raw.marker != stored.marker and not stored.erased:
            self._orders.mark(stored, raw.marker)

    def _before_start(self, order: Order) -> bool:
        start = self._source.start_at
        return start is not None and order.placed_at is not None and order.placed_at < start

    def _compare(self, candidate: _Candidate, stored: StoredOrder) -> OrderRecord | None:
        """Return the next revision, or None where the provider's word has not changed."""
        view = candidate.raw.view
        # The same raw is no change, also after an upgrade of the mapping.
        if stored.erased or stored.raw_hashes.get(view.name) == candidate.raw_hash:
            return None
        before = stored.load()
        after = self._after(candidate, before)
        known, learned = (content_of(each, without=stored.unseen) for each in (before, after))
        if known == learned:
            return None
        # What is learned beside a change is told with it, but is no change that makes an event.
        facts = order_facts(before, after, changes_between(known, learned))
        changes = changes_between(content_of(before), content_of(after))
        unseen = stored.unseen & view.unseen
        revision = stored.revision + 1
        return self._record(candidate, after, revision, unseen, facts, changes)

    def _after(self, candidate: _Candidate, before: dict[str, Any]) -> dict[str, Any]:
        view = candidate.raw.view
        if view.name == _MISSING:
            return held_as_not_found(before, since=candidate.raw.read_at)
        return lay_over(self._json(self._normalized(candidate)), before, unseen=view.unseen)

    def _normalized(self, candidate: _Candidate) -> Order:
        if candidate.unusual:
            refuse_unstorable(candidate.raw.value, candidate.unusual)
        return self._source.normalize(candidate.raw.value, now=self._clock())

    def _json(self, order: Order) -> dict[str, Any]:
        read = checked_json(order)
        reasons = blocked_by(order, ship_test_orders=self._source.ship_test_orders)
        read["shippable"], read["blocked_by"] = not reasons, list(reasons)
        return read

    def _record(
        self,
        candidate: _Candidate,
        order: dict[str, Any],
        revision: int,
        unseen: frozenset[str],
        facts: Sequence[OrderFact],
        changes: list[dict[str, Any]],
    ) -> OrderRecord:
        view = candidate.raw.view
        published = order | {
            "revision": revision,
            "content_hash": fingerprint(content_of(order)),
        }
        now = self._clock()
        time = stamp(now)
        return OrderRecord(
            order_id=candidate.order_id,
            connection=self._source.connection,
            revision=revision,
            order=published,
            # The hashes of other views are forgotten: what they showed before is no longer what is stored.
            raw_hashes={view.name: candidate.raw_hash},
            unseen=unseen,
            read_at=candidate.raw.read_at,
            outbox=[self._entry(candidate.order_id, fact, revision, published, time) for fact in facts],
            changes=changes,
            watch_at=self._watch_at(order, now),
            marker=candidate.raw.marker,
        )

    def _watch_at(self, order: dict[str, Any], now: datetime) -> datetime | None:
        placed_at = order["placed_at"] and datetime.fromisoformat(order["placed_at"])
        begin = self._source.watch_from(placed_at, now)
        return next_read(order, reads=0, now=now, begin=begin) if begin is not None else None

    def _entry(
        self, subject: str, fact: OrderFact, revision: int, order: dict[str, Any], now: str
    ) -> OutboxEntry:
        return OutboxEntry(
            id=event_id(subject, fact, str(revision)),
            type=fact,
            subject=subject,
            time=now,
            provider=self._source.provider,
            connection=self._source.connection,
            attributes={"test": order["test"], "revision": revision, "intake": self._intake},
        )

    def not_aside(self, raws: Sequence[RawOrder]) -> list[RawOrder]:
        """Return those that are not in quarantine yet."""
        return self._aside.not_there(raws)

    def set_aside(self, unreadable: Sequence[Unreadable], tally: Tally) -> None:
        """Quarantine what is not there yet; what is there already is neither written nor stored again."""
        tally.quarantined += len(unreadable)
        tally.set_aside += self._aside.put(unreadable)


def _candidate(raw: RawOrder, known_as: str) -> _Candidate:
    try:
        return _Candidate(raw, hex_digest(usual(raw.value)), known_as)
    except TypeError:
        form = raw_form(raw.value)
        return _Candidate(raw, hex_digest(form), known_as, unusual=form)


def _is_unknown(order: Mapping[str, Any]) -> bool:
    holds = order["holds"]
    return bool(holds) and any(hold["reason"] == "unknown_status" for hold in holds)
