"""The canary's packets, held against the edge's own code and against pyrad, which nobody here wrote."""

from dataclasses import replace

import pytest
from pyrad.dictionary import Dictionary
from pyrad.packet import AccessAccept, AccessReject, AuthPacket

from mfa.domain.radius_probe import Code, Probe
from radius_edge.protocol.message_authenticator import verify_message_authenticator
from radius_edge.protocol.packet import read_packet
from radius_edge.protocol.replies import signed_reply
from radius_edge.protocol.shared_secret import SharedSecret

SECRET = b"the canary's own secret"
PROBE = Probe(identifier=7, authenticator=bytes(range(16)), secret=SECRET)
REPLY = signed_reply(AccessAccept, PROBE.identifier, PROBE.authenticator, SharedSecret(SECRET))


@pytest.mark.parametrize("text", ["123456", "", "x" * 16, "x" * 17, "x" * 100])
def test_pyrad_reads_what_was_typed_and_who_typed_it(text: str) -> None:
    packet = AuthPacket(secret=SECRET, dict=Dictionary(), packet=PROBE.access_request("canary", text))
    assert packet.PwDecrypt(packet[2][0]) == text
    assert packet[1] == [b"canary"]
    assert packet.verify_message_authenticator()


@pytest.mark.parametrize("datagram", [PROBE.access_request("canary", "123456"), PROBE.status_server()])
def test_the_edge_takes_it_as_signed(datagram: bytes) -> None:
    packet = read_packet(datagram)
    assert verify_message_authenticator(packet, SharedSecret(SECRET))
    assert not verify_message_authenticator(packet, SharedSecret(b"another secret of 16"))


@pytest.mark.parametrize(("code", "meant"), [(AccessAccept, Code.ACCESS_ACCEPT), (AccessReject, Code.ACCESS_REJECT)])
def test_a_reply_of_the_edge_is_taken(code: int, meant: Code) -> None:
    reply = signed_reply(code, PROBE.identifier, PROBE.authenticator, SharedSecret(SECRET), b"\x12\x04hi")
    assert PROBE.answered_by(reply) is meant


def test_a_reply_to_another_request_or_of_another_secret_is_refused() -> None:
    assert PROBE.answered_by(REPLY) is Code.ACCESS_ACCEPT
    for other in ({"identifier": 8}, {"authenticator": bytes(16)}, {"secret": b"another secret of 16"}):
        assert replace(PROBE, **other).answered_by(REPLY) is None  # type: ignore[arg-type] # one of each kind


@pytest.mark.parametrize("at", range(len(REPLY)))
def test_a_reply_with_any_octet_changed_is_refused(at: int) -> None:
    assert PROBE.answered_by(REPLY[:at] + bytes((REPLY[at] ^ 1,)) + REPLY[at + 1 :]) is None


@pytest.mark.parametrize("reply", [b"", REPLY[:19], REPLY[:-1], REPLY + b"\0"])
def test_a_reply_that_is_cut_off_or_longer_is_refused(reply: bytes) -> None:
    assert PROBE.answered_by(reply) is None


def test_a_reply_without_message_authenticator_is_refused() -> None:
    reply = AuthPacket(code=AccessAccept, id=7, secret=SECRET, authenticator=PROBE.authenticator, dict=Dictionary())
    assert PROBE.answered_by(reply.ReplyPacket()) is None


def test_no_secret_is_shown() -> None:
    assert "secret" not in repr(PROBE)
