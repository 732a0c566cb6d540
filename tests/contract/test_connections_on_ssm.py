"""The connections of a stack as SSM parameters: any number, each kept for five minutes, one bad one alone."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from orderbus.aws.connections import ParameterConnections
from orderbus.domain.errors import ConfigurationError
from orderbus.runtime import clients

from tests.aws_calls import aws_calls
from tests.contract.aws_faults import refused
from tests.world import World

SECRET = "s3cr3t-do-not-show"
FIELDS = {"provider": "net32", "credentials": {"subscription_key": SECRET}}


@pytest.fixture
def connections(world: World) -> ParameterConnections:  # noqa: ARG001 - the parameters are there while it is
    return ParameterConnections(clients.ssm(), "shop")


def put(name: str, value: Any = FIELDS, *, stack: str = "shop") -> None:
    text = value if isinstance(value, str) else json.dumps(value)
    clients.ssm().put_parameter(
        Name=f"/{stack}/connections/{name}", Value=text, Type="SecureString", Overwrite=True
    )


def refusal(connections: ParameterConnections, name: str) -> str:
    with pytest.raises(ConfigurationError) as raised:
        connections.get(name)
    return str(raised.value)


def test_a_connection_is_read_decrypted(connections: ParameterConnections) -> None:
    put("net32-main", FIELDS | {"mode": "read_only", "options": {"timezone": "UTC"}})

    connection = connections.get("net32-main")

    assert (connection.name, connection.provider, connection.mode) == ("net32-main", "net32", "read_only")
    assert connection.secret("subscription_key") == SECRET
    assert connection.options == {"timezone": "UTC"}


@pytest.mark.parametrize("name", ["net32-other", "", "no/such", "Käse", "x" * 2000, "a b"])
def test_an_unknown_connection_is_named_with_what_to_do(connections: ParameterConnections, name: str) -> None:
    assert refusal(connections, name) == (
        f"there is no connection {name[:60]!r} in this stack;"
        " `orderbus connections list` shows those there are"
    )


def test_a_connection_of_another_stack_is_unknown(connections: ParameterConnections) -> None:
    put("net32-main", stack="orderbus")

    assert refusal(connections, "net32-main").startswith("there is no connection 'net32-main'")
    assert connections.all() == ([], [])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("not JSON " + SECRET, "what is stored is not JSON; put it again"),
        ("[1]", "what is stored is not a JSON object; put it again"),
        ('"text"', "what is stored is not a JSON object; put it again"),
        ({"provider": "net32", "key": SECRET}, "key: is not known"),
        ({"credentials": {}}, "provider: is missing"),
    ],
)
def test_a_connection_that_cannot_be_used_says_why_and_shows_nothing(
    connections: ParameterConnections, value: Any, said: str
) -> None:
    put("net32-main", value)

    assert refusal(connections, "net32-main") == f"connection 'net32-main': {said}"


def test_more_connections_than_a_page_has_are_all_found(connections: ParameterConnections) -> None:
    names = [f"net32-{number:02d}" for number in range(25)]
    for name in names:
        put(name)

    with aws_calls() as calls:
        found, errors = connections.all()

    assert sorted(connection.name for connection in found) == names
    assert errors == []
    assert calls.counts() == {"GetParametersByPath": 3}


def test_one_that_cannot_be_used_does_not_stop_the_rest(connections: ParameterConnections) -> None:
    for name in ("a", "b", "c", "d"):
        put(name)
    put("b", "{")
    put("c", {"provider": 5})

    found, errors = connections.all()

    assert sorted(connection.name for connection in found) == ["a", "d"]
    assert sorted(str(error) for error in errors) == [
        "connection 'b': what is stored is not JSON; put it again",
        "connection 'c': provider: has to be a text in quotes, and is a whole number",
    ]


def test_a_connection_is_kept_for_five_minutes(
    connections: ParameterConnections, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    put("net32-main")
    connections.get("net32-main")
    put("net32-main", FIELDS | {"mode": "off"})

    with aws_calls() as calls:
        now += 299.9
        assert connections.get("net32-main").mode == "live"
        assert calls.counts() == {}
        now += 0.2
        assert connections.get("net32-main").mode == "off"
        assert calls.counts() == {"GetParameter": 1}


def test_what_is_not_there_or_cannot_be_used_is_not_kept(connections: ParameterConnections) -> None:
    refusal(connections, "net32-main")
    put("net32-main", "{")
    refusal(connections, "net32-main")
    put("net32-main")

    assert connections.get("net32-main").mode == "live"


def test_another_error_of_ssm_is_not_called_an_unknown_connection(
    connections: ParameterConnections,
) -> None:
    put("net32-main")

    with (
        refused(clients.ssm(), "GetParameter", "AccessDeniedException"),
        pytest.raises(clients.ssm().exceptions.ClientError, match=r"AccessDeniedException"),
    ):
        connections.get("net32-main")
