"""Twenty connections, one of which hangs: the others' orders are on the bus while it does."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from infra.cli.connection_files import store
from infra.local_cloud import LocalCloud, cloud
from infra.sandbox.faults import Hang
from infra.sandbox.lunasoft import LunaSoftSandbox
from infra.sandbox.server import serve

CONNECTIONS = 20
LONGEST_SECONDS = 60.0

pytestmark = [
    pytest.mark.cloud,
    pytest.mark.skipif(
        not cloud.EMULATOR_PYTHON.exists() and not os.environ.get("CI"),
        reason="the local cloud is not set up; make setup does it",
    ),
    pytest.mark.xdist_group("local cloud"),
]


class Shops:
    """The sites, and what a subscriber of the bus hears of them."""

    def __init__(self, local: LocalCloud, running: ExitStack) -> None:
        self._local = local
        self._queues = local.client("sqs")
        self._queue = self._queues.create_queue(QueueName="orders-of-many")["QueueUrl"]
        self._tell_orders()
        self.sites = {f"shop-{number:02}": LunaSoftSandbox(key=f"key-{number}") for number in range(20)}
        for number, (name, site) in enumerate(self.sites.items()):
            credentials = {"api_key": f"key-{number}"}
            url = running.enter_context(serve(site)).url
            fields = {"provider": "lunasoft", "base_url": url, "credentials": credentials}
            store(local.client("ssm"), "orderbus", name, fields)

    def _tell_orders(self) -> None:
        events = self._local.client("events")
        pattern = json.dumps({"source": ["orderbus"], "detail-type": ["order.created.v1"]})
        arn = "arn:aws:sqs:us-east-1:000000000000:orders-of-many"
        events.put_rule(Name="many", EventBusName="orderbus", EventPattern=pattern)
        events.put_targets(Rule="many", EventBusName="orderbus", Targets=[{"Id": "queue", "Arn": arn}])

    def tick(self) -> dict[str, Any]:
        answer = self._local.client("lambda").invoke(FunctionName="orderbus-fetch-lunasoft", Payload=b"{}")
        started: dict[str, Any] = json.loads(answer["Payload"].read())
        return started

    def heard(self, wanted: int) -> tuple[list[str], float]:
        """Return whose orders came, and how long that many took."""
        names: list[str] = []
        began = time.monotonic()
        while len(names) < wanted and time.monotonic() - began < LONGEST_SECONDS:
            got = self._queues.receive_message(
                QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=1
            )
            for message in got.get("Messages", []):
                names.append(json.loads(message["Body"])["detail"]["connection"])
                self._queues.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return sorted(names), time.monotonic() - began


def test_one_that_hangs_delays_no_other(record_property: Callable[[str, object], None]) -> None:
    with ExitStack() as running:
        local = running.enter_context(LocalCloud(port=0, schedules=False))
        shops = Shops(local, running)
        names = sorted(shops.sites)
        assert len(names) == CONNECTIONS
        for site in shops.sites.values():
            site.place_generated()
        assert shops.tick() == {"started": names}
        assert shops.heard(CONNECTIONS)[0] == names  # every worker has been started once

        for site in shops.sites.values():
            site.place_generated()
        hanging = shops.sites["shop-07"]
        hanging.fail_next(Hang())
        shops.tick()
        others, seconds = shops.heard(CONNECTIONS - 1)

        assert others == [name for name in names if name != "shop-07"]
        assert hanging.calls[-1].status is None
        record_property("seconds", seconds)
