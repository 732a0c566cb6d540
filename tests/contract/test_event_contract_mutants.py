"""What is not as the contract says does not validate: wrong values, missing and surplus fields."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from orderbus.domain.envelopes import PublishedEvent
from pydantic import TypeAdapter, ValidationError

from infra.contracts.schemas import event_schema
from tests.contract.event_examples import CLAIM_CHECK, SAMPLES

PARSED: TypeAdapter[Any] = TypeAdapter(PublishedEvent)

Event = dict[str, Any]


def example(name: str) -> Event:
    event: Event = json.loads((SAMPLES / f"{name}.json").read_text())
    return event


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where each value is, but those that may be anything: the provider's own data, and changes."""
    inner = value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else [])
    for key, each in inner:
        if key not in {"provider_data", "from", "to"}:
            yield (*path, key)
            yield from places(each, (*path, key))


def copy_with_place(event: Event, path: tuple[Any, ...]) -> tuple[Event, Any]:
    """Return a copy of an event, and in it what holds the value at the end of a path."""
    mutant = json.loads(json.dumps(event))
    holder = mutant
    for key in path[:-1]:
        holder = holder[key]
    return mutant, holder


def mutants(event: Event, path: tuple[Any, ...]) -> Iterator[Event]:
    """Yield the event with wrong values, nothing, and a surplus field at one place."""
    for wrong in ([{"wrong": 1}], 0.5):
        mutant, holder = copy_with_place(event, path)
        holder[path[-1]] = wrong
        yield mutant
    if isinstance(path[-1], str):
        mutant, holder = copy_with_place(event, path)
        del holder[path[-1]]
        yield mutant
        mutant, holder = copy_with_place(event, path)
        holder[f"{path[-1]}_"] = "surplus"
        yield mutant


# What the five facts about orders say of an order is one model: its mutants are tried once.
@pytest.mark.parametrize(
    ("name", "deepest", "least"),
    [
        ("order.created.v1", 99, 400),
        ("order.updated.v1", 1, 60),
        ("order.held.v1", 1, 60),
        ("order.released.v1", 1, 60),
        ("order.cancelled.v1", 1, 60),
        (CLAIM_CHECK, 99, 75),
        ("order.quarantined.v1", 99, 65),
        ("connection.read_interrupted.v1", 99, 65),
        ("connection.degraded.v1", 99, 50),
        ("connection.recovered.v1", 99, 50),
        ("heartbeat.v1", 99, 50),
    ],
)
def test_no_mutant_of_an_example_validates(name: str, deepest: int, least: int) -> None:
    event = example(name)
    validator = Draft202012Validator(event_schema(event["type"]))
    assert validator.is_valid(event)

    tried = [
        (path, validator.is_valid(mutant))
        for path in places(event)
        if len(path) <= deepest
        for mutant in mutants(event, path)
    ]

    assert [path for path, valid in tried if valid] == []
    assert len(tried) >= least


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (("type",), "order.created.v2"),
        (("type",), "order.held.v1"),
        (("specversion",), "1.1"),
        (("id",), "54123"),
        (("id",), "5d225d57-bf41-462d-8cc8-4ef060136eb8"),  # version 4: random
        (("source",), "/shop/luna-main"),
        (("subject",), ""),
        (("time",), "2026-01-05T12:00:01Z"),
        (("dataschema",), "urn:orderbus:schema:order.held.v1"),
        (("revision",), 0),
        (("intake",), "manual"),
        (("data", "order", "lifecycle"), "shipped"),
        (("data", "order", "content_hash"), "abc"),
        (("data", "order", "total", "currency"), "usd"),
        (("data", "order", "total", "amount_minor"), "32285"),
        (("data", "order", "total", "amount_minor"), 322.85),
        (("data", "order", "lines", 0, "quantity", "ordered"), -1),
        (("data", "order", "charges", 0, "kind"), "gratuity"),
        (("data", "order", "blocked_by"), ["weather"]),
        (("data", "order", "warnings"), ["odd"]),
    ],
)
def test_a_word_or_a_number_that_the_contract_does_not_have_does_not_validate(
    place: tuple[Any, ...], wrong: Any
) -> None:
    event = example("order.created.v1")
    mutant, holder = copy_with_place(event, place)
    holder[place[-1]] = wrong

    assert not Draft202012Validator(event_schema("order.created.v1")).is_valid(mutant)
    with pytest.raises(ValidationError):
        PARSED.validate_python(mutant, strict=True)
