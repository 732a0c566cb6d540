"""The relay: what a write put in its outbox goes to the bus, at least once and with the same id each time.

It never sleeps and never drops: what the bus refuses for now raises, and the batch comes again; what the bus
can never take is kept in the bucket under `refused/`, counted and passed over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from orderbus.domain.content import fingerprint
from orderbus.domain.errors import PublishError
from orderbus.domain.events import Event
from orderbus.domain.folders import refused_of
from orderbus.ports import Bus, Inbox, Refusal

# PutEvents takes ten entries, and all of them together may not be larger than one entry may be.
_ENTRIES = 10
_REQUEST_BYTES = 240_000


@dataclass(slots=True)
class Published:
    """What became of a batch."""

    sent: int = 0
    refused: int = 0


class Relay:
    """Sends events to a bus."""

    def __init__(self, bus: Bus, store: Inbox, size_of: Callable[[Event], int]) -> None:
        self._bus = bus
        self._store = store
        self._size_of = size_of

    def publish(self, events: Iterable[Event]) -> Published:
        """Send all events; those that can never be sent are kept and counted.

        Raises:
            PublishError: The bus refused some for now. All the others have been sent.
        """
        published = Published()
        failed: list[Refusal] = []
        for request in self._requests(events):
            refused = self._bus.send(request)
            published.sent += len(request) - len(refused)
            for refusal in refused:
                if refusal.final:
                    self._set_aside(refusal)
                    published.refused += 1
                else:
                    failed.append(refusal)
        if failed:
            codes = ", ".join(sorted({refusal.code for refusal in failed}))
            raise PublishError(
                f"the bus refused {len(failed)} events for now ({codes}); they will be sent again"
            )
        return published

    def keep_unreadable(self, record: dict[str, Any], reason: str) -> None:
        """Keep a record that no event can be made of, so that it neither blocks nor is lost."""
        self._store.put(
            f"refused/records/{fingerprint(record)}.json",
            json.dumps(record, default=str).encode(),
            {"reason": reason},
        )

    def _requests(self, events: Iterable[Event]) -> Iterator[list[Event]]:
        request: list[Event] = []
        size = 0
        for event in events:
            more = self._size_of(event)
            if request and (len(request) == _ENTRIES or size + more > _REQUEST_BYTES):
                yield request
                request, size = [], 0
            request.append(event)
            size += more
        if request:
            yield request

    def _set_aside(self, refusal: Refusal) -> None:
        event = refusal.event
        body = json.dumps({"code": refusal.code, "detail": event.detail()}, ensure_ascii=False).encode()
        key = f"{refused_of(event.subject)}{event.id}.json"
        self._store.put(key, body, {"code": refusal.code, "type": event.type})
