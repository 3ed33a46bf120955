"""What becomes of one Access-Request: Discard, RejectNow or Ask. A pure decision, in the order of proof.

    EAP without Message-Authenticator            Discard   RFC 3579 section 3.2
    Message-Authenticator that no secret made    Discard
    none, but required or promised before        Discard
    none, with Proxy-State                       Discard   CVE-2024-3596, "limit Proxy-State"
    none, and shorter than a reply               Discard   never an amplifier for spoofed addresses
    one User-Name, one credential that can be read  Ask    the backend
    anything else                                RejectNow

Whoever proves the secret, or could be a plain PAP client, gets a signed answer; everybody else gets silence.
"""

from dataclasses import dataclass, field

from mfa.contract import Credential, MessageAuthenticatorPolicy, MessageAuthenticatorState
from radius_edge.protocol import attributes as attr
from radius_edge.protocol.credential import read_credential
from radius_edge.protocol.errors import CredentialError
from radius_edge.protocol.message_authenticator import verifying_secret
from radius_edge.protocol.ms_chap import MsChapIdent
from radius_edge.protocol.packet import Packet
from radius_edge.protocol.radius_client import RadiusClient
from radius_edge.protocol.reasons import DiscardReason, LocalRejectReason
from radius_edge.protocol.replies import BARE_REPLY_OCTETS
from radius_edge.protocol.shared_secret import SharedSecret


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
    """The parts of a LoginRequest that come out of the packet. The credential never shows in a repr."""

    secret: SharedSecret
    message_authenticator: MessageAuthenticatorState
    user_name: str
    credential: Credential = field(repr=False)
    state: bytes | None
    ms_chap: MsChapIdent | None = None


type Decision = Discard | RejectNow | Ask


def decide(packet: Packet, client: RadiusClient, *, pinned: bool, now: float) -> Decision:
    """``pinned``: this source has sent a valid Message-Authenticator before. ``now``: Unix seconds."""
    if packet.message_authenticator_at:
        secret = verifying_secret(packet, client.secrets)
        if secret is None:
            return Discard(DiscardReason.BAD_MESSAGE_AUTHENTICATOR)
        return _decide_content(packet, client, (secret,), MessageAuthenticatorState.VALID, now)
    reason = _why_message_authenticator_is_needed(packet, client.policy, pinned=pinned)
    if reason is not None:
        return Discard(reason)
    return _decide_content(packet, client, client.secrets, MessageAuthenticatorState.ABSENT, now)


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
    packet: Packet,
    client: RadiusClient,
    secrets: tuple[SharedSecret, ...],
    proof: MessageAuthenticatorState,
    now: float,
) -> RejectNow | Ask:
    """``secrets`` is the one that is proven, or all that may have made the packet."""
    user_name = _text(packet.first(attr.USER_NAME))
    reason = _why_not_one_login(packet, user_name)
    if reason is not None or user_name is None:
        return RejectNow(reason or LocalRejectReason.USER_NAME_NOT_TEXT, secrets[0], proof, user_name)
    proven = proof is MessageAuthenticatorState.VALID
    try:
        secret, credential, ms_chap = read_credential(packet, client, secrets, proven=proven, now=now)
    except CredentialError as error:
        return RejectNow(error.reason, secrets[0], proof, user_name)
    return Ask(secret, proof, user_name, credential, packet.first(attr.STATE), ms_chap)


def _why_not_one_login(packet: Packet, user_name: str | None) -> LocalRejectReason | None:
    kinds = packet.kinds
    names = kinds.count(attr.USER_NAME)
    if names != 1:
        return LocalRejectReason.USER_NAME_REPEATED if names else LocalRejectReason.USER_NAME_MISSING
    if user_name is None:
        return LocalRejectReason.USER_NAME_NOT_TEXT
    states = kinds.count(attr.STATE)
    if states and (states > 1 or not packet.first(attr.STATE)):
        return LocalRejectReason.STATE_MALFORMED
    return None


def _text(value: bytes | None) -> str | None:
    try:
        return value.decode() if value else None
    except UnicodeDecodeError:
        return None
