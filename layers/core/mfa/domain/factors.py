"""The code factors of one subscriber, as one value: what a login reads and decides on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class HotpParameters:
    """RFC 4226, which knows HMAC-SHA-1 only. ``digits`` 6 or 8."""

    digits: int = 6

    @property
    def algorithm(self) -> TotpAlgorithm:
        return "SHA1"


type CodeParameters = TotpParameters | HotpParameters


@dataclass(frozen=True, slots=True)
class FarCode:
    """The last right code that lay beyond the window, and when it was typed (Unix seconds). It opens nothing by itself;
    with the one that follows it, it shows how far the token is."""

    moving_factor: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpFactor:
    """``drift`` is how many periods the token's clock is known to be ahead (+) or behind (-) of ours;
    ``last_offset`` is where the last accepted code lay relative to that, so that two alike move the drift.
    ``serial`` is that of a hardware token from the inventory."""

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
    serial: str | None = None
    far: FarCode | None = None

    @property
    def last_moving_factor(self) -> int:
        return self.last_accepted_time_step


@dataclass(frozen=True, slots=True, kw_only=True)
class HotpFactor:
    """A token with a button. All codes up to ``last_accepted_counter`` are used up, typed or not."""

    factor_id: str
    name: str
    state: FactorState
    parameters: HotpParameters
    seed: Sealed
    last_accepted_counter: int = -1
    created_at: int
    last_used_at: int | None = None
    serial: str | None = None
    far: FarCode | None = None

    @property
    def last_moving_factor(self) -> int:
        return self.last_accepted_counter


type CodeFactor = TotpFactor | HotpFactor


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedCode:
    """Which code of which factor was right. ``moving_factor`` (RFC 4226 section 5.1) is HOTP's counter and TOTP's time
    step; ``drift`` and ``offset`` are what a TOTP factor's clock is now known to be."""

    factor_id: str
    moving_factor: int
    drift: int = 0
    offset: int = 0


def used_up(factor: CodeFactor, code: AcceptedCode, at: int) -> CodeFactor:
    """The factor after that code of it was accepted."""
    if isinstance(factor, HotpFactor):
        return replace(factor, last_accepted_counter=code.moving_factor, last_used_at=at, far=None)
    return replace(
        factor,
        last_accepted_time_step=code.moving_factor,
        drift=code.drift,
        last_offset=code.offset,
        last_used_at=at,
        far=None,
    )


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
    ``moving_factor`` is 0 for one that was sent."""

    factor_id: str
    moving_factor: int


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
    factors: Mapping[str, CodeFactor]
    recent: Mapping[str, RecentLogin]  # by login id, base64url
    object_guid: str | None = None  # of the directory's account, once known; a password counts for that one only
    devices: tuple[str, ...] = ()  # those that can approve, by id, in the order in which they are typed: push, push2
    phones: tuple[VerifiedPhone, ...] = ()  # that get codes by message, in the order in which they are typed: sms, sms2
    messages: tuple[SentCode, ...] = ()  # the last ones that were sent, in no order
    recovery_until: int = 0  # until when the user has recovery or bypass codes, as far as this item knows
