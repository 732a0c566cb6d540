"""`orderbus connections`: which accounts at which providers are polled."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from orderbus.domain.connections import Connection, refuse_same_account
from orderbus.domain.errors import ConfigurationError
from orderbus.providers.registry import addressed
from rich.console import Console
from rich.table import Column, Table

from infra.cli.aws import EndpointOption, Stack, StackOption
from infra.cli.connection_files import (
    Fields,
    check,
    lacks_start,
    read_connections,
    refuse_duplicates,
    store,
    with_start,
)
from infra.cli.errors import CommandError

commands = typer.Typer(no_args_is_help=True, help="The merchant's accounts at the providers.")


@commands.command("put")
def put_connections(
    file: Annotated[Path, typer.Argument(help="TOML; each connection is a table connections.NAME.")],
    *,
    stack: StackOption = "orderbus",
    start_at: Annotated[
        str | None,
        typer.Option(help="Where new connections begin: all, or a time such as 2026-01-01T00:00Z."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only check, and say what would be written.")
    ] = False,
    endpoint_url: EndpointOption = None,
) -> None:
    """Write the connections of a file to a stack, or change those that are there."""
    wanted = read_connections(file)
    target = Stack(stack, endpoint_url)
    stored = {connection.name: connection for connection in target.connections().all()[0]}
    begun = {name: _begun(name, fields, stored, start_at) for name, fields in wanted.items()}
    refuse_duplicates(begun, stored)
    parameters = target.client("ssm")
    for name, fields in begun.items():
        connection = check(name, fields)
        if not dry_run:
            store(parameters, stack, name, fields)
        typer.echo(_told(connection, is_new=name not in stored, dry_run=dry_run))


def _begun(name: str, fields: Fields, stored: dict[str, Connection], start_at: str | None) -> Fields:
    """The connection with where it begins: as the file says, as it began, or as a person says."""
    if not lacks_start(fields):
        return fields
    began = stored[name].options.get("start_at") if name in stored else None
    return with_start(fields, began or start_at or _ask_start(name))


def _ask_start(name: str) -> str:
    if not sys.stdin.isatty():
        raise CommandError(
            f"Connection {name!r} does not say where it begins; give --start-at all for every order"
            " there is, or --start-at with a time."
        )
    answer: str = typer.prompt(f"Where does {name} begin: all, or orders since which time?")
    return answer


def _told(connection: Connection, *, is_new: bool, dry_run: bool) -> str:
    done = "new" if is_new else "changed"
    start = connection.options.get("start_at", "all")
    told = f"{connection.name}: {connection.provider}, mode {connection.mode}, begins at {start}"
    return f"{told} ({done}{', not written' if dry_run else ''})"


@commands.command("list")
def list_connections(stack: StackOption = "orderbus", endpoint_url: EndpointOption = None) -> None:
    """Show the connections of a stack, without their credentials, and why some are not polled."""
    found, errors = Stack(stack, endpoint_url).connections().all()
    try:
        refuse_same_account([addressed(each) for each in found if each.mode != "off"])
    except ConfigurationError as error:
        errors.append(error)
    table = Table("connection", "provider", "mode", Column("base_url", overflow="fold"), "begins at")
    for connection in found:
        start = str(connection.options.get("start_at", "all"))
        base_url = connection.base_url or "the provider's"
        table.add_row(connection.name, connection.provider, connection.mode, base_url, start)
    Console(markup=False).print(table)
    if errors:
        raise CommandError("; ".join(str(error) for error in errors))


@commands.command("remove")
def remove_connection(
    name: Annotated[str, typer.Argument(help="The connection.")],
    stack: StackOption = "orderbus",
    endpoint_url: EndpointOption = None,
) -> None:
    """Stop polling a connection and forget its credentials; its orders stay in the ledger."""
    parameters = Stack(stack, endpoint_url).client("ssm")
    try:
        parameters.delete_parameter(Name=f"/{stack}/connections/{name}")
    except parameters.exceptions.ParameterNotFound as error:
        raise CommandError(
            f"There is no connection {name!r}; `orderbus connections list` shows those there are."
        ) from error
    typer.echo(f"{name}: removed; do not use its name for another account")
