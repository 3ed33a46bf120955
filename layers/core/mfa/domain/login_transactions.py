"""A login that waits for a person (push, phone call): one item that everybody asks, decided once.

The table below is all that can happen. Whoever asks after the end finds the login expired, whether or not anybody has
noted it yet: the item's own time counts, not the clean-up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil
from typing import TYPE_CHECKING, Final

from mfa.domain.reasons import RejectReason
from mfa.domain.sealing import Sealed

if TYPE_CHECKING:  # polls alone do not need it
    from mfa.domain.push import PushPrompt


class TransactionState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    CANCELLED = "cancelled"  # the login is not wanted any more: a newer one, an administrator, a removed factor


_MOVES: Final[Mapping[TransactionState, frozenset[TransactionState]]] = {
    TransactionState.PENDING: frozenset(
        {
            TransactionState.APPROVED,
            TransactionState.DENIED,
            TransactionState.EXPIRED,
            TransactionState.CANCELLED,
        }
    ),
    TransactionState.APPROVED: frozenset(),
    TransactionState.DENIED: frozenset(),
    TransactionState.EXPIRED: frozenset(),
    TransactionState.CANCELLED: frozenset(),
}

# How often an edge asks, by how long the login has waited: nobody finds a phone within two seconds, most have answered
# within ten, and who has not by then is seldom quick, but waits as eagerly (for a minute at most). Between an approval
# and its Accept lies at most a pause, the beat on which an edge asks, and the way of the question: about a second.
_SCHEDULE: Final = ((2.0, 1000), (10.0, 500))
FIRST_POLL_MS: Final = _SCHEDULE[0][1]
_SLOWEST_MS: Final = 750
_SOONEST_MS: Final = 100


class IllegalMoveError(ValueError):
    """Raised when a login would leave a state that is final, or reach one that it cannot reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginTransaction:
    """Times in Unix seconds, to the millisecond. ``attributes`` are what an Accept carries and ``hold_ms`` how long the
    Reject of a login that nobody answered is held, both by the client's policy when the login began. ``prompt`` is what
    a device is asked, ``phone_id`` the number that is called instead.

    What happens later: ``contact_id`` by which the provider knows the call, ``sent_at`` when the prompt was sent,
    ``task_token`` by which the waiting execution is woken (sealed), ``decided_at`` with ``reason`` if it was not
    approved, ``told_at`` when an edge first heard of the end."""

    login_id: str
    client: str
    user_id: str
    username: str
    source_ip: str
    config_revision: str
    state: TransactionState = TransactionState.PENDING
    created_at: float
    expires_at: float
    attributes: tuple[tuple[str, str], ...] = ()
    hold_ms: int = 0
    prompt: "PushPrompt | None" = None
    phone_id: str | None = None
    contact_id: str | None = None
    sent_at: float | None = None
    task_token: Sealed | None = field(default=None, repr=False)
    decided_at: float | None = None
    reason: RejectReason | None = None
    told_at: float | None = None

    @property
    def asked_id(self) -> str | None:
        """The device or the number."""
        return self.phone_id if self.prompt is None else self.prompt.device_id

    def has_run_out(self, now: float) -> bool:
        return self.state is TransactionState.PENDING and now >= self.expires_at


def check_move(before: TransactionState, after: TransactionState) -> None:
    """Raises IllegalMoveError."""
    if after not in _MOVES[before]:
        raise IllegalMoveError(f"a login that is {before} cannot become {after}")


def poll_after_ms(transaction: LoginTransaction, now: float) -> int:
    """When to ask again: on the schedule, but not long after the login's end."""
    waited = now - transaction.created_at
    pause = next((pause for until, pause in _SCHEDULE if waited < until), _SLOWEST_MS)
    left = ceil((transaction.expires_at - now) * 1000)
    return max(_SOONEST_MS, min(pause, left))
