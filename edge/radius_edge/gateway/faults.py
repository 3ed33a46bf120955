"""What can go wrong between the edge and its backend. Every one of them is a Reject in the end."""

from enum import StrEnum


class Fault(StrEnum):
    UNREACHABLE = "unreachable"  # no address, refused, no connection in time
    NOT_TRUSTED = "not_trusted"  # somebody answers, but TLS fails: another name, expired, unknown authority
    LOST = "lost"  # the connection was lost before an answer
    NEVER_ASKED = "never_asked"  # the breaker is open: its time was up before a probe succeeded
    TIMEOUT = "timeout"  # asked, or waiting for a free connection, until the login's time was up
    FAILED = "failed"  # 5xx
    THROTTLED = "throttled"  # 429
    NOT_AUTHORISED = "not_authorised"  # 401 or 403
    BAD_ANSWER = "bad_answer"  # not HTTP, too big, or no answer to this question
    LOCAL = "local"  # the edge itself: no descriptors, no memory, or its event loop came too late
    NO_CREDENTIALS = "no_credentials"  # nothing to sign with


class ResponseError(Exception):
    """Raised by the response reader: the octets are no HTTP/1.1 response that we accept."""


def fault_of_status(status: int) -> Fault | None:
    """200 and 304 are answers; everything else is somebody's fault."""
    if status in {200, 304}:
        return None
    if status in {401, 403}:
        return Fault.NOT_AUTHORISED
    if status == 429:
        return Fault.THROTTLED
    return Fault.FAILED if status >= 500 else Fault.BAD_ANSWER
