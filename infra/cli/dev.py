"""`orderbus dev`: the local cloud and sandbox providers, until Ctrl-C or TERM."""

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, NoReturn
from urllib.parse import urlsplit

import typer
from orderbus.domain.connections import parse_connection
from orderbus.providers.registry import addressed, profile_of
from rich.console import Console

from infra.addresses import is_this_machine
from infra.cli.connection_files import Fields, read_connections, refuse_duplicates, store
from infra.cli.errors import CommandError
from infra.cli.shops import Shops, sandbox_connections, served
from infra.local_cloud import LocalCloud
from infra.local_cloud.clients import HOST
from infra.sandbox.server import Served

STACK = "orderbus"


def dev(
    *,
    host: Annotated[
        str,
        typer.Option(help="The address to listen on; for containers, one by which they reach this machine."),
    ] = HOST,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port of the local cloud's AWS API; 0 for any free one.")
    ] = 4566,
    connections: Annotated[
        Path | None,
        typer.Option(help="TOML with the connections to poll, instead of the sandboxes'."),
    ] = None,
    no_sandbox: Annotated[bool, typer.Option("--no-sandbox", help="Without sandbox providers.")] = False,
    no_schedules: Annotated[bool, typer.Option("--no-schedules", help="Poll only when asked to.")] = False,
    env_file: Annotated[
        Path | None,
        typer.Option(
            help="Written when ready: for `sam local invoke --env-vars`, what the functions are told here."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON when ready, nothing else.")
    ] = False,
) -> None:
    """Run OrderBus on this machine, without an AWS account, until Ctrl-C or TERM."""
    console = Console(stderr=as_json, highlight=False, soft_wrap=True)
    if ":" in host or not is_this_machine(host):
        raise CommandError(
            f"--host {host} is no IPv4 address of this machine; if it is Docker's, start Docker first."
        )
    wanted = read_connections(connections) if connections else None
    if wanted:
        refuse_duplicates(wanted, {})
        warn_of_taken_orders(console, wanted)
    with until_stopped(), ExitStack() as running:
        providers = {} if no_sandbox else running.enter_context(served(Shops(), host=host))
        cloud = running.enter_context(
            LocalCloud(host=host, port=port, schedules=not no_schedules, stack=STACK, progress=console.print)
        )
        put_connections(cloud, sandbox_connections(providers) if wanted is None else wanted)
        if env_file:
            _write(env_file, json.dumps(cloud.environments(), indent=2))
        _show(console, cloud, providers)
        if as_json:
            typer.echo(json.dumps(_ready(cloud, providers)))
        cloud.wait()


@contextmanager
def until_stopped() -> Iterator[None]:
    """Ends quietly at Ctrl-C or TERM, and is not interrupted by a second one while it stops."""

    def stop(*_: object) -> NoReturn:
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, signal.SIG_IGN)
        raise KeyboardInterrupt

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop)
    try:
        yield
    except KeyboardInterrupt:
        return


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}.") from error


def warn_of_taken_orders(console: Console, wanted: dict[str, Fields]) -> None:
    """Say which accounts, elsewhere than here, hand their orders to a ledger that is thrown away."""
    for name, fields in wanted.items():
        connection = addressed(parse_connection(name, fields))
        host = urlsplit(connection.base_url or "").hostname or ""
        taken = profile_of(connection.provider).read == "drain" and connection.mode != "off"
        if taken and not is_this_machine(host):
            said = (
                f"{name}: {host} hands each order out once; what is polled here goes with this local cloud."
            )
            console.print(said, style="yellow bold", markup=False)


def put_connections(cloud: LocalCloud, wanted: dict[str, Fields]) -> None:
    """Write connections to the local cloud."""
    parameters = cloud.client("ssm")
    for name, fields in wanted.items():
        store(parameters, STACK, name, fields)


def _ready(cloud: LocalCloud, providers: dict[str, Served]) -> dict[str, object]:
    return {
        "ready": True,
        "aws": cloud.endpoint,
        "region": cloud.region,
        "bus": cloud.outputs["BusName"],
        "import": cloud.outputs["ImportUrl"],
        "providers": {provider: where.url for provider, where in providers.items()},
    }


def _show(console: Console, cloud: LocalCloud, providers: dict[str, Served]) -> None:
    console.print(f"\n[bold]Ready.[/] AWS API: {cloud.endpoint} ({cloud.region}, any credentials)")
    console.print(f"Bus: {cloud.outputs['BusName']}   Ledger: {cloud.outputs['LedgerTableName']}")
    console.print(f"Import: {cloud.outputs['ImportUrl']}?orderId=...")
    for provider, where in providers.items():
        console.print(f"Sandbox {provider}: {where.url}")
        console.print(f"  place an order: curl -X POST {where.root}/_sandbox/orders")
    console.print(f"What the functions log: {cloud.log_file}")
    for each in cloud.left_out:
        console.print(f"Not in the local cloud: {each}")
    console.print("Ctrl-C stops it.")
