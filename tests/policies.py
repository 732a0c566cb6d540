"""Holds a function that a test invokes to what its policies in template.yaml allow, as IAM does on AWS.

Resources are told as the template writes them, `${Ledger.Arn}/index/due`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from threading import local
from typing import Any

from orderbus.runtime import clients

from infra.local_cloud.cloudformation_yaml import read_template

_TEMPLATE = Path(__file__).parent.parent / "template.yaml"
_NAMES = {"events": "PutEvents", "lambda": "InvokeFunction"}
_acting = local()


class ForbiddenError(AssertionError):
    """A function called what its policies do not allow."""


@contextmanager
def held_to_policies(function: str | None) -> Iterator[None]:
    """Refuse, until the block ends, what a function calls and may not; others, None, may do anything."""
    _watch_clients()
    _acting.function, before = function, getattr(_acting, "function", None)
    try:
        yield
    finally:
        _acting.function = before


def _check(params: Mapping[str, Any], model: Any, **_: Any) -> None:
    function = getattr(_acting, "function", None)
    if function is None:
        return
    for action, resource in _asked(model.service_model.service_name, model.name, params):
        if not any(action == may and fnmatchcase(resource, on) for may, on in allowed(function)):
            raise ForbiddenError(f"{function} may not {action} on {resource}")


@cache
def _watch_clients() -> None:
    made = (clients.dynamodb, clients.events, clients.functions, clients.s3, clients.sqs, clients.ssm)
    for client in made:
        client().meta.events.register("provide-client-params", _check)


@cache
def _resources() -> Mapping[str, Any]:
    resources: Mapping[str, Any] = read_template(_TEMPLATE)["Resources"]
    return resources


@cache
def allowed(function: str) -> frozenset[tuple[str, str]]:
    """Return what a function may do: actions, each with a resource that it may be done to."""
    resources = _resources()
    folder = f"functions/{function}"
    found = [
        each["Properties"]
        for each in resources.values()
        if each.get("Properties", {}).get("CodeUri") == folder
    ]
    assert len(found) == 1, f"template.yaml has {len(found)} functions with CodeUri: {folder}"
    properties = found[0]
    policies = [
        resources[each["Ref"]]["Properties"]["PolicyDocument"] if "Ref" in each else each
        for each in properties["Policies"]
    ]
    return frozenset(
        (action, _text(resource))
        for policy in policies
        for statement in policy["Statement"]
        for action in _list(statement["Action"])
        for resource in _list(statement["Resource"])
    )


def _list(one_or_more: Any) -> list[Any]:
    return one_or_more if isinstance(one_or_more, list) else [one_or_more]


def _text(resource: Mapping[str, Any]) -> str:
    if "Fn::GetAtt" in resource:
        return "${" + ".".join(resource["Fn::GetAtt"]) + "}"
    return str(resource["Fn::Sub"])


def _asked(service: str, operation: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return what a call needs to be allowed."""
    if operation == "TransactWriteItems":
        for write in params["TransactItems"]:
            yield from ((f"dynamodb:{kind}Item", "${Ledger.Arn}") for kind in write)
        return
    yield f"{service}:{_NAMES.get(service, operation)}", _resource(service, params)


def _resource(service: str, params: Mapping[str, Any]) -> str:
    arn = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s"
    match service:
        case "dynamodb":
            return "${Ledger.Arn}" + (f"/index/{params['IndexName']}" if "IndexName" in params else "")
        case "s3":
            return "${InboxBucket.Arn}/" + str(params["Key"])
        case "sqs":
            name = str(params["QueueUrl"]).rpartition("/orderbus-")[2]
            return "${" + name.title().replace("-", "") + "Queue.Arn}"
        case "lambda":
            function = params["FunctionName"].replace("orderbus-", "${AWS::StackName}-", 1)
            return arn % (service, f"function:{function}")
        case "ssm":
            path = (params.get("Name") or params["Path"]).replace("/orderbus/", "/${AWS::StackName}/", 1)
            return arn % (service, f"parameter{path}")
    return "${Bus.Arn}"
