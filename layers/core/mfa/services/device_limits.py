"""How often one address may be refused, and one device may ask (THREATS G15).

Each instance counts for itself: a write for every question of every open app would cost more than what it is to save.
Requests that no device has signed are counted by address, since the device in them is whoever the sender claims to be;
those of a device by the device. Who has signed is never held up by an address: a whole office has one, and any page
that somebody opens there can send what nobody has signed.
"""

from dataclasses import dataclass, field
from math import ceil
from typing import Final

from mfa.domain.rate_limit import TokenBuckets
from mfa.ports import Clock
from mfa.services.enrollment_errors import TooManyRequestsError
from mfa.services.request_limits import network_of

REFUSALS_AT_ONCE: Final = 60  # an app whose device was removed asks a few times before it says so
SECONDS_PER_REFUSAL: Final = 2
REQUESTS_AT_ONCE: Final = 120
REQUESTS_PER_SECOND: Final = 4  # an open app asks every few seconds, and about one prompt a handful of times


def _refusals() -> TokenBuckets[str]:
    return TokenBuckets(burst=REFUSALS_AT_ONCE, per_second=1 / SECONDS_PER_REFUSAL)


def _requests() -> TokenBuckets[str]:
    return TokenBuckets(burst=REQUESTS_AT_ONCE, per_second=REQUESTS_PER_SECOND)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLimits:
    clock: Clock
    refusals: TokenBuckets[str] = field(default_factory=_refusals)
    requests: TokenBuckets[str] = field(default_factory=_requests)

    def refused(self, address: str) -> None:
        """A request from there was not signed by a device that counts. Raises TooManyRequestsError."""
        if not self.refusals.take(network_of(address), self.clock.now()):
            raise TooManyRequestsError(SECONDS_PER_REFUSAL)

    def asked(self, device_id: str) -> None:
        """Raises TooManyRequestsError."""
        if not self.requests.take(device_id, self.clock.now()):
            raise TooManyRequestsError(ceil(1 / REQUESTS_PER_SECOND))
