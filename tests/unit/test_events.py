"""An event's id is derived from its fact, and its envelope is CloudEvents 1.0."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from orderbus.domain.events import Event, EventType, event_id


@pytest.mark.parametrize(
    ("subject", "type_", "key", "expected"),
    [
        # python -c 'from uuid import *; print(uuid5(NAMESPACE_URL, "orderbus\n<subject>\n<type>\n<key>"))'
        ("luna-main:54123", "order.created.v1", "1", "06886a97-0770-57f6-ad4d-61540a9c9983"),
        ("luna-main:54123", "order.created.v1", "2", "c73d5450-aeaf-5489-b187-4dc01200d263"),
        ("luna-main:54123", "order.held.v1", "1", "0b8e1741-c3c7-55ee-870e-9159daf0c865"),
        ("net32-main", "connection.degraded.v1", "1", "a136fbb8-b346-59f5-997b-4d08f8cd3c56"),
        ("orderbus", "heartbeat.v1", "2026-01-05T16:30Z", "a2bcf39c-526e-5feb-ab2f-02eb20d0a2e3"),
    ],
)
def test_an_id_is_the_uuid5_of_subject_type_and_key(
    subject: str, type_: EventType, key: str, expected: str
) -> None:
    assert event_id(subject, type_, key) == expected
    assert UUID(expected).version == 5


def an_event(**fields: Any) -> Event:
    made: dict[str, Any] = {
        "id": "b0a0",
        "type": "order.created.v1",
        "subject": "luna-main:54123",
        "time": "2026-01-05T16:30:00.000000Z",
        "provider": "lunasoft",
        "connection": "luna-main",
        "data": {"order": {}},
    }
    return Event(**(made | fields))


def test_the_detail_is_a_cloudevent_with_the_extensions_before_the_data() -> None:
    event = an_event(attributes={"test": False, "revision": 1, "intake": "live"})

    assert list(event.detail().items()) == [
        ("specversion", "1.0"),
        ("id", "b0a0"),
        ("source", "/orderbus/luna-main"),
        ("type", "order.created.v1"),
        ("subject", "luna-main:54123"),
        ("time", "2026-01-05T16:30:00.000000Z"),
        ("datacontenttype", "application/json"),
        ("dataschema", "urn:orderbus:schema:order.created.v1"),
        ("provider", "lunasoft"),
        ("connection", "luna-main"),
        ("correlationid", "luna-main:54123"),
        ("test", False),
        ("revision", 1),
        ("intake", "live"),
        ("data", {"order": {}}),
    ]


def test_an_event_of_no_connection_comes_from_orderbus_itself() -> None:
    event = an_event(type="heartbeat.v1", subject="orderbus", provider="", connection="")

    assert event.detail()["source"] == "/orderbus"
