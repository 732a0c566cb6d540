"""`orderbus connections`: what is checked, what is written, and that no credential is ever shown."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.cli.main import main
from tests.contract.faulty_servers import answer, scripted

KEY = "sk-planted-secret-1"
TWO = f"""
[connections.net32-main]
provider = "net32"
[connections.net32-main.credentials]
subscription_key = "{KEY}"

[connections.luna-main]
provider = "lunasoft"
base_url = "https://shop.example/site_api/shopping_cart"
mode = "read_only"
[connections.luna-main.credentials]
api_key = "{KEY}"
"""


class Cli:
    """Runs commands in this process against the AWS API of the test."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        """The exit code, and what was said on standard output and standard error."""
        self._monkeypatch.setattr("sys.argv", ["orderbus", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = self._capsys.readouterr()
        assert KEY not in said.out + said.err
        assert "Traceback" not in said.err
        return int(ended.value.code or 0), said.out, said.err


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv("COLUMNS", "200")
    return Cli(capsys, monkeypatch)


@pytest.fixture
def parameters(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield boto3.client("ssm")


def stored(parameters: Any, name: str, stack: str = "orderbus") -> Any:
    found = parameters.get_parameter(Name=f"/{stack}/connections/{name}", WithDecryption=True)
    assert found["Parameter"]["Type"] == "SecureString"
    return json.loads(found["Parameter"]["Value"])


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "connections.toml"
    path.write_text(text)
    return path


def test_connections_are_written_encrypted_as_the_functions_read_them(
    cli: Cli, parameters: Any, tmp_path: Path
) -> None:
    code, out, _ = cli("connections", "put", written(tmp_path, TWO), "--start-at", "all")

    assert code == 0
    assert out.splitlines() == [
        "net32-main: net32, mode live, begins at all (new)",
        "luna-main: lunasoft, mode read_only, begins at all (new)",
    ]
    assert stored(parameters, "luna-main") == {
        "provider": "lunasoft",
        "base_url": "https://shop.example/site_api/shopping_cart",
        "mode": "read_only",
        "credentials": {"api_key": KEY},
        "options": {"start_at": "all"},
    }
    assert stored(parameters, "net32-main") == {
        "provider": "net32",
        "credentials": {"subscription_key": KEY},
    }


def test_a_dry_run_writes_nothing(cli: Cli, parameters: Any, tmp_path: Path) -> None:
    file = written(tmp_path, TWO)

    code, out, _ = cli("connections", "put", file, "--start-at", "all", "--dry-run")

    assert code == 0
    assert out.count("(new, not written)") == 2
    assert parameters.describe_parameters()["Parameters"] == []


def test_another_stack_has_connections_of_its_own(cli: Cli, parameters: Any, tmp_path: Path) -> None:
    file = written(tmp_path, TWO)

    assert cli("connections", "put", file, "--stack", "test", "--start-at", "all")[0] == 0

    assert stored(parameters, "net32-main", stack="test")["provider"] == "net32"
    assert cli("connections", "list")[1].count("net32") == 0
    assert "net32-main" in cli("connections", "list", "--stack", "test")[1]


@pytest.mark.usefixtures("parameters")
def test_nobody_guesses_where_a_new_connection_begins(cli: Cli, parameters: Any, tmp_path: Path) -> None:
    code, _, err = cli("connections", "put", written(tmp_path, TWO))

    assert code == 1
    assert "'luna-main'" in err
    assert "--start-at" in err
    assert parameters.describe_parameters()["Parameters"] == []


def test_a_connection_that_is_changed_begins_where_it_began(
    cli: Cli, parameters: Any, tmp_path: Path
) -> None:
    file = written(tmp_path, TWO)
    cli("connections", "put", file, "--start-at", "2026-01-01T00:00Z")

    code, out, _ = cli("connections", "put", written(tmp_path, TWO.replace("read_only", "off")))

    assert code == 0
    assert "luna-main: lunasoft, mode off, begins at 2026-01-01T00:00Z (changed)" in out
    assert stored(parameters, "luna-main")["mode"] == "off"


def test_a_start_may_be_a_time_of_toml(cli: Cli, parameters: Any, tmp_path: Path) -> None:
    options = "\n[connections.luna-main.options]\nstart_at = 2026-01-01T00:00:00Z\n"

    assert cli("connections", "put", written(tmp_path, TWO + options))[0] == 0

    assert stored(parameters, "luna-main")["options"] == {"start_at": "2026-01-01T00:00:00+00:00"}


@pytest.mark.usefixtures("parameters")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[connections.a\n", "is not TOML: "),
        ("[connection.a]\n", "has no table [connections.<name>]"),
        ("[connections]\na = 1\n", "connection 'a': it is a table, [connections.a]"),
        ("\n\n[connections.a]\nprovider = 'shop'\n", "line 3: connection 'a': provider: "),
        ("[connections.A_B]\nprovider = 'net32'\n", "line 1: connection 'A_B': name: "),
        ("[connections.a]\nprovider = 'net32'\nkey = 'x'\n", "line 1: connection 'a': key: "),
        ("[connections.a]\nprovider = 'net32'\n", "has no credential 'subscription_key'"),
        (TWO.replace("https://", "ftp://"), "line 7: connection 'luna-main': base_url: "),
        (
            TWO.replace("https://shop", f"https://user:{KEY}@shop"),
            "line 7: connection 'luna-main': base_url: ",
        ),
        (TWO.replace("read_only", "asleep"), "line 7: connection 'luna-main': mode: "),
        (TWO.replace("base_url", "#"), "line 7: connection 'luna-main' (lunasoft) needs a base_url"),
        (TWO + "options.currency = 'XXQ'\n", "line 7: connection 'luna-main': credentials.options: "),
        (
            TWO + "[connections.luna-main.options]\nstart_at = 'soon'\n",
            "line 7: connection 'luna-main': options.start_at: neither",
        ),
    ],
)
def test_a_malformed_file_is_refused_with_its_line_and_key(
    cli: Cli, tmp_path: Path, text: str, said: str
) -> None:
    file = written(tmp_path, text)

    code, out, err = cli("connections", "put", file, "--start-at", "all")

    assert (code, out) == (1, "")
    assert err.startswith(f"orderbus: {file} ")
    assert said in err


@pytest.mark.usefixtures("parameters")
def test_a_file_that_is_not_there_is_named(cli: Cli, tmp_path: Path) -> None:
    code, _, err = cli("connections", "put", tmp_path / "nowhere.toml")

    assert code == 1
    assert err == f"orderbus: {tmp_path}/nowhere.toml cannot be read: No such file or directory.\n"


def test_two_connections_to_one_account_are_refused(cli: Cli, parameters: Any, tmp_path: Path) -> None:
    cli("connections", "put", written(tmp_path, TWO), "--start-at", "all")
    file = written(tmp_path, TWO.replace("-main", "-copy"))

    code, _, err = cli("connections", "put", file, "--start-at", "all")

    assert code == 1
    assert "'net32-main' and 'net32-copy' are the same net32 account" in err
    assert len(parameters.describe_parameters()["Parameters"]) == 2


def test_the_public_root_told_or_left_out_is_one_account(cli: Cli, parameters: Any, tmp_path: Path) -> None:
    cli("connections", "put", written(tmp_path, TWO), "--start-at", "all")
    told = TWO.replace("-main", "-copy").replace('"net32"', '"net32"\nbase_url = "https://api.net32.com"')

    code, _, err = cli("connections", "put", written(tmp_path, told), "--start-at", "all")

    assert code == 1
    assert "'net32-main' and 'net32-copy' are the same net32 account" in err
    assert len(parameters.describe_parameters()["Parameters"]) == 2


@pytest.mark.usefixtures("parameters")
def test_a_name_stays_with_its_provider(cli: Cli, tmp_path: Path) -> None:
    cli("connections", "put", written(tmp_path, TWO), "--start-at", "all")
    file = written(tmp_path, TWO.replace("luna-main", "x").replace("net32-main", "luna-main"))

    code, _, err = cli("connections", "put", file, "--start-at", "all")

    assert code == 1
    assert "connection 'luna-main' is one of lunasoft already" in err


def test_the_list_names_two_connections_of_one_account_as_the_functions_refuse_them(
    cli: Cli, parameters: Any
) -> None:
    fields = {"provider": "net32", "credentials": {"subscription_key": KEY}}
    for name, mode in (("net32-main", "live"), ("net32-copy", "live"), ("net32-off", "off")):
        parameters.put_parameter(
            Name=f"/orderbus/connections/{name}",
            Type="SecureString",
            Value=json.dumps({**fields, "mode": mode, "base_url": "https://api.net32.com"}),
        )

    code, out, err = cli("connections", "list")

    assert code == 1
    assert all(name in out for name in ("net32-main", "net32-copy", "net32-off"))
    assert "'net32-main' and 'net32-copy' are the same net32 account" in err
    assert "net32-off" not in err


@pytest.mark.usefixtures("parameters")
def test_the_help_says_what_the_file_has(cli: Cli) -> None:
    assert "each connection is a table connections.NAME" in cli("connections", "put", "--help")[1]


@pytest.mark.usefixtures("parameters")
def test_the_list_shows_everything_but_credentials(cli: Cli, tmp_path: Path) -> None:
    cli("connections", "put", written(tmp_path, TWO), "--start-at", "all")

    code, out, _ = cli("connections", "list")

    assert code == 0
    for shown in ("luna-main", "read_only", "https://shop.example/site_api/shopping_cart", "all"):
        assert shown in out


@pytest.mark.usefixtures("parameters")
def test_a_removed_connection_is_gone_and_an_unknown_one_named(cli: Cli, tmp_path: Path) -> None:
    cli("connections", "put", written(tmp_path, TWO), "--start-at", "all")

    assert cli("connections", "remove", "luna-main")[0] == 0
    code, _, err = cli("connections", "remove", "luna-main")

    assert code == 1
    assert "There is no connection 'luna-main'" in err


def test_without_credentials_it_says_to_log_in(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

    code, _, err = cli("connections", "list")

    assert (code, err.count("\n")) == (1, 1)
    assert "No AWS credentials were found" in err


def test_a_profile_that_is_not_configured_is_said(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "not-there")

    code, _, err = cli("connections", "list")

    assert (code, err.count("\n")) == (1, 1)
    assert "AWS_PROFILE names a profile that is not configured" in err


def test_an_api_that_cannot_be_reached_is_said(cli: Cli) -> None:
    code, _, err = cli("connections", "list", "--endpoint-url", "http://127.0.0.1:9")

    assert (code, err.count("\n")) == (1, 1)
    assert "AWS cannot be reached" in err


def test_wrong_usage_is_another_exit_code(cli: Cli) -> None:
    assert cli("connections", "put")[0] == 2
    assert cli("republish", "--since", "yesterday")[0] == 2


@pytest.mark.usefixtures("parameters")
def test_the_region_is_read_as_awss_other_tools_read_it(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    code, _, err = cli("connections", "list")
    assert (code, err) == (1, "orderbus: No AWS region is set; set AWS_REGION.\n")

    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert cli("connections", "list")[0] == 0


@pytest.mark.usefixtures("parameters")
@pytest.mark.parametrize("endpoint", ["nonsense", "http://[bad", "localhost:4566"])
def test_an_endpoint_that_is_no_web_address_is_said(cli: Cli, endpoint: str) -> None:
    code, _, err = cli("connections", "list", "--endpoint-url", endpoint)

    assert code == 1
    assert err == "orderbus: --endpoint-url is not a web address such as http://127.0.0.1:4566.\n"


@pytest.mark.parametrize("status", [b"200 OK", b"404 Not Found"])
@pytest.mark.parametrize("body", [b"<html>\n<p>A shop</p>\n</html>", b'{"hello": "world"}'])
@pytest.mark.parametrize(
    "command",
    [["connections", "list"], ["quarantine", "list", "luna"], ["republish", "--since", "2026-01-01"]],
    ids=" ".join,
)
def test_an_endpoint_that_is_not_aws_is_one_sentence(
    cli: Cli, command: list[str], status: bytes, body: bytes
) -> None:
    page = b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, len(body), body)
    with scripted(answer(page)) as (url, _):
        said = cli(*command, "--endpoint-url", url)

    assert said == (1, "", f"orderbus: What answers at {url} is not AWS; correct --endpoint-url.\n")


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_there_is_not_is_said_before_anything_is_started(cli: Cli, port: int) -> None:
    code, out, err = cli("dev", "--port", port)

    assert (code, out) == (2, "")
    assert "Invalid value for '--port'" in err
