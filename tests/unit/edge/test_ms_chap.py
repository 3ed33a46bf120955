"""MS-CHAP in packets and replies: RFC 2548 sections 2.1 to 2.4, with the examples of RFC 2759 section 9.2."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.contract import MessageAuthenticatorPolicy, MsChap2Credential, MsChapCredential
from radius_edge.protocol.access_request import Ask, Decision, RejectNow, decide
from radius_edge.protocol.errors import ReplyError
from radius_edge.protocol.mppe import hide_key, key_attributes, read_key
from radius_edge.protocol.ms_chap import MsChapIdent, error_attribute, success_attribute
from radius_edge.protocol.packet import read_packet
from radius_edge.protocol.radius_client import RadiusClient
from radius_edge.protocol.reasons import LocalRejectReason
from radius_edge.protocol.shared_secret import SharedSecret
from radius_edge.protocol.vendor import vendor_attribute, vendor_attributes
from tests.fakes.edge_configuration import SECRET
from tests.fakes.edge_configuration import client as edge_client
from tests.fakes.radius_client import attribute, packet

NOW = 1_700_000_000.0
NAME = attribute(1, b"User")
# RFC 2759 section 9.2
AUTHENTICATOR_CHALLENGE = bytes.fromhex("5B5D7C7D7B3F2F3E3C2C602132262628")
PEER_CHALLENGE = bytes.fromhex("21402324255E262A28295F2B3A337C7E")
NT_RESPONSE = bytes.fromhex("82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF")
SUCCESS = "S=407A5589115FD0D6209F510FE9C04566932CDA56"


def microsoft(*attributes: tuple[int, bytes]) -> bytes:
    return attribute(26, (311).to_bytes(4) + b"".join(attribute(kind, value) for kind, value in attributes))


RESPONSE_2 = bytes((7, 0)) + PEER_CHALLENGE + bytes(8) + NT_RESPONSE
RESPONSE_1 = bytes((7, 1)) + bytes(24) + NT_RESPONSE
CHALLENGE_1 = AUTHENTICATOR_CHALLENGE[:8]


def decided(attributes: bytes, *, signed: bool = True, **members: object) -> Decision:
    octets = packet(1, NAME + attributes, secret=SECRET, signed=signed)
    members.setdefault("require_message_authenticator", MessageAuthenticatorPolicy.NO)
    return decide(read_packet(octets), RadiusClient(edge_client(**members)), pinned=False, now=NOW)


@pytest.mark.parametrize("together", [True, False])
def test_version_2_is_read(together: bool) -> None:
    pairs = ((11, AUTHENTICATOR_CHALLENGE), (25, RESPONSE_2))
    decision = decided(microsoft(*pairs) if together else b"".join(microsoft(pair) for pair in reversed(pairs)))
    assert isinstance(decision, Ask)
    assert decision.ms_chap == MsChapIdent(2, 7)
    assert decision.credential == MsChap2Credential(
        authenticator_challenge=AUTHENTICATOR_CHALLENGE, peer_challenge=PEER_CHALLENGE, response=NT_RESPONSE
    )


def test_version_1_is_read() -> None:
    decision = decided(microsoft((11, CHALLENGE_1), (1, RESPONSE_1)))
    assert isinstance(decision, Ask)
    assert decision.ms_chap == MsChapIdent(1, 7)
    assert decision.credential == MsChapCredential(challenge=CHALLENGE_1, response=NT_RESPONSE)


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        ([(25, RESPONSE_2)], LocalRejectReason.MS_CHAP_MALFORMED),
        ([(1, RESPONSE_1)], LocalRejectReason.MS_CHAP_MALFORMED),
        ([(11, CHALLENGE_1), (25, RESPONSE_2)], LocalRejectReason.MS_CHAP_MALFORMED),
        ([(11, AUTHENTICATOR_CHALLENGE), (1, RESPONSE_1)], LocalRejectReason.MS_CHAP_MALFORMED),
        ([(11, AUTHENTICATOR_CHALLENGE)] * 2 + [(25, RESPONSE_2)], LocalRejectReason.MS_CHAP_MALFORMED),
        ([(11, AUTHENTICATOR_CHALLENGE), (25, RESPONSE_2 + b"\0")], LocalRejectReason.MS_CHAP_MALFORMED),
        ([(11, AUTHENTICATOR_CHALLENGE), (25, RESPONSE_2[:-1])], LocalRejectReason.MS_CHAP_MALFORMED),
        ([(11, AUTHENTICATOR_CHALLENGE), (25, b"")], LocalRejectReason.MS_CHAP_MALFORMED),
        ([(11, CHALLENGE_1), (1, b"\7\0" + RESPONSE_1[2:])], LocalRejectReason.MS_CHAP_WITHOUT_NT_RESPONSE),
        ([(11, AUTHENTICATOR_CHALLENGE)], LocalRejectReason.PASSWORD_MISSING),
        ([(25, RESPONSE_2), (25, RESPONSE_2)], LocalRejectReason.CREDENTIALS_REPEATED),
    ],
)
def test_what_breaks_the_format_is_rejected(pairs: list[tuple[int, bytes]], reason: LocalRejectReason) -> None:
    decision = decided(b"".join(microsoft(pair) for pair in pairs))
    assert isinstance(decision, RejectNow)
    assert decision.reason is reason


@pytest.mark.parametrize(
    ("protocol", "pairs"),
    [
        ("mschapv2", ((11, AUTHENTICATOR_CHALLENGE), (25, RESPONSE_2))),
        ("mschap", ((11, CHALLENGE_1), (1, RESPONSE_1))),
    ],
)
def test_it_needs_proof_and_permission(protocol: str, pairs: tuple[tuple[int, bytes], ...]) -> None:
    attributes = microsoft(*pairs)
    assert isinstance(decided(attributes, protocols=frozenset({protocol})), Ask)
    for decision, reason in (
        (decided(attributes, protocols=frozenset({"pap", "chap"})), LocalRejectReason.PROTOCOL_NOT_ALLOWED),
        (decided(attributes, signed=False), LocalRejectReason.CHALLENGE_UNPROVEN),
    ):
        assert isinstance(decision, RejectNow)
        assert decision.reason is reason
    waived = decided(attributes, signed=False, chap_without_message_authenticator_until=int(NOW) + 1)
    assert isinstance(waived, Ask)


def test_the_success_carries_ident_and_proof() -> None:
    octets = success_attribute(7, SUCCESS)
    assert octets == attribute(26, (311).to_bytes(4) + attribute(26, b"\7" + SUCCESS.encode()))
    with pytest.raises(ReplyError):
        success_attribute(7, "S=short")


def test_the_error_names_the_reason_allows_no_retry_and_repeats_the_ident() -> None:
    challenge = bytes(range(16))
    text = f"E=691 R=0 C={challenge.hex().upper()} V=3".encode()
    assert error_attribute(MsChapIdent(2, 200), challenge) == microsoft((2, b"\xc8" + text))
    assert b" C=0001020304050607 V" in error_attribute(MsChapIdent(1, 0), challenge)


def independent_hide(key: bytes, salt: bytes, authenticator: bytes, secret: bytes) -> bytes:
    """RFC 2548 section 2.4.2, from hashlib alone."""
    plain = bytes((len(key),)) + key
    plain += bytes(-len(plain) % 16)
    out, before = b"", authenticator + salt
    for at in range(0, len(plain), 16):
        pad = hashlib.md5(secret + before).digest()  # noqa: S324 - RADIUS
        before = bytes(a ^ b for a, b in zip(plain[at : at + 16], pad, strict=True))
        out += before
    return salt + out


@given(
    key=st.binary(min_size=1, max_size=239),
    salt=st.binary(min_size=2, max_size=2).map(lambda salt: bytes((salt[0] | 0x80, salt[1]))),
    authenticator=st.binary(min_size=16, max_size=16),
)
def test_a_key_is_hidden_as_the_rfc_says_and_read_back(key: bytes, salt: bytes, authenticator: bytes) -> None:
    hidden = hide_key(key, salt, authenticator, SharedSecret(SECRET))
    assert hidden == independent_hide(key, salt, authenticator, SECRET)
    assert read_key(hidden, authenticator, SharedSecret(SECRET)) == key


def test_another_secret_or_request_does_not_read_a_key() -> None:
    key, salt, authenticator = bytes(range(16)), b"\x80\x01", bytes(16)
    hidden = hide_key(key, salt, authenticator, SharedSecret(SECRET))
    for wrong in ((hidden, bytes(15) + b"\1", SECRET), (hidden, authenticator, b"another-secret-of-ours")):
        with pytest.raises(ReplyError):
            read_key(wrong[0], wrong[1], SharedSecret(wrong[2]))
    for malformed in (b"", hidden[:2], hidden[:-1], b"\0" + hidden[1:]):
        with pytest.raises(ReplyError):
            read_key(malformed, authenticator, SharedSecret(SECRET))
    with pytest.raises(ReplyError):
        hide_key(key, b"\0\1", authenticator, SharedSecret(SECRET))


def test_both_keys_have_salts_of_their_own() -> None:
    secret, authenticator = SharedSecret(SECRET), bytes(range(16))
    octets = key_attributes(b"s" * 16, b"r" * 16, b"\0\0", authenticator, secret)
    read = read_packet(b"\2\1" + (20 + len(octets)).to_bytes(2) + authenticator + octets)
    found = dict(vendor_attributes(read, 311))
    assert found[7] == (1).to_bytes(4)
    assert found[8] == (4).to_bytes(4)
    assert found[16][:2] != found[17][:2]
    assert read_key(found[16], authenticator, secret) == b"s" * 16
    assert read_key(found[17], authenticator, secret) == b"r" * 16


@given(st.binary(max_size=100))
def test_any_vendor_attribute_is_read_or_passed_by(value: bytes) -> None:
    octets = packet(1, attribute(26, (311).to_bytes(4) + value), secret=SECRET)
    found = vendor_attributes(read_packet(octets), 311)
    assert b"".join(attribute(kind, inner) for kind, inner in found) in {b"", value}


def test_a_vendors_value_is_at_most_247_octets() -> None:
    assert len(vendor_attribute(9, 1, bytes(247))) == 255
    for size in (0, 248):
        with pytest.raises(ReplyError):
            vendor_attribute(9, 1, bytes(size))
