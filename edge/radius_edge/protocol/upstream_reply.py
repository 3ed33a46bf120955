"""What an upstream answered, and whether to believe it (RFC 2865 section 3, RFC 3579 section 3.2).

A reply that fails here is silently discarded, as the RFCs want it: the request stays open for the true one, so nobody
can end a login by sending garbage.
"""

from hmac import compare_digest
from typing import Final

from radius_edge.protocol import codes
from radius_edge.protocol.errors import PacketError, UpstreamReplyError
from radius_edge.protocol.message_authenticator import VALUE_OCTETS, ZEROS
from radius_edge.protocol.packet import HEADER_OCTETS, Packet, read_packet
from radius_edge.protocol.reasons import BadReply
from radius_edge.protocol.shared_secret import SharedSecret

_ANSWERS: Final = frozenset({codes.ACCESS_ACCEPT, codes.ACCESS_REJECT, codes.ACCESS_CHALLENGE})


def verified_reply(
    datagram: bytes, request: bytes, secret: SharedSecret, *, message_authenticator_required: bool
) -> Packet:
    """The answer to exactly this request; raises UpstreamReplyError. A Message-Authenticator that is there must be
    right, required or not."""
    try:
        reply = read_packet(datagram)
    except PacketError:
        raise UpstreamReplyError(BadReply.MALFORMED) from None
    if reply.code not in _ANSWERS:
        raise UpstreamReplyError(BadReply.CODE)
    if reply.identifier != request[1]:
        raise UpstreamReplyError(BadReply.IDENTIFIER)
    authenticator = request[4:HEADER_OCTETS]
    if not verify_response_authenticator(reply, authenticator, secret):
        raise UpstreamReplyError(BadReply.RESPONSE_AUTHENTICATOR)
    if not reply.message_authenticator_at:
        if message_authenticator_required:
            raise UpstreamReplyError(BadReply.MESSAGE_AUTHENTICATOR_MISSING)
    elif not verify_reply_message_authenticator(reply, authenticator, secret):
        raise UpstreamReplyError(BadReply.MESSAGE_AUTHENTICATOR)
    return reply


def verify_response_authenticator(reply: Packet, request_authenticator: bytes, secret: SharedSecret) -> bool:
    """MD5 over code, identifier, length, Request Authenticator, attributes, secret."""
    octets = reply.octets
    expected = secret.authenticator(octets[:4] + request_authenticator + octets[HEADER_OCTETS:])
    return compare_digest(expected, reply.authenticator)


def verify_reply_message_authenticator(reply: Packet, request_authenticator: bytes, secret: SharedSecret) -> bool:
    """HMAC-MD5 as for a request, with the Request Authenticator in the header. Absent is not valid."""
    at, octets = reply.message_authenticator_at, reply.octets
    if not at:
        return False
    covered = octets[:4] + request_authenticator + octets[HEADER_OCTETS:at] + ZEROS + octets[at + VALUE_OCTETS :]
    return compare_digest(secret.message_authenticator(covered), octets[at : at + VALUE_OCTETS])
