"""Which replies of an upstream are believed: the trio for both signatures, every octet, and pyrad's."""

import hmac

import pytest
from pyrad.dictionary import Dictionary
from pyrad.packet import AuthPacket

from radius_edge.protocol.errors import UpstreamReplyError
from radius_edge.protocol.message_authenticator import signed_request
from radius_edge.protocol.packet import Packet, read_packet
from radius_edge.protocol.reasons import BadReply
from radius_edge.protocol.replies import signed_reply
from radius_edge.protocol.shared_secret import SharedSecret
from radius_edge.protocol.upstream_reply import (
    verified_reply,
    verify_reply_message_authenticator,
    verify_response_authenticator,
)
from radius_edge.reply_attributes import DICTIONARY
from tests.fakes.edge_configuration import UPSTREAM_SECRET
from tests.fakes.old_server import asked
from tests.fakes.radius_client import attribute
from tests.vectors import radius

RIGHT, WRONG = SharedSecret(UPSTREAM_SECRET), SharedSecret(b"another secret of somebody")
VECTOR = bytes(range(50, 66))
REQUEST = signed_request(1, 7, VECTOR, attribute(1, b"bob"), RIGHT)
ASKED = asked(REQUEST, UPSTREAM_SECRET)
MESSAGE = attribute(18, b"hello")


def believed(octets: bytes, *, required: bool = True, secret: SharedSecret = RIGHT) -> Packet:
    return verified_reply(octets, REQUEST, secret, message_authenticator_required=required)


def fault_of(octets: bytes, *, required: bool = True, secret: SharedSecret = RIGHT) -> BadReply:
    with pytest.raises(UpstreamReplyError) as caught:
        believed(octets, required=required, secret=secret)
    return caught.value.fault


@pytest.mark.parametrize(
    ("request_octets", "reply"),
    [
        (radius.PAP_REQUEST, radius.PAP_ACCEPT),
        (radius.CARD_REQUEST, radius.CARD_CHALLENGE),
        (radius.STATUS_AUTH, radius.STATUS_AUTH_REPLY),
    ],
)
def test_the_response_authenticators_of_the_rfcs_verify(request_octets: bytes, reply: bytes) -> None:
    secret, read = SharedSecret(radius.SECRET), read_packet(reply)
    assert verify_response_authenticator(read, request_octets[4:20], secret)
    assert not verify_response_authenticator(read, request_octets[4:20], SharedSecret(b"xyzzy5462"))
    assert not verify_response_authenticator(read, bytes(16), secret)
    expected = verified_reply(reply, request_octets, secret, message_authenticator_required=False)
    assert expected.octets == reply


def test_the_right_secret_verifies() -> None:
    """Of a server that nobody here wrote in terms of our code."""
    read = read_packet(ASKED.reply(2, MESSAGE))
    assert verify_response_authenticator(read, VECTOR, RIGHT)
    assert verify_reply_message_authenticator(read, VECTOR, RIGHT)
    assert believed(ASKED.reply(2, MESSAGE)).first(18) == b"hello"


def test_a_wrong_secret_is_refused() -> None:
    read = read_packet(ASKED.reply(2, MESSAGE))
    assert not verify_response_authenticator(read, VECTOR, WRONG)
    assert not verify_reply_message_authenticator(read, VECTOR, WRONG)
    assert fault_of(read.octets, secret=WRONG) is BadReply.RESPONSE_AUTHENTICATOR


def test_our_own_output_verifies() -> None:
    read = read_packet(signed_reply(2, 7, VECTOR, RIGHT, MESSAGE))
    assert verify_response_authenticator(read, VECTOR, RIGHT)
    assert verify_reply_message_authenticator(read, VECTOR, RIGHT)
    assert not verify_response_authenticator(read, bytes(16), RIGHT)
    assert not verify_reply_message_authenticator(read, bytes(16), RIGHT)


def test_pyrads_reply_is_believed_and_pyrad_believes_the_same() -> None:
    dictionary = Dictionary(str(DICTIONARY))
    request = AuthPacket(packet=REQUEST, secret=UPSTREAM_SECRET, dict=dictionary)
    reply = request.CreateReply(Reply_Message="hello")
    reply.code = 2
    reply.add_message_authenticator()
    octets = reply.ReplyPacket()
    assert believed(octets).first(18) == b"hello"
    ours = signed_reply(3, 7, VECTOR, RIGHT, MESSAGE)
    assert believed(ours).code == 3
    assert request.VerifyReply(
        AuthPacket(packet=ours, secret=UPSTREAM_SECRET, dict=dictionary), rawreply=ours, enforce_ma=True
    )


@pytest.mark.parametrize("code", [2, 3, 11])
def test_an_answer_has_one_of_three_codes(code: int) -> None:
    assert believed(ASKED.reply(code)).code == code


@pytest.mark.parametrize("code", [0, 1, 4, 5, 12, 40, 255])
def test_anything_else_is_no_answer(code: int) -> None:
    assert fault_of(ASKED.reply(code)) is BadReply.CODE


def test_the_identifier_must_be_the_requests() -> None:
    assert fault_of(ASKED.reply(2, identifier=8)) is BadReply.IDENTIFIER


def test_without_message_authenticator_it_counts_only_where_that_is_allowed() -> None:
    unsigned = ASKED.reply(2, MESSAGE, signed=False)
    assert fault_of(unsigned) is BadReply.MESSAGE_AUTHENTICATOR_MISSING
    assert believed(unsigned, required=False).code == 2
    assert not verify_reply_message_authenticator(read_packet(unsigned), VECTOR, RIGHT)


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize("value", [bytes(16), b"x" * 16, hmac.digest(b"other", b"", "md5")])
def test_a_wrong_message_authenticator_counts_nowhere(value: bytes, *, required: bool) -> None:
    wrong = ASKED.reply(2, attribute(80, value) + MESSAGE, signed=False)
    assert fault_of(wrong, required=required) is BadReply.MESSAGE_AUTHENTICATOR


def test_it_may_stand_anywhere_in_a_reply() -> None:
    """Ours is first; a server of twenty years ago has it last."""
    head = bytes((2, 7)) + (20 + len(MESSAGE) + 18).to_bytes(2)
    value = hmac.digest(UPSTREAM_SECRET, head + VECTOR + MESSAGE + attribute(80, bytes(16)), "md5")
    body = MESSAGE + attribute(80, value)
    assert believed(head + RIGHT.authenticator(head + VECTOR + body) + body).first(18) == b"hello"


def test_every_single_octet_is_protected() -> None:
    octets = ASKED.reply(2, MESSAGE)
    for at in range(len(octets)):
        for required in (True, False):
            changed = bytearray(octets)
            changed[at] ^= 1
            assert isinstance(fault_of(bytes(changed), required=required), BadReply), f"octet {at}"


@pytest.mark.parametrize("octets", [b"", b"\2\7\0\x14", bytes(20), b"\2\7\xff\xff" + bytes(16), bytes(5000)])
def test_what_is_no_packet_is_malformed(octets: bytes) -> None:
    assert fault_of(octets) is BadReply.MALFORMED


def test_a_reply_above_4096_octets_is_malformed() -> None:
    assert fault_of(ASKED.reply(2, attribute(25, bytes(253)) * 17)) is BadReply.MALFORMED


def test_octets_after_the_length_are_padding() -> None:
    assert believed(ASKED.reply(2, MESSAGE) + b"padding").first(18) == b"hello"
