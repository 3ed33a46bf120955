"""The user's side of phone numbers: add one and prove it by the code that is sent to it, list, name, order, remove.

A number counts only after its code was typed. Messages here are rationed and capped like those at logins: an open
session is no licence to send. Nobody is shown a whole number again, not even its owner.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hmac import compare_digest
from typing import Final

from mfa.contract import ContractError
from mfa.contract.fields import base64url
from mfa.domain.factors import CodeFactors
from mfa.domain.otp import is_code
from mfa.domain.phones import (
    MAX_NAME_OCTETS,
    MAX_PHONES,
    PHONE_ID_OCTETS,
    NumberRefusal,
    PhoneNumber,
    VerifiedPhone,
    masked,
    number_context,
    refusal_of,
)
from mfa.domain.sent_codes import (
    MAX_MISSES,
    SENT_CODE_DIGITS,
    SENT_CODE_SECONDS,
    code_context,
    new_code,
)
from mfa.domain.sms_ledger import SmsRequest
from mfa.domain.sms_text import confirmation_text
from mfa.errors import ConditionRefusedError, InvalidInputError, NotFoundError, UnavailableError
from mfa.ports import AuditTrail, Clock, Random, SubscriberStore, Vault
from mfa.services.enrollment_errors import WrongCodeError
from mfa.services.enrollment_events import SUBSCRIBER_ACTOR, SubscriberEvent
from mfa.services.enrollment_names import checked_label
from mfa.services.enrollment_sessions import Claimant
from mfa.services.messages import Messages, Recipient
from mfa.services.phone_errors import (
    MessageNotSentError,
    MessageRefusedError,
    NumberRefusedError,
    PhoneKnownError,
    PhoneLimitError,
    PhoneNotPendingError,
    PhonesChangedError,
)
from mfa.sms_ports import PendingPhone, PhoneNumberReader, PhoneStore, SmsResult

DEFAULT_NAME: Final = "Phone"
MESSAGE: Final = "message"
ENROLLMENT: Final = "(enrolment)"  # what these messages are counted under; no RADIUS client can have that name
_CODE_OCTETS: Final = 16
_REMOVAL_TRIES: Final = 5
_TRY_LATER: Final = frozenset({SmsResult.THROTTLED, SmsResult.UNREACHABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedPhone:
    """``position`` is the digit by which it is named at a login, ``number`` all that may be shown of it."""

    phone: VerifiedPhone
    number: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedPhone:
    """A number that waits for its code until ``expires_at``."""

    phone_id: str
    name: str
    number: str
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneEnrollment:
    """``issuer`` is the name that users know us by."""

    phones: PhoneStore
    subscribers: SubscriberStore
    reader: PhoneNumberReader
    messages: Messages
    vault: Vault
    clock: Clock
    random: Random
    audit: AuditTrail
    issuer: str

    @property
    def offered(self) -> tuple[str, ...]:
        """By what a code can come to a new number; by nothing where no country is admitted."""
        return (MESSAGE,) if self.messages.policy.countries else ()

    def list(self, factors: CodeFactors) -> Sequence[PlacedPhone]:
        return [
            PlacedPhone(phone=phone, number=masked(self._opened(factors.user_id, phone)), position=position)
            for position, phone in enumerate(factors.phones, start=1)
        ]

    def add(self, claimant: Claimant, text: str, name: str | None) -> AddedPhone:
        """Send a code to a new number. One number waits at a time: a newer one takes its place."""
        label = _checked_name(DEFAULT_NAME if name is None else name)
        number = self._admitted(claimant.factors, text)
        phone_id = base64url(self.random.octets(PHONE_ID_OCTETS))
        recipient = self._counted(claimant, phone_id, number)
        code = new_code(self.random.octets(_CODE_OCTETS))
        pending = self._sealed(claimant.user_id, phone_id, label, number, code)
        try:
            self.phones.put_pending(pending)
        except ConditionRefusedError:
            raise NotFoundError("there is no such user") from None
        delivery = self.messages.send(recipient, confirmation_text(code, issuer=self.issuer))
        if delivery.result in _TRY_LATER:
            raise UnavailableError(delivery.detail)
        if delivery.result not in {SmsResult.TAKEN, SmsResult.UNKNOWN}:
            raise MessageNotSentError
        shown = masked(number.e164)
        self._record(SubscriberEvent.PHONE_ADDED, claimant.user_id, phone_id, number=shown)
        return AddedPhone(phone_id=phone_id, name=label, number=shown, expires_at=pending.expires_at)

    def confirm(self, claimant: Claimant, phone_id: str, code: str) -> PlacedPhone:
        """Prove a number. One try is counted before the code is looked at, so that no race adds tries."""
        typed, user_id, now = _checked_code(code), claimant.user_id, int(self.clock.now())
        try:
            pending = self.phones.charge(user_id, phone_id, now, MAX_MISSES)
        except ConditionRefusedError:
            raise PhoneNotPendingError from None
        sent = self.vault.open(pending.code, code_context(user_id, phone_id))
        if not compare_digest(sent, typed.encode()):
            self._record(SubscriberEvent.PHONE_CONFIRMATION_REFUSED, user_id, phone_id)
            raise WrongCodeError(MAX_MISSES - pending.tries)
        self._activate(pending, now)
        self._record(SubscriberEvent.PHONE_CONFIRMED, user_id, phone_id)
        return self._placed(self.subscribers.factors(user_id), phone_id)

    def change(self, claimant: Claimant, phone_id: str, name: str | None, position: int | None) -> PlacedPhone:
        seen, placed = claimant.factors, self._placed(claimant.factors, phone_id)
        phone = placed.phone if name is None else replace(placed.phone, name=_checked_name(name))
        others = [one for one in seen.phones if one.phone_id != phone_id]
        place = placed.position if position is None else position
        if not 1 <= place <= len(seen.phones):
            raise ContractError(f"position must be a whole number from 1 to {len(seen.phones)}")
        try:
            self.phones.replace(seen, (*others[: place - 1], phone, *others[place - 1 :]))
        except ConditionRefusedError:
            raise PhonesChangedError from None
        self._record(SubscriberEvent.PHONE_CHANGED, claimant.user_id, phone_id)
        return self._placed(self.subscribers.factors(claimant.user_id), phone_id)

    def remove(self, user_id: str, phone_id: str, actor: str = SUBSCRIBER_ACTOR) -> None:
        """It gets no code any more, and none that it got counts."""
        for _ in range(_REMOVAL_TRIES):
            seen = self.subscribers.factors(user_id)
            left = [one for one in seen.phones if one.phone_id != phone_id]
            if len(left) == len(seen.phones):
                raise NotFoundError("there is no such phone number")
            try:
                self.phones.replace(seen, left)
            except ConditionRefusedError:  # another number came, went or moved at the same moment
                continue
            self._record(SubscriberEvent.PHONE_REMOVED, user_id, phone_id, actor=actor)
            return
        raise PhonesChangedError

    def _admitted(self, present: CodeFactors, text: str) -> PhoneNumber:
        number = self.reader.read(text)
        if number is None:
            raise NumberRefusedError(NumberRefusal.NOT_A_NUMBER)
        refusal = refusal_of(number, self.messages.policy.countries)
        if refusal is not None:
            raise NumberRefusedError(refusal)
        if len(present.phones) >= MAX_PHONES:
            raise PhoneLimitError
        if any(self._opened(present.user_id, phone) == number.e164 for phone in present.phones):
            raise PhoneKnownError
        return number

    def _counted(self, claimant: Claimant, phone_id: str, number: PhoneNumber) -> Recipient:
        now, user_id = self.clock.now(), claimant.user_id
        recipient = Recipient(
            user_id=user_id, number=number.e164, region=number.region, client=ENROLLMENT, login_id=None
        )
        request = SmsRequest(
            login_id=phone_id,
            client=ENROLLMENT,
            tag=phone_id.encode(),
            now=now,
            successes=claimant.factors.throttle.successes,
            window_seconds=0,
        )
        if self.messages.refusal(request, recipient) is not None:
            raise MessageRefusedError
        return recipient

    def _sealed(self, user_id: str, phone_id: str, name: str, number: PhoneNumber, code: str) -> PendingPhone:
        return PendingPhone(
            user_id=user_id,
            phone_id=phone_id,
            name=name,
            number=self.vault.seal(number.e164.encode(), number_context(user_id, phone_id)),
            region=number.region,
            code=self.vault.seal(code.encode(), code_context(user_id, phone_id)),
            expires_at=int(self.clock.now()) + SENT_CODE_SECONDS,
        )

    def _activate(self, pending: PendingPhone, now: int) -> None:
        seen = self.subscribers.factors(pending.user_id)
        if len(seen.phones) >= MAX_PHONES:
            raise PhoneLimitError
        phone = VerifiedPhone(
            phone_id=pending.phone_id,
            name=pending.name,
            number=pending.number,
            region=pending.region,
            verified_at=now,
        )
        try:
            self.phones.confirm(phone, seen)
        except ConditionRefusedError:  # another confirmation came first, or another change
            raise PhoneNotPendingError from None

    def _placed(self, factors: CodeFactors, phone_id: str) -> PlacedPhone:
        for one in self.list(factors):
            if one.phone.phone_id == phone_id:
                return one
        raise NotFoundError("there is no such phone number")

    def _opened(self, user_id: str, phone: VerifiedPhone) -> str:
        return self.vault.open(phone.number, number_context(user_id, phone.phone_id)).decode()

    def _record(
        self, event: SubscriberEvent, user_id: str, phone_id: str, *, actor: str = SUBSCRIBER_ACTOR, **details: str
    ) -> None:
        self.audit.subscriber_changed(event, user_id, {"phone_id": phone_id, **details}, actor)


def _checked_name(name: str) -> str:
    """Short: it stands in the item that each login reads."""
    label = checked_label("name", name)
    if len(label.encode()) > MAX_NAME_OCTETS:
        raise InvalidInputError("label-refused", f"name must have 1 to {MAX_NAME_OCTETS} octets that are not blank")
    return label


def _checked_code(code: str) -> str:
    code = code.strip(" ")
    if len(code) != SENT_CODE_DIGITS or not is_code(code):
        raise InvalidInputError("not-a-code", f"code must be {SENT_CODE_DIGITS} digits, as the message says")
    return code
