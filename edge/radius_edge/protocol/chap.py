"""CHAP (RFC 1994) in RADIUS: RFC 2865 sections 5.3 and 5.40.

The challenge stands in CHAP-Challenge, or else is the Request Authenticator. Only its form is checked here: the
answer is MD5 over a text that the backend knows and the edge does not.
"""

from typing import Final

from mfa.contract import ChapCredential
from radius_edge.protocol import attributes as attr
from radius_edge.protocol.errors import CredentialError
from radius_edge.protocol.packet import Packet
from radius_edge.protocol.reasons import LocalRejectReason

CHAP_PASSWORD_OCTETS: Final = 17  # CHAP Identifier, then 16 octets of response
MIN_CHALLENGE_OCTETS: Final = 5  # RFC 2865 section 5.40: "Length >= 7"


def read_chap(packet: Packet) -> ChapCredential:
    """From a packet with one CHAP-Password. Raises CredentialError."""
    password = packet.first(attr.CHAP_PASSWORD) or b""
    challenge = packet.authenticator
    if packet.count(attr.CHAP_CHALLENGE):
        challenge = packet.first(attr.CHAP_CHALLENGE) or b""
    if (
        len(password) != CHAP_PASSWORD_OCTETS
        or len(challenge) < MIN_CHALLENGE_OCTETS
        or packet.count(attr.CHAP_CHALLENGE) > 1
    ):
        raise CredentialError(LocalRejectReason.CHAP_MALFORMED)
    return ChapCredential(identifier=password[0], challenge=challenge, response=password[1:])
