"""CHAP as it comes in a packet: RFC 2865 sections 5.3 and 5.40."""

import hashlib

import pytest

from mfa.contract import ChapCredential, MessageAuthenticatorPolicy
from radius_edge.protocol.access_request import Ask, Decision, Discard, RejectNow, decide
from radius_edge.protocol.packet import read_packet
from radius_edge.protocol.radius_client import RadiusClient
from radius_edge.protocol.reasons import DiscardReason, LocalRejectReason
from tests.fakes.edge_configuration import SECRET
from tests.fakes.edge_configuration import client as edge_client
from tests.fakes.radius_client import attribute, packet

AUTHENTICATOR, CHALLENGE, NOW = bytes(range(16)), b"0123456789abcdef", 1_700_000_000.0
NAME = attribute(1, b"alice")


def chap_password(text: bytes, challenge: bytes, ident: int = 9) -> bytes:
    return attribute(3, bytes((ident,)) + hashlib.md5(bytes((ident,)) + text + challenge).digest())  # noqa: S324 - RADIUS


def decided(attributes: bytes, *, signed: bool = True, now: float = NOW, **members: object) -> Decision:
    octets = packet(1, attributes, secret=SECRET, authenticator=AUTHENTICATOR, signed=signed)
    members.setdefault("require_message_authenticator", MessageAuthenticatorPolicy.NO)
    return decide(read_packet(octets), RadiusClient(edge_client(**members)), pinned=False, now=now)


def test_the_challenge_of_the_packet_is_passed_on() -> None:
    decision = decided(NAME + chap_password(b"123456", CHALLENGE) + attribute(60, CHALLENGE))
    assert isinstance(decision, Ask)
    response = hashlib.md5(b"\x09123456" + CHALLENGE).digest()  # noqa: S324 - RADIUS
    assert decision.credential == ChapCredential(identifier=9, challenge=CHALLENGE, response=response)


def test_without_one_the_request_authenticator_is_the_challenge() -> None:
    decision = decided(NAME + chap_password(b"123456", AUTHENTICATOR))
    assert isinstance(decision, Ask)
    assert isinstance(decision.credential, ChapCredential)
    assert decision.credential.challenge == AUTHENTICATOR


@pytest.mark.parametrize(
    "attributes",
    [
        attribute(3, bytes(16)),
        attribute(3, bytes(18)),
        attribute(3, b""),
        attribute(3, bytes(17)) + attribute(60, b""),
        attribute(3, bytes(17)) + attribute(60, bytes(4)),
        attribute(3, bytes(17)) + attribute(60, CHALLENGE) + attribute(60, CHALLENGE),
    ],
)
def test_what_breaks_the_format_is_rejected(attributes: bytes) -> None:
    decision = decided(NAME + attributes)
    assert isinstance(decision, RejectNow)
    assert decision.reason is LocalRejectReason.CHAP_MALFORMED


def test_without_a_message_authenticator_it_is_rejected_unless_that_is_waived_for_now() -> None:
    attributes = NAME + chap_password(b"123456", AUTHENTICATOR)
    for until, allowed in ((None, False), (int(NOW), False), (int(NOW) + 1, True)):
        decision = decided(attributes, signed=False, chap_without_message_authenticator_until=until)
        assert isinstance(decision, Ask) is allowed
        if isinstance(decision, RejectNow):
            assert decision.reason is LocalRejectReason.CHALLENGE_UNPROVEN


def test_the_waiver_changes_nothing_about_a_required_or_a_wrong_message_authenticator() -> None:
    attributes, waived = NAME + chap_password(b"123456", AUTHENTICATOR), int(NOW) + 1
    required = decided(
        attributes,
        signed=False,
        chap_without_message_authenticator_until=waived,
        require_message_authenticator=MessageAuthenticatorPolicy.YES,
    )
    assert required == Discard(DiscardReason.MESSAGE_AUTHENTICATOR_MISSING)
    wrong = decided(
        attributes + attribute(80, bytes(16)), signed=False, chap_without_message_authenticator_until=waived
    )
    assert wrong == Discard(DiscardReason.BAD_MESSAGE_AUTHENTICATOR)


@pytest.mark.parametrize(("allowed", "asked"), [({"chap"}, True), ({"pap", "mschapv2"}, False)])
def test_a_client_uses_only_its_protocols(allowed: set[str], asked: bool) -> None:
    decision = decided(NAME + chap_password(b"123456", AUTHENTICATOR), protocols=frozenset(allowed))
    assert isinstance(decision, Ask) is asked
    if isinstance(decision, RejectNow):
        assert decision.reason is LocalRejectReason.PROTOCOL_NOT_ALLOWED


def test_pap_can_be_forbidden_too() -> None:
    decision = decided(NAME + attribute(2, bytes(16)), protocols=frozenset({"chap"}))
    assert isinstance(decision, RejectNow)
    assert decision.reason is LocalRejectReason.PROTOCOL_NOT_ALLOWED


def test_no_decision_shows_challenge_or_response() -> None:
    shown = repr(decided(NAME + chap_password(b"123456", CHALLENGE) + attribute(60, CHALLENGE)))
    assert "0123456789abcdef" not in shown
    assert "response=" not in shown
