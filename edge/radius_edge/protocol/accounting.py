"""Accounting-Request (RFC 2866 section 3): its Request Authenticator is a digest that proves the shared secret."""

from hmac import compare_digest

from radius_edge.protocol.packet import HEADER_OCTETS, Packet
from radius_edge.protocol.shared_secret import SharedSecret


def verify_accounting_request(packet: Packet, secret: SharedSecret) -> bool:
    """True if the Request Authenticator is MD5(Code, Identifier, Length, 16 zeros, attributes, secret).

    A Message-Authenticator in it is not looked at: the whole packet is authenticated already.
    """
    return compare_digest(request_authenticator(packet.octets, secret), packet.authenticator)


def request_authenticator(octets: bytes, secret: SharedSecret) -> bytes:
    """What the Request Authenticator of these octets must be."""
    return secret.authenticator(octets[:4] + bytes(16) + octets[HEADER_OCTETS:])


def accounting_secret(packet: Packet, secrets: tuple[SharedSecret, ...]) -> SharedSecret | None:
    """The first of a client's secrets that made this request."""
    for secret in secrets:
        if verify_accounting_request(packet, secret):
            return secret
    return None
