"""`orderbus send`, against the local cloud and sandbox providers."""

import json
import os
from collections.abc import Iterator

import pytest

from infra.cli.connection_files import store
from infra.cli.shops import Shops, sandbox_connections, served
from infra.local_cloud import LocalCloud, cloud
from infra.sandbox.faults import Reset
from infra.sandbox.lunasoft import make_order as luna_order
from infra.sandbox.net32 import make_order as net32_order
from tests.cli import Cli

pytestmark = [
    pytest.mark.cloud,
    pytest.mark.skipif(
        not cloud.EMULATOR_PYTHON.exists() and not os.environ.get("CI"),
        reason="the local cloud is not set up; make setup does it",
    ),
    pytest.mark.xdist_group("local cloud"),
]


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[LocalCloud, Shops]]:
    """A stack with the sandboxes' connections; each test has an order of its own."""
    shops = Shops()
    shops.net32.settle_after = 0
    with served(shops) as providers, LocalCloud(port=0, schedules=False) as stack:
        for name, fields in sandbox_connections(providers).items():
            store(stack.client("ssm"), "orderbus", name, fields)
        yield stack, shops


@pytest.fixture
def shops(running: tuple[LocalCloud, Shops]) -> Shops:
    return running[1]


@pytest.fixture
def cli(
    running: tuple[LocalCloud, Shops], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Cli:
    return Cli(running[0].endpoint, capsys, monkeypatch)


def a_net32_order(cli: Cli, shops: Shops, number: int) -> tuple[str, str]:
    """Let an order of four pieces at 18.75 come in, and return its id and its line's."""
    order = shops.net32.place(net32_order(number, lines=[("18.75", 4)]))
    assert "1 created" in cli("poll", "net32-main")[1]
    return f"net32-main:{number}", str(order["lineItems"][0]["lineItemId"])


def charges(shops: Shops, number: int) -> int:
    return sum(charge.order_id == str(number) for charge in shops.net32.charges)


def test_the_same_shipment_typed_three_times_is_charged_once(cli: Cli, shops: Shops) -> None:
    order, line = a_net32_order(cli, shops, 301)
    typed = ("send", "order.ship.v1", "--order", order, "--line", f"{line}:2")

    code, out, err = cli(*typed)

    sent, *states, result = out.splitlines()
    assert (code, err) == (0, "")
    assert sent.startswith("Sent order.ship.v1 as cli-")
    # Whichever states it is seen in on its way.
    assert states[-2:] == ["accepted", "succeeded"]
    assert json.loads(result)["payout"] == {"amount_minor": 3375, "currency": "USD"}
    code, out, _ = cli(*typed)
    assert code == 0
    assert "was sent before" in out
    assert "a --shipment-id of its own" in out
    code, out, _ = cli(*typed, "--tracking", "1Z9", "--carrier", "UPS")
    assert code == 3
    assert "rejected (duplicate_shipment)" in out
    assert charges(shops, 301) == 1


def test_another_shipment_of_the_same_lines_has_a_name_of_its_own(cli: Cli, shops: Shops) -> None:
    order, line = a_net32_order(cli, shops, 302)
    typed = ("send", "order.ship.v1", "--order", order, "--line", f"{line}:2", "--wait", "0", "--shipment-id")

    assert {cli(*typed, name)[0] for name in ("box-1", "box-2")} == {5}
    assert [cli(*typed[:-3], "--shipment-id", name)[0] for name in ("box-1", "box-2")] == [0, 0]

    assert charges(shops, 302) == 2


def test_what_is_unknown_is_told_and_resolved(cli: Cli, shops: Shops) -> None:
    order, line = a_net32_order(cli, shops, 303)
    shops.net32.fail_next(Reset(after_effect=True), match="POST /orders/303/charges/")
    ship = ("send", "order.ship.v1", "--order", order, "--line", f"{line}:4", "--id", "ship-303")

    code, out, _ = cli(*ship)

    assert code == 4
    assert "unknown (no_answer)" in out
    answer = ("--command", "ship-303", "--outcome", "succeeded", "--note", "it is in the portal")
    assert cli("send", "command.resolve.v1", "--order", order, *answer)[0] == 0
    assert cli(*ship)[0] == 0
    assert charges(shops, 303) == 1


def test_what_was_rejected_is_sent_anew_by_the_same_line(cli: Cli, shops: Shops) -> None:
    shops.lunasoft.place(luna_order(304, status="On Hold"))
    cli("poll", "luna-main")
    typed = ("send", "order.set_status.v1", "--order", "luna-main:304", "--status", "Shipped", "--notify")
    code, out, _ = cli(*typed)
    assert code == 3
    assert "rejected (held)" in out
    shops.lunasoft.add_status(304, "Processing")

    assert cli(*typed)[0] == 0
    assert cli(*typed)[0] == 0

    assert shops.lunasoft.status_mails == [("304", "Shipped")]


def test_an_id_that_stands_for_something_else_is_refused(cli: Cli) -> None:
    typed = ("send", "order.refresh.v1", "--order", "luna-main:9", "--id", "mine")
    assert cli(*typed)[0] == 3

    code, _, err = cli("send", "order.preauthorize.v1", "--order", "luna-main:9", "--id", "mine")

    assert code == 1
    assert "--id mine was used before" in err


def test_a_stack_that_is_not_deployed_is_named(cli: Cli) -> None:
    code, _, err = cli("send", "order.refresh.v1", "--order", "luna-main:9", "--stack", "else", "--id", "x")

    assert code == 1
    assert "There is no stack else in us-east-1" in err
