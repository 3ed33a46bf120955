"""The administrator's way to bring many people in: a new enrolment code for a user, sent by mail or by message.

One user has one invitation at a time, so a list that is sent again after a fault invites nobody twice. What is sent is
claimed before; what the provider did not take is given free. The code itself goes to the user only, in the part of the
link that no browser sends to a server.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from mfa.contract.fields import base64url
from mfa.domain.email_addresses import is_address, masked_address
from mfa.domain.factors import CodeFactors, FactorState
from mfa.domain.invitations import INVITATION_ID_OCTETS, Invitation, InviteBy
from mfa.domain.phones import NumberRefusal, PhoneNumber, masked, refusal_of
from mfa.domain.sms_ledger import SmsRequest
from mfa.domain.sms_text import invitation_text
from mfa.domain.subscribers import Subscriber
from mfa.errors import ConditionRefusedError, UnavailableError
from mfa.notice_ports import InvitationStore, MailResult, MailSender
from mfa.ports import AuditTrail, Clock, Random, SubscriberStore
from mfa.services.enrollment_events import SubscriberEvent
from mfa.services.enrollment_names import checked_address, find_subscriber
from mfa.services.enrollment_realms import Realms
from mfa.services.enrollment_subscribers import IssuedCode, SubscriberAdministration
from mfa.services.invitation_errors import (
    AddressMissingError,
    EnrolledBeforeError,
    InvitedBeforeError,
    MailNotSentError,
    MailOffError,
    PortalMissingError,
)
from mfa.services.messages import Messages
from mfa.services.outbound import Recipient
from mfa.services.phone_errors import MessageNotSentError, MessageRefusedError, NumberRefusedError
from mfa.sms_ports import PhoneNumberReader, SmsResult

INVITATIONS: Final = "(invitations)"  # what these messages are counted under; no RADIUS client can have that name
_MAIL_LATER: Final = frozenset({MailResult.THROTTLED, MailResult.UNREACHABLE})
_MESSAGE_LATER: Final = frozenset({SmsResult.THROTTLED, SmsResult.UNREACHABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRequest:
    """``to`` is an address or a number; None takes the address of the profile. ``again`` invites whoever is invited or
    enrolled already. ``valid_minutes`` None is the default of enrolment codes."""

    by: InviteBy
    to: str | None = field(default=None, repr=False)
    valid_minutes: int | None = None
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SentInvitation:
    """``to`` is masked. ``link`` holds the code."""

    by: InviteBy
    to: str
    sent_at: int
    expires_at: int
    link: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Addressee:
    """Whom it is for, and where it goes: ``number`` for a message, else ``address``."""

    subscriber: Subscriber
    factors: CodeFactors
    address: str = field(default="", repr=False)
    number: PhoneNumber | None = None

    @property
    def shown(self) -> str:
        return masked_address(self.address) if self.number is None else masked(self.number.e164)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitations:
    """``mail`` is None where the deployment has no address to send from, ``portal`` where it has no web app."""

    store: InvitationStore
    subscribers: SubscriberStore
    codes: SubscriberAdministration
    realms: Realms
    reader: PhoneNumberReader
    messages: Messages
    mail: MailSender | None
    clock: Clock
    random: Random
    audit: AuditTrail
    issuer: str
    portal: str | None

    def check(self, username: str, realm: str | None, wanted: InvitationRequest) -> str:
        """Where it would go, masked. Nothing is sent; raises what ``invite`` raises before it sends."""
        addressee, _ = self._admitted(username, realm, wanted)
        return addressee.shown

    def invite(self, username: str, realm: str | None, wanted: InvitationRequest, actor: str) -> SentInvitation:
        """Raises InvalidInputError, NotFoundError, the errors of ``invitation_errors`` and of messages,
        UnavailableError."""
        addressee, seen = self._admitted(username, realm, wanted)
        claim = self._claimed(addressee.subscriber.user_id, wanted.by, seen)
        try:
            recipient = self._counted(addressee, claim) if addressee.number is not None else None
            issued = self.codes.issue_code(username, realm, wanted.valid_minutes, actor)
            link = f"{self.portal}/#enroll={issued.code}"
            self._sent(addressee, recipient, link, issued)
        except BaseException:
            with suppress(UnavailableError):
                self.store.release(claim)
            raise
        return self._noted(addressee, claim, issued, link, actor)

    def _admitted(
        self, username: str, realm: str | None, wanted: InvitationRequest
    ) -> tuple[_Addressee, Invitation | None]:
        """Whom it is for, and the invitation that was seen."""
        if self.portal is None:
            raise PortalMissingError
        if wanted.by is InviteBy.MAIL and self.mail is None:
            raise MailOffError
        subscriber = find_subscriber(self.subscribers, self.realms.choose(realm), username)
        addressee, seen = self._addressee(subscriber, wanted), self.store.read(subscriber.user_id)
        if not wanted.again:
            _refuse_a_second(addressee.factors, seen, int(self.clock.now()))
        return addressee, seen

    def _addressee(self, subscriber: Subscriber, wanted: InvitationRequest) -> _Addressee:
        factors = self.subscribers.factors(subscriber.user_id)
        if wanted.by is InviteBy.SMS:
            return _Addressee(subscriber=subscriber, factors=factors, number=self._number(wanted.to))
        address = subscriber.email if wanted.to is None else checked_address(wanted.to)
        if address is None or not is_address(address):
            raise AddressMissingError("the user has no e-mail address; name one, or set it with: gatehouse user email")
        return _Addressee(subscriber=subscriber, factors=factors, address=address)

    def _number(self, text: str | None) -> PhoneNumber:
        if text is None:
            raise AddressMissingError("a message needs the number that it goes to")
        number = self.reader.read(text)
        refusal = NumberRefusal.NOT_A_NUMBER if number is None else refusal_of(number, self.messages.policy.countries)
        if number is None or refusal is not None:
            raise NumberRefusedError(refusal or NumberRefusal.NOT_A_NUMBER)
        return number

    def _claimed(self, user_id: str, by: InviteBy, seen: Invitation | None) -> Invitation:
        now = int(self.clock.now())
        claim = Invitation(
            invitation_id=base64url(self.random.octets(INVITATION_ID_OCTETS)),
            user_id=user_id,
            by=by,
            claimed_at=now,
            expires_at=now,
        )
        try:
            self.store.claim(claim, seen)
        except ConditionRefusedError:
            raise InvitedBeforeError from None
        return claim

    def _counted(self, addressee: _Addressee, claim: Invitation) -> Recipient:
        """Raises MessageRefusedError."""
        number, now = addressee.number, self.clock.now()
        assert number is not None  # noqa: S101 -- asked by the caller
        recipient = Recipient(
            user_id=claim.user_id, number=number.e164, region=number.region, client=INVITATIONS, login_id=None
        )
        request = SmsRequest(
            login_id=claim.invitation_id,
            client=INVITATIONS,
            tag=claim.invitation_id.encode(),
            now=now,
            successes=addressee.factors.throttle.successes,
            window_seconds=0,
        )
        if self.messages.refusal(request, recipient) is not None:
            raise MessageRefusedError
        return recipient

    def _sent(self, addressee: _Addressee, recipient: Recipient | None, link: str, issued: IssuedCode) -> None:
        if recipient is not None:
            self._text(recipient, link)
        else:
            self._mail(addressee, link, issued.expires_at)

    def _text(self, recipient: Recipient, link: str) -> None:
        delivery = self.messages.send(recipient, invitation_text(link, issuer=self.issuer))
        if delivery.result in _MESSAGE_LATER:
            raise UnavailableError(delivery.detail)
        if delivery.result not in {SmsResult.TAKEN, SmsResult.UNKNOWN}:
            raise MessageNotSentError

    def _mail(self, addressee: _Addressee, link: str, expires_at: int) -> None:
        if self.mail is None:
            raise MailOffError
        until = datetime.fromtimestamp(expires_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
        text = (
            f"Hello {addressee.subscriber.display_name},\n\n"
            f"open this link on your phone to set up how you sign in:\n\n{link}\n\n"
            f"It works once, until {until}. It is for you alone: do not pass it on.\n"
        )
        delivery = self.mail.send(addressee.address, f"{self.issuer}: set up how you sign in", text)
        if delivery.result in _MAIL_LATER:
            raise UnavailableError(delivery.detail)
        if not delivery.was_taken:
            raise MailNotSentError(delivery.detail)

    def _noted(
        self, addressee: _Addressee, claim: Invitation, issued: IssuedCode, link: str, actor: str
    ) -> SentInvitation:
        now = int(self.clock.now())
        sent = Invitation(
            invitation_id=claim.invitation_id,
            user_id=claim.user_id,
            by=claim.by,
            claimed_at=claim.claimed_at,
            expires_at=issued.expires_at,
        )
        with suppress(ConditionRefusedError):  # somebody invited the user again meanwhile
            self.store.note_sent(sent, now)
        main = addressee.subscriber.aliases[0]
        details = {"username": main.name, "realm": main.realm, "by": claim.by.value, "to": addressee.shown}
        self.audit.subscriber_changed(SubscriberEvent.INVITED, claim.user_id, details, actor)
        return SentInvitation(by=claim.by, to=addressee.shown, sent_at=now, expires_at=issued.expires_at, link=link)


def _refuse_a_second(factors: CodeFactors, seen: Invitation | None, now: int) -> None:
    has_code = any(factor.state is FactorState.ACTIVE for factor in factors.factors.values())
    if has_code or factors.devices:
        raise EnrolledBeforeError
    if seen is not None and seen.stands_at(now):
        raise InvitedBeforeError
