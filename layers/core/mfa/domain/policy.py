"""Who may log in where, when, from where, and by which factors: ordered rules, and the first that matches decides.

The values are here; reading them from a document, storing and evaluating them stand beside.
"""

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mfa.domain.user_names import Alias

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class FactorKind(StrEnum):
    """What a client may admit as the second factor."""

    PUSH = "push"
    PHONE = "phone"
    CODE = "code"
    SMS = "sms"
    RECOVERY_CODE = "recovery_code"


# In this order one is chosen for a user who types none. Calls are not among them: they cost money, whoever answers the
# telephone can approve, and a client that wants a number or a passkey must not get less without saying so.
DEFAULT_FACTORS: Final = (
    FactorKind.PUSH,
    FactorKind.CODE,
    FactorKind.SMS,
    FactorKind.RECOVERY_CODE,
)


class RuleAction(StrEnum):
    ALLOW = "allow"  # go on: the factors decide
    DENY = "deny"
    FORWARD = "forward"  # the old RADIUS server decides


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow:
    """``days`` count from Monday = 0; minutes from local midnight in ``timezone`` (IANA). A window whose end is not
    after its start goes on into the next day."""

    days: frozenset[int]
    start_minute: int
    end_minute: int
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Which logins something is for. Every field that is not empty must match; within a field one match is enough.

    ``groups`` are SIDs. ``source_networks`` hold the RADIUS packet's sender, ``caller_networks`` the address of the
    person's device as the client tells it (Calling-Station-Id); that one is believed only in a packet whose
    Message-Authenticator was valid, and never matches in another."""

    clients: frozenset[str] = frozenset()
    users: frozenset[Alias] = frozenset()
    groups: frozenset[str] = frozenset()
    source_networks: tuple[Network, ...] = ()
    caller_networks: tuple[Network, ...] = ()
    times: tuple[TimeWindow, ...] = ()


def is_for_client(selector: Selector, client: str) -> bool:
    return not selector.clients or client in selector.clients


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRule:
    """``factors`` (allow only) narrows what the client admits; None leaves it. ``reply_attributes`` (allow only) are
    added to an Accept. ``upstream`` (forward only) names the old server."""

    name: str
    action: RuleAction
    selector: Selector = Selector()
    factors: tuple[FactorKind, ...] | None = None
    reply_attributes: tuple[tuple[str, str], ...] = ()
    upstream: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """Who needs no second factor, why, by whose word and until when (Unix seconds).

    ``statement`` says that the client itself checks passwords: without it an exemption does nothing at a client that
    asks for the second factor only, because nothing at all would be checked there."""

    name: str
    selector: Selector
    owner: str
    reason: str
    until: int
    statement: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnenrolledRule:
    """What becomes of users without any factor here. ``allow`` has owner, reason and end like an Exemption (and
    ``statement`` for the same reason), ``forward`` names the old server."""

    action: RuleAction = RuleAction.DENY
    upstream: str | None = None
    owner: str | None = None
    reason: str | None = None
    until: int | None = None
    statement: str | None = None


DENY_UNENROLLED: Final = UnenrolledRule()
