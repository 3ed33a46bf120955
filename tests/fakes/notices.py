"""What notices and invitations need, in memory. The conditions are those of the real adapters, word for word."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mfa.domain.factors import SubscriberState
from mfa.domain.invitations import Invitation
from mfa.domain.notices import Notice
from mfa.errors import ConditionRefusedError
from mfa.notice_ports import MailDelivery, MailResult, NoticeNote
from tests.fakes.state import State


class InMemoryNotices:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, notice: Notice) -> None:
        with self._state.call("notices.add"):
            if notice.user_id not in self._state.factors:
                raise ConditionRefusedError("the user is gone")
            held = self._state.notices.setdefault(notice.user_id, {})
            if (notice.at, notice.notice_id) in held:
                raise ConditionRefusedError("it was added before")
            held[notice.at, notice.notice_id] = notice

    def of_user(self, user_id: str, since: int, most: int) -> Sequence[Notice]:
        with self._state.call("notices.of_user"):
            held = self._state.notices.get(user_id, {})
            return [held[key] for key in sorted(held, reverse=True) if key[0] >= since][:most]


class InMemoryInvitations:
    def __init__(self, state: State) -> None:
        self._state = state

    def read(self, user_id: str) -> Invitation | None:
        with self._state.call("invitations.read"):
            return self._state.invitations.get(user_id)

    def claim(self, invitation: Invitation, seen: Invitation | None) -> None:
        with self._state.call("invitations.claim"):
            item, held = self._state.factors.get(invitation.user_id), self._state.invitations.get(invitation.user_id)
            if item is None or item.state is not SubscriberState.ACTIVE:
                raise ConditionRefusedError("the user is unknown or not active")
            if (held and held.invitation_id) != (seen and seen.invitation_id):
                raise ConditionRefusedError("there is another one by now")
            self._state.invitations[invitation.user_id] = invitation

    def note_sent(self, invitation: Invitation, at: int) -> None:
        with self._state.call("invitations.note_sent"):
            held = self._state.invitations.get(invitation.user_id)
            if held is None or held.invitation_id != invitation.invitation_id:
                raise ConditionRefusedError("another one took its place")
            self._state.invitations[invitation.user_id] = replace(held, sent_at=at, expires_at=invitation.expires_at)

    def release(self, invitation: Invitation) -> None:
        with self._state.call("invitations.release"):
            held = self._state.invitations.get(invitation.user_id)
            if held is not None and held.invitation_id == invitation.invitation_id:
                del self._state.invitations[invitation.user_id]


@dataclass(frozen=True)
class SentMail:
    address: str
    subject: str
    text: str


@dataclass
class FakeMail:
    """Takes every mail, unless ``result`` says otherwise."""

    sent: list[SentMail] = field(default_factory=list)
    result: MailResult = MailResult.TAKEN

    def send(self, address: str, subject: str, text: str) -> MailDelivery:
        if self.result in {MailResult.TAKEN, MailResult.UNKNOWN}:
            self.sent.append(SentMail(address, subject, text))
        return MailDelivery(result=self.result, detail="as the test wants it")


@dataclass
class RecordingNoticeTrail:
    notes: list[NoticeNote] = field(default_factory=list)

    def noted(self, note: NoticeNote) -> None:
        self.notes.append(note)


@dataclass
class RecordingNotifier:
    notices: list[Notice] = field(default_factory=list)

    def notify(self, notice: Notice) -> None:
        self.notices.append(notice)
