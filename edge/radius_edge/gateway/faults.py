"""What can go wrong between the edge and its backend. Every one of them is a Reject in the end."""

from enum import StrEnum


class Fault(StrEnum):
    UNREACHABLE = "unreachable"  # no address, refused, TLS not trusted, connection lost before an answer
    TIMEOUT = "timeout"  # the login's time is up
    FAILED = "failed"  # 429 or 5xx
    NOT_AUTHORISED = "not_authorised"  # 401 or 403
    BAD_ANSWER = "bad_answer"  # not HTTP, too big, or no answer to this question
    NO_CREDENTIALS = "no_credentials"  # nothing to sign with


class ResponseError(Exception):
    """Raised by the response reader: the octets are no HTTP/1.1 response that we accept."""
