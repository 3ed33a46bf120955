"""CHAP and MS-CHAP against a running edge whose backend verifies them: RFC 2759 section 9.2 byte for byte."""

import hashlib
import time

import pytest

from mfa.adapters.des import des
from mfa.domain import ms_chap
from radius_edge.protocol.mppe import read_key
from radius_edge.protocol.packet import read_packet
from radius_edge.protocol.shared_secret import SharedSecret
from radius_edge.protocol.vendor import vendor_attributes
from tests.fakes.edge_configuration import SECRET, client
from tests.fakes.radius_client import ACCEPT, REJECT, Reply, attribute, packet
from tests.integration.edge.conftest import LAX
from tests.integration.edge.rig import Rig
from tests.integration.edge.stub_backend import KEYS_FOR, changed

pytestmark = pytest.mark.integration

AUTHENTICATOR_CHALLENGE = bytes.fromhex("5B5D7C7D7B3F2F3E3C2C602132262628")
PEER_CHALLENGE = bytes.fromhex("21402324255E262A28295F2B3A337C7E")
NT_RESPONSE = bytes.fromhex("82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF")
SUCCESS = "S=407A5589115FD0D6209F510FE9C04566932CDA56"


def microsoft(*attributes: tuple[int, bytes]) -> bytes:
    return attribute(26, (311).to_bytes(4) + b"".join(attribute(kind, value) for kind, value in attributes))


def ms_chap_2(name: str, response: bytes, *, ident: int = 5, signed: bool = True, secret: bytes = SECRET) -> bytes:
    value = bytes((ident, 0)) + PEER_CHALLENGE + bytes(8) + response
    attributes = microsoft((11, AUTHENTICATOR_CHALLENGE), (25, value))
    return packet(1, attribute(1, name.encode()) + attributes, secret=secret, signed=signed)


def response_2(name: str, text: str) -> bytes:
    challenge = ms_chap.challenge_hash(PEER_CHALLENGE, AUTHENTICATOR_CHALLENGE, name.encode())
    return ms_chap.nt_response(challenge, ms_chap.nt_hash(text), des)


def of_microsoft(reply: Reply) -> dict[int, bytes]:
    return dict(vendor_attributes(read_packet(reply.octets), 311))


def asked(rig: Rig, request: bytes, source: str = "127.0.0.1") -> Reply:
    reply = rig.client(source=source).ask(request)
    assert reply is not None
    return reply


def test_the_example_of_rfc_2759_is_accepted_with_its_proof(rig: Rig) -> None:
    rig.backend.right = "clientPass"
    reply = asked(rig, ms_chap_2("User", NT_RESPONSE))
    assert reply.code == ACCEPT
    assert of_microsoft(reply) == {26: b"\x05" + SUCCESS.encode()}


def test_another_response_is_rejected_in_the_words_of_ms_chap(rig: Rig) -> None:
    reply = asked(rig, ms_chap_2("User", NT_RESPONSE, ident=250))
    assert reply.code == REJECT
    error = of_microsoft(reply)[2]
    assert error.startswith(b"\xfaE=691 R=0 C=")
    assert error.endswith(b" V=3")
    assert len(error) == 1 + len("E=691 R=0 C= V=3") + 32


def test_a_code_under_ms_chap_2_gets_no_keys_unless_the_backend_gives_them(rig: Rig) -> None:
    plain = asked(rig, ms_chap_2("alice", response_2("alice", "123456")))
    assert plain.code == ACCEPT
    assert set(of_microsoft(plain)) == {26}
    request = ms_chap_2(KEYS_FOR, response_2(KEYS_FOR, "123456"))
    found = of_microsoft(asked(rig, request))
    assert set(found) == {7, 8, 16, 17, 26}
    send, receive = ms_chap.mppe_keys(ms_chap.nt_hash("123456"), response_2(KEYS_FOR, "123456"))
    assert read_key(found[16], request[4:20], SharedSecret(SECRET)) == send
    assert read_key(found[17], request[4:20], SharedSecret(SECRET)) == receive


def test_an_accept_without_proof_is_rejected(rig: Rig) -> None:
    rig.backend.fault = changed(outcome="accept")
    assert asked(rig, ms_chap_2("alice", NT_RESPONSE)).code == REJECT


@pytest.mark.parametrize(("text", "code"), [("123456", ACCEPT), ("123457", REJECT)])
def test_ms_chap_1(rig: Rig, text: str, code: int) -> None:
    challenge = AUTHENTICATOR_CHALLENGE[:8]
    value = b"\x09\x01" + bytes(24) + ms_chap.nt_response(challenge, ms_chap.nt_hash(text), des)
    attributes = attribute(1, b"alice") + microsoft((11, challenge), (1, value))
    assert asked(rig, packet(1, attributes, secret=SECRET)).code == code


def chap(text: str, *, signed: bool, challenge: bytes = b"0123456789abcdef") -> bytes:
    response = hashlib.md5(b"\x07" + text.encode() + challenge).digest()  # noqa: S324 - RADIUS
    attributes = attribute(1, b"alice") + attribute(3, b"\x07" + response) + attribute(60, challenge)
    return packet(1, attributes, secret=SECRET, signed=signed)


@pytest.mark.parametrize(("text", "code"), [("123456", ACCEPT), ("123457", REJECT)])
def test_chap(rig: Rig, text: str, code: int) -> None:
    assert asked(rig, chap(text, signed=True)).code == code


@pytest.mark.parametrize(
    "request_octets",
    [chap("123456", signed=False), ms_chap_2("alice", NT_RESPONSE, signed=False)],
    ids=["chap", "mschapv2"],
)
def test_without_proof_of_the_sender_the_backend_is_not_asked(rig: Rig, request_octets: bytes) -> None:
    assert asked(rig, request_octets, LAX).code == REJECT
    assert rig.backend.logins == []
    line = rig.log_lines("login")[-1]
    assert line["reason"] == "chap_without_message_authenticator"
    assert "Message-Authenticator" in str(line["hint"])


def test_a_waiver_lets_it_through_until_its_end() -> None:
    now = int(time.time())
    for until, code in ((now + 3600, ACCEPT), (now - 1, REJECT)):
        with Rig(client(chap_without_message_authenticator_until=until)) as rig:
            assert asked(rig, chap("123456", signed=False)).code == code


def test_a_protocol_that_the_client_may_not_use_is_rejected() -> None:
    with Rig(client(protocols=frozenset({"pap"}))) as rig:
        assert asked(rig, chap("123456", signed=True)).code == REJECT
        assert rig.log_lines("login")[-1]["reason"] == "protocol_not_allowed"
        assert rig.client().log_in("alice", "123456").code == ACCEPT  # type: ignore[union-attr]
