"""`orderbus poll`, `republish`, `quarantine` and `erase`, against the local cloud and a sandbox provider."""

import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest

from infra.cli.connection_files import store
from infra.local_cloud import LocalCloud, cloud
from infra.sandbox.faults import Html
from infra.sandbox.lunasoft import LunaSoftSandbox
from infra.sandbox.server import serve
from tests.cli import Cli

pytestmark = [
    pytest.mark.cloud,
    pytest.mark.skipif(
        not cloud.EMULATOR_PYTHON.exists() and not os.environ.get("CI"),
        reason="the local cloud is not set up; make setup does it",
    ),
    pytest.mark.xdist_group("local cloud"),
]


@dataclass
class Shop:
    """A stack, and one site that it polls."""

    site: LunaSoftSandbox
    url: str
    stack: LocalCloud
    connection: str

    def put(self, *, api_key: str, stack: str = "orderbus", base_url: str | None = None) -> None:
        credentials = {"api_key": api_key}
        fields = {"provider": "lunasoft", "base_url": base_url or self.url, "credentials": credentials}
        store(self.stack.client("ssm"), stack, self.connection, fields)


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalCloud]:
    with LocalCloud(port=0, schedules=False) as running:
        yield running


@pytest.fixture
def shop(stack: LocalCloud) -> Iterator[Shop]:
    """A site of its own for each test, so that they can run in any order."""
    name = f"luna-{uuid4().hex[:8]}"
    site = LunaSoftSandbox(key=name)
    with serve(site) as served:
        shop = Shop(site, served.url, stack, name)
        shop.put(api_key=name)
        yield shop
        stack.client("ssm").delete_parameter(Name=f"/orderbus/connections/{name}")


@pytest.fixture
def cli(stack: LocalCloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(stack.endpoint, capsys, monkeypatch)


def test_a_poll_says_what_it_did(cli: Cli, shop: Shop) -> None:
    shop.site.place_seed_order()

    assert cli("poll", shop.connection) == (
        0,
        f"{shop.connection}: 1 read, 1 created, 0 updated, 0 unchanged, 0 quarantined\n",
        "",
    )


def test_a_reconciliation_names_what_was_missing_and_counts_it(cli: Cli, shop: Shop) -> None:
    shop.site.place_seed_order()
    span = ("--since", "2015-04-01", "--until", "2015-05-01T00:00Z")

    first, second = (cli("reconcile", shop.connection, *span) for _ in range(2))

    # The connection was never polled: what is missing is no hole in its fetch.
    counts = "1 compared, {} created, 0 quarantined, 0 missed, 0 unread"
    assert first == (
        0,
        f"{shop.connection}:54123 was missing\n{shop.connection}: {counts.format(1)}\n",
        "",
    )
    assert second == (0, f"{shop.connection}: {counts.format(0)}\n", "")


def test_a_span_that_is_no_time_is_refused(cli: Cli, shop: Shop) -> None:
    assert cli("reconcile", shop.connection, "--since", "soon")[0] == 2


def test_a_wrong_key_is_one_sentence_and_not_success(cli: Cli, shop: Shop) -> None:
    shop.put(api_key="another")

    code, out, err = cli("poll", shop.connection)

    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "(credentials_refused)" in err


def test_a_base_url_that_nobody_answers_at_is_one_sentence_that_says_what_to_do(cli: Cli, shop: Shop) -> None:
    shop.put(api_key=shop.connection, base_url="http://127.0.0.1:9")

    said = (
        f"orderbus: {shop.connection}: 127.0.0.1 cannot be reached (ConnectionError); nothing was sent"
        " (provider_unreachable); if it is up, correct the base_url of the connection\n"
    )
    assert cli("poll", shop.connection) == (1, "", said)


def test_a_base_url_at_which_there_is_a_page_for_people_is_one_sentence_that_says_what_to_do(
    cli: Cli, shop: Shop
) -> None:
    shop.site.fail_next(Html())

    code, _, err = cli("poll", shop.connection)

    assert (code, err.count("\n")) == (1, 1)
    assert err.startswith(f"orderbus: {shop.connection}: the answer (")
    assert err.endswith(
        "is not JSON (provider_unclear); if it stays so, correct the base_url of the connection\n"
    )


def test_an_unknown_connection_is_named(cli: Cli) -> None:
    code, _, err = cli("poll", "nobody")

    assert code == 1
    assert "there is no connection 'nobody'" in err


def test_a_stack_that_is_not_deployed_is_named(cli: Cli, shop: Shop) -> None:
    shop.put(api_key="any", stack="elsewhere")

    code, _, err = cli("poll", shop.connection, "--stack", "elsewhere")

    assert code == 1
    assert "There is no function elsewhere-fetch-lunasoft in us-east-1" in err


def test_what_was_published_is_published_again(cli: Cli, shop: Shop) -> None:
    shop.site.place_seed_order()
    cli("poll", shop.connection)

    code, out, _ = cli("republish", "--since", "2020-01-01T00:00Z")

    assert code == 0
    assert int(out.split()[0]) >= 1
    assert out.endswith(" published, 0 refused\n")
    assert cli("republish", "--since", "2999-01-01")[1] == "0 published, 0 refused\n"


@pytest.mark.parametrize("columns", ["200", "80"])
def test_what_is_in_quarantine_is_shown_and_redriven_by_the_id_shown(
    cli: Cli, shop: Shop, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    order = shop.site.place_seed_order()
    shop.site.edit(int(order["id"]), total="not a number")
    assert "1 quarantined" in cli("poll", shop.connection)[1]

    code, out, _ = cli("quarantine", "list", shop.connection)

    assert code == 0
    [shown] = re.findall(r"^│ ([0-9a-f]{12}) │", out, re.MULTILINE)
    code, out, err = cli("quarantine", "redrive", shop.connection, shown)
    assert f"{shown} still waits: " in out
    said = (
        f"orderbus: 1 of {shop.connection} still in quarantine; mend what they name, then run this again.\n"
    )
    assert (code, err) == (1, said)

    shop.site.edit(int(order["id"]), total="322.85")
    assert "1 created" in cli("poll", shop.connection)[1]
    assert cli("quarantine", "redrive", shop.connection, shown)[0] == 1  # its raw is what it was

    code, out, _ = cli("quarantine", "dismiss", shop.connection, shown)
    assert (code, out.split(";")[0]) == (0, f"{shown} dismissed: {shop.connection}:{order['id']}")
    assert cli("quarantine", "list", shop.connection)[1] == "Nothing is in quarantine.\n"
    assert cli("quarantine", "redrive", shop.connection)[0] == 0
    assert cli("quarantine", "dismiss", shop.connection, shown)[0] == 1  # there is no such entry any more


def test_an_id_that_is_not_in_quarantine_is_named(cli: Cli, shop: Shop) -> None:
    code, _, err = cli("quarantine", "redrive", shop.connection, "abc")

    assert code == 1
    assert "nothing in quarantine as abc" in err


def test_a_connection_whose_quarantine_is_not_shown_is_named(cli: Cli, shop: Shop) -> None:
    parameters = shop.stack.client("ssm")
    parameters.put_parameter(Name="/orderbus/connections/torn", Value="{", Type="SecureString")
    try:
        code, _, err = cli("quarantine", "list")
    finally:
        parameters.delete_parameter(Name="/orderbus/connections/torn")

    assert (code, err) == (1, "orderbus: connection 'torn': what is stored is not JSON; put it again\n")


def test_an_empty_quarantine_is_said(cli: Cli, shop: Shop) -> None:
    assert cli("quarantine", "list", shop.connection)[1] == "Nothing is in quarantine.\n"


def test_an_order_is_erased_and_what_is_left_elsewhere_is_said(cli: Cli, shop: Shop) -> None:
    shop.site.place_seed_order()
    cli("poll", shop.connection)
    order = f"{shop.connection}:54123"

    assert cli("erase", order) == (
        1,
        "",
        f"orderbus: Nothing was erased; give --yes to erase {order} without being asked.\n",
    )
    code, out, err = cli("erase", order, "--yes")

    first, *elsewhere = out.splitlines()
    said = "erased (revisions: 1, commands: 0, inputs in quarantine: 0, objects in the bucket: 0)"
    assert (code, err, first) == (0, "", f"{order}: {said}")
    assert "  the archive of the bus: events of the last 90 days" in elsewhere
    assert cli("poll", shop.connection)[1].endswith(
        "1 read, 0 created, 0 updated, 1 unchanged, 0 quarantined\n"
    )
    assert cli("erase", order, "--yes")[1].startswith(f"{order}: erased (revisions: 0, commands: 0,")


@pytest.mark.parametrize(("answer", "code", "said", "left"), [("n", 1, "Aborted.\n", 1), ("y", 0, "", 0)])
def test_a_person_is_asked_before_an_order_is_erased(
    cli: Cli, shop: Shop, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, said: str, left: int
) -> None:
    shop.site.place_seed_order()
    cli("poll", shop.connection)
    order = f"{shop.connection}:54123"
    monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))

    ended, out, err = cli("erase", order)

    assert (ended, err) == (code, said)
    assert out.startswith(f"Erase {order} for good? [y/N]: ")
    assert f"erased (revisions: {left}, " in cli("erase", order, "--yes")[1]


class Terminal(io.StringIO):
    """Someone who types."""

    def isatty(self) -> bool:
        return True


def test_an_order_that_is_not_known_cannot_be_erased_and_is_named(cli: Cli) -> None:
    known = "the id of an order is the subject of its events"
    assert cli("erase", "luna-main:1", "--yes") == (
        1,
        "",
        f"orderbus: OrderBus knows nothing of luna-main:1; {known}.\n",
    )
    assert cli("erase", "luna-main:1", "--yes", "--stack", "elsewhere") == (
        1,
        "",
        "orderbus: There is no stack elsewhere in us-east-1; say which with --stack.\n",
    )
