"""The door of publish_events: stream records to the bus; or, with `since`, the ledger's events once more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from orderbus.aws.bus import EventBridgeBus, detail_text
from orderbus.aws.inbox import BucketInbox
from orderbus.aws.outbox import UnreadableError, events_of_image, events_of_record, recorded_since
from orderbus.domain.errors import ConfigurationError, PublishError
from orderbus.domain.events import SOURCE, Event
from orderbus.domain.times import parse_time
from orderbus.relay import Published, Relay
from orderbus.runtime import clients
from orderbus.runtime.door import door
from orderbus.runtime.observability import Context, count, done
from orderbus.runtime.settings import PublishSettings, from_environment

_RESERVE_MS = 10_000
# AWS counts 14 bytes for an entry's time.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
_TIME_BYTES = 14


def publish(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Publish a batch of stream records, or everything that was recorded since a time."""
    settings = from_environment(PublishSettings)
    relay = Relay(
        EventBridgeBus(clients.events(), settings.bus_name),
        BucketInbox(clients.s3(), settings.inbox_bucket),
        size_of,
    )
    if "since" in event:
        return _again(relay, settings, event, context)
    if "Records" not in event:
        raise ConfigurationError('publish_events takes {"since": "<an ISO 8601 time>"}')
    return _batch(relay, event["Records"])


def _batch(relay: Relay, records: list[dict[str, Any]]) -> dict[str, Any]:
    published = _publish(relay, records, events_of_record)
    count(EventsPublished=published.sent, EventsRefused=published.refused)
    done("published", records=len(records), sent=published.sent, refused=published.refused)
    return {"published": published.sent, "refused": published.refused}


def _publish(
    relay: Relay, records: list[dict[str, Any]], read: Callable[[dict[str, Any]], list[Event]]
) -> Published:
    """Publish what is read of records; one that cannot be read is kept, and counted as refused."""
    events: list[Event] = []
    unreadable = 0
    for record in records:
        try:
            events += read(record)
        except UnreadableError as error:
            relay.keep_unreadable(record, str(error))
            unreadable += 1
    published = relay.publish(events)
    published.refused += unreadable
    return published


def _again(
    relay: Relay, settings: PublishSettings, event: dict[str, Any], context: Context
) -> dict[str, Any]:
    """Publish from the ledger until the time runs out or the bus refuses; `next` says where to go on."""
    since, start = _since(event["since"]), _start(event.get("next"))
    sent = refused = 0
    answer: dict[str, Any] = {}
    while True:
        items, after = recorded_since(clients.dynamodb(), settings.ledger_table, since, start)
        try:
            published = _publish(relay, items, events_of_image)
        except PublishError as error:
            # What was sent of this page is sent again from here, with the same ids.
            answer = {"error": error.as_answer()}
            break
        sent, refused, start = sent + published.sent, refused + published.refused, after
        if start is None or context.get_remaining_time_in_millis() < _RESERVE_MS:
            break
    count(EventsRepublished=sent, EventsRefused=refused, Failures=len(answer))
    answer |= {"published": sent, "refused": refused, "next": start}
    done("republished", since=event["since"], **answer)
    return answer


def _since(text: Any) -> datetime:
    try:
        return parse_time(text)
    except (ValueError, TypeError, AttributeError):
        raise ConfigurationError('since is not an ISO 8601 time, e.g. "2026-11-20T00:00:00Z"') from None


def _start(key: Any) -> dict[str, str] | None:
    texts = isinstance(key, dict) and all(isinstance(each, str) for each in key.values())
    if key is not None and not (texts and key.keys() == {"pk", "sk"}):
        raise ConfigurationError("next is not what an earlier answer had as next; leave it out to begin anew")
    start: dict[str, str] | None = key
    return start


def size_of(event: Event) -> int:
    """Return the size of an event's entry as EventBridge counts it, in bytes."""
    return _TIME_BYTES + len(SOURCE) + len(event.type) + len(detail_text(event).encode())


# A stream batch that failed must raise, so that it comes again; a person's request is answered.
publish_handler = door(publish, raises=lambda event: "Records" in event)
