"""MS-CHAP version 1 (RFC 2433) and version 2 (RFC 2759) in RADIUS: RFC 2548 sections 2.1 and 2.3.

Reading gives the contract's credentials; writing gives what a client of these protocols waits for in the reply.
Whether a response is right, only the backend can tell.
"""

from dataclasses import dataclass
from typing import Final

from mfa.contract import MsChap2Credential, MsChapCredential
from radius_edge.protocol.errors import CredentialError, ReplyError
from radius_edge.protocol.reasons import LocalRejectReason
from radius_edge.protocol.vendor import vendor_attribute

MICROSOFT: Final = 311
MS_CHAP_RESPONSE: Final = 1
MS_CHAP_ERROR: Final = 2
MS_CHAP_CPW_1: Final = 3
MS_CHAP_CPW_2: Final = 4
MS_CHAP_CHALLENGE: Final = 11
MS_CHAP2_RESPONSE: Final = 25
MS_CHAP2_SUCCESS: Final = 26
MS_CHAP2_CPW: Final = 27
RESPONSES: Final = frozenset({MS_CHAP_RESPONSE, MS_CHAP2_RESPONSE})
PASSWORD_CHANGES: Final = frozenset({MS_CHAP_CPW_1, MS_CHAP_CPW_2, MS_CHAP2_CPW})

_RESPONSE_OCTETS: Final = 50  # both versions: Ident, Flags, 24 octets, 24 octets
_CHALLENGE_1_OCTETS: Final = 8
_CHALLENGE_2_OCTETS: Final = 16
_USE_NT_RESPONSE: Final = 1  # RFC 2548 section 2.1.3, Flags
_SUCCESS_OCTETS: Final = 42  # "S=" and 40 hexadecimal digits
_AUTHENTICATION_FAILURE: Final = 691  # RFC 2759 section 6


@dataclass(slots=True)
class MsChapIdent:
    """The Ident of a response, which the reply must repeat, and its version."""

    version: int
    ident: int


def read_ms_chap(attributes: list[tuple[int, bytes]]) -> tuple[MsChapCredential | MsChap2Credential, MsChapIdent]:
    """From Microsoft's attributes of a packet that has one response. Raises CredentialError."""
    challenges = [value for kind, value in attributes if kind == MS_CHAP_CHALLENGE]
    version, value = next(
        (1 if kind == MS_CHAP_RESPONSE else 2, value) for kind, value in attributes if kind in RESPONSES
    )
    if len(challenges) != 1 or len(value) != _RESPONSE_OCTETS:
        raise CredentialError(LocalRejectReason.MS_CHAP_MALFORMED)
    read = _read_1 if version == 1 else _read_2
    return read(challenges[0], value), MsChapIdent(version, value[0])


def _read_1(challenge: bytes, value: bytes) -> MsChapCredential:
    """Ident, Flags, LM-Response, NT-Response. An LM response alone is never taken: it is broken by design."""
    if len(challenge) != _CHALLENGE_1_OCTETS:
        raise CredentialError(LocalRejectReason.MS_CHAP_MALFORMED)
    if value[1] != _USE_NT_RESPONSE:
        raise CredentialError(LocalRejectReason.MS_CHAP_WITHOUT_NT_RESPONSE)
    return MsChapCredential(challenge=challenge, response=value[26:50])


def _read_2(challenge: bytes, value: bytes) -> MsChap2Credential:
    """Ident, Flags, Peer-Challenge, 8 reserved octets, Response. What is reserved means nothing, so it is not read."""
    if len(challenge) != _CHALLENGE_2_OCTETS:
        raise CredentialError(LocalRejectReason.MS_CHAP_MALFORMED)
    return MsChap2Credential(authenticator_challenge=challenge, peer_challenge=value[2:18], response=value[26:50])


def success_attribute(ident: int, success: str) -> bytes:
    """MS-CHAP2-Success (RFC 2548 section 2.3.3): Ident, then the server's proof as text. Raises ReplyError."""
    octets = success.encode()
    if len(octets) != _SUCCESS_OCTETS:
        raise ReplyError(f"MS-CHAP2-Success needs {_SUCCESS_OCTETS} octets of text")
    return vendor_attribute(MICROSOFT, MS_CHAP2_SUCCESS, bytes((ident,)) + octets)


def error_attribute(answered: MsChapIdent, challenge: bytes) -> bytes:
    """MS-CHAP-Error (RFC 2548 section 2.1.5): no retry under this Identifier, whatever was wrong.

    ``challenge``: 16 random octets for a field that the format demands; with R=0 nobody may use it.
    """
    octets = challenge[: _CHALLENGE_1_OCTETS if answered.version == 1 else _CHALLENGE_2_OCTETS]
    text = f"E={_AUTHENTICATION_FAILURE} R=0 C={octets.hex().upper()} V=3"
    return vendor_attribute(MICROSOFT, MS_CHAP_ERROR, bytes((answered.ident,)) + text.encode())
