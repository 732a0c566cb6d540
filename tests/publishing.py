"""What tests of publishing share: orders on the stream, the relay's batches, what was kept and counted."""

from __future__ import annotations

import json
from typing import Any

from orderbus.runtime import clients

from infra.sandbox.net32 import make_order
from tests.world import BUCKET, NET32, World

Json = dict[str, Any]
FIRST = 19_281_400


def orders_on_the_stream(world: World, count: int, **fields: Any) -> list[Json]:
    """Fetch new orders, and return the stream's records of them."""
    for number in range(FIRST, FIRST + count):
        world.net32.place(make_order(number, **fields))
    assert world.poll(NET32)["created"] == count
    return with_outbox(world.records())


def with_outbox(records: list[Json]) -> list[Json]:
    """Return the records that pass the filter of the stream's mapping in template.yaml."""
    return [record for record in records if "outbox" in record["dynamodb"].get("NewImage", {})]


def publish(world: World, records: list[Json]) -> Json:
    """Hand a batch to the relay, as Lambda does."""
    return world.invoke("publish_events", {"Records": records})


def subjects(events: list[Json]) -> list[str]:
    """Return what the events are about, sorted."""
    return sorted(event["subject"] for event in events)


def names(numbers: range) -> list[str]:
    """Return the order ids of some of the fetched orders."""
    return [f"{NET32}:{number}" for number in numbers]


def raw_object(key: str) -> bytes:
    """Return the bytes of an object in the bucket."""
    body: bytes = clients.s3().get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return body


def json_object(key: str) -> Json:
    """Return the JSON of an object in the bucket."""
    content: Json = json.loads(raw_object(key))
    return content


def metrics(printed: str) -> dict[str, float]:
    """Return the metrics of the last invocation that printed some."""
    lines = [json.loads(line) for line in printed.splitlines() if '"CloudWatchMetrics"' in line]
    return {name: sum(value) for name, value in lines[-1].items() if isinstance(value, list)}
