"""`orderbus send`: puts a command on the bus, and follows it until its outcome is known.

Its id and its shipment's name follow from what is asked for, unless they are given: the same line typed twice
is one command, and ships and charges once.
"""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import typer
from orderbus.aws.commands import DynamoCommands
from orderbus.commands.ledger import CommandRecord
from orderbus.domain.commands import ARGUMENTS, ArgumentsError, Command, MalformedMessageError, parse_message
from orderbus.domain.content import canonical
from orderbus.domain.times import stamp
from rich.console import Console

from infra.cli.aws import EndpointOption, Stack, StackOption
from infra.cli.errors import CommandError

SOURCE = "orderbus.cli"
_SHIP, _TRACK, _REFRESH = "order.ship.v1", "order.add_tracking.v1", "order.refresh.v1"
_COLOURS = {"succeeded": "green", "rejected": "red", "unknown": "red bold", "accepted": "yellow"}
# What a script can tell apart; 1 is what every error exits with, 2 what cannot be parsed.
_EXIT_CODES = {"succeeded": 0, "rejected": 3, "unknown": 4}
_UNDER_WAY = 5
_LOOK_SECONDS = 0.5

Json = dict[str, Any]
Find = Callable[[str], CommandRecord | None]
"""Finds a command of the order by its id."""


def send(
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="Such as order.ship.v1.")],
    *,
    order: Annotated[str, typer.Option(help="Such as net32-main:19281414; to create one, the connection.")],
    line: Annotated[list[str] | None, typer.Option(help="Ship so many of a line: LINE_ID:QUANTITY.")] = None,
    shipment_id: Annotated[
        str | None, typer.Option(help="Its name, once an order; without one it follows from the lines.")
    ] = None,
    carrier: Annotated[str | None, typer.Option(help="Who carries it.")] = None,
    tracking: Annotated[list[str] | None, typer.Option(help="A tracking number; may be repeated.")] = None,
    notify: Annotated[bool, typer.Option("--notify", help="Have the provider tell the customer.")] = False,
    status: Annotated[str | None, typer.Option(help="For order.set_status.v1.")] = None,
    state: Annotated[str | None, typer.Option(help="For order.set_state.v1.")] = None,
    resolved: Annotated[
        str | None, typer.Option("--command", help="For command.resolve.v1: the id of what is unknown.")
    ] = None,
    outcome: Annotated[
        str | None, typer.Option(help="For command.resolve.v1: succeeded or not_applied.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="A note with it.")] = None,
    data: Annotated[str | None, typer.Option(help="Further arguments, as JSON or @FILE.")] = None,
    id_: Annotated[
        str | None, typer.Option("--id", help="Its id; without one it follows from all of it.")
    ] = None,
    wait: Annotated[float, typer.Option(min=0, help="For how many seconds to wait for the outcome.")] = 60.0,
    stack: StackOption = "orderbus",
    endpoint_url: EndpointOption = None,
) -> None:
    """Send a command and show what becomes of it.

    Exits 0 when it succeeded, 3 when it was rejected, 4 when it is unknown, 5 when there is no outcome yet.
    """
    options = {
        "lines": [_line(each) for each in line] if line else None,
        "shipment_id": shipment_id,
        "carrier": carrier,
        "tracking_numbers": tracking or None,
        "notify_customer": notify or None,
        "status": status,
        "state": state,
        "command_id": resolved,
        "outcome": outcome,
        "note": note,
    }
    arguments = _arguments(type_, order, options, data)
    detail = _checked(type_, order, arguments, id_ or "none yet")
    target = Stack(stack, endpoint_url)
    find = _finder(target, order)
    detail["id"], there = _identity(find, detail, id_)
    console = Console(highlight=False, soft_wrap=True)
    if there is None:
        _put(target, detail)
        console.print(f"Sent {type_} as {detail['id']}.", markup=False)
    else:
        console.print(_not_again(there, detail), markup=False)
    raise typer.Exit(_follow(console, lambda: find(detail["id"]), wait))


def _arguments(type_: str, order: str, options: Mapping[str, Any], data: str | None) -> Json:
    arguments = _given(data) | {name: value for name, value in options.items() if value is not None}
    numbers = arguments.get("tracking_numbers", [])
    if type_ == _TRACK and len(numbers) == 1:
        arguments["tracking_number"] = arguments.pop("tracking_numbers")[0]
    if type_ == _SHIP:
        if not arguments.get("lines"):
            raise CommandError("Nothing was sent; give --line LINE_ID:QUANTITY for each line that ships.")
        # By the lines alone: one who types it again and adds the tracking number means the same parcel.
        arguments.setdefault("shipment_id", _derived(order, sorted(map(str, arguments["lines"]))))
    return arguments


def _line(text: str) -> Json:
    line_id, _, quantity = text.rpartition(":")
    if not line_id or not quantity.isdecimal():
        raise CommandError(f"--line {text} is not LINE_ID:QUANTITY, such as 3223:2.")
    return {"line_id": line_id, "quantity": int(quantity)}


def _given(text: str | None) -> Json:
    if text is None:
        return {}
    try:
        content = json.loads(Path(text[1:]).read_text("utf-8") if text.startswith("@") else text)
    except (ValueError, OSError) as error:
        raise CommandError("--data is neither JSON nor @ and a file with JSON.") from error
    if not isinstance(content, dict):
        raise CommandError("--data is not a JSON object.")
    return content


def _derived(*parts: Any) -> str:
    return f"cli-{uuid5(NAMESPACE_URL, canonical(parts).decode())}"


def _checked(type_: str, order: str, arguments: Json, id_: str) -> Json:
    """Return the command as it travels, once nothing is wrong with it that would be found there.

    Raises:
        CommandError: Naming what is wrong.
    """
    if type_ not in ARGUMENTS:
        raise CommandError(f"{type_} is no command; there are {', '.join(ARGUMENTS)}.")
    now = stamp(datetime.now(UTC))
    detail = {
        "specversion": "1.0",
        "id": id_,
        "source": f"/{SOURCE}",
        "type": type_,
        "subject": order,
        "time": now,
        "datacontenttype": "application/json",
        "data": arguments,
    }
    try:
        _command(detail).arguments()
    except (ArgumentsError, MalformedMessageError) as error:
        raise CommandError(f"Nothing was sent; {error}.") from error
    return detail


def _command(detail: Json) -> Command:
    """Read the command as its function will."""
    return parse_message(
        json.dumps({"detail-type": detail["type"], "time": detail["time"], "detail": detail})
    )


def _finder(target: Stack, order: str) -> Find:
    client = target.client("dynamodb")
    ledger = DynamoCommands(client, f"{target.name}-ledger")

    def find(command_id: str) -> CommandRecord | None:
        try:
            return ledger.find(order, command_id)
        except client.exceptions.ResourceNotFoundException as missing:
            raise CommandError(
                f"There is no stack {target.name} in {client.meta.region_name}; say which with --stack."
            ) from missing

    return find


def _identity(find: Find, detail: Json, given: str | None) -> tuple[str, CommandRecord | None]:
    """Return a command's id, and the command of that id where it was sent before.

    What was rejected has not happened: the same line typed again is a new command then.
    """
    if given is not None:
        return given, find(given)
    if detail["type"] == _REFRESH:
        return f"cli-{uuid4()}", None  # it changes nothing, and is asked for again and again
    attempt = 1
    while True:
        id_ = _derived(detail["subject"], detail["type"], detail["data"], attempt)
        there = find(id_)
        if there is None or there.state != "rejected":
            return id_, there
        attempt += 1


def _not_again(there: CommandRecord, detail: Json) -> str:
    """Say that a command is not sent, since it was sent before.

    Raises:
        CommandError: Its id stands for something else.
    """
    if there.content_hash != _command(detail).content_hash():
        raise CommandError(f"--id {detail['id']} was used before, with another type or other arguments.")
    own = "a --shipment-id" if detail["type"] == _SHIP else "an --id"
    return (
        f"{detail['id']} was sent before, on {there.received_at:%Y-%m-%d at %H:%M} UTC, and is not sent"
        f" again; one more like it needs {own} of its own."
    )


def _put(target: Stack, detail: Json) -> None:
    """Put the command on the bus, as any sender does.

    Raises:
        CommandError: The bus did not take it.
    """
    entry = {
        "EventBusName": target.name,
        "Source": SOURCE,
        "DetailType": detail["type"],
        "Detail": json.dumps(detail),
    }
    answer = target.client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        code = answer["Entries"][0].get("ErrorCode")
        raise CommandError(f"The bus {target.name} did not take the command ({code}).")


def _follow(console: Console, find: Callable[[], CommandRecord | None], seconds: float) -> int:
    """Show each state that the command comes to; return what to exit with."""
    until = time.monotonic() + seconds
    shown = ""
    while True:
        record = find()
        if record is not None and record.state != shown:
            shown = record.state
            _show(console, record)
        if record is not None and record.is_final:
            return _EXIT_CODES[record.state]
        if time.monotonic() > until:
            where = f"it is {shown}" if shown else "nothing has taken it up"
            console.print(f"No outcome after {seconds:.0f} seconds: {where}; type the same again to look.")
            return _UNDER_WAY
        time.sleep(_LOOK_SECONDS)


def _show(console: Console, record: CommandRecord) -> None:
    told = record.progress.outcome or {}
    reason = f" ({told['reason']})" if "reason" in told else ""
    console.print(f"[{_COLOURS.get(record.state, 'default')}]{record.state}[/]{reason}")
    said = told.get("message") or json.dumps(told.get("result") or {}, ensure_ascii=False)
    if said != "{}":
        console.print(said, markup=False)
