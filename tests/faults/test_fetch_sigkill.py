"""P1 with processes that are really killed, against an AWS API of a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.local_cloud import cloud
from infra.local_cloud.clients import HOST, local_client
from infra.local_cloud.emulator import Emulator
from infra.sandbox import lunasoft, net32
from infra.sandbox.base import Sandbox
from infra.sandbox.server import serve
from tests.world import ROOT

KILLED, RECOVERING = "tests.faults.killed_process", "tests.faults.recovering_process"
ORDERS = ["101", "102", "103"]

pytestmark = [
    pytest.mark.cloud,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not cloud.EMULATOR_PYTHON.exists() and not os.environ.get("CI"),
        reason="the local cloud is not set up; make setup does it",
    ),
]


@dataclass(frozen=True)
class Death:
    """Where a process is killed, and what must come of it."""

    connection: str
    side: str
    call: str
    interrupted: bool = False
    lost: bool = False


DEATHS = (
    Death("net32-claimed", "after", "dynamodb.UpdateItem state", interrupted=True),
    Death("net32-answered", "after", "GET /orders/", interrupted=True, lost=True),
    Death("net32-unstored", "before", "s3.PutObject inbox", interrupted=True, lost=True),
    Death("net32-stored", "after", "s3.PutObject inbox"),
    Death("net32-halfway", "after", "dynamodb.PutItem order"),
    Death("luna-halfway", "after", "dynamodb.PutItem order"),
)


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of an AWS API on this machine."""
    log = tmp_path_factory.mktemp("emulator") / "log"
    emulator = Emulator(python=cloud.EMULATOR_PYTHON, host=HOST, port=0, log_file=log)
    try:
        yield f"http://127.0.0.1:{emulator.port}"
    finally:
        emulator.stop()


def child(endpoint: str, *arguments: str) -> subprocess.Popen[str]:
    paths = os.pathsep.join([str(ROOT), str(ROOT / "layers" / "orderbus")])
    environment = {**os.environ, "AWS_ENDPOINT_URL": endpoint, "PYTHONPATH": paths}
    command = [sys.executable, "-m", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finished(process: subprocess.Popen[str]) -> str:
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return out


def connect(endpoint: str, connection: str, url: str) -> None:
    provider, key = (
        ("net32", "subscription_key") if connection.startswith("net32") else ("lunasoft", "api_key")
    )
    value = {"provider": provider, "base_url": url, "credentials": {key: "test-key"}}
    local_client("ssm", endpoint).put_parameter(
        Name=f"/orderbus/connections/{connection}", Value=json.dumps(value), Type="SecureString"
    )


def site_with_orders(connection: str) -> Sandbox:
    provider: Any = net32 if connection.startswith("net32") else lunasoft
    sandbox: Sandbox = net32.Net32Sandbox() if provider is net32 else lunasoft.LunaSoftSandbox()
    for order in ORDERS:
        sandbox.place(provider.make_order(order))
    return sandbox


def test_a_process_that_is_killed_loses_nothing_or_its_interruption_is_published(
    endpoint: str, tmp_path: Path
) -> None:
    queue_url = finished(child(endpoint, RECOVERING, "make"))
    result = tmp_path / "result.json"
    with ExitStack() as stack:
        for death in DEATHS:
            served = stack.enter_context(serve(site_with_orders(death.connection)))
            connect(endpoint, death.connection, served.url)
        killed = [child(endpoint, KILLED, death.connection, death.side, death.call) for death in DEATHS]
        for process in killed:
            process.communicate(timeout=120)
        connections = [death.connection for death in DEATHS]
        finished(child(endpoint, RECOVERING, "recover", queue_url, str(result), *connections))
    found = json.loads(result.read_text())

    assert [process.returncode for process in killed] == [-signal.SIGKILL] * len(DEATHS)
    assert [answer["complete"] for answer in found["answers"]] == [True] * len(DEATHS)
    assert Counter((event["type"], event["subject"]) for event in found["events"]) == Counter(expected())


def expected() -> list[tuple[str, str]]:
    """Return what must be on the bus: each thing once."""
    arrived = [death.connection for death in DEATHS if not death.lost]
    interrupted = [death.connection for death in DEATHS if death.interrupted]
    return [
        *(("order.created.v1", f"{connection}:{order}") for connection in arrived for order in ORDERS),
        *(("connection.read_interrupted.v1", connection) for connection in interrupted),
    ]
