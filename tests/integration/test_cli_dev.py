"""`orderbus dev`: what it promises when it is ready, and that it leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from infra.local_cloud import cloud
from infra.local_cloud.clients import HOST, local_client
from infra.local_cloud.cloudformation_yaml import read_template

PROJECT = Path(__file__).resolve().parents[2]
ORDERBUS = Path(sys.executable).with_name("orderbus")

pytestmark = [
    pytest.mark.cloud,
    pytest.mark.skipif(
        not cloud.EMULATOR_PYTHON.exists() and not os.environ.get("CI"),
        reason="the local cloud is not set up; make setup does it",
    ),
    pytest.mark.skipif(not Path("/proc").exists(), reason="reads Linux's list of processes"),
    pytest.mark.xdist_group("local cloud"),
]


@contextmanager
def running_dev(tmp_path: Path, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """`orderbus dev --json` on a free port, with a folder for temporary files that the test can look into."""
    process = subprocess.Popen(
        [ORDERBUS, "dev", "--port", "0", "--json", *map(str, arguments)],
        cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ready_line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout
    line: dict[str, Any] = json.loads(process.stdout.readline())
    return line


def port_of(url: str) -> int:
    return int(url.split(":")[2].split("/", maxsplit=1)[0])


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def processes_of(tmp_path: Path) -> list[str]:
    """What still runs with this folder in its environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"TMPDIR={tmp_path}".encode() in path.read_bytes():
                found.append(path.parent.name)
        except OSError:
            continue
    return found


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_until_it_is_told_to_stop_and_leaves_nothing(tmp_path: Path, stop: signal.Signals) -> None:
    with running_dev(tmp_path, "--no-schedules") as process:
        ready = ready_line(process)
        urls = [ready["aws"], *ready["providers"].values()]
        assert all(is_open(port_of(url)) for url in urls)

        process.send_signal(stop)
        out, err = process.communicate(timeout=15)

    assert process.returncode == 0
    assert out == ""
    assert "Traceback" not in err
    assert not any(is_open(port_of(url)) for url in urls)
    assert list(tmp_path.iterdir()) == []
    assert processes_of(tmp_path) == []


def test_ready_says_where_everything_is_and_an_order_comes_through(tmp_path: Path) -> None:
    with running_dev(tmp_path, "--no-schedules") as process:
        ready = ready_line(process)
        assert ready == {
            "ready": True,
            "aws": ready["aws"],
            "region": "us-east-1",
            "bus": "orderbus",
            "import": ready["import"],
            "providers": ready["providers"],
        }
        assert ready["import"].startswith(f"{ready['aws']}/_aws/execute-api/")
        assert set(ready["providers"]) == {"net32", "lunasoft", "retailys", "zonos"}
        sandbox = f"http://{HOST}:{port_of(ready['providers']['lunasoft'])}"
        requests.post(f"{sandbox}/_sandbox/orders", timeout=5).raise_for_status()
        functions = local_client("lambda", ready["aws"])

        polled = functions.invoke(
            FunctionName="orderbus-fetch-lunasoft", Payload=b'{"connection": "luna-main"}'
        )
        answer = json.loads(polled["Payload"].read())

    assert (answer["connection"], answer["created"], answer["complete"]) == ("luna-main", 1, True)


def test_where_containers_reach_it_functions_run_by_what_the_environment_file_says(tmp_path: Path) -> None:
    host, file = "127.0.0.2", tmp_path / "env.json"  # as Docker's bridge: of this machine, and not 127.0.0.1
    with running_dev(tmp_path, "--no-schedules", "--host", host, "--env-file", file) as process:
        ready = ready_line(process)
        urls = [ready["aws"], *ready["providers"].values()]
        requests.post(f"http://{host}:{port_of(urls[1])}/_sandbox/orders", timeout=5).raise_for_status()
        polled = local_client("lambda", ready["aws"]).invoke(
            FunctionName="orderbus-fetch-net32", Payload=b'{"connection": "net32-main"}'
        )
        answer = json.loads(polled["Payload"].read())

    assert {urlsplit(url).hostname for url in urls} == {host}
    assert not is_open(port_of(ready["aws"]))
    assert answer["created"] == 1
    declared = read_template(PROJECT / "template.yaml")
    environment = json.loads(file.read_text())
    assert environment.keys() == {name for name in declared["Resources"] if name.endswith("Function")}
    for name, told in environment.items():
        own = declared["Resources"][name]["Properties"]["Environment"]["Variables"]
        everywhere = declared["Globals"]["Function"]["Environment"]["Variables"]
        assert told.keys() == own.keys() | everywhere.keys()
        assert told["AWS_ENDPOINT_URL"] == ready["aws"]
        assert told["LEDGER_TABLE"] == "orderbus-ledger"


def test_an_address_of_another_machine_is_said_before_anything_is_started(tmp_path: Path) -> None:
    with running_dev(tmp_path, "--host", "203.0.113.7") as process:
        out, err = process.communicate(timeout=15)

    assert (process.returncode, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("orderbus: --host 203.0.113.7 is no IPv4 address of this machine;")
    assert list(tmp_path.iterdir()) == []


def test_the_connections_of_a_file_take_the_place_of_the_sandboxes_own(tmp_path: Path) -> None:
    file = tmp_path / "connections.toml"
    file.write_text(
        '[connections.net32-eu]\nprovider = "net32"\nbase_url = "http://127.0.0.1:7001"\n'
        '[connections.net32-eu.credentials]\nsubscription_key = "test"\n'
    )
    with running_dev(tmp_path, "--connections", file, "--no-sandbox") as process:
        ready = ready_line(process)
        parameters = local_client("ssm", ready["aws"]).get_parameters_by_path(
            Path="/orderbus/connections", WithDecryption=True
        )["Parameters"]

    assert ready["providers"] == {}
    assert [parameter["Name"] for parameter in parameters] == ["/orderbus/connections/net32-eu"]
    assert json.loads(parameters[0]["Value"])["base_url"] == "http://127.0.0.1:7001"


def test_stopped_while_it_starts_it_leaves_nothing_either(tmp_path: Path) -> None:
    with running_dev(tmp_path) as process:
        deadline = time.monotonic() + 20
        while not list(tmp_path.glob("orderbus-local-cloud-*/")) and time.monotonic() < deadline:
            time.sleep(0.02)

        process.terminate()
        out, err = process.communicate(timeout=15)

    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
    assert processes_of(tmp_path) == []


def test_an_emulator_that_ends_by_itself_is_said_and_its_log_kept(tmp_path: Path) -> None:
    with running_dev(tmp_path, "--no-sandbox") as process:
        port = port_of(ready_line(process)["aws"])
        [emulator] = [
            pid
            for pid in processes_of(tmp_path / "orderbus-local-cloud-")
            if f"GATEWAY_PORT={port}".encode() in Path(f"/proc/{pid}/environ").read_bytes()
            and b"ministack" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1]
        ]

        os.kill(int(emulator), signal.SIGKILL)
        _, err = process.communicate(timeout=15)

    assert process.returncode == 1
    [log] = tmp_path.iterdir()
    assert err.splitlines()[-1] == f"orderbus: The AWS emulator ended unexpectedly; see {log}."


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--connections", "nowhere.toml"], "nowhere.toml cannot be read: No such file"),
        (["--connections", "bad.toml"], "bad.toml line 2: connection 'a': provider: "),
    ],
)
def test_a_bad_file_is_said_before_anything_is_started(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "bad.toml").write_text("\n[connections.a]\n")
    with running_dev(tmp_path, *arguments) as process:
        out, err = process.communicate(timeout=15)

    assert (process.returncode, out, err.count("\n")) == (1, "", 1)
    assert said in err
    assert [path.name for path in tmp_path.iterdir()] == ["bad.toml"]


def test_a_port_in_use_is_said_and_nothing_left_running(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with running_dev(tmp_path, "--port", port) as process:
            out, err = process.communicate(timeout=15)

    assert (process.returncode, out) == (1, "")
    assert err.splitlines()[-1].startswith(f"orderbus: Port {port} of 127.0.0.1 is in use;")
    assert list(tmp_path.iterdir()) == []
