"""From the backend's answer to a RADIUS reply. Pure; whatever cannot be said in RADIUS becomes a Reject."""

from typing import Final

from mfa.contract import LoginResponse, Outcome
from radius_edge.backend import LoginAnswer
from radius_edge.gateway.faults import Fault
from radius_edge.login import Reply
from radius_edge.protocol import attributes as attr
from radius_edge.protocol import codes
from radius_edge.protocol.errors import ReplyError
from radius_edge.protocol.reasons import LocalRejectReason

MAX_ATTRIBUTE_OCTETS: Final = 2_048  # leaves the rest of 4096 to the Proxy-States of most requests

_REASON_OF_FAULT: Final = {
    Fault.UNREACHABLE: LocalRejectReason.BACKEND_UNREACHABLE,
    Fault.NEVER_ASKED: LocalRejectReason.BACKEND_UNREACHABLE,
    Fault.TIMEOUT: LocalRejectReason.BACKEND_TIMEOUT,
    Fault.FAILED: LocalRejectReason.BACKEND_FAILED,
    Fault.THROTTLED: LocalRejectReason.BACKEND_FAILED,
    Fault.NOT_AUTHORISED: LocalRejectReason.BACKEND_REFUSED,
    Fault.BAD_ANSWER: LocalRejectReason.BAD_BACKEND,
    Fault.NO_CREDENTIALS: LocalRejectReason.NO_CREDENTIALS,
}
# "pending" is missing on purpose: this edge has not learned to poll, so an answer that makes it wait is a bad one.
_CODE_OF_OUTCOME: Final = {
    Outcome.ACCEPT: codes.ACCESS_ACCEPT,
    Outcome.REJECT: codes.ACCESS_REJECT,
    Outcome.CHALLENGE: codes.ACCESS_CHALLENGE,
}
_TEXT_ATTRIBUTES: Final = {"Class": attr.CLASS, "Filter-Id": attr.FILTER_ID}


def local_reject(reason: LocalRejectReason) -> Reply:
    """Ours, at once: a fault is not a wrong code, so it is not held like one."""
    return Reply(codes.ACCESS_REJECT, Outcome.REJECT, reason=reason)


def reply_to(answer: LoginAnswer, *, proven: bool) -> Reply | None:
    """None for ``drop``. ``proven``: the request carried a valid Message-Authenticator."""
    if isinstance(answer, Fault):
        return local_reject(_REASON_OF_FAULT[answer])
    if answer.outcome is Outcome.DROP:
        return None
    code = _CODE_OF_OUTCOME.get(answer.outcome)
    if code is None:
        return local_reject(LocalRejectReason.BAD_BACKEND)
    try:
        attributes = _attributes(answer, proven=proven)
    except ReplyError:
        return local_reject(LocalRejectReason.REPLY_NOT_ENCODABLE)
    hold_ms = answer.hold_ms if answer.outcome is Outcome.REJECT else 0
    return Reply(code, answer.outcome, attributes, hold_ms=hold_ms)


def _attributes(answer: LoginResponse, *, proven: bool) -> bytes:
    """Raises ReplyError. An Accept that lost an attribute could grant more than was meant, so nothing is left out."""
    if answer.outcome is Outcome.REJECT:
        # Without proof of the sender a Reject stays bare, so it is never longer than the request.
        return attr.text_attributes(attr.REPLY_MESSAGE, answer.reply_message or "") if proven else b""
    written = attr.text_attributes(attr.REPLY_MESSAGE, answer.reply_message or "")
    if answer.state is not None:
        written += attr.attribute(attr.STATE, answer.state)
    for name, value in answer.attributes:
        if name not in _TEXT_ATTRIBUTES:
            raise ReplyError("the backend names an attribute that this edge cannot write")
        written += attr.attribute(_TEXT_ATTRIBUTES[name], value.encode())
    if len(written) > MAX_ATTRIBUTE_OCTETS:
        raise ReplyError(f"more than {MAX_ATTRIBUTE_OCTETS} octets of reply attributes")
    return written
