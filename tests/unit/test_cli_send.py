"""`orderbus send` refuses what cannot be meant in one sentence, and asks nobody about it."""

from pathlib import Path

import pytest

from tests.cli import Cli

NOWHERE = "http://127.0.0.1:1"
"""Where nobody listens: to ask there would be another error."""


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(NOWHERE, capsys, monkeypatch)


SHIP = ("order.ship.v1", "--order", "net32-main:1")
TRACK = ("order.add_tracking.v1", "--order", "net32-main:1", "--carrier", "PPL")
RESOLVE = ("command.resolve.v1", "--order", "net32-main:1", "--command", "x", "--note", "n")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("order.fly.v1", "--order", "a:1"), "order.fly.v1 is no command; there are order.preauthorize.v1"),
        (("order.ship.v2", "--order", "a:1"), "order.ship.v2 is no command"),
        ((*SHIP, "--line", "A"), "--line A is not LINE_ID:QUANTITY, such as 3223:2"),
        ((*SHIP, "--line", "A:1.5"), "--line A:1.5 is not LINE_ID:QUANTITY"),
        ((*SHIP, "--line", "A:-1"), "--line A:-1 is not LINE_ID:QUANTITY"),
        ((*SHIP, "--line", "A:0"), "data.lines[0].quantity: expected `int` >= 1"),
        ((*SHIP, "--line", "A:1", "--line", "A:2"), "lines: name a line twice"),
        ((*SHIP,), "give --line LINE_ID:QUANTITY for each line that ships"),
        ((*SHIP, "--line", "A:1", "--tracking", "1 2"), "data.tracking_numbers[0]"),
        ((*SHIP, "--line", "A:1", "--status", "Shipped"), "unknown field `status`"),
        (("order.ship.v1", "--order", "", "--line", "A:1"), "subject: not a text of 1 to 200"),
        ((*SHIP, "--line", "A:1", "--id", "a\nb"), "id: not a text of 1 to 200"),
        ((*TRACK, "--tracking", "1", "--tracking", "2"), "unknown field `tracking_numbers`"),
        ((*RESOLVE, "--outcome", "maybe"), "data.outcome: none of the values that it may have"),
        ((*SHIP, "--data", "[1]"), "--data is not a JSON object"),
        ((*SHIP, "--data", "{"), "--data is neither JSON nor @ and a file with JSON"),
        ((*SHIP, "--data", "@nowhere.json"), "--data is neither JSON nor @ and a file with JSON"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence_and_not_sent(
    cli: Cli, typed: tuple[str, ...], said: str
) -> None:
    code, out, err = cli("send", *typed)

    assert (code, out) == (1, "")
    assert said in err
    assert err.startswith("orderbus: ")
    assert err.endswith(".\n")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "typed",
    [
        (*SHIP, "--line", "A:1", "--line", "B:2", "--carrier", "PPL", "--tracking", "1Z", "--tracking", "2Z"),
        (*TRACK, "--tracking", "1Z"),
        (*RESOLVE, "--outcome", "not_applied"),
        ("order.set_state.v1", "--order", "retailys-main:1", "--state", "sent"),
        ("order.create.v1", "--order", "retailys-main", "--data", '{"email": "a@example.com"}'),
    ],
)
def test_what_can_be_meant_is_sent(cli: Cli, typed: tuple[str, ...]) -> None:
    assert "AWS cannot be reached" in cli("send", *typed)[2]


def test_the_arguments_may_come_from_a_file(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "order.json"
    file.write_text('{"email": "a@example.com"}')

    assert "AWS cannot" in cli("send", "order.create.v1", "--order", "a", "--data", f"@{file}")[2]
