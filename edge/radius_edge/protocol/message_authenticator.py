"""Message-Authenticator (RFC 3579 section 3.2): HMAC-MD5 over the packet with its own value as zeros."""

from hmac import compare_digest
from typing import Final

from radius_edge.protocol.attributes import MESSAGE_AUTHENTICATOR
from radius_edge.protocol.packet import MESSAGE_AUTHENTICATOR_LENGTH, Packet
from radius_edge.protocol.shared_secret import SharedSecret

VALUE_OCTETS: Final = 16
ZEROS: Final = bytes(VALUE_OCTETS)
HEADER: Final = bytes((MESSAGE_AUTHENTICATOR, MESSAGE_AUTHENTICATOR_LENGTH))


def verify_message_authenticator(packet: Packet, secret: SharedSecret) -> bool:
    """True if the request carries one that this secret made. Absent is not valid."""
    return verifying_secret(packet, (secret,)) is not None


def verifying_secret(packet: Packet, secrets: tuple[SharedSecret, ...]) -> SharedSecret | None:
    """The first of a client's secrets (current, then previous) that made this packet's Message-Authenticator.

    None if there is none: absent is not valid.
    """
    at = packet.message_authenticator_at
    if not at:
        return None
    octets = packet.octets
    value, zeroed = octets[at : at + VALUE_OCTETS], octets[:at] + ZEROS + octets[at + VALUE_OCTETS :]
    for secret in secrets:
        if compare_digest(secret.message_authenticator(zeroed), value):
            return secret
    return None


def signed_request(code: int, identifier: int, authenticator: bytes, attributes: bytes, secret: SharedSecret) -> bytes:
    """A request whose first attribute is its Message-Authenticator: what a careful client sends."""
    length = 20 + MESSAGE_AUTHENTICATOR_LENGTH + len(attributes)
    head = bytes((code, identifier)) + length.to_bytes(2) + authenticator + HEADER
    return head + secret.message_authenticator(head + ZEROS + attributes) + attributes
