"""Every error of the device API, and how it is answered."""

from email.utils import formatdate
from typing import Final

from http_api.problems import COMMON, NO_HEADERS, Answers, Headers, RefusedRequestError, refused
from mfa.errors import NotFoundError
from mfa.services.device_upkeep import SECONDS_PER_RING
from mfa.services.enrollment_errors import TooManyRequestsError
from mfa.services.push_errors import (
    ClockWrongError,
    DecidedAlreadyError,
    DeviceRefusedError,
    RingsTooOftenError,
    SignatureRefusedError,
    TooLateError,
)

CHALLENGE: Final[Headers] = {"www-authenticate": 'Gatehouse-Device realm="gatehouse"'}

ANSWERS: Final[Answers] = (
    (DeviceRefusedError, 401, "device-refused", CHALLENGE),
    (SignatureRefusedError, 403, "signature-refused", NO_HEADERS),
    (NotFoundError, 404, "not-found", NO_HEADERS),
    (DecidedAlreadyError, 409, "decided-already", NO_HEADERS),
    (TooLateError, 410, "too-late", NO_HEADERS),
    (TooManyRequestsError, 429, "too-many-requests", NO_HEADERS),
    (RingsTooOftenError, 429, "rings-too-often", {"retry-after": str(SECONDS_PER_RING)}),
    *COMMON,
)


def retry_after(error: Exception) -> Headers:
    """When it is worth another try, where the error knows."""
    return {"retry-after": str(error.retry_after)} if isinstance(error, TooManyRequestsError) else NO_HEADERS


def clock_wrong(error: ClockWrongError) -> RefusedRequestError:
    """It tells the device our time, so that it can count with the difference."""
    date = formatdate(error.now_ms / 1000, usegmt=True)
    return refused(401, "clock-wrong", str(error), {**CHALLENGE, "date": date})
