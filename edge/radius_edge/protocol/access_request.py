"""What becomes of one Access-Request: Discard, RejectNow or Ask. A pure decision, in the order of proof.

    EAP without Message-Authenticator            Discard   RFC 3579 section 3.2
    Message-Authenticator that no secret made    Discard
    none, but required or promised before        Discard
    none, with Proxy-State                       Discard   CVE-2024-3596, "limit Proxy-State"
    none, and shorter than a reply               Discard   never an amplifier for spoofed addresses
    one User-Name, one User-Password that is text   Ask    the backend
    anything else                                RejectNow

Whoever proves the secret, or could be a plain PAP client, gets a signed answer; everybody else gets silence.
"""

from dataclasses import dataclass, field
from typing import Final

from mfa.contract import MessageAuthenticatorPolicy, MessageAuthenticatorState
from radius_edge.protocol import attributes as attr
from radius_edge.protocol.message_authenticator import verifying_secret
from radius_edge.protocol.packet import Packet
from radius_edge.protocol.pap import UserPasswordError, read_user_password
from radius_edge.protocol.radius_client import RadiusClient
from radius_edge.protocol.reasons import DiscardReason, LocalRejectReason
from radius_edge.protocol.replies import BARE_REPLY_OCTETS
from radius_edge.protocol.shared_secret import SharedSecret

_MICROSOFT: Final = (311).to_bytes(4)  # vendor of MS-CHAP-Response (1) and MS-CHAP2-Response (25), RFC 2548
_MS_CHAP_RESPONSES: Final = frozenset({1, 25})


@dataclass(slots=True)
class Discard:
    """Send nothing."""

    reason: DiscardReason


@dataclass(slots=True)
class RejectNow:
    """Answer Access-Reject, signed with ``secret``, without asking anybody."""

    reason: LocalRejectReason
    secret: SharedSecret
    message_authenticator: MessageAuthenticatorState
    user_name: str | None = None


@dataclass(slots=True)
class Ask:
    """The parts of a LoginRequest that come out of the packet. The password never shows in a repr."""

    secret: SharedSecret
    message_authenticator: MessageAuthenticatorState
    user_name: str
    password: str = field(repr=False)
    state: bytes | None


type Decision = Discard | RejectNow | Ask


def decide(packet: Packet, client: RadiusClient, *, pinned: bool) -> Decision:
    """``pinned``: this source has sent a valid Message-Authenticator before."""
    if packet.message_authenticator_at:
        secret = verifying_secret(packet, client.secrets)
        if secret is None:
            return Discard(DiscardReason.BAD_MESSAGE_AUTHENTICATOR)
        return _decide_content(packet, (secret,), MessageAuthenticatorState.VALID)
    reason = _why_message_authenticator_is_needed(packet, client.policy, pinned=pinned)
    if reason is not None:
        return Discard(reason)
    return _decide_content(packet, client.secrets, MessageAuthenticatorState.ABSENT)


def _why_message_authenticator_is_needed(
    packet: Packet, policy: MessageAuthenticatorPolicy, *, pinned: bool
) -> DiscardReason | None:
    if policy is MessageAuthenticatorPolicy.YES or packet.count(attr.EAP_MESSAGE):
        return DiscardReason.MESSAGE_AUTHENTICATOR_MISSING
    if pinned and policy is MessageAuthenticatorPolicy.AUTO:
        return DiscardReason.MESSAGE_AUTHENTICATOR_DOWNGRADE
    if packet.count(attr.PROXY_STATE):
        return DiscardReason.PROXY_STATE
    if len(packet.octets) < BARE_REPLY_OCTETS:
        return DiscardReason.AMPLIFICATION
    return None


def _decide_content(
    packet: Packet, secrets: tuple[SharedSecret, ...], proof: MessageAuthenticatorState
) -> RejectNow | Ask:
    """``secrets`` is the one that is proven, or all that may have hidden the password."""
    user_name = _text(packet.first(attr.USER_NAME))
    reason = _why_not_one_login(packet)
    if reason is not None:
        return RejectNow(reason, secrets[0], proof, user_name)
    if user_name is None:
        return RejectNow(LocalRejectReason.USER_NAME_NOT_TEXT, secrets[0], proof)
    try:
        secret, password = _read_password(packet, secrets)
    except UserPasswordError as error:
        return RejectNow(error.reason, secrets[0], proof, user_name)
    return Ask(secret, proof, user_name, password, packet.first(attr.STATE))


def _why_not_one_login(packet: Packet) -> LocalRejectReason | None:
    kinds = packet.kinds
    names = kinds.count(attr.USER_NAME)
    if names != 1:
        return LocalRejectReason.USER_NAME_REPEATED if names else LocalRejectReason.USER_NAME_MISSING
    others = _carries_other_protocol(packet)
    passwords = kinds.count(attr.USER_PASSWORD)
    if passwords > 1 or (passwords and others):
        return LocalRejectReason.CREDENTIALS_REPEATED
    if not passwords:
        return LocalRejectReason.PROTOCOL_NOT_PAP if others else LocalRejectReason.PASSWORD_MISSING
    states = kinds.count(attr.STATE)
    if states and (states > 1 or not packet.first(attr.STATE)):
        return LocalRejectReason.STATE_MALFORMED
    return None


def _carries_other_protocol(packet: Packet) -> bool:
    kinds = packet.kinds
    if attr.CHAP_PASSWORD in kinds or attr.EAP_MESSAGE in kinds:
        return True
    return attr.VENDOR_SPECIFIC in kinds and any(
        kind == attr.VENDOR_SPECIFIC and _is_ms_chap(value) for kind, value in packet.attributes
    )


def _is_ms_chap(value: bytes) -> bool:
    """Walk the vendor's attributes (RFC 2865 section 5.26); a broken one is not ours to judge, only to pass by."""
    if value[:4] != _MICROSOFT:
        return False
    at = 4
    while at + 2 <= len(value):
        if value[at] in _MS_CHAP_RESPONSES:
            return True
        if value[at + 1] < 2:
            return False
        at += value[at + 1]
    return False


def _text(value: bytes | None) -> str | None:
    try:
        return value.decode() if value else None
    except UnicodeDecodeError:
        return None


def _read_password(packet: Packet, secrets: tuple[SharedSecret, ...]) -> tuple[SharedSecret, str]:
    """Under a rotated secret and without Message-Authenticator, the secret is the one that makes the text readable.

    Raises the current secret's UserPasswordError if none does.
    """
    hidden = packet.first(attr.USER_PASSWORD) or b""
    first_error: UserPasswordError | None = None
    for secret in secrets:
        try:
            return secret, read_user_password(hidden, packet.authenticator, secret)
        except UserPasswordError as error:
            first_error = first_error or error
    raise first_error or UserPasswordError(LocalRejectReason.PASSWORD_LENGTH)
