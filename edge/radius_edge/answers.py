"""From the backend's answer to a RADIUS reply. Pure; whatever cannot be said in RADIUS becomes a Reject."""

import os
from collections.abc import Callable
from typing import Final

from mfa.contract import LoginResponse, Outcome
from radius_edge.gateway.faults import Fault
from radius_edge.login import LoginAnswer, PacketInWait, Reply
from radius_edge.protocol import attributes as attr
from radius_edge.protocol import codes
from radius_edge.protocol.errors import ReplyError
from radius_edge.protocol.mppe import SALT_OCTETS, key_attributes
from radius_edge.protocol.ms_chap import error_attribute, success_attribute
from radius_edge.protocol.packet import MAX_PACKET_OCTETS
from radius_edge.protocol.reasons import LocalRejectReason
from radius_edge.protocol.replies import BARE_REPLY_OCTETS, signed_reply
from radius_edge.protocol.shared_secret import SharedSecret

_REASON_OF_FAULT: Final = {
    Fault.UNREACHABLE: LocalRejectReason.BACKEND_UNREACHABLE,
    Fault.NOT_TRUSTED: LocalRejectReason.BACKEND_UNREACHABLE,
    Fault.LOST: LocalRejectReason.BACKEND_UNREACHABLE,
    Fault.NEVER_ASKED: LocalRejectReason.BACKEND_UNREACHABLE,
    Fault.TIMEOUT: LocalRejectReason.BACKEND_TIMEOUT,
    Fault.FAILED: LocalRejectReason.BACKEND_FAILED,
    Fault.THROTTLED: LocalRejectReason.BACKEND_FAILED,
    Fault.NOT_AUTHORISED: LocalRejectReason.BACKEND_REFUSED,
    Fault.BAD_ANSWER: LocalRejectReason.BAD_BACKEND,
    Fault.LOCAL: LocalRejectReason.BACKEND_UNREACHABLE,
    Fault.NO_CREDENTIALS: LocalRejectReason.NO_CREDENTIALS,
}
# "pending" and "forward" are missing on purpose: whoever asks for a reply has seen to it that the login waits no more.
_CODE_OF_OUTCOME: Final = {
    Outcome.ACCEPT: codes.ACCESS_ACCEPT,
    Outcome.REJECT: codes.ACCESS_REJECT,
    Outcome.CHALLENGE: codes.ACCESS_CHALLENGE,
}
_CHALLENGE_OCTETS: Final = 16

type WriteAttributes = Callable[[tuple[tuple[str, str], ...]], bytes]


def local_reject(reason: LocalRejectReason) -> Reply:
    """Ours, at once: a fault is not a wrong code, so it is not held like one."""
    return Reply(codes.ACCESS_REJECT, Outcome.REJECT, reason=reason)


def reply_to(answer: LoginAnswer, packet: PacketInWait, write: WriteAttributes) -> Reply | None:
    """None for ``drop``. ``write`` knows attributes by name."""
    if isinstance(answer, Fault):
        return local_reject(_REASON_OF_FAULT[answer])
    if answer.outcome is Outcome.DROP:
        return None
    code = _CODE_OF_OUTCOME.get(answer.outcome)
    if code is None:
        return local_reject(LocalRejectReason.BAD_BACKEND)
    try:
        return _reply(answer, code, packet, write)
    except ReplyError:
        return local_reject(LocalRejectReason.REPLY_NOT_ENCODABLE)


def _reply(answer: LoginResponse, code: int, packet: PacketInWait, write: WriteAttributes) -> Reply:
    """Raises ReplyError."""
    message = attr.text_attributes(attr.REPLY_MESSAGE, answer.reply_message) if answer.reply_message else b""
    if answer.outcome is Outcome.REJECT:
        # Without proof of the sender a Reject stays bare, so it is never longer than the request.
        return Reply(code, answer.outcome, attributes=message if packet.proven else b"", hold_ms=answer.hold_ms)
    state = attr.attribute(attr.STATE, answer.state) if answer.state is not None else b""
    if packet.ms_chap is not None and packet.ms_chap.version == 2 and answer.outcome is Outcome.ACCEPT:
        if answer.ms_chap is None:  # the client would take an Accept without the server's proof for a forged one
            return local_reject(LocalRejectReason.BAD_BACKEND)
        proof = answer.ms_chap
        return Reply(code, answer.outcome, needed=state, attributes=write(answer.attributes) + message, ms_chap=proof)
    return Reply(code, answer.outcome, needed=state, attributes=write(answer.attributes) + message)


def written(reply: Reply, packet: PacketInWait, secret: SharedSecret) -> tuple[Reply, bytes]:
    """The signed octets, and the reply that they are. Never above 4096 octets: attributes of the policy give way to
    what the protocol needs and to the request's Proxy-States; if those alone are too much, it is a Reject."""
    try:
        needed = reply.needed
        if packet.ms_chap is not None and not reply.upstream:
            needed += _ms_chap_attributes(reply, packet, secret)
        room = MAX_PACKET_OCTETS - BARE_REPLY_OCTETS - len(packet.proxy_states) - len(needed)
        attributes = (
            reply.attributes if len(reply.attributes) <= room else attr.whole_attributes(reply.attributes, room)
        )
        return reply, _signed(reply.code, packet, secret, needed + attributes)
    except ReplyError:
        reply = local_reject(LocalRejectReason.REPLY_NOT_ENCODABLE)
        return reply, _signed(reply.code, packet, secret, b"")


def _signed(code: int, packet: PacketInWait, secret: SharedSecret, attributes: bytes) -> bytes:
    return signed_reply(code, packet.identifier, packet.authenticator, secret, attributes + packet.proxy_states)


def _ms_chap_attributes(reply: Reply, packet: PacketInWait, secret: SharedSecret) -> bytes:
    """RFC 2548: the server's proof and keys with an Accept, the error with a Reject. Raises ReplyError."""
    asked = packet.ms_chap
    if asked is None:
        return b""
    if reply.code == codes.ACCESS_REJECT:
        return error_attribute(asked, os.urandom(_CHALLENGE_OCTETS)) if packet.proven else b""
    proof = reply.ms_chap
    if proof is None or reply.code != codes.ACCESS_ACCEPT:
        return b""
    octets = success_attribute(asked.ident, proof.success)
    if proof.send_key is not None and proof.recv_key is not None:
        salt = os.urandom(SALT_OCTETS)
        octets += key_attributes(proof.send_key, proof.recv_key, salt, packet.authenticator, secret)
    return octets
