"""What no order can be made of is set aside: raw bytes, a reason and an event, each input once."""

from __future__ import annotations

from collections.abc import Sequence

from orderbus.domain.events import Intake, event_id
from orderbus.domain.times import stamp
from orderbus.intake.raw_forms import hex_digest, raw_form
from orderbus.intake.source import RawOrder
from orderbus.ports import Clock, Inbox, OutboxEntry, Quarantine, Quarantined

Unreadable = tuple[RawOrder, str, str]
"""What no order can be made of, what it is about (an order id, or the connection), and the reason."""


class Aside:
    """The quarantine of one connection."""

    def __init__(
        self,
        provider: str,
        connection: str,
        quarantine: Quarantine,
        store: Inbox,
        clock: Clock,
        intake: Intake,
    ) -> None:
        self._provider = provider
        self._connection = connection
        self._quarantine = quarantine
        self._store = store
        self._clock = clock
        self._intake = intake

    def not_there(self, raws: Sequence[RawOrder]) -> list[RawOrder]:
        """Return those that are not in quarantine yet."""
        hashes = [hex_digest(raw_form(raw.value)) for raw in raws]
        known = self._quarantine.known(self._connection, hashes)
        return [raw for raw, digest in zip(raws, hashes, strict=True) if digest not in known]

    def put(self, unreadable: Sequence[Unreadable]) -> int:
        """Add what is not there yet, each with its event; return how many."""
        bodies = [raw_form(raw.value) for raw, _, _ in unreadable]
        hashes = [hex_digest(body) for body in bodies]
        known = self._quarantine.known(self._connection, hashes) if hashes else set()
        added = 0
        for (raw, subject, reason), body, digest in zip(unreadable, bodies, hashes, strict=True):
            if digest in known:
                continue
            known.add(digest)  # a page may have it twice
            key = f"quarantine/{self._connection}/{digest}.json"
            self._store.put(key, body, {"view": raw.view.name})
            entry = Quarantined(
                connection=self._connection,
                provider=self._provider,
                sha256=digest,
                key=key,
                reason=reason,
                subject=subject,
                view=raw.view.name,
                read_at=raw.read_at,
            )
            quarantine_event(self._quarantine, entry, stamp(self._clock()), self._intake)
            added += 1
        return added


def quarantine_event(quarantine: Quarantine, entry: Quarantined, now: str, intake: Intake) -> None:
    """Set an entry aside together with its `order.quarantined.v1`."""
    event = OutboxEntry(
        id=event_id(entry.subject, "order.quarantined.v1", entry.sha256),
        type="order.quarantined.v1",
        subject=entry.subject,
        time=now,
        provider=entry.provider,
        connection=entry.connection,
        data={
            "reason": entry.reason,
            "key": entry.key,
            "sha256": entry.sha256,
            "whole_page": entry.whole_page,
        },
        attributes={"intake": intake},
    )
    quarantine.add(entry, event)
