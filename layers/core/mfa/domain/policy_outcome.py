"""What would become of a login, as a policy test tells it: in one word for programs, in a sentence for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mfa.domain.configuration import ClientMode, ClientPolicy
from mfa.domain.document_endings import until_text
from mfa.domain.policy import FactorKind
from mfa.domain.reasons import RejectReason


class OutcomeKind(StrEnum):
    FACTOR = "factor"  # the second factor decides, and where Gatehouse checks it, the password
    NO_FACTOR = "no_factor"  # accepted without a second factor
    FORWARD = "forward"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyOutcome:
    """``rule`` is the policy that decides, or ``unenrolled``; ``factors`` are what the user has and may use."""

    kind: OutcomeKind
    text: str
    reason: RejectReason | None = None
    rule: str | None = None
    exemption: str | None = None
    upstream: str | None = None
    factors: tuple[FactorKind, ...] = ()


_WHY: Final[Mapping[RejectReason, str]] = {
    RejectReason.NAME_REFUSED: "nobody can have that name at this client",
    RejectReason.PROBE_NAME: "that is a name by which the client tries whether anybody answers",
    RejectReason.POLICY_DENIED: "the policy denies it",
    RejectReason.NO_POLICY_MATCHES: "there are policies for this client, and none of them matches",
    RejectReason.DISABLED: "the user is disabled here",
    RejectReason.IDENTITY_CHANGED: "the name belongs to another account of the directory than the one enrolled",
    RejectReason.NOT_ENROLLED: "the user has no factor here, and the client denies such users",
    RejectReason.UNKNOWN_USER: "nobody of that name is enrolled here, and the client denies such users",
    RejectReason.KNOWN_BY_ANOTHER_NAME: "another name of a user who has a factor here; add it to that user",
    RejectReason.FACTOR_NOT_OFFERED: "the user has none of the factors that are admitted",
    RejectReason.NO_AUTOMATIC_FACTOR: "no factor of the user's can be started without typing, which this mode needs",
    RejectReason.DIRECTORY_UNAVAILABLE: "the directory is unavailable, and without it nobody can tell",
    RejectReason.UNKNOWN_IN_DIRECTORY: "the directory does not know the user",
    RejectReason.AMBIGUOUS_IN_DIRECTORY: "the directory knows several users of that name",
    RejectReason.SERVICE_ACCOUNT_REFUSED: "the directory refuses the service account",
}
_TYPED: Final[Mapping[ClientMode, str]] = {
    ClientMode.SECOND_FACTOR: "if what is typed is a right {factors}",
    ClientMode.PASSWORD_THEN_FACTOR: "if the password is right, and then the {factors} that is chosen for the user",
    ClientMode.PASSWORD_AND_FACTOR: "if the password and the {factors} beside it are right",
    ClientMode.CHALLENGE: "if the password is right, and then the {factors} that is asked for",
}


def rejects(reason: RejectReason, *, rule: str | None = None) -> PolicyOutcome:
    why = _WHY.get(reason, reason.value.replace("_", " "))
    return PolicyOutcome(kind=OutcomeKind.REJECT, text=f"rejected: {why}", reason=reason, rule=rule)


def forwards(upstream: str, *, rule: str) -> PolicyOutcome:
    text = f"forwarded: the old server {upstream} decides"
    return PolicyOutcome(kind=OutcomeKind.FORWARD, text=text, rule=rule, upstream=upstream)


def asks_for_a_factor(client: ClientPolicy, factors: Sequence[FactorKind]) -> PolicyOutcome:
    names = " or ".join(kind.value.replace("_", " ") for kind in factors)
    text = f"accepted {_TYPED[client.mode].format(factors=names)}"
    return PolicyOutcome(kind=OutcomeKind.FACTOR, text=text, factors=tuple(factors))


def lets_in_without_a_factor(client: ClientPolicy, *, until: int) -> PolicyOutcome:
    """``until`` in Unix seconds."""
    checked = "whatever is typed: the client itself checks the password"
    if client.mode is not ClientMode.SECOND_FACTOR:
        checked = "if the password is right"
    text = f"accepted without a second factor, {checked} (until {until_text(until)})"
    return PolicyOutcome(kind=OutcomeKind.NO_FACTOR, text=text)
