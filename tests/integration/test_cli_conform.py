"""`orderbus conform`: a score of a provider, and of an account no more than reading can tell."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from orderbus.providers.zonos import mapping as zonos_mapping

from infra.cli.main import main
from infra.conformance import account
from infra.conformance.account import KeptInbox, PagesFolderError
from infra.conformance.shops import shop_names
from infra.conformance.suite import CASES
from infra.sandbox.base import Sandbox
from infra.sandbox.lunasoft import LunaSoftSandbox
from infra.sandbox.net32 import Net32Sandbox
from infra.sandbox.server import serve


def run(patch: pytest.MonkeyPatch, *words: str) -> int:
    patch.setattr("sys.argv", ["orderbus", "conform", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def a_file(folder: Path, provider: str, url: str, credential: str) -> Path:
    file = folder / "connections.toml"
    file.write_text(
        f'[connections.mine]\nprovider = "{provider}"\nbase_url = "{url}"\n'
        f'[connections.mine.credentials]\n{credential} = "test-key"\n'
    )
    return file


def test_a_provider_is_told_case_by_case_and_scored(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "zonos", "--only", "A Test") == 0

    assert capsys.readouterr().out.splitlines() == [
        "holds           a test order",
        "zonos: 1 of 1 hold; 0 do not apply",
    ]


def test_a_case_that_does_not_apply_is_told_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "net32", "--only", "a test order") == 0

    assert capsys.readouterr().out.splitlines() == [
        "not applicable  a test order: needs a test flag: a test is a key of its own, not a mark of an order",
        "net32: 0 of 0 hold; 1 do not apply",
    ]


def test_a_provider_that_fails_a_case_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(zonos_mapping, "_is_test", lambda *_: False)

    assert run(monkeypatch, "zonos", "--only", "a test order") == 1

    told, score = capsys.readouterr().out.splitlines()
    assert told.startswith("fails           a test order: which are tests: expected [True,")
    assert score == "zonos: 0 of 1 hold; 0 do not apply"


def test_a_case_that_meets_an_error_of_its_own_is_told_apart_and_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any) -> bool:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(zonos_mapping, "_is_test", broken)

    assert run(monkeypatch, "zonos", "--only", "a test order") == 1

    told, score = capsys.readouterr().out.splitlines()
    where = rf"at {re.escape('tests/integration/test_cli_conform.py')}:\d+"
    assert re.fullmatch(rf"crashes         a test order: ZeroDivisionError: by nothing, {where}", told)
    assert score == "zonos: 0 of 1 hold; 0 do not apply"


def test_an_account_is_only_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    site = LunaSoftSandbox()
    for _ in range(3):
        site.place_generated()
    with serve(site) as served:
        file = a_file(tmp_path, "lunasoft", served.url, "api_key")
        assert run(monkeypatch, f"{served.url.upper()}/", "--connections", str(file)) == 0

    first, *told, score = capsys.readouterr().out.splitlines()
    assert f"{len(CASES)} cases of the kit place orders" in first
    assert re.fullmatch(r"holds           the account can be read: 3 orders since \S+ were read", told[0])
    assert score == f"{served.url.upper()}/: 8 of 8 hold; 0 do not apply"
    assert {call.method for call in site.calls} == {"GET"}


def test_an_account_whose_orders_are_odd_fails_and_says_how_many(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    site = LunaSoftSandbox()
    order: dict[str, Any] = site.place_generated()
    site.place({**order, "id": "60002", "total": "1.00"})
    site.place({**order, "id": "60003", "total": "free"})
    with serve(site) as served:
        file = a_file(tmp_path, "lunasoft", served.url, "api_key")
        assert run(monkeypatch, served.url, "--connections", str(file)) == 1

    told = capsys.readouterr().out.splitlines()
    assert "fails           amounts add up: not so of 1 of 3 orders" in told
    assert (
        "fails           each order can be normalized: not so of 1 of 3 orders: total: not a number" in told
    )
    assert "free" not in "".join(told)


def test_an_account_that_hands_orders_out_once_is_not_read_unless_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    vendor: Sandbox = Net32Sandbox()
    vendor.place_generated()
    with serve(vendor) as served:
        file = a_file(tmp_path, "net32", served.url, "subscription_key")
        words = (served.url, "--connections", str(file))
        assert run(monkeypatch, *words) == 0
        assert vendor.calls == []
        assert "this would take the orders from you" in capsys.readouterr().out

        assert run(monkeypatch, *words, "--take-orders-into", str(tmp_path / "pages")) == 0

    assert vendor.counts()["handed_out"] == 1
    assert [b"orderId" in page.read_bytes() for page in (tmp_path / "pages").iterdir()] == [True]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("shopify",), f"is not a provider of the kit ({', '.join(shop_names())}); for an account"),
        (("http://127.0.0.1:9",), "needs its credentials"),
        (("net32", "--only", "no such"), "No case of the kit has 'no such' in its name"),
        (("net32", "--connections", "c.toml"), "needs neither --connections nor"),
        (("net32", "--take-orders-into", "folder"), "needs neither --connections nor"),
        (("http://127.0.0.1:9", "--only", "a"), "an account is read whole"),
    ],
)
def test_what_it_cannot_run_is_said_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    said: str,
) -> None:
    assert run(monkeypatch, *words) == 1

    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


def test_an_account_that_is_one_of_several_there_is_chosen_by_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with serve(LunaSoftSandbox()) as served:
        file = a_file(tmp_path, "lunasoft", served.url, "api_key")
        file.write_text(file.read_text() + file.read_text().replace("mine", "other").replace("test-", "no-"))
        for target, said in (
            (served.url, f"several connections with base_url {served.url}; give a name: mine, other."),
            ("theirs", f"theirs. It has mine at {served.url}, other at {served.url}."),
        ):
            assert run(monkeypatch, target, "--connections", str(file)) == 1
            assert said in capsys.readouterr().err
        assert run(monkeypatch, "mine", "--connections", str(file)) == 0
        assert run(monkeypatch, "other", "--connections", str(file)) == 1

    assert "other: the provider answered 401" in capsys.readouterr().out


def test_of_an_account_without_orders_only_that_it_can_be_read_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with serve(LunaSoftSandbox()) as served:
        file = a_file(tmp_path, "lunasoft", served.url, "api_key")
        assert run(monkeypatch, served.url, "--connections", str(file)) == 0

    *_, last, score = capsys.readouterr().out.splitlines()
    assert last.startswith("not applicable  ")
    assert last.endswith(": no order was read")
    assert score == f"{served.url}: 1 of 1 hold; 7 do not apply"


def test_pages_that_cannot_be_kept_are_not_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    vendor = Net32Sandbox()
    vendor.place_generated()
    with serve(vendor) as served:
        file = a_file(tmp_path, "net32", served.url, "subscription_key")
        assert run(monkeypatch, "mine", "--connections", str(file), "--take-orders-into", str(file)) == 1

    assert (vendor.calls, vendor.counts()["handed_out"]) == ([], 0)
    assert f"{file} cannot have the pages (File exists); nothing was read." in capsys.readouterr().err


def test_a_page_that_a_folder_no_longer_takes_is_said_to_be_lost(tmp_path: Path) -> None:
    inbox = KeptInbox(tmp_path / "pages")
    (tmp_path / "pages").rmdir()

    with pytest.raises(PagesFolderError, match="its orders are gone at the provider and here"):
        inbox.put("inbox/mine/1", b"[]", {})


def test_a_backlog_that_takes_too_long_is_said_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(account, "_SECONDS", 0.0)
    site = LunaSoftSandbox(page_size=1)
    for _ in range(3):
        site.place_generated()
    with serve(site) as served:
        file = a_file(tmp_path, "lunasoft", served.url, "api_key")
        assert run(monkeypatch, "mine", "--connections", str(file)) == 0

    told = capsys.readouterr().out.splitlines()
    assert "; there are more, but 0 seconds are over" in told[1]
    assert told[-3] == "not applicable  read again, an order is the same: the list was not read to its end"


def test_an_account_at_the_providers_public_root_is_named_with_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "connections.toml"
    file.write_text(
        '[connections.mine]\nprovider = "retailys"\n[connections.mine.credentials]\ntoken = "t"\n'
    )

    assert run(monkeypatch, "theirs", "--connections", str(file)) == 1

    assert "It has mine at https://api.retailys.com/v1." in capsys.readouterr().err
