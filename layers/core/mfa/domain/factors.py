"""The code factors of one subscriber, as one value: what a login reads and decides on."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from mfa.domain.phones import VerifiedPhone
from mfa.domain.sealing import Sealed
from mfa.domain.sent_codes import AcceptedMessage, SentCode

MAX_FACTORS: Final = 8  # keeps the hot item under 4 KB, so that one login reads and writes few units

type TotpAlgorithm = Literal["SHA1", "SHA256", "SHA512"]


class SubscriberState(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


class FactorState(StrEnum):
    PENDING = "pending"  # shown to the user, not yet proven by a code: never accepted at a login
    ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class TotpParameters:
    """RFC 6238. ``digits`` 6 or 8, ``period`` 30 or 60 seconds."""

    algorithm: TotpAlgorithm = "SHA1"
    digits: int = 6
    period: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpFactor:
    """``drift`` is how many periods the token's clock is known to be ahead (+) or behind (-) of ours;
    ``last_offset`` is where the last accepted code lay relative to that, so that two alike move the drift."""

    factor_id: str
    name: str
    state: FactorState
    parameters: TotpParameters
    seed: Sealed
    last_accepted_time_step: int = -1
    drift: int = 0
    last_offset: int = 0
    created_at: int
    last_used_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedCode:
    """Which code of which factor was right, and what the factor's clock is now known to be."""

    factor_id: str
    time_step: int
    drift: int
    offset: int


type Accepted = AcceptedCode | AcceptedMessage
"""What an Accept uses up."""


class RecentOutcome(StrEnum):
    CHECKING = "checking"  # an attempt is reserved; its check has not been stored (yet)
    ACCEPT = "accept"
    REJECT = "reject"
    CHALLENGE = "challenge"  # the password was right; another packet answers what was asked then
    PENDING = "pending"  # a person is asked on a device; the login named by ``prompt`` tells the outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedCode:
    """The code that a login has used up before it was decided: a directory is asked only once that is stored.
    ``time_step`` is 0 for one that was sent."""

    factor_id: str
    time_step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentLogin:
    """One of the last logins, so that the same packet gets the same answer. ``fingerprint`` is a keyed digest
    of the text it carried: a login id that comes back with another text is a forgery, not a retransmission."""

    outcome: RecentOutcome
    reason: str | None
    fingerprint: bytes
    at: int
    claimed: ClaimedCode | None = None
    prompt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """RFC 4226 section 7.3. ``tries`` counts attempts since the last success; ``gate`` is the count at which
    the lock falls; ``last_try_at`` (Unix seconds) tells since when; ``successes`` makes each era distinct."""

    tries: int
    gate: int
    last_try_at: int
    successes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFactors:
    """The hot item of one subscriber (U#id / AUTH)."""

    user_id: str
    state: SubscriberState
    throttle: Throttle
    factors: Mapping[str, TotpFactor]
    recent: Mapping[str, RecentLogin]  # by login id, base64url
    object_guid: str | None = None  # of the directory's account, once known; a password counts for that one only
    devices: tuple[str, ...] = ()  # those that can approve, by id, in the order in which they are typed: push, push2
    phones: tuple[VerifiedPhone, ...] = ()  # that get codes by message, in the order in which they are typed: sms, sms2
    messages: tuple[SentCode, ...] = ()  # the last ones that were sent, in no order
