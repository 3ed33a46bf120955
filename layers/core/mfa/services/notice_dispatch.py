"""Telling a person, on a channel other than the one that has changed.

All other devices ring and the mail goes out; both cost nothing worth counting. A message is paid for: it goes out only
if neither reached anybody. Strangers who ask for codes must not use up what it needs: so the user's ration does not
count for it, and its number and prefix have counters of their own. What is younger than a day is told, but counts for
nobody: it may belong to whoever made the change.

A notice is kept before it is sent, and the same one is never kept twice: an invocation that Lambda repeats tells nobody
twice.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from math import floor
from typing import Final

from mfa.contract.fields import base64url, encode_object
from mfa.domain.factors import CodeFactors
from mfa.domain.notices import MAIL, Notice
from mfa.domain.phones import PhoneWay, VerifiedPhone, number_context
from mfa.domain.push_devices import PushDevice, PushSubscription
from mfa.domain.sms_text import notice_text
from mfa.errors import ConditionRefusedError, NotFoundError, UnavailableError
from mfa.notice_ports import MailSender, NoticeChannel, NoticeNote, NoticeStore, NoticeTrail
from mfa.ports import Clock, RequestCounter, SubscriberStore, Vault
from mfa.push_ports import PushDeviceStore, PushMessage, PushSender
from mfa.services.messages import Messages
from mfa.services.notice_words import NOTICE_WORDS
from mfa.services.outbound import Recipient
from mfa.sms_ports import SmsResult

# Enough for an afternoon of setting up, too few to make somebody turn notices off. What is beyond stays in the list.
MOST_AN_HOUR: Final = 20
HOUR: Final = 3600
YOUNG_SECONDS: Final = 86_400  # whoever got into an account adds a device or number first, and would be told alone
RINGS_FOR_SECONDS: Final = 86_400  # a phone that was off until then is told by the list
NOTICES: Final = "(notices)"  # what these messages are counted under; no RADIUS client can have that name


class _Told(StrEnum):
    """What one channel has brought about."""

    FAILED = "failed"
    YOUNG = "young"  # it was told, but may belong to the one who has made the change
    REACHED = "reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeDispatch:
    """``mail`` is None where the deployment has no address to send from. ``issuer`` is the name that users know us by,
    ``portal`` where they can look."""

    store: NoticeStore
    counter: RequestCounter
    subscribers: SubscriberStore
    devices: PushDeviceStore
    sender: PushSender
    mail: MailSender | None
    messages: Messages
    vault: Vault
    clock: Clock
    trail: NoticeTrail
    issuer: str
    portal: str | None

    def send(self, notice: Notice) -> None:
        """Raises UnavailableError; if the notice was kept by then, it is told by the list alone."""
        if notice.event not in NOTICE_WORDS:
            return
        try:
            factors, is_beyond = self.subscribers.factors(notice.user_id), self._too_many(notice)
            self.store.add(notice)
        except (ConditionRefusedError, NotFoundError):  # told before, or the user is gone
            return
        if is_beyond:
            self._note(notice, NoticeChannel.NONE, was_taken=False, detail=f"more than {MOST_AN_HOUR} in an hour")
            return
        told = [*self._rung(notice, factors), *self._mailed(notice)]
        if _Told.REACHED not in told:
            told += self._texted(notice, factors, is_told=_Told.YOUNG in told)
        if _Told.REACHED not in told:
            detail = "nothing older than a day took it" if told else "the user has no other channel"
            self._note(notice, NoticeChannel.NONE, was_taken=False, detail=detail)

    def _too_many(self, notice: Notice) -> bool:
        window = floor(notice.at / HOUR)
        key = base64url(self.vault.digest("notices", notice.user_id.encode())[:16])
        return self.counter.count(f"notices-{key}", window, (window + 1) * HOUR) > MOST_AN_HOUR

    def _rung(self, notice: Notice, factors: CodeFactors) -> Iterator[_Told]:
        for device in self.devices.of_user(notice.user_id) if factors.devices else ():
            if device.subscription is not None and device.device_id in _others(factors.devices, notice):
                yield _told(self._ring(notice, device, device.subscription), device.created_at, notice)

    def _ring(self, notice: Notice, device: PushDevice, subscription: PushSubscription) -> bool:
        delivery = self.sender.send(subscription, _push_message(notice))
        if delivery.is_gone:
            with suppress(NotFoundError, UnavailableError):
                self.devices.subscribe(device.user_id, device.device_id, None)
        self._note(notice, NoticeChannel.PUSH, was_taken=delivery.was_taken, detail=delivery.detail)
        return delivery.was_taken

    def _mailed(self, notice: Notice) -> Iterator[_Told]:
        """Users cannot change the address, so it has no age."""
        subscriber = self.subscribers.read(notice.user_id) if self.mail is not None else None
        if self.mail is None or subscriber is None or subscriber.email is None or notice.subject == MAIL:
            return
        subject = f"{self.issuer}: {NOTICE_WORDS[notice.event]}"
        delivery = self.mail.send(subscriber.email, subject, self._mail_text(notice))
        detail = f"{delivery.result.value} {delivery.detail}".rstrip()
        self._note(notice, NoticeChannel.MAIL, was_taken=delivery.was_taken, detail=detail)
        yield _Told.REACHED if delivery.was_taken else _Told.FAILED

    def _mail_text(self, notice: Notice) -> str:
        when = datetime.fromtimestamp(notice.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
        by = " by an administrator" if notice.is_by_administrator else ""
        where = f"\n\nSee your ways of signing in at {self.portal}" if self.portal else ""
        return (
            f"{NOTICE_WORDS[notice.event]}{by}, on {when}.\n\n"
            f"If that was not you, and nobody did it for you, tell your administrator at once.{where}\n"
        )

    def _texted(self, notice: Notice, factors: CodeFactors, *, is_told: bool) -> Iterator[_Told]:
        """To the first number that is not the one which changed, and not young. A young one is no better than a young
        device, so it is paid for only if none was told."""
        others = _others([phone.phone_id for phone in factors.phones], notice)
        reachable = [one for one in factors.phones if PhoneWay.MESSAGE in one.ways and one.phone_id in others]
        phone = next((one for one in reachable if not _is_young(one.verified_at, notice)), None)
        if phone is None and reachable and not is_told:
            phone = reachable[0]
        if phone is not None and self.messages.policy.is_on:
            yield _told(self._text(notice, phone), phone.verified_at, notice)

    def _text(self, notice: Notice, phone: VerifiedPhone) -> bool:
        recipient = self._recipient(notice, phone)
        refused = self.messages.refusal_beyond_ration(recipient, self.clock.now())
        if refused is not None:
            self._note(notice, NoticeChannel.SMS, was_taken=False, detail=refused.reason.value)
            return False
        delivery = self.messages.send(recipient, notice_text(NOTICE_WORDS[notice.event], issuer=self.issuer))
        was_taken = delivery.result in {SmsResult.TAKEN, SmsResult.UNKNOWN}
        self._note(notice, NoticeChannel.SMS, was_taken=was_taken, detail=delivery.result.value)
        return was_taken

    def _recipient(self, notice: Notice, phone: VerifiedPhone) -> Recipient:
        number = self.vault.open(phone.number, number_context(notice.user_id, phone.phone_id)).decode()
        return Recipient(
            user_id=notice.user_id, number=number, region=phone.region, client=NOTICES, login_id=None, apart=NOTICES
        )

    def _note(self, notice: Notice, channel: NoticeChannel, *, was_taken: bool, detail: str) -> None:
        self.trail.noted(NoticeNote(notice=notice, channel=channel, was_taken=was_taken, detail=detail))


def _told(was_taken: bool, since: float, notice: Notice) -> _Told:
    if not was_taken:
        return _Told.FAILED
    return _Told.YOUNG if _is_young(since, notice) else _Told.REACHED


def _is_young(since: float, notice: Notice) -> bool:
    return notice.at < since + YOUNG_SECONDS


def _others(known: Sequence[str], notice: Notice) -> frozenset[str]:
    return frozenset(known) - {notice.subject}


def _push_message(notice: Notice) -> PushMessage:
    """The word says which sentence the app shows. It is sealed for the device, and names nobody."""
    payload = encode_object({"id": "notice", "about": notice.event})
    return PushMessage(payload=payload, seconds=RINGS_FOR_SECONDS, topic=notice.notice_id)
