"""What an answer means before anyone looks into it: hints to wait, and exact JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from orderbus.domain.errors import ConfigurationError, NotNormalizableError
from orderbus.providers.answers import retry_after
from orderbus.providers.http import ProviderHttp
from orderbus.providers.wire import parse_json


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3.0),
        (" 120 ", 120.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("999999", 999999.0),
        ("1234567", None),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("Mon, 05 Jan 2026 16:30:45 GMT", 45.0),
        ("Mon, 05 Jan 2026 16:29:00 GMT", 0.0),
        ("Mon, 05 Jan 2026 16:30:45 -0000", None),
        ("Mon, 05 Jan 99999 16:30:45 GMT", None),
    ],
)
def test_a_retry_after_is_read_in_both_of_its_forms(text: str, seconds: float | None) -> None:
    with time_machine.travel(datetime(2026, 1, 5, 16, 30, tzinfo=UTC), tick=False):
        assert retry_after(text) == seconds


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"1.10", Decimal("1.10")),
        (b"-0.000000000000000000001", Decimal("-0.000000000000000000001")),
        (b"123456789012345678", 123456789012345678),
        (b"1234567890123456789", Decimal(1234567890123456789)),
        (b"9" * 5000, Decimal("9" * 5000)),
        (b"NaN", "NaN"),
        (b"-Infinity", "-Infinity"),
        (b"1e99999999999999999999", "1e99999999999999999999"),
        (b'\xef\xbb\xbf"\xc3\xbc"', "ü"),
    ],
)
def test_numbers_are_exact_and_what_is_none_spoils_nothing_else(body: bytes, value: Any) -> None:
    parsed = parse_json(body)

    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize("body", [b"", b"{", b"[1,]", b"<html>", b"\xff", b"[1] [2]", b"01"])
def test_what_is_not_json_is_told_by_its_size_alone(body: bytes) -> None:
    with pytest.raises(NotNormalizableError) as refused:
        parse_json(body)

    assert str(refused.value) == f"the answer ({len(body)} bytes) is not JSON"


def test_what_is_nested_without_end_is_refused() -> None:
    with pytest.raises(NotNormalizableError) as refused:
        parse_json(b"[" * 100_000)

    assert str(refused.value) == "the answer is nested too deeply"


@given(st.binary(max_size=200))
def test_no_bytes_at_all_make_it_fail_otherwise(body: bytes) -> None:
    try:
        parse_json(body)
    except NotNormalizableError as refused:
        assert str(refused).startswith("the answer ")  # noqa: PT017 - most bytes are no JSON, some are


@pytest.mark.parametrize("key", ["ключ", "a\nb", "a\r\nX-Other: 1", "\x00", "a\x7f", " a", "a ", "é"])
def test_a_key_that_no_header_can_carry_is_refused_before_anything_is_sent(key: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        ProviderHttp("net32-main", "http://127.0.0.1:1", {"Subscription-Key": key})

    assert str(refused.value) == (
        "connection 'net32-main': a credential cannot be sent in a header;"
        " put it with printable ASCII characters only"
    )


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (b'["Ren\xe9", "Zo\xc3\xab"]', ["Ren\u00e9", "Zo\u00eb"]),
        (b'["\xe9\xe8 \xc3"]', ["\u00e9\u00e8 \u00c3"]),
        (b'["Zo\xc3\xab"]', ["Zo\u00eb"]),
    ],
)
def test_a_byte_that_is_not_utf_8_spoils_neither_its_page_nor_another_name(
    body: bytes, names: list[str]
) -> None:
    assert parse_json(body) == names
