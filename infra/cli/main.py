"""The command line `orderbus`."""

import typer

from infra.cli import connections, operations
from infra.cli.conform import conform
from infra.cli.demo import demo
from infra.cli.dev import dev
from infra.cli.erase import erase
from infra.cli.errors import CommandError, plain_errors
from infra.cli.send import send

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Orders from every sales channel, on one event bus.",
)
app.command()(conform)
app.command()(demo)
app.command()(dev)
app.command()(erase)
app.command()(operations.poll)
app.command()(operations.reconcile)
app.command()(operations.republish)
app.command()(send)
app.add_typer(connections.commands, name="connections")
app.add_typer(operations.quarantine, name="quarantine")


def main() -> None:
    """Run a command; what goes wrong is one sentence on standard error, and exit code 1."""
    try:
        with plain_errors():
            app()
    except CommandError as error:
        typer.echo(f"orderbus: {error}", err=True)
        raise SystemExit(1) from error
