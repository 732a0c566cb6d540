"""Commands that have a deployed function do something now."""

import time
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from orderbus.domain.times import parse_time
from orderbus.ports import Quarantined
from rich.console import Console
from rich.table import Column, Table

from infra.cli.aws import EndpointOption, Stack, StackOption
from infra.cli.errors import CommandError

_COUNTS = ("read", "created", "updated", "unchanged", "quarantined")
_SHOWN_ID = 12
_RECONCILED = ("compared", "created", "quarantined", "missed", "unread")
# A bus or a provider that refuses for now is asked again from where it stopped.
_TRIES = 5
_WAIT_SECONDS = 5.0

quarantine = typer.Typer(no_args_is_help=True, help="Orders that could not be normalized.")


def poll(
    connection: Annotated[str, typer.Argument(help="The connection.")],
    stack: StackOption = "orderbus",
    endpoint_url: EndpointOption = None,
) -> None:
    """Poll a connection now, whatever its backoff."""
    target = Stack(stack, endpoint_url)
    answer = target.invoke(_fetch_function(target, connection), {"connection": connection})
    rest = "" if answer["complete"] else "; there is more, which the next poll reads"
    if answer.get("waits"):
        rest = f"; it waits for: {answer['waits']}"
    typer.echo(f"{connection}: {_counted(answer)}{rest}")


def republish(
    since: Annotated[str, typer.Option(help="From when on, such as 2026-11-20T00:00Z.")],
    stack: StackOption = "orderbus",
    endpoint_url: EndpointOption = None,
) -> None:
    """Publish every event again that was recorded since a time, with the ids that they had."""
    target = Stack(stack, endpoint_url)
    published = refused = 0
    request: dict[str, Any] = {"since": _checked_time(since, "--since")}
    failed = 0
    while True:
        answer = target.invoke("publish-events", request)
        published += answer.get("published", 0)
        refused += answer.get("refused", 0)
        if not answer.get("next"):
            break
        failed = failed + 1 if "error" in answer else 0
        if failed > _TRIES:
            raise CommandError(f"{answer['error']['message']}; run this again later, the ids stay the same.")
        request = {"since": since, "next": answer["next"]}
        typer.echo(f"{published} published so far", err=True)
        time.sleep(_WAIT_SECONDS if failed else 0)
    typer.echo(f"{published} published, {refused} refused")


def reconcile(
    connection: Annotated[str, typer.Argument(help="The connection.")],
    since: Annotated[str, typer.Option(help="From when on, such as 2026-11-20T00:00Z.")],
    until: Annotated[str | None, typer.Option(help="Until when; without it, ten minutes ago.")] = None,
    stack: StackOption = "orderbus",
    endpoint_url: EndpointOption = None,
) -> None:
    """Compare what the provider has of a span with the ledger, and take in what is missing."""
    target = Stack(stack, endpoint_url)
    request = {"connection": connection, "since": _checked_time(since, "--since")}
    request |= {"until": _checked_time(until, "--until")} if until else {}
    totals = dict.fromkeys(_RECONCILED, 0)
    failed = 0
    while True:
        answer = target.invoke("reconcile-orders", request)
        totals = {name: totals[name] + answer[name] for name in totals}
        for external_id in answer["missing"]:
            typer.echo(f"{connection}:{external_id} was missing")
        if answer["complete"]:
            break
        failed = failed + 1 if "error" in answer else 0
        if failed > _TRIES:
            raise CommandError(f"{answer['error']['message']}; go on with --since {answer['next']}.")
        request |= {"since": answer["next"], "until": answer["until"]}
        typer.echo(f"{totals['compared']} compared, until {answer['next']}", err=True)
        time.sleep(_WAIT_SECONDS if failed else 0)
    typer.echo(f"{connection}: {', '.join(f'{number} {name}' for name, number in totals.items())}")


@quarantine.command("list")
def list_quarantine(
    connection: Annotated[str | None, typer.Argument(help="Of this connection only.")] = None,
    stack: StackOption = "orderbus",
    endpoint_url: EndpointOption = None,
) -> None:
    """Show what could not be normalized and waits to be redriven, with the reason."""
    target = Stack(stack, endpoint_url)
    connections = target.connections()
    found, unread = ([connections.get(connection)], []) if connection else connections.all()
    raw = Column("raw in the inbox", overflow="fold")
    table = Table(
        Column("id", no_wrap=True, min_width=_SHOWN_ID), "connection", "subject", "read at", "reason", raw
    )
    for each in found:
        for entry in target.quarantine().waiting(each.name):
            read_at = f"{entry.read_at:%Y-%m-%d %H:%M:%S}"
            row = (entry.sha256[:_SHOWN_ID], each.name, entry.subject, read_at, entry.reason, entry.key)
            table.add_row(*row)
    Console(markup=False).print(table if table.rows else "Nothing is in quarantine.")
    if unread:
        raise CommandError("; ".join(str(error) for error in unread))


@quarantine.command("redrive")
def redrive_quarantine(
    connection: Annotated[str, typer.Argument(help="The connection.")],
    ids: Annotated[list[str] | None, typer.Argument(help="Ids as the list shows them; none for all.")] = None,
    stack: StackOption = "orderbus",
    endpoint_url: EndpointOption = None,
) -> None:
    """Normalize what is in quarantine again, after a fix; exits with 1 where something still waits."""
    target = Stack(stack, endpoint_url)
    function = _fetch_function(target, connection)
    wanted = [entry.sha256 for entry in _waiting(target, connection, ids)] if ids else "all"
    request: dict[str, Any] = {"connection": connection, "redrive": wanted}
    still = 0
    while True:
        answer = target.invoke(function, request)
        typer.echo(f"{connection}: {_counted(answer)}")
        still += len(answer["waiting"])
        for entry in answer["waiting"]:
            typer.echo(f"{entry['sha256'][:_SHOWN_ID]} still waits: {entry['reason']}")
        if not answer["next"]:
            break
        request["next"] = answer["next"]
    if still:
        raise CommandError(
            f"{still} of {connection} still in quarantine; mend what they name, then run this again."
        )


@quarantine.command("dismiss")
def dismiss_quarantine(
    connection: Annotated[str, typer.Argument(help="The connection.")],
    ids: Annotated[list[str], typer.Argument(help="Ids as the list shows them.")],
    stack: StackOption = "orderbus",
    endpoint_url: EndpointOption = None,
) -> None:
    """Take off the list what nobody needs, such as an order that was mended at its provider since."""
    target = Stack(stack, endpoint_url)
    for entry in _waiting(target, connection, ids):
        target.quarantine().dismiss(entry, datetime.now(UTC))
        typer.echo(f"{entry.sha256[:_SHOWN_ID]} dismissed: {entry.subject}; its raw stays in {entry.key}")


def _checked_time(text: str, option: str) -> str:
    try:
        parse_time(text)
    except ValueError as error:
        raise typer.BadParameter("not an ISO 8601 time", param_hint=option) from error
    return text


def _waiting(target: Stack, connection: str, ids: list[str]) -> list[Quarantined]:
    waiting = target.quarantine().waiting(connection)
    if unknown := [each for each in ids if not any(one.sha256.startswith(each) for one in waiting)]:
        raise CommandError(
            f"Connection {connection!r} has nothing in quarantine as {', '.join(unknown)};"
            " `orderbus quarantine list` shows what waits."
        )
    return [one for one in waiting if one.sha256.startswith(tuple(ids))]


def _fetch_function(target: Stack, connection: str) -> str:
    return f"fetch-{target.connections().get(connection).provider}"


def _counted(answer: dict[str, Any]) -> str:
    return ", ".join(f"{answer[name]} {name}" for name in _COUNTS if name in answer)
