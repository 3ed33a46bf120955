"""Values of Active Directory against vectors that others published, in both directions."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.domain.windows_values import (
    filetime_of_unix,
    guid_octets,
    guid_text,
    seconds_of_interval,
    sid_octets,
    sid_text,
    unix_of_filetime,
)


@pytest.mark.parametrize(
    ("filetime", "moment"),
    [
        (116_444_736_000_000_000, datetime(1970, 1, 1, tzinfo=UTC)),
        (0, datetime(1601, 1, 1, tzinfo=UTC)),
        (128_166_372_000_000_000, datetime(2007, 2, 22, 17, 0, tzinfo=UTC)),
        (130_000_000_000_000_000, datetime(2012, 12, 14, 23, 6, 40, tzinfo=UTC)),
    ],
)
def test_a_filetime_counts_from_1601(filetime: int, moment: datetime) -> None:
    assert datetime.fromtimestamp(unix_of_filetime(filetime), UTC) == moment
    assert filetime_of_unix(moment.timestamp()) == filetime


@pytest.mark.parametrize(
    ("interval", "seconds"), [(-18_000_000_000, 1800.0), (-600_000_000, 60.0), (0, 0.0), (-(2**63), float("inf"))]
)
def test_an_interval_is_negative_and_the_most_negative_is_for_ever(interval: int, seconds: float) -> None:
    assert seconds_of_interval(interval) == seconds


# The octets of a GUID in the order of MS-DTYP 2.3.4.2: three little-endian fields, then eight octets.
_GUID = ("00112233-4455-6677-8899-aabbccddeeff", bytes.fromhex("33221100554477668899aabbccddeeff"))


def test_a_guid_is_read_with_its_first_fields_turned_round() -> None:
    text, octets = _GUID
    assert (guid_text(octets), guid_octets(text)) == (text, octets)


@pytest.mark.parametrize("octets", [b"", bytes(15), bytes(17)])
def test_a_guid_has_16_octets(octets: bytes) -> None:
    with pytest.raises(ValueError, match="16"):
        guid_text(octets)


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("S-1-1-0", "010100000000000100000000"),  # everyone
        ("S-1-5-18", "010100000000000512000000"),  # the local system
        ("S-1-5-32-544", "01020000000000052000000020020000"),  # administrators
        ("S-1-5-21-1004336348-1177238915-682003330-512", "010500000000000515000000dcf4dc3b833d2b4682 8ba62800020000"),
    ],
)
def test_a_sid_has_a_big_authority_and_little_subauthorities(text: str, octets: str) -> None:
    assert sid_text(bytes.fromhex(octets)) == text
    assert sid_octets(text) == bytes.fromhex(octets)


@pytest.mark.parametrize(
    "octets",
    [b"", bytes(7), bytes.fromhex("020100000000000100000000"), bytes.fromhex("01020000000000052000000020"),
     bytes.fromhex("011000000000000120000000") + bytes(60), bytes.fromhex("010100000000000100000000ff")],
)  # fmt: skip
def test_octets_that_are_no_sid_are_refused(octets: bytes) -> None:
    with pytest.raises(ValueError, match="SID"):
        sid_text(octets)


@pytest.mark.parametrize(
    "text", ["S-2-5-18", "X-1-5-18", "S-1-5" + "-1" * 16, "S-1-5-4294967296", "S-1-281474976710656"]
)
def test_text_that_is_no_sid_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="SID"):
        sid_octets(text)


@given(st.integers(0, 2**48 - 1), st.lists(st.integers(0, 2**32 - 1), max_size=15))
def test_every_sid_reads_back_as_it_was_written(authority: int, subs: list[int]) -> None:
    head = bytes((1, len(subs))) + authority.to_bytes(6, "big")
    octets = head + b"".join(sub.to_bytes(4, "little") for sub in subs)
    assert sid_octets(sid_text(octets)) == octets


@given(st.integers(0, 2**62))
def test_times_are_kept_to_the_millisecond_in_both_directions(filetime: int) -> None:
    assert abs(filetime_of_unix(unix_of_filetime(filetime)) - filetime) < 10_000
