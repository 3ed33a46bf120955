"""An enrolment code that was sent to somebody, by mail or by message."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

INVITATION_ID_OCTETS: Final = 9
# Whoever sends claims it first. A claim that was never noted as sent is of a request that was cut off.
CLAIM_SECONDS: Final = 60


class InviteBy(StrEnum):
    MAIL = "mail"
    SMS = "sms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """The last one of a user. Times in Unix seconds; ``sent_at`` is None until the provider has taken it."""

    invitation_id: str
    user_id: str
    by: InviteBy
    claimed_at: int
    expires_at: int
    sent_at: int | None = None

    def stands_at(self, now: float) -> bool:
        """Whether another one would be the second: it was sent and its code still works, or it is being sent."""
        if self.sent_at is None:
            return now < self.claimed_at + CLAIM_SECONDS
        return now < self.expires_at
