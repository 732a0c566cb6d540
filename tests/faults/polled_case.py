"""What the cases of all fetches have in common: how they are polled, and what must come of a list."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.world import World


@dataclass
class PolledCase:
    """A stack with a connection that its schedule polls."""

    world: World
    connection: ClassVar[str]

    def poll(self) -> dict[str, Any]:
        """Poll as the schedule does, in a process of its own."""
        self.world.restart()
        return self.world.poll(self.connection, scheduled=True)

    def poll_later(self) -> dict[str, Any]:
        """Poll when any backoff, and the deadline of any reading, is over."""
        self.world.pass_time(minutes=16)
        return self.poll()


@dataclass
class ListCase(PolledCase):
    """One whose list has more since the first poll: orders that are changed, late, new and bad."""

    cursors: list[str] = field(default_factory=list)
    "Each cursor that was written, in order."
    created: ClassVar[tuple[int, ...]]
    changed: ClassVar[int]
    bad: ClassVar[int]

    def read_cursor(self, text: str) -> Any:
        """Return what cursors are compared by."""
        raise NotImplementedError

    def relay(self) -> list[dict[str, Any]]:
        """Publish what the stream has, and note the cursors in it; return what the subscriber got."""
        records = self.world.records()
        images = [record["dynamodb"].get("NewImage", {}) for record in records]
        self.cursors += [image["cursor"]["S"] for image in images if "cursor" in image]
        self.world.invoke("publish_events", {"Records": records})
        return self.world.receive()

    def cursor_and_orders(self) -> tuple[Any, set[int], set[int]]:
        """Return where the connection stands, and the orders that are in the ledger and in quarantine."""
        items = [(item["pk"]["S"], item["sk"]["S"], item) for item in self.world.items()]
        cursor = self.read_cursor(next(item["cursor"]["S"] for _, sort, item in items if sort == "STATE"))
        stored = {_number(key) for key, _, _ in items if key.startswith("ORDER#")}
        aside = {self.bad for _, sort, _ in items if sort.startswith("QUARANTINE#")}
        return cursor, stored, aside

    def told(self) -> list[tuple[str, int, int]]:
        """Return type, order and revision of what the subscriber got: each once, the cursor never back."""
        events = self.relay()
        assert len({event["id"] for event in events}) == len(events)
        cursors = [self.read_cursor(cursor) for cursor in self.cursors]
        assert cursors == sorted(cursors)
        return sorted(
            (event["type"], _number(event["subject"]), event.get("revision", 0)) for event in events
        )

    def check_events(self, *, updates: int = 1) -> None:
        """Check what the subscriber got since the first poll."""
        assert self.told() == [
            *(("order.created.v1", order, 1) for order in sorted(self.created)),
            ("order.quarantined.v1", self.bad, 0),
            *(("order.updated.v1", self.changed, 2 + update) for update in range(updates)),
        ]


def _number(order_id: str) -> int:
    return int(order_id.replace("-", ":").rpartition(":")[2])
