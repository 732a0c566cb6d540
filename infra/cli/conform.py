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
from infra.conformance.account import check_account
from infra.conformance.run import Result, run_all
from infra.conformance.shops import shop_names, shop_of
from infra.conformance.suite import CASES

_WIDTH = len("not applicable")


def conform(
    target: Annotated[str, typer.Argument(help="A provider, or the base_url of an account.")],
    connections: Annotated[
        Path | None, typer.Option(help="TOML with the connection that has this base_url.")
    ] = None,
    take_orders_into: Annotated[
        Path | None,
        typer.Option(
            help="Read also an account that hands each order out once: the orders are then gone there,"
            " and their pages are kept in this folder."
        ),
    ] = None,
    only: Annotated[str | None, typer.Option(help="Only cases with this text in their name.")] = None,
) -> None:
    """Run the provider kit: at a provider's sandbox every case; of an account what reading can say."""
    if "://" in target:
        results = _of_account(target, connections, take_orders_into)
    elif target in shop_names():
        cases = [case for case in CASES if only is None or only in case.name]
        results = _told(run_all(shop_of(target), cases))
    else:
        raise CommandError(
            f"{target} is neither a provider of the kit ({', '.join(shop_names())})"
            " nor a web address as https://host/path."
        )
    typer.echo(score(target, results))
    if any(result.outcome in {"fails", "crashes"} for result in results):
        raise typer.Exit(1)


def score(target: str, results: list[Result]) -> str:
    """Return how many cases hold of those that apply; what does not apply is counted, never left out."""
    counts = Counter(result.outcome for result in results)
    applicable = len(results) - counts["not applicable"]
    return f"{target}: {counts['holds']} of {applicable} hold; {counts['not applicable']} do not apply"


def _of_account(url: str, file: Path | None, take_orders_into: Path | None) -> list[Result]:
    connection = _connection_at(url, file)
    typer.echo(
        f"{connection.name} ({connection.provider}) is only read: {len(CASES)} cases of the kit place orders"
        " and order faults, which only its sandbox takes."
        f" Run them with: orderbus conform {connection.provider}"
    )
    return _told(check_account(connection, keep_pages_in=take_orders_into))


def _connection_at(url: str, file: Path | None) -> Connection:
    if file is None:
        raise CommandError(
            "An account needs its credentials: give the file of its connection, --connections."
        )
    found = [addressed(parse_connection(*each)) for each in read_connections(file).items()]
    at = [each for each in found if each.base_url is not None and _same(each.base_url, url)]
    if len(at) != 1:
        raise CommandError(f"{file} has {len(at)} connections with base_url {url}; it takes exactly one.")
    return at[0]


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
