"""`orderbus erase`: answers a customer's request to be forgotten, as far as OrderBus keeps the order."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from orderbus.aws.erasing import Erased, Erasure

from infra.cli.aws import EndpointOption, Stack, StackOption
from infra.cli.errors import CommandError

# What no command can reach. Of what goes by age a test compares the days with template.yaml.
ELSEWHERE = """\
Not erased, and not for OrderBus to erase:
  what the provider has, and what the consumers of the bus have copied
  the archive of the bus: events of the last 90 days
  the table's point-in-time recovery: 35 days; its stream: 1 day; backups that you have made
  commands in dead-letter queues: 14 days
  raw answers of Net32, each with several orders, under inbox/ in the bucket: the stack's InboxRetentionDays
    and, as old versions, 30 more
  records that the relay gave up or could not read, under aws/lambda/ and refused/records/: look there if any
  commands that should have created an order, and did not: they stand with their connection
The logs hold no personal data."""


def erase(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="Such as net32-main:19281414.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    stack: StackOption = "orderbus",
    endpoint_url: EndpointOption = None,
) -> None:
    """Erase an order: ids, hashes, quantities and states stay, so that it is never taken in again.

    It can be run again at any time, and goes on where an earlier run ended.
    """
    target = Stack(stack, endpoint_url)
    erasure = Erasure(
        target.client("dynamodb"),
        f"{stack}-ledger",
        target.client("s3"),
        target.output("InboxBucketName"),
    )
    if not yes:
        _ask(order)
    done = erasure.erase(order, datetime.now(UTC))
    if done is None:
        raise CommandError(
            f"OrderBus knows nothing of {order}; the id of an order is the subject of its events."
        )
    typer.echo(f"{order}: {_counted(done)}")
    for key in done.doubtful:
        typer.echo(f"{key} in the bucket names no order, and holds this one's number: look at it.")
    typer.echo(ELSEWHERE)
    typer.echo("What was under way just now may have left something: run this once more in some minutes.")


def _ask(order: str) -> None:
    if not sys.stdin.isatty():
        raise CommandError(f"Nothing was erased; give --yes to erase {order} without being asked.")
    typer.confirm(f"Erase {order} for good?", abort=True)


def _counted(done: Erased) -> str:
    counts = (
        f"revisions: {done.revisions}",
        f"commands: {done.commands}",
        f"inputs in quarantine: {done.set_aside}",
        f"objects in the bucket: {done.objects}",
    )
    return f"erased ({', '.join(counts)})"
