"""What notices and mail need from outside, beside ``ports``: no login loads any of it before it has a notice.

As there: adapters implement these, fakes do too, and both pass the same contract suite. Every method may raise
UnavailableError; other errors are named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from mfa.domain.invitations import Invitation
from mfa.domain.notices import Notice


class Notifier(Protocol):
    def notify(self, notice: Notice) -> None:
        """Hand it to whoever tells the person, without waiting for that. Never raises: a change is made, whether
        anybody can be told or not."""
        ...


class NoticeStore(Protocol):
    """The notices of a user (U#id / NOTICE#second#id)."""

    def add(self, notice: Notice) -> None:
        """Raises ConditionRefusedError if it was added before, or the user is gone."""
        ...

    def of_user(self, user_id: str, since: int, most: int) -> Sequence[Notice]:
        """Strongly consistent, the newest first; none from before ``since`` (Unix seconds)."""
        ...


class MailResult(StrEnum):
    """What became of a mail, as far as the provider tells at once. Taken is not delivered."""

    TAKEN = "taken"
    UNKNOWN = "unknown"  # no answer in time: it may have been taken
    THROTTLED = "throttled"
    SENDER_REFUSED = "sender_refused"  # the address that mail comes from is not verified, or this account is paused
    NOT_AUTHORISED = "not_authorised"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDelivery:
    """``message_id`` is the provider's. ``detail`` is for the log, without address and text."""

    result: MailResult
    message_id: str | None = None
    detail: str = ""

    @property
    def was_taken(self) -> bool:
        return self.result in {MailResult.TAKEN, MailResult.UNKNOWN}


class MailSender(Protocol):
    def send(self, address: str, subject: str, text: str) -> MailDelivery:
        """Hand one mail to the provider, at most once. Never raises."""
        ...


class NoticeChannel(StrEnum):
    PUSH = "push"
    MAIL = "mail"
    SMS = "sms"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeNote:
    """For the log: by which way a notice went, or why by none. ``detail`` holds no secret."""

    notice: Notice
    channel: NoticeChannel
    was_taken: bool
    detail: str = ""


class NoticeTrail(Protocol):
    def noted(self, note: NoticeNote) -> None:
        """Never raises."""
        ...


class InvitationStore(Protocol):
    """The last invitation of each user (U#id / INVITE)."""

    def read(self, user_id: str) -> Invitation | None:
        """Strongly consistent."""
        ...

    def claim(self, invitation: Invitation, seen: Invitation | None) -> None:
        """In place of ``seen``. Raises ConditionRefusedError if there is another one by now, or the user is not
        active."""
        ...

    def note_sent(self, invitation: Invitation, at: int) -> None:
        """Raises ConditionRefusedError if another one took its place."""
        ...

    def release(self, invitation: Invitation) -> None:
        """It was not sent. Again is no error."""
        ...
