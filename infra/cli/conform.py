"""`orderbus conform`: the provider kit against a provider's sandbox, and what can be said of an account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from orderbus.domain.connections import Connection, parse_connection
from orderbus.providers.registry import addressed

from infra.cli.connection_files import read_connections
from infra.cli.errors import CommandError
from infra.conformance.account import PagesFolderError, check_account
from infra.conformance.run import Result, run_all
from infra.conformance.shops import shop_names, shop_of
from infra.conformance.suite import CASES, Case

_WIDTH = len("not applicable")


def conform(
    target: Annotated[
        str,
        typer.Argument(help="A provider; or an account: its base_url, or the name of its connection."),
    ],
    connections: Annotated[Path | None, typer.Option(help="TOML with the account's connection.")] = None,
    take_orders_into: Annotated[
        Path | None,
        typer.Option(
            help="Read also an account that hands each order out once: the orders are then gone there,"
            " and their pages are kept in this folder."
        ),
    ] = None,
    only: Annotated[
        str | None, typer.Option(help="Of a provider only cases with this text in their name.")
    ] = None,
) -> None:
    """Run the provider kit: at a provider's sandbox every case; of an account what reading can say."""
    if target in shop_names():
        if connections is not None or take_orders_into is not None:
            raise CommandError(
                f"{target} is a provider, whose sandbox needs neither --connections nor --take-orders-into;"
                " for an account give its base_url, or the name of its connection."
            )
        results = _told(run_all(shop_of(target), _cases(only)))
    else:
        if only is not None:
            raise CommandError("--only chooses cases of a provider's sandbox; an account is read whole.")
        results = _of_account(target, connections, take_orders_into)
    typer.echo(score(target, results))
    if any(result.outcome in {"fails", "crashes"} for result in results):
        raise typer.Exit(1)


def score(target: str, results: list[Result]) -> str:
    """Return how many cases hold of those that apply; what does not apply is counted, never left out."""
    counts = Counter(result.outcome for result in results)
    applicable = len(results) - counts["not applicable"]
    return f"{target}: {counts['holds']} of {applicable} hold; {counts['not applicable']} do not apply"


def _cases(only: str | None) -> list[Case]:
    cases = [case for case in CASES if only is None or only.lower() in case.name]
    if not cases:
        raise CommandError(f"No case of the kit has {only!r} in its name; without --only all are listed.")
    return cases


def _of_account(target: str, file: Path | None, take_orders_into: Path | None) -> list[Result]:
    connection = _connection(target, file)
    typer.echo(
        f"{connection.name} ({connection.provider}) is only read: {len(CASES)} cases of the kit place orders"
        " and order faults, which only its sandbox takes."
        f" Run them with: orderbus conform {connection.provider}"
    )
    try:
        return _told(check_account(connection, keep_pages_in=take_orders_into))
    except PagesFolderError as error:
        raise CommandError(str(error)) from error


def _connection(target: str, file: Path | None) -> Connection:
    if file is None:
        raise CommandError(
            "An account needs its credentials: give the file of its connection, --connections."
            if "://" in target
            else f"{target} is not a provider of the kit ({', '.join(shop_names())}); for an account give"
            " its base_url, or the name of its connection, and the file with it, --connections."
        )
    found = [addressed(parse_connection(*each)) for each in read_connections(file).items()]
    meant = [each for each in found if each.name == target or _same(each.base_url or "", target)]
    if len(meant) == 1:
        return meant[0]
    if meant:
        names = ", ".join(each.name for each in meant)
        raise CommandError(f"{file} has several connections with base_url {target}; give a name: {names}.")
    known = ", ".join(f"{each.name} at {each.base_url}" for each in found)
    raise CommandError(f"{file} has no connection with this name or base_url: {target}. It has {known}.")


def _same(one: str, other: str) -> bool:
    return one.rstrip("/").lower() == other.rstrip("/").lower()


def _told(results: Iterable[Result]) -> list[Result]:
    """Print each result as it comes."""
    told = []
    for result in results:
        said = f": {result.said}" if result.said else ""
        typer.echo(f"{result.outcome:{_WIDTH}}  {result.name}{said}")
        told.append(result)
    return told
