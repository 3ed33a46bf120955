"""Phone calls: what a call is for, which keys mean what, and how a code is read out.

A call about a login says for whom and where, and takes two keys. A call about a number says the code that proves it.
Whoever asks for either is told over the telephone line alone: what the provider stores of a call names nobody.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

CALL_ID_OCTETS: Final = 16


class CallPurpose(StrEnum):
    LOGIN = "login"
    NUMBER = "number"  # a number is proven by the code that the call says


class PressedKeys(StrEnum):
    """What decides a login. Anything else that is pressed decides nothing."""

    APPROVE = "#"
    REPORT = "0#"  # it was somebody else


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberCall:
    """A call that says the code of a number which is to be proven. It may say it until ``expires_at`` (Unix seconds).
    ``contact_id`` is how the provider knows the call, once it does."""

    call_id: str
    user_id: str
    phone_id: str
    expires_at: int
    contact_id: str | None = None


def read_out(code: str) -> str:
    """Digit by digit, with pauses: speech would make one large number of them."""
    return ", ".join(code)
