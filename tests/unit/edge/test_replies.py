"""Replies: THREATS A14, RFC 2865 section 3, RFC 2866 section 4.2."""

import hashlib
from struct import unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrad.dictionary import Dictionary
from pyrad.packet import AuthPacket, Packet

from radius_edge.protocol import attributes as attr
from radius_edge.protocol import codes
from radius_edge.protocol.errors import ReplyError
from radius_edge.protocol.replies import accounting_response, signed_reply
from radius_edge.protocol.shared_secret import SharedSecret
from tests.fakes.radius_client import attribute, checked_reply
from tests.vectors import radius

OCTETS = b"0123456789abcdefg"
SECRET = SharedSecret(OCTETS)
REQUEST = bytes((1, 9, 0, 20)) + bytes(range(16))


def reply(code: int = codes.ACCESS_ACCEPT, attributes: bytes = b"") -> bytes:
    return signed_reply(code, 9, REQUEST[4:20], SECRET, attributes)


@pytest.mark.parametrize("code", [codes.ACCESS_ACCEPT, codes.ACCESS_REJECT, codes.ACCESS_CHALLENGE])
def test_a_reply_is_signed_and_starts_with_its_message_authenticator(code: int) -> None:
    checked = checked_reply(reply(code, attribute(18, b"hello")), REQUEST, OCTETS)
    assert checked.code == code
    assert [kind for kind, _ in checked.attributes] == [80, 18]


def test_a_reply_under_another_secret_is_not_ours() -> None:
    with pytest.raises(AssertionError):
        checked_reply(reply(), REQUEST, b"another-secret-of-ours")


def test_a_reply_to_another_request_is_not_ours() -> None:
    with pytest.raises(AssertionError):
        checked_reply(reply(), bytes((1, 9, 0, 20)) + bytes(16), OCTETS)


def test_pyrad_accepts_our_reply() -> None:
    request = AuthPacket(secret=OCTETS, id=9, authenticator=REQUEST[4:20], dict=Dictionary())
    answer = reply(attributes=attribute(18, b"hello"))
    assert request.VerifyReply(Packet(packet=answer, dict=Dictionary(), secret=OCTETS), rawreply=answer)


def test_4096_octets_are_a_reply_and_one_more_is_an_error() -> None:
    room = 4096 - 38
    most = attribute(33, bytes(253)) * (room // 255) + attribute(33, bytes(room % 255 - 2))
    assert len(reply(attributes=most)) == 4096
    with pytest.raises(ReplyError, match="4097"):
        reply(attributes=most[:-1] + b"xx")


def test_the_response_authenticator_is_that_of_rfc_2865() -> None:
    secret = SharedSecret(radius.SECRET)
    for request, answer in (
        (radius.PAP_REQUEST, radius.PAP_ACCEPT),
        (radius.CARD_REQUEST, radius.CARD_CHALLENGE),
        (radius.STATUS_AUTH, radius.STATUS_AUTH_REPLY),
    ):
        assert secret.authenticator(answer[:4] + request[4:20] + answer[20:]) == answer[4:20]


def test_an_accounting_response_is_that_of_rfc_5997_section_6_2() -> None:
    request = radius.STATUS_ACCT
    answer = accounting_response(request[1], request[4:20], SharedSecret(radius.SECRET), b"")
    assert answer == radius.STATUS_ACCT_REPLY


def test_an_accounting_response_repeats_proxy_states() -> None:
    states = attribute(33, b"one") + attribute(33, b"two")
    answer = accounting_response(9, REQUEST[4:20], SECRET, states)
    checked = checked_reply(answer, REQUEST, OCTETS, message_authenticator=False)
    assert checked.values(33) == [b"one", b"two"]


@given(st.text(max_size=600))
def test_a_long_text_is_cut_between_characters(text: str) -> None:
    written = attr.text_attributes(attr.REPLY_MESSAGE, text)
    pieces, at = [], 0
    while at < len(written):
        kind, size = unpack("BB", written[at : at + 2])
        assert kind == attr.REPLY_MESSAGE
        pieces.append(written[at + 2 : at + size].decode())
        at += size
    assert "".join(pieces) == text


@pytest.mark.parametrize("value", [b"", bytes(254)])
def test_an_attribute_holds_1_to_253_octets(value: bytes) -> None:
    with pytest.raises(ReplyError):
        attr.attribute(attr.STATE, value)


def test_md5_of_the_response_covers_the_secret() -> None:
    octets = reply()
    assert octets[4:20] == hashlib.md5(octets[:4] + REQUEST[4:20] + octets[20:] + OCTETS).digest()  # noqa: S324
