"""User-Password in both directions: RFC 2865 section 5.2, THREATS A20."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radius_edge.protocol.errors import CredentialError
from radius_edge.protocol.packet import read_packet
from radius_edge.protocol.pap import hide_user_password, read_user_password
from radius_edge.protocol.reasons import LocalRejectReason
from radius_edge.protocol.shared_secret import SharedSecret
from tests.fakes.radius_client import hidden
from tests.vectors import radius

OCTETS = b"0123456789abcdefg"
SECRET = SharedSecret(OCTETS)
VECTOR = bytes(range(16))


def refusal(octets: bytes) -> LocalRejectReason:
    with pytest.raises(CredentialError) as caught:
        read_user_password(octets, VECTOR, SECRET)
    return caught.value.reason


@pytest.mark.parametrize(
    ("request_octets", "password"),
    [(radius.PAP_REQUEST, radius.PAP_PASSWORD), (radius.CARD_REQUEST, radius.CARD_PASSWORD)],
)
def test_the_passwords_of_rfc_2865_section_7_are_read_and_hidden(request_octets: bytes, password: str) -> None:
    packet = read_packet(request_octets)
    sent = packet.first(2)
    secret = SharedSecret(radius.SECRET)
    assert sent is not None
    assert read_user_password(sent, packet.authenticator, secret) == password
    assert hide_user_password(password, packet.authenticator, secret) == sent


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=32))
def test_what_is_hidden_is_read(text: str) -> None:
    octets = hide_user_password(text, VECTOR, SECRET)
    assert octets == hidden(text.encode(), VECTOR, OCTETS)
    assert read_user_password(octets, VECTOR, SECRET) == text


def test_128_octets_fit_and_129_do_not() -> None:
    longest = "x" * 128
    assert read_user_password(hide_user_password(longest, VECTOR, SECRET), VECTOR, SECRET) == longest
    with pytest.raises(ValueError, match="at most 128"):
        hide_user_password("x" * 129, VECTOR, SECRET)


@pytest.mark.parametrize("size", [0, 1, 15, 17, 31, 144])
def test_only_blocks_of_16_up_to_128_octets_are_a_password(size: int) -> None:
    assert refusal(bytes(size)) is LocalRejectReason.PASSWORD_LENGTH


@pytest.mark.parametrize("blocks", [1, 2, 8])
def test_nothing_but_padding_is_an_empty_password(blocks: int) -> None:
    assert refusal(hidden(bytes(16 * blocks), VECTOR, OCTETS)) is LocalRejectReason.PASSWORD_EMPTY
    assert hide_user_password("", VECTOR, SECRET) == hidden(b"", VECTOR, OCTETS)


@pytest.mark.parametrize("password", [b"pass\0word", b"\0word", b"word\0\0word\0"])
def test_nul_inside_is_refused_rather_than_cut(password: bytes) -> None:
    assert refusal(hidden(password, VECTOR, OCTETS)) is LocalRejectReason.PASSWORD_NOT_TEXT


@pytest.mark.parametrize("password", [b"\xff", b"123456\xff", b"\xff" * 16, b"\xc0\xaf", b"\xed\xa0\x80", b"\xf8\x88"])
def test_invalid_utf_8_is_refused_rather_than_repaired(password: bytes) -> None:
    assert refusal(hidden(password, VECTOR, OCTETS)) is LocalRejectReason.PASSWORD_NOT_TEXT


def test_another_secret_reads_no_password() -> None:
    octets = hide_user_password("123456", VECTOR, SECRET)
    with pytest.raises(CredentialError):
        read_user_password(octets, VECTOR, SharedSecret(b"another-secret-of-ours"))


def test_the_error_does_not_repeat_the_octets() -> None:
    with pytest.raises(CredentialError) as caught:
        read_user_password(hidden(b"canary\0\xff", VECTOR, OCTETS), VECTOR, SECRET)
    assert "canary" not in repr(caught.value) + str(caught.value)
