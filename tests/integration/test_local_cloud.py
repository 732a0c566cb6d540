"""The local cloud: what is deployed, what the functions run on, and that nothing of it stays."""

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.cli.connection_files import store
from infra.local_cloud import LocalCloud, LocalCloudError, cloud
from infra.local_cloud.adaptation import adapt
from infra.local_cloud.clients import HOST
from infra.local_cloud.cloudformation_yaml import read_template
from infra.sandbox.server import serve
from infra.sandbox.zonos import ZonosSandbox
from infra.sandbox.zonos_orders import make_order

PROJECT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.cloud,
    pytest.mark.skipif(
        not cloud.EMULATOR_PYTHON.exists() and not os.environ.get("CI"),
        reason="the local cloud is not set up; make setup does it",
    ),
    pytest.mark.xdist_group("local cloud"),
]

PROBE = """
import os, sys, boto3, orderbus, pydantic
def handler(event, context):
    files = {module.__name__: module.__file__ for module in (boto3, orderbus, pydantic)}
    return {"files": files, "pydantic": pydantic.VERSION, "environment": dict(os.environ)}
"""


@pytest.fixture(scope="module")
def local_cloud() -> Iterator[LocalCloud]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_PROFILE", "a-profile-that-is-not-there")
        environment.setenv("A_SECRET_OF_THE_USER", "planted")
        with LocalCloud(port=0, schedules=False) as running:
            yield running


@pytest.fixture(scope="module")
def probe(local_cloud: LocalCloud) -> dict[str, Any]:
    """What a function sees that has the layers of the deployed ones."""
    functions = local_cloud.client("lambda")
    deployed = functions.get_function_configuration(FunctionName="orderbus-fetch-net32")
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", PROBE)
    functions.create_function(
        FunctionName="probe",
        Runtime=deployed["Runtime"],
        Handler="app.handler",
        Role=deployed["Role"],
        Layers=[layer["Arn"] for layer in deployed["Layers"]],
        Code={"ZipFile": package.getvalue()},
        Timeout=30,
    )
    answer = functions.invoke(FunctionName="probe")
    seen: dict[str, Any] = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, seen
    return seen


def test_the_outputs_are_those_of_the_template(local_cloud: LocalCloud) -> None:
    inbox = local_cloud.outputs["InboxBucketName"]

    assert local_cloud.outputs == {
        "BusName": "orderbus",
        "BusArn": "arn:aws:events:us-east-1:000000000000:event-bus/orderbus",
        "LedgerTableName": "orderbus-ledger",
        "InboxBucketName": inbox,
        "ImportUrl": local_cloud.outputs["ImportUrl"],
    }
    assert local_cloud.client("s3").list_objects_v2(Bucket=inbox)["KeyCount"] == 0


def test_what_the_emulator_lacks_is_left_out_and_said(local_cloud: LocalCloud) -> None:
    assert local_cloud.left_out == [
        "BusArchive (AWS::Events::Archive): events are not archived, and cannot be replayed",
        (
            "CommandSendersPolicy (AWS::Events::EventBusPolicy): anyone on this machine may put commands"
            " on the bus"
        ),
    ]


def test_functions_run_on_the_locked_layer_and_not_on_the_emulators_own_packages(
    probe: dict[str, Any],
) -> None:
    lock = (PROJECT / "layers" / "dependencies" / "requirements.txt").read_text()

    assert f"pydantic=={probe['pydantic']} " in lock
    assert probe["files"]["pydantic"].startswith(str(cloud.LAYER_CACHE))
    assert probe["files"]["orderbus"].endswith("/python/orderbus/__init__.py")
    assert probe["files"]["boto3"].startswith(str(cloud.ENVIRONMENTS / "cloud"))


def test_functions_see_nothing_of_the_users_environment(probe: dict[str, Any]) -> None:
    assert not {"AWS_PROFILE", "A_SECRET_OF_THE_USER"} & set(probe["environment"])
    assert probe["environment"]["AWS_REGION"] == "us-east-1"


def test_an_order_written_to_the_ledger_is_on_the_bus(local_cloud: LocalCloud) -> None:
    queues, events = local_cloud.client("sqs"), local_cloud.client("events")
    queue = queues.create_queue(QueueName="a-merchants-own")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:000000000000:a-merchants-own"
    # The cloud is shared by this file's tests: only this order's events are waited for.
    pattern = {"source": ["orderbus"], "detail": {"subject": ["luna-main:54123"]}}
    events.put_rule(Name="mine", EventBusName="orderbus", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="mine", EventBusName="orderbus", Targets=[{"Id": "queue", "Arn": arn}])
    sample = json.loads((PROJECT / "tests" / "events" / "publish_events.json").read_text())
    order = sample["Records"][0]["dynamodb"]["NewImage"]

    ledger = local_cloud.outputs["LedgerTableName"]
    local_cloud.client("dynamodb").put_item(TableName=ledger, Item=order)

    received = queues.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
    event = json.loads(received[0]["Body"])
    assert (event["detail-type"], event["detail"]["subject"]) == (
        "order.created.v1",
        "luna-main:54123",
    )


def test_a_hint_on_the_import_url_brings_the_order_into_the_ledger(local_cloud: LocalCloud) -> None:
    shop = ZonosSandbox()
    shop.place(make_order(7))
    with serve(shop) as served:
        served_by = {"provider": "zonos", "base_url": served.url}
        credentials = {"store": "999", "secret": "test-secret"}
        store(local_cloud.client("ssm"), "orderbus", "zonos-hints", served_by | {"credentials": credentials})
        unknown = requests.get(local_cloud.outputs["ImportUrl"], {"orderId": "999-1"}, timeout=10)
        key = {"pk": {"S": "ORDER#zonos-hints:999-7"}, "sk": {"S": "CURRENT"}}
        ledger, table = local_cloud.client("dynamodb"), local_cloud.outputs["LedgerTableName"]
        placed = requests.post(local_cloud.outputs["ImportUrl"], params={"orderId": "999-7"}, timeout=10)
        deadline = time.monotonic() + 20
        while "Item" not in (found := ledger.get_item(TableName=table, Key=key)):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    assert [(each.status_code, each.json()) for each in (unknown, placed)] == [
        (202, {"message": "Accepted."})
    ] * 2
    assert json.loads(found["Item"]["order"]["S"])["number"] == "999-7"


def test_without_schedules_providers_are_not_polled_and_all_else_moves(
    local_cloud: LocalCloud,
) -> None:
    schedules = local_cloud.client("scheduler").list_schedules()["Schedules"]

    names = sorted(schedule["Name"] for schedule in schedules)
    assert names == ["orderbus-reconcile-orders", "orderbus-sweep-due"]


def test_with_schedules_nothing_of_the_template_changes_but_what_is_unknown() -> None:
    template = read_template(PROJECT / "template.yaml")

    adapted, left_out = adapt(template, {}, endpoint="http://127.0.0.1:1", schedules=True)

    assert len(left_out) == 2
    assert (
        adapted["Resources"]
        | {name: template["Resources"][name] for name in ("BusArchive", "CommandSendersPolicy")}
        == template["Resources"]
    )


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's table of sockets")
def test_it_listens_on_this_machine_only(local_cloud: LocalCloud) -> None:
    port = int(local_cloud.endpoint.rsplit(":", 1)[1])
    listening = "0A"
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]

    found = [row[1] for row in rows if row[3] == listening and row[1].endswith(f":{port:04X}")]

    assert found == [f"0100007F:{port:04X}"]


STARTER = textwrap.dedent("""
    import time
    from infra.local_cloud import LocalCloud
    with LocalCloud(port=0, schedules=False) as cloud:
        functions = cloud.client("lambda")
        for function in ("fetch-net32", "sweep-due"):
            functions.invoke(FunctionName=f"orderbus-{function}", Payload=b"{}")
        print(cloud.endpoint, flush=True)
        time.sleep(60)
""")


def processes_below(folder: str) -> list[str]:
    commands = Path("/proc").glob("[0-9]*/environ")
    return [str(path) for path in commands if folder.encode() in readable(path)]


def readable(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.skipif(not Path("/proc").exists(), reason="reads Linux's list of processes")
def test_a_starter_that_is_killed_leaves_no_process_and_no_folder(tmp_path: Path) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER], cwd=PROJECT, env=environment, stdout=subprocess.PIPE
    )
    assert starter.stdout
    with starter.stdout:
        port = int(starter.stdout.readline().rsplit(b":", 1)[1])
    assert len(processes_below(f"{tmp_path}/orderbus-local-cloud-")) >= 3

    starter.send_signal(signal.SIGKILL)
    starter.wait()

    deadline = time.monotonic() + 20
    while processes_below(str(tmp_path)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [path.suffix for path in tmp_path.iterdir()] == [".log"]
    assert processes_below(str(tmp_path)) == []
    with socket.socket() as probe:
        assert probe.connect_ex((HOST, port)) != 0


def test_a_port_in_use_is_named_and_nothing_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LocalCloudError, match=f"Port {port} .* --port"):
            LocalCloud(port=port).__enter__()

    assert list(tmp_path.iterdir()) == []


def test_a_port_that_nobody_may_listen_on_is_not_called_in_use() -> None:
    elsewhere = "192.0.2.1"  # RFC 5737: no machine has it
    with pytest.raises(LocalCloudError, match=r"^Port 80 of .* cannot be listened on \(.+\); .* --port\.$"):
        LocalCloud(host=elsewhere, port=80).__enter__()


def test_a_template_that_is_refused_says_why_and_leaves_only_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    for folder in ("layers", "functions"):
        shutil.copytree(PROJECT / folder, project / folder)
    template = (PROJECT / "template.yaml").read_text()
    (project / "template.yaml").write_text(
        template.replace("Type: AWS::SNS::Topic\n", "Type: AWS::Nobody::Knows\n")
    )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))

    with pytest.raises(LocalCloudError, match="AWS::Nobody::Knows"):
        LocalCloud(port=0, project=project).__enter__()

    assert [path.suffix for path in temporary.iterdir()] == [".log"]


def test_a_function_without_code_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    shutil.copy(PROJECT / "template.yaml", tmp_path)
    shutil.copytree(PROJECT / "layers", tmp_path / "layers")

    with pytest.raises(LocalCloudError, match=r"functions/fetch_net32, but it has no app\.py"):
        LocalCloud(port=0, project=tmp_path).__enter__()


def test_an_emulator_that_is_not_set_up_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud, "EMULATOR_PYTHON", tmp_path / "bin" / "python")

    with pytest.raises(LocalCloudError, match='run "make setup"'):
        LocalCloud(port=0).__enter__()
