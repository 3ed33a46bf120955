"""How often one address, or about one user, may ask for what strangers may ask for (THREATS G15).

Counted in the table, so that many instances are one limit. A window has a fixed beginning: simple, and whoever is
refused can be told when it ends.
"""

import ipaddress
from dataclasses import dataclass
from math import floor
from typing import Final

from mfa.contract.fields import base64url
from mfa.ports import Clock, RequestCounter, Vault
from mfa.services.enrollment_errors import TooManyRequestsError

WINDOW_SECONDS: Final = 300
# An office behind one address signs in at nine; a password is guessed at a hundredth of that by nobody who hurries.
REQUESTS_OF_AN_ADDRESS: Final = 120
# The user's own count of wrong codes stops guessing much earlier; this one stops what would lock them.
REQUESTS_ABOUT_A_USER: Final = 20
# From all addresses together. Whoever has a name and one address keeps nobody out; who has many is still stopped.
REQUESTS_ABOUT_A_USER_FROM_ANYWHERE: Final = 100
_IPV6_PREFIX: Final = 64  # who has one address of it has all


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLimits:
    counter: RequestCounter
    vault: Vault
    clock: Clock

    def of_address(self, purpose: str, address: str) -> None:
        """Raises TooManyRequestsError."""
        self._take(purpose, "address", network_of(address), REQUESTS_OF_AN_ADDRESS)

    def by_user(self, purpose: str, user_id: str) -> None:
        """For whom a session tells, from wherever: strangers have none. Raises TooManyRequestsError."""
        self._take(purpose, "user", user_id, REQUESTS_ABOUT_A_USER)

    def about_user(self, purpose: str, name: str, address: str) -> None:
        """``name`` may be one that nobody has: it is counted alike. What is refused to one address does not count for
        all: an address can use up a part of them only. Raises TooManyRequestsError."""
        self._take(purpose, "user-from-address", f"{network_of(address)}|{name}", REQUESTS_ABOUT_A_USER)
        self._take(purpose, "user-from-anywhere", name, REQUESTS_ABOUT_A_USER_FROM_ANYWHERE)

    def _take(self, purpose: str, kind: str, who: str, most: int) -> None:
        now = self.clock.now()
        window = floor(now / WINDOW_SECONDS)
        ends_at = (window + 1) * WINDOW_SECONDS
        digest = self.vault.digest("request-limit", f"{purpose}|{kind}|{who}".encode())
        if self.counter.count(base64url(digest[:16]), window, ends_at) > most:
            raise TooManyRequestsError(max(1, ends_at - floor(now)))


def network_of(address: str) -> str:
    """Whom an address stands for: itself, or for IPv6 all that one customer has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(
            ipaddress.ip_network(
                (parsed.ipv4_mapped or parsed, 32 if parsed.ipv4_mapped else _IPV6_PREFIX), strict=False
            )
        )
    return str(parsed)
