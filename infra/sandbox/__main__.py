"""Run a sandbox provider by hand: `python -m infra.sandbox net32 --port 7001`."""

import signal
from collections.abc import Callable
from enum import StrEnum
from threading import Event
from typing import Annotated

import typer

from infra.sandbox.base import Sandbox
from infra.sandbox.lunasoft import LunaSoftSandbox
from infra.sandbox.net32 import Net32Sandbox
from infra.sandbox.retailys import RetailysSandbox
from infra.sandbox.server import PortInUseError, serve
from infra.sandbox.zonos import ZonosSandbox


class Provider(StrEnum):
    """The providers that there is a sandbox of."""

    NET32 = "net32"
    LUNASOFT = "lunasoft"
    RETAILYS = "retailys"
    ZONOS = "zonos"


def main(
    provider: Annotated[Provider, typer.Argument(help="Whose API to serve.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen; 0 takes a free port.")] = 0,
    key: Annotated[str, typer.Option(help="The key that requests must carry.")] = "test-key",
    orders: Annotated[int, typer.Option(min=0, help="How many orders there are from the start.")] = 0,
) -> None:
    """Serve a sandbox provider on this machine until Ctrl-C or TERM."""
    sandbox = _make_sandbox(provider, key)
    for _ in range(orders):
        sandbox.place_generated()
    stopped = Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopped.set())
    try:
        with serve(sandbox, port=port) as served:
            typer.echo(served.url)
            stopped.wait()
    except PortInUseError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _make_sandbox(provider: Provider, key: str) -> Sandbox:
    made: dict[Provider, Callable[[], Sandbox]] = {
        Provider.NET32: lambda: Net32Sandbox(key=key),
        Provider.LUNASOFT: lambda: LunaSoftSandbox(key=key),
        Provider.RETAILYS: lambda: RetailysSandbox(key=key),
        Provider.ZONOS: lambda: ZonosSandbox(secret=key),
    }
    return made[provider]()


if __name__ == "__main__":
    typer.run(main)
