"""Which password protocol an Access-Request uses, and its credential in the words of the contract.

    User-Password                              PAP         RFC 2865 section 5.2
    CHAP-Password                              CHAP        RFC 2865 section 5.3
    Microsoft's MS-CHAP-Response               MS-CHAPv1   RFC 2548 section 2.1.3
    Microsoft's MS-CHAP2-Response              MS-CHAPv2   RFC 2548 section 2.3.2
    EAP-Message, Digest, ARAP, password change             not supported

Exactly one of them may be there. PAP hides its text under the shared secret, so a stranger's packet yields garbage;
under the others nothing but the Message-Authenticator proves the sender. Without it they are refused, unless the
client's configuration waives that until a date.
"""

from typing import Final

from mfa.contract import Credential, PapCredential
from radius_edge.protocol import attributes as attr
from radius_edge.protocol.chap import read_chap
from radius_edge.protocol.errors import CredentialError
from radius_edge.protocol.ms_chap import (
    MICROSOFT,
    MS_CHAP2_RESPONSE,
    PASSWORD_CHANGES,
    RESPONSES,
    MsChapIdent,
    read_ms_chap,
)
from radius_edge.protocol.packet import Packet
from radius_edge.protocol.pap import read_user_password
from radius_edge.protocol.radius_client import RadiusClient
from radius_edge.protocol.reasons import LocalRejectReason
from radius_edge.protocol.shared_secret import SharedSecret
from radius_edge.protocol.vendor import vendor_attributes

_UNSUPPORTED: Final = frozenset({attr.EAP_MESSAGE, attr.ARAP_PASSWORD, attr.DIGEST_RESPONSE})
_NOT_PLAIN_PAP: Final = _UNSUPPORTED | {attr.CHAP_PASSWORD, attr.VENDOR_SPECIFIC}


# The secret is the one that the packet was read with, and so the one to sign the reply with.
type ReadCredential = tuple[SharedSecret, Credential, MsChapIdent | None]


def read_credential(
    packet: Packet, client: RadiusClient, secrets: tuple[SharedSecret, ...], *, proven: bool, now: float
) -> ReadCredential:
    """``secrets``: the one that is proven, or all that may have made the packet. ``now`` in Unix seconds.

    Raises CredentialError.
    """
    kinds = packet.kinds
    if _NOT_PLAIN_PAP.isdisjoint(kinds) and kinds.count(attr.USER_PASSWORD) == 1 and "pap" in client.protocols:
        return _read_pap(packet, secrets)  # the usual packet: nothing in it could be another protocol
    microsoft = vendor_attributes(packet, MICROSOFT)
    protocol = _the_one_protocol(kinds, microsoft)
    if protocol not in client.protocols:
        raise CredentialError(LocalRejectReason.PROTOCOL_NOT_ALLOWED)
    if protocol == "pap":
        return _read_pap(packet, secrets)
    if not proven and client.challenges_unproven_until <= now:
        raise CredentialError(LocalRejectReason.CHALLENGE_UNPROVEN)
    if protocol == "chap":
        return secrets[0], read_chap(packet), None
    credential, ident = read_ms_chap(microsoft)
    return secrets[0], credential, ident


def _the_one_protocol(kinds: bytes, microsoft: list[tuple[int, bytes]]) -> str:
    """Raises CredentialError unless there is exactly one credential, of a protocol that we know."""
    responses = [kind for kind, _ in microsoft if kind in RESPONSES]
    passwords, chaps = kinds.count(attr.USER_PASSWORD), kinds.count(attr.CHAP_PASSWORD)
    unsupported = not _UNSUPPORTED.isdisjoint(kinds) or any(kind in PASSWORD_CHANGES for kind, _ in microsoft)
    count = passwords + chaps + len(responses)
    if count > 1 or (count and unsupported):
        raise CredentialError(LocalRejectReason.CREDENTIALS_REPEATED)
    if not count:
        reason = LocalRejectReason.PROTOCOL_NOT_SUPPORTED if unsupported else LocalRejectReason.PASSWORD_MISSING
        raise CredentialError(reason)
    if passwords:
        return "pap"
    if chaps:
        return "chap"
    return "mschapv2" if responses[0] == MS_CHAP2_RESPONSE else "mschap"


def _read_pap(packet: Packet, secrets: tuple[SharedSecret, ...]) -> ReadCredential:
    """Under a rotated secret and without Message-Authenticator, the secret is the one that makes the text readable.

    Raises the current secret's CredentialError if none does.
    """
    hidden = packet.first(attr.USER_PASSWORD) or b""
    first_error: CredentialError | None = None
    for secret in secrets:
        try:
            return secret, PapCredential(read_user_password(hidden, packet.authenticator, secret)), None
        except CredentialError as error:
            first_error = first_error or error
    raise first_error or CredentialError(LocalRejectReason.PASSWORD_LENGTH)
