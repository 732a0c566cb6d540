"""Times are aware and in UTC, whatever the text was; a text that is no time is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orderbus.domain.times import parse_time, stamp

DENVER = ZoneInfo("America/Denver")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015-04-27T17:34:31-0600", "2015-04-27T23:34:31.000000Z"),
        ("2015-04-27T17:34:31-06:00", "2015-04-27T23:34:31.000000Z"),
        ("2015-04-27T17:34:31Z", "2015-04-27T17:34:31.000000Z"),
        ("2015-04-27 17:34:31", "2015-04-27T17:34:31.000000Z"),
        (" 2015-04-27T17:34:31.5 ", "2015-04-27T17:34:31.500000Z"),
        ("2015-04-27", "2015-04-27T00:00:00.000000Z"),
        ("2015-04-27T17:34:31.123456789Z", "2015-04-27T17:34:31.123456Z"),
    ],
)
def test_a_time_is_told_in_utc(text: str, expected: str) -> None:
    parsed = parse_time(text)

    assert parsed.tzinfo is UTC
    assert stamp(parsed) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-05T16:30:00", "2026-01-05T23:30:00.000000Z"),  # winter, UTC-7
        ("2026-07-05T16:30:00", "2026-07-05T22:30:00.000000Z"),  # summer, UTC-6
        ("2026-03-08T02:30:00", "2026-03-08T09:30:00.000000Z"),  # a time that the clock leaps over
        ("2026-11-01T01:30:00", "2026-11-01T07:30:00.000000Z"),  # one that comes twice: the first
        ("2026-07-05T16:30:00+0000", "2026-07-05T16:30:00.000000Z"),  # it names its own
    ],
)
def test_a_time_without_an_offset_is_of_the_given_zone(text: str, expected: str) -> None:
    assert stamp(parse_time(text, zone=DENVER)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "0000-00-00",
        "2026-02-30",
        "27/04/2015",
        "2026-01-05T25:00:00",
        "0001-01-01T00:00:00+0100",
        "9999-12-31T23:59:59-0100",
        "1767010112300",  # milliseconds since 1970, which fromisoformat takes for 1767-01-01 23:00
        "20260105",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_time(text)


moments = st.datetimes(
    min_value=datetime.fromisoformat("0001-01-02"),
    max_value=datetime.fromisoformat("9999-12-30"),
    timezones=st.just(UTC),
)


@given(moments, moments)
def test_stamps_sort_as_their_times_do(one: datetime, other: datetime) -> None:
    assert (stamp(one) < stamp(other)) == (one < other)
    assert len(stamp(one)) == len("2026-01-05T16:30:00.000000Z")


@given(moments, st.integers(-14, 14))
def test_a_stamp_is_read_back_as_the_time_it_was_made_of(moment: datetime, hours: int) -> None:
    elsewhere = moment.replace(tzinfo=timezone(timedelta(hours=hours)))

    assert parse_time(stamp(elsewhere)) == elsewhere
