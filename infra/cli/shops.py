"""One sandbox of each provider, and the connections to them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from infra.cli.connection_files import Fields
from infra.local_cloud.clients import HOST
from infra.sandbox.lunasoft import LunaSoftSandbox
from infra.sandbox.net32 import Net32Sandbox
from infra.sandbox.retailys import RetailysSandbox
from infra.sandbox.server import Served, serve
from infra.sandbox.zonos import ZonosSandbox
from infra.sandbox.zonos_orders import STORE

KEY = "test-key"
CONNECTIONS = {
    "net32": "net32-main",
    "lunasoft": "luna-main",
    "retailys": "retailys-main",
    "zonos": "zonos-main",
}
"""The connection to each provider's sandbox."""

_CREDENTIALS = {
    "net32": {"subscription_key": KEY},
    "lunasoft": {"api_key": KEY},
    "retailys": {"token": KEY},
    "zonos": {"store": STORE, "secret": KEY},
}


@dataclass(slots=True)
class Shops:
    """A merchant's account at each provider."""

    net32: Net32Sandbox = field(default_factory=lambda: Net32Sandbox(key=KEY))
    lunasoft: LunaSoftSandbox = field(default_factory=lambda: LunaSoftSandbox(key=KEY))
    retailys: RetailysSandbox = field(default_factory=lambda: RetailysSandbox(key=KEY))
    zonos: ZonosSandbox = field(default_factory=lambda: ZonosSandbox(secret=KEY))


@contextmanager
def served(shops: Shops, *, host: str = HOST) -> Iterator[dict[str, Served]]:
    """Serve the sandboxes on free ports; where each can be reached, by provider."""
    with ExitStack() as running:
        yield {name: running.enter_context(serve(getattr(shops, name), host=host)) for name in CONNECTIONS}


def sandbox_connections(providers: dict[str, Served]) -> dict[str, Fields]:
    """A connection for each sandbox there is."""
    return {
        CONNECTIONS[provider]: {
            "provider": provider,
            "base_url": where.url,
            "credentials": _CREDENTIALS[provider],
        }
        for provider, where in providers.items()
    }
