"""The decision on an Access-Request: THREATS A9 to A13, A15, A18 to A21, A25, and two secrets at once."""

import os

import pytest

from mfa.contract import EdgeClient, MessageAuthenticatorPolicy, MessageAuthenticatorState, PapCredential
from radius_edge.protocol.access_request import Ask, Decision, Discard, RejectNow, decide
from radius_edge.protocol.nas import nas_attributes
from radius_edge.protocol.packet import read_packet
from radius_edge.protocol.pins import UNCONFIRMED_SECONDS, PinnedSources
from radius_edge.protocol.radius_client import RadiusClient, answer_within
from radius_edge.protocol.reasons import DiscardReason, LocalRejectReason
from tests.fakes.edge_configuration import client as edge_client
from tests.fakes.radius_client import access_request, attribute, hidden, packet

CURRENT, PREVIOUS, STRANGER = b"current-secret-of-ours", b"previous-secret-of-ours", b"a-stranger-made-this"
YES, NO, AUTO = MessageAuthenticatorPolicy.YES, MessageAuthenticatorPolicy.NO, MessageAuthenticatorPolicy.AUTO


def client(policy: MessageAuthenticatorPolicy = NO, secrets: tuple[bytes, ...] = (CURRENT,)) -> RadiusClient:
    made: EdgeClient = edge_client(require_message_authenticator=policy, secrets=secrets)
    return RadiusClient(made)


def decided(octets: bytes, by: RadiusClient | None = None, *, pinned: bool = False) -> Decision:
    return decide(read_packet(octets), by or client(), pinned=pinned, now=NOW)


def rejected(attributes: bytes, authenticator: bytes = bytes(16)) -> LocalRejectReason:
    octets = packet(1, attributes, secret=CURRENT, authenticator=authenticator)
    decision = decided(octets)
    assert isinstance(decision, RejectNow)
    return decision.reason


def password(text: bytes = b"123456", authenticator: bytes = bytes(16)) -> bytes:
    return attribute(2, hidden(text, authenticator, CURRENT))


def microsoft(attributes: bytes) -> bytes:
    return attribute(26, (311).to_bytes(4) + attributes)


NOW = 1_700_000_000.0
NAME = attribute(1, b"alice")
CHAP = attribute(3, bytes(17))
MS_CHAP = microsoft(attribute(11, bytes(8)) + attribute(1, b"\7\1" + bytes(48)))
MS_CHAP2 = microsoft(attribute(11, bytes(16)) + attribute(25, bytes(50)))
EAP = attribute(79, b"\2\1\0\x0a\1alice")


@pytest.mark.parametrize("policy", [YES, NO, AUTO])
def test_a_signed_pap_request_is_asked(policy: MessageAuthenticatorPolicy) -> None:
    decision = decided(access_request("alice", "123456", secret=CURRENT), client(policy))
    assert isinstance(decision, Ask)
    assert (decision.user_name, decision.credential, decision.state) == ("alice", PapCredential("123456"), None)
    assert decision.message_authenticator is MessageAuthenticatorState.VALID


@pytest.mark.parametrize("policy", [YES, NO, AUTO])
def test_a_wrong_message_authenticator_is_met_with_silence(policy: MessageAuthenticatorPolicy) -> None:
    decision = decided(access_request("alice", "123456", secret=STRANGER), client(policy))
    assert decision == Discard(DiscardReason.BAD_MESSAGE_AUTHENTICATOR)


@pytest.mark.parametrize(
    ("policy", "pinned", "reason"),
    [
        (YES, False, DiscardReason.MESSAGE_AUTHENTICATOR_MISSING),
        (YES, True, DiscardReason.MESSAGE_AUTHENTICATOR_MISSING),
        (AUTO, True, DiscardReason.MESSAGE_AUTHENTICATOR_DOWNGRADE),
        (AUTO, False, None),
        (NO, True, None),
        (NO, False, None),
    ],
)
def test_without_one_the_policy_decides(
    policy: MessageAuthenticatorPolicy, pinned: bool, reason: DiscardReason | None
) -> None:
    octets = access_request("alice", "123456", secret=CURRENT, signed=False)
    decision = decided(octets, client(policy), pinned=pinned)
    if reason is not None:
        assert decision == Discard(reason)
    else:
        assert isinstance(decision, Ask)
        assert decision.message_authenticator is MessageAuthenticatorState.ABSENT


@pytest.mark.parametrize("policy", [NO, AUTO])
def test_the_shape_of_blastradius_is_met_with_silence(policy: MessageAuthenticatorPolicy) -> None:
    octets = access_request("alice", "123456", secret=CURRENT, signed=False, more=attribute(33, b"collision"))
    assert decided(octets, client(policy)) == Discard(DiscardReason.PROXY_STATE)


def test_proxy_state_with_message_authenticator_is_fine() -> None:
    octets = access_request("alice", "123456", secret=CURRENT, more=attribute(33, b"hop"))
    assert isinstance(decided(octets), Ask)


@pytest.mark.parametrize("policy", [NO, AUTO])
def test_eap_always_needs_a_message_authenticator(policy: MessageAuthenticatorPolicy) -> None:
    octets = packet(1, NAME + EAP, secret=CURRENT, signed=False)
    assert decided(octets, client(policy)) == Discard(DiscardReason.MESSAGE_AUTHENTICATOR_MISSING)


def test_an_unproven_packet_shorter_than_a_reject_is_no_lever() -> None:
    short = packet(1, NAME, secret=CURRENT, signed=False)
    assert len(short) < 38
    assert decided(short) == Discard(DiscardReason.AMPLIFICATION)


def test_a_wrong_secret_without_message_authenticator_is_rejected_unread() -> None:
    decision = decided(access_request("alice", "123456", secret=STRANGER, signed=False))
    assert isinstance(decision, RejectNow)
    assert decision.reason is LocalRejectReason.PASSWORD_NOT_TEXT


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        (password(), LocalRejectReason.USER_NAME_MISSING),
        (NAME + NAME + password(), LocalRejectReason.USER_NAME_REPEATED),
        (attribute(1, b"") + password(), LocalRejectReason.USER_NAME_NOT_TEXT),
        (attribute(1, b"alic\xff") + password(), LocalRejectReason.USER_NAME_NOT_TEXT),
        (NAME + password() + password(), LocalRejectReason.CREDENTIALS_REPEATED),
        (NAME + password() + CHAP, LocalRejectReason.CREDENTIALS_REPEATED),
        (NAME + password() + MS_CHAP2, LocalRejectReason.CREDENTIALS_REPEATED),
        (NAME + password() + EAP, LocalRejectReason.CREDENTIALS_REPEATED),
        (NAME, LocalRejectReason.PASSWORD_MISSING),
        (NAME + CHAP + MS_CHAP2, LocalRejectReason.CREDENTIALS_REPEATED),
        (NAME + CHAP + CHAP, LocalRejectReason.CREDENTIALS_REPEATED),
        (NAME + MS_CHAP + MS_CHAP2, LocalRejectReason.CREDENTIALS_REPEATED),
        (NAME + MS_CHAP2 + EAP, LocalRejectReason.CREDENTIALS_REPEATED),
        (NAME + EAP, LocalRejectReason.PROTOCOL_NOT_SUPPORTED),
        (NAME + EAP + EAP, LocalRejectReason.PROTOCOL_NOT_SUPPORTED),
        (NAME + attribute(70, bytes(16)), LocalRejectReason.PROTOCOL_NOT_SUPPORTED),
        (NAME + attribute(103, bytes(32)), LocalRejectReason.PROTOCOL_NOT_SUPPORTED),
        (NAME + microsoft(attribute(27, bytes(68))), LocalRejectReason.PROTOCOL_NOT_SUPPORTED),
        (NAME + attribute(2, b""), LocalRejectReason.PASSWORD_LENGTH),
        (NAME + attribute(2, bytes(15)), LocalRejectReason.PASSWORD_LENGTH),
        (NAME + attribute(2, bytes(144)), LocalRejectReason.PASSWORD_LENGTH),
        (NAME + password(b""), LocalRejectReason.PASSWORD_EMPTY),
        (NAME + password(bytes(32)), LocalRejectReason.PASSWORD_EMPTY),
        (NAME + password(b"12\x00456"), LocalRejectReason.PASSWORD_NOT_TEXT),
        (NAME + password(b"123456\xff"), LocalRejectReason.PASSWORD_NOT_TEXT),
        (NAME + password() + attribute(24, b""), LocalRejectReason.STATE_MALFORMED),
        (NAME + password() + attribute(24, b"x") * 2, LocalRejectReason.STATE_MALFORMED),
    ],
)
def test_what_is_not_one_login_with_one_password_is_rejected_at_once(
    attributes: bytes, reason: LocalRejectReason
) -> None:
    assert rejected(attributes) is reason


@pytest.mark.parametrize(
    "careless",
    [
        attribute(5, b"\0\0\1"),
        attribute(4, b"\1"),
        attribute(61, b""),
        attribute(95, bytes(3)),
        attribute(26, b"\0\0"),
        attribute(26, (311).to_bytes(4) + b"\x19"),
        attribute(26, (311).to_bytes(4) + b"\x07\0\x19\x02"),
        attribute(26, (9).to_bytes(4) + attribute(1, b"cisco")),
        attribute(241, b"\1"),
        attribute(32, b"\xff\xfe"),
    ],
)
def test_careless_attributes_do_not_decide_a_login(careless: bytes) -> None:
    octets = access_request("alice", "123456", secret=CURRENT, more=careless)
    assert isinstance(decided(octets), Ask)
    assert nas_attributes(read_packet(octets)) == {}


def test_where_a_login_comes_from_is_told() -> None:
    more = (
        attribute(4, bytes((10, 0, 0, 9)))
        + attribute(5, (7).to_bytes(4))
        + attribute(32, "büro".encode())
        + attribute(31, b"198.51.100.7")
        + attribute(30, b"vpn.example.test")
        + attribute(61, (5).to_bytes(4))
        + attribute(95, bytes(15) + b"\1")
        + attribute(32, b"second")
        + attribute(77, b"not ours to pass on")
    )
    assert nas_attributes(read_packet(access_request("alice", "x", secret=CURRENT, more=more))) == {
        "NAS-IP-Address": "10.0.0.9",
        "NAS-Port": "7",
        "NAS-Identifier": "büro",
        "Calling-Station-Id": "198.51.100.7",
        "Called-Station-Id": "vpn.example.test",
        "NAS-Port-Type": "5",
        "NAS-IPv6-Address": "::1",
    }


def test_state_is_passed_on() -> None:
    decision = decided(access_request("alice", "123456", secret=CURRENT, more=attribute(24, b"opaque")))
    assert isinstance(decision, Ask)
    assert decision.state == b"opaque"


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("at", [0, 1])
def test_both_secrets_work_during_rotation_and_the_reply_is_signed_with_the_one_used(signed: bool, at: int) -> None:
    both = client(secrets=(CURRENT, PREVIOUS))
    octets = access_request("alice", "123456", secret=(CURRENT, PREVIOUS)[at], signed=signed)
    decision = decided(octets, both)
    assert isinstance(decision, Ask)
    assert decision.credential == PapCredential("123456")
    assert decision.secret is both.secrets[at]


def test_a_third_secret_does_not_work() -> None:
    both = client(secrets=(CURRENT, PREVIOUS))
    assert decided(access_request("alice", "123456", secret=STRANGER), both) == Discard(
        DiscardReason.BAD_MESSAGE_AUTHENTICATOR
    )
    decision = decided(access_request("alice", "123456", secret=STRANGER, signed=False), both)
    assert isinstance(decision, RejectNow)
    assert decision.secret is both.secrets[0]


def test_no_decision_shows_a_password_or_secret() -> None:
    octets = access_request("alice", "canary-code", secret=CURRENT, authenticator=os.urandom(16))
    shown = repr(decided(octets))
    assert "canary" not in shown
    assert CURRENT.decode() not in shown


def test_pins_are_per_client_and_source() -> None:
    pins = PinnedSources()
    pins.pin("corp", "10.0.0.1", 1000.0)
    assert pins.holds("corp", "10.0.0.1", 1000.0)
    assert not pins.holds("corp", "10.0.0.2", 1000.0)
    assert not pins.holds("other", "10.0.0.1", 1000.0)


def test_a_pin_that_the_backend_does_not_confirm_ends_by_itself() -> None:
    pins = PinnedSources()
    pins.pin("corp", "10.0.0.1", 1000.0)
    assert pins.holds("corp", "10.0.0.1", 1000.0 + UNCONFIRMED_SECONDS - 0.1)
    assert not pins.holds("corp", "10.0.0.1", 1000.0 + UNCONFIRMED_SECONDS)


def test_a_full_table_of_pins_becomes_strict_not_lenient_and_empties_itself() -> None:
    pins = PinnedSources(most=2)
    for last in range(10):
        pins.pin("corp", f"10.0.0.{last}", 1000.0)
    assert all(pins.holds("corp", f"10.0.0.{last}", 1000.0) for last in range(10))
    assert not pins.holds("other", "10.0.0.1", 1000.0)
    later = 1000.0 + UNCONFIRMED_SECONDS
    pins.pin("other", "10.0.0.1", later)
    assert pins.holds("other", "10.0.0.1", later)
    assert not pins.holds("corp", "10.0.0.1", later)


@pytest.mark.parametrize(("timeout", "within"), [(1, 0.75), (2, 1.75), (5, 4.5), (10, 9.0), (50, 49.0)])
def test_a_reply_leaves_well_before_the_client_gives_up(timeout: int, within: float) -> None:
    assert answer_within(timeout) == pytest.approx(within)


def test_what_an_administrator_unpins_is_forgotten_and_nothing_else() -> None:
    pins = PinnedSources()
    for last in (1, 2):
        pins.pin("corp", f"10.0.0.{last}", 1000.0)
    pins.forget({("corp", "10.0.0.1"), ("other", "10.0.0.2")})
    assert not pins.holds("corp", "10.0.0.1", 1000.0)
    assert pins.holds("corp", "10.0.0.2", 1000.0)
