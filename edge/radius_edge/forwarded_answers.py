"""From an upstream's reply to the RADIUS reply of a client. Pure but for a random field of MS-CHAP's error.

A forwarded answer goes out as it came, and when it came: only the hop's own attributes change. Nothing of an Accept
may get lost for want of room, because what is lost could be what limits it; then it is a Reject.
"""

import os
from collections.abc import Sequence
from typing import Final

from mfa.contract import Outcome
from radius_edge.login import PacketInWait, Reply
from radius_edge.protocol import codes
from radius_edge.protocol.ms_chap import error_attribute
from radius_edge.protocol.packet import Packet
from radius_edge.protocol.passing_on import Cover, PassedOn, passed_on
from radius_edge.protocol.reasons import LocalRejectReason
from radius_edge.protocol.shared_secret import SharedSecret

_CHALLENGE_OCTETS: Final = 16


def forwarded_reply(
    answer: Packet, cover: Cover, upstream: str, packet: PacketInWait, secret: SharedSecret
) -> tuple[Reply, Sequence[str]]:
    """``answer`` is verified, and what it hides is under ``cover``; ``packet`` and ``secret`` are the client's. Beside
    the reply the names of attributes that had to be left out."""
    if answer.code == codes.ACCESS_CHALLENGE:
        return _reject(LocalRejectReason.UPSTREAM_CHALLENGE), ()
    passed = passed_on(answer, cover, Cover(secret, packet.authenticator))
    if answer.code == codes.ACCESS_REJECT:
        return _passed_reject(passed, upstream, packet), passed.left_out
    if packet.ms_chap is not None and packet.ms_chap.version == 2 and not passed.has_success:
        return _reject(LocalRejectReason.UPSTREAM_NO_PROOF), passed.left_out
    reply = Reply(
        codes.ACCESS_ACCEPT, Outcome.ACCEPT, needed=passed.attributes, attributes=passed.messages, upstream=upstream
    )
    return reply, passed.left_out


def _passed_reject(passed: PassedOn, upstream: str, packet: PacketInWait) -> Reply:
    """Without proof of the sender a Reject stays bare, so it is never longer than the request."""
    reply = Reply(codes.ACCESS_REJECT, Outcome.REJECT, upstream=upstream)
    if packet.proven:
        reply.needed, reply.attributes = passed.attributes, passed.messages
        if packet.ms_chap is not None and not passed.has_error:
            reply.needed += error_attribute(packet.ms_chap, os.urandom(_CHALLENGE_OCTETS))
    return reply


def _reject(reason: LocalRejectReason) -> Reply:
    return Reply(codes.ACCESS_REJECT, Outcome.REJECT, reason=reason)
