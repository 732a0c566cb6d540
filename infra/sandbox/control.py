"""The sandbox's own endpoints, to place orders and order faults from elsewhere on this machine."""

import json

from infra.addresses import is_this_machine
from infra.sandbox.base import Sandbox
from infra.sandbox.faults import FaultError, parse_fault
from infra.sandbox.messages import Answer, Json, Request, json_answer

CONTROL_PATH = "/_sandbox/"


class ControlError(ValueError):
    """A request to the sandbox itself cannot be understood."""


def answer_control(sandbox: Sandbox, request: Request, *, peer: str | None) -> Answer:
    """Answer one of the sandbox's own endpoints: without a key, but to this machine only."""
    if peer is None or not is_this_machine(peer):
        return json_answer(403, {"error": "The sandbox takes orders from this machine only."})
    try:
        return _answer(sandbox, request)
    except (ControlError, FaultError) as error:
        return json_answer(400, {"error": str(error)})


def _answer(sandbox: Sandbox, request: Request) -> Answer:
    match (request.method, request.path.removeprefix(CONTROL_PATH)):
        case ("POST", "orders"):
            order = _read_object(request)
            return json_answer(201, sandbox.place(order) if order else sandbox.place_generated())
        case ("POST", "faults"):
            return json_answer(201, {"armed": _arm(sandbox, _read_object(request))})
        case ("GET", "calls"):
            return json_answer(200, {"calls": _list_calls(sandbox)})
        case ("GET", "state"):
            return json_answer(200, sandbox.counts())
    return json_answer(404, {"error": "The sandbox knows orders, faults, calls and state here."})


def _read_object(request: Request) -> Json:
    try:
        content = json.loads(request.body or b"{}")
    except ValueError as error:
        raise ControlError("The body is not JSON.") from error
    if not isinstance(content, dict):
        raise ControlError("The body must be a JSON object.")
    return content


def _arm(sandbox: Sandbox, wanted: Json) -> Json:
    parameters = {k: v for k, v in wanted.items() if k not in ("fault", "match", "times")}
    match, times = wanted.get("match"), wanted.get("times", 1)
    if not isinstance(match, str | None) or type(times) is not int:
        raise ControlError('match must be text as "GET /orders", times a whole number.')
    sandbox.fail_next(parse_fault(wanted.get("fault"), parameters), match=match, times=times)
    return wanted


def _list_calls(sandbox: Sandbox) -> list[Json]:
    with sandbox.lock:
        return [
            {
                "method": call.method,
                "path": call.path,
                "status": call.status,
                "time": call.time.isoformat(),
            }
            for call in sandbox.calls
        ]
