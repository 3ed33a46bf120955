"""Sessions of the enrolment API: how they were opened, how long they live, and what they may be used for."""

from enum import StrEnum
from typing import Final

IDLE_SECONDS: Final = 10 * 60
LONGEST_SECONDS: Final = 60 * 60
FRESH_SECONDS: Final = 5 * 60  # after a sign-in; later, whoever sits down at the machine must not change anything
TOUCH_SECONDS: Final = 30  # by how much an end must move for a write to be worth it


class SessionKind(StrEnum):
    CODE = "code"  # an administrator's enrolment code: short, and good for changes to its end
    SIGNED_IN = "signed_in"  # by a password that the directory checked, and a factor
    LOOK = "look"  # by a factor alone, because there is no directory: that is no complete MFA


def kept_open_until(now: int, ends_at: int) -> int:
    return min(now + IDLE_SECONDS, ends_at)
