"""What is published keeps to the contract that is committed: schemas, examples, and the AsyncAPI document."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from jsonschema import Draft202012Validator
from orderbus.domain.content import content_of, fingerprint
from orderbus.domain.envelopes import PublishedEvent
from orderbus.domain.events import EventType, event_id
from orderbus.runtime import clients
from pydantic import TypeAdapter
from referencing import Registry, Resource

from infra.contracts.files import contract_files
from infra.contracts.schemas import event_models, event_schema
from infra.sandbox.lunasoft_orders import make_order
from tests.contract.event_examples import CLAIM_CHECK, RELEASED, SAMPLES, as_text, examples, publish_all
from tests.world import LUNA, World

CONTRACTS = Path(__file__).parents[2] / "infra" / "contracts"
TYPES = sorted(event_models())
PARSED: TypeAdapter[Any] = TypeAdapter(PublishedEvent)

Event = dict[str, Any]


def read(path: Path) -> Event:
    event: Event = json.loads(path.read_text())
    return event


def committed() -> dict[str, Event]:
    return {path.name.removesuffix(".json"): read(path) for path in sorted(SAMPLES.glob("*.json"))}


@pytest.fixture(scope="module")
def published() -> list[Event]:
    return publish_all()


def all_types() -> set[str]:
    return {type_ for part in get_args(EventType) for type_ in get_args(part)}


def test_every_type_of_event_has_a_model_a_schema_and_an_example() -> None:
    assert set(TYPES) == all_types()
    assert set(committed()) == all_types() | {CLAIM_CHECK}


def test_what_is_committed_is_what_the_models_generate() -> None:
    files = contract_files()
    written = [*CONTRACTS.rglob("*.json"), *CONTRACTS.rglob("*.yaml")]

    assert {str(path.relative_to(CONTRACTS)) for path in written} == set(files)
    for name, text in files.items():
        assert (CONTRACTS / name).read_text() == text, f"{name} differs: run `make contracts`"


@pytest.mark.parametrize("type_", TYPES)
def test_each_schema_is_one_of_json_schema_2020_12_and_closed(type_: str) -> None:
    schema = event_schema(type_)

    Draft202012Validator.check_schema(schema)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == set(schema["properties"])


def test_every_event_of_a_day_validates_and_no_type_is_missing(published: list[Event]) -> None:
    for event in published:
        errors = Draft202012Validator(event_schema(event["type"])).iter_errors(event)
        assert [error.message for error in errors] == [], event["type"]
        assert PARSED.validate_python(event).model_dump(mode="json", by_alias=True) == event

    assert {event["type"] for event in published} == all_types()
    assert len(published) == 18


def test_the_committed_examples_are_what_is_published_today(published: list[Event]) -> None:
    for name, event in examples(published).items():
        path = SAMPLES / f"{name}.json"
        assert path.read_text() == as_text(event), (
            f"{path.name} differs: run `python -m tests.contract.event_examples`, and read the difference as"
            " a consumer would"
        )


@pytest.mark.parametrize("path", sorted(RELEASED.glob("*.json")), ids=lambda path: path.stem)
def test_what_was_published_once_can_still_be_read(path: Path) -> None:
    event = read(path)

    assert PARSED.validate_python(event).type == event["type"]


def test_an_example_of_every_type_that_was_published_is_kept() -> None:
    assert {path.stem for path in RELEASED.glob("*.json")} >= all_types() | {CLAIM_CHECK}


@pytest.mark.parametrize("name", sorted(all_types() | {CLAIM_CHECK}))
def test_an_examples_data_is_described_by_the_schema_that_the_event_names(name: str) -> None:
    event = committed()[name]
    whole = Resource.from_contents(event_schema(event["type"]))
    registry: Registry[Any] = Registry().with_resource(whole.id() or "", whole).crawl()

    of_data = Draft202012Validator({"$ref": event["dataschema"]}, registry=registry)

    assert of_data.is_valid(event["data"])
    assert not of_data.is_valid({})


def test_an_order_event_says_the_same_outside_and_inside(published: list[Event]) -> None:
    orders = [event for event in published if "order" in event["data"]]

    assert len(orders) == 7
    for event in orders:
        order = event["data"]["order"]
        assert (event["subject"], event["revision"], event["test"]) == (
            order["order_id"],
            order["revision"],
            order["test"],
        )
        assert (event["provider"], event["connection"]) == (order["provider"], order["connection"])
        assert order["content_hash"] == fingerprint(content_of(order))
        assert event["id"] == event_id(event["subject"], event["type"], str(event["revision"]))


def test_the_ids_of_all_other_events_are_of_what_the_design_names(published: list[Event]) -> None:
    key_of: dict[str, Callable[[Any], str]] = {
        "order.quarantined.v1": lambda data: data["sha256"],
        "command.accepted.v1": lambda data: data["command_id"],
        "command.succeeded.v1": lambda data: data["command_id"],
        "command.rejected.v1": lambda data: data["command_id"],
        "command.unknown.v1": lambda data: data["command_id"],
        "connection.read_interrupted.v1": lambda data: data["reading_id"],
        "connection.degraded.v1": lambda _data: "1",
        "connection.recovered.v1": lambda _data: "2",
        "heartbeat.v1": lambda data: data["minute"],
    }
    others = [event for event in published if event["type"] in key_of]

    assert len(others) == len(key_of)
    for event in others:
        key = key_of[event["type"]](event["data"])
        assert event["id"] == event_id(event["subject"], event["type"], key), event["type"]


def test_a_claim_check_leads_to_what_the_event_would_have_said(world: World) -> None:
    world.lunasoft.place(make_order(7, lines=[("19.99", 2)] * 600))
    world.poll(LUNA)
    (event,) = world.relay()

    ref = event["data"]["ref"]
    body = clients.s3().get_object(Bucket=ref["bucket"], Key=ref["key"])["Body"].read()

    assert (sha256(body).hexdigest(), len(body)) == (ref["sha256"], ref["bytes"])
    whole = event | {"data": json.loads(body)}
    assert Draft202012Validator(event_schema("order.created.v1")).is_valid(whole)
    assert len(whole["data"]["order"]["lines"]) == 600
    assert whole["data"]["changes"] == []


def test_the_asyncapi_document_names_every_event_as_it_arrives() -> None:
    document = yaml.safe_load((CONTRACTS / "asyncapi.yaml").read_text())
    bus, messages = document["channels"]["bus"], document["components"]["messages"]

    assert document["asyncapi"] == "3.0.0"
    assert bus["address"] == "orderbus"
    assert set(messages) == set(bus["messages"]) == all_types()
    for type_, message in messages.items():
        assert message["headers"]["properties"] == {
            "source": {"const": "orderbus"},
            "detail-type": {"const": type_},
        }
        file = CONTRACTS / message["payload"]["schema"]["$ref"]
        assert read(file)["$id"] == f"urn:orderbus:event:{type_}"
        assert message["summary"].endswith(".")


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = yaml.safe_load((CONTRACTS / "asyncapi.yaml").read_text())

    found = list(references(document))

    assert len(found) == 15 + 1 + 15 + 15
    for reference in found:
        if reference.startswith("#/"):
            at = document
            for key in reference[2:].split("/"):
                at = at[key]
        else:
            assert (CONTRACTS / reference).is_file(), reference


def references(value: Any) -> Iterator[str]:
    """Yield each `$ref` in a document."""
    if isinstance(value, dict):
        yield from (each for key, each in value.items() if key == "$ref")
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)
