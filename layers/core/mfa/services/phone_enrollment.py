"""The user's side of phone numbers: add one and prove it by the code that comes to it, list, name, order, remove.

A number counts only after its code was typed, and only for what the code came by: a message, or a call that says it.
Both are rationed and capped here like those at logins: an open session is no licence to send or to call. Nobody is
shown a whole number again, not even its owner.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hmac import compare_digest
from math import floor
from typing import Final

from mfa.call_ports import CallResult, CallStore, WantedCall
from mfa.contract import ContractError
from mfa.contract.fields import base64url
from mfa.domain.factors import CodeFactors
from mfa.domain.otp import is_code
from mfa.domain.phone_calls import CALL_ID_OCTETS, CallPurpose, NumberCall
from mfa.domain.phones import (
    MAX_NAME_OCTETS,
    MAX_PHONES,
    PHONE_ID_OCTETS,
    NumberRefusal,
    PhoneNumber,
    PhoneWay,
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
from mfa.domain.sms_caps import DAY
from mfa.domain.sms_ledger import SmsRequest
from mfa.domain.sms_text import confirmation_text
from mfa.errors import ConditionRefusedError, InvalidInputError, NotFoundError, UnavailableError
from mfa.ports import AuditTrail, Clock, Random, RequestCounter, SubscriberStore, Vault
from mfa.services.calls import Calls
from mfa.services.enrollment_errors import WrongSentCodeError
from mfa.services.enrollment_events import SUBSCRIBER_ACTOR, SubscriberEvent
from mfa.services.enrollment_names import checked_label
from mfa.services.enrollment_sessions import Claimant
from mfa.services.messages import Messages
from mfa.services.outbound import Outbound, Recipient
from mfa.services.phone_errors import (
    CallNotPlacedError,
    CallsNotDeployedError,
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
ENROLLMENT: Final = "(enrolment)"  # what these messages are counted under; no RADIUS client can have that name
MOST_A_DAY: Final = 10  # tries of one user to add a number; three numbers and a few slips need fewer
_CODE_OCTETS: Final = 16
_COUNTER_OCTETS: Final = 16
_REMOVAL_TRIES: Final = 5
_APPLICATION: Final = "your account"  # what a call about a number names in place of a RADIUS client
_TRY_LATER: Final = frozenset({SmsResult.THROTTLED, SmsResult.UNREACHABLE})
_CALL_LATER: Final = frozenset({CallResult.THROTTLED, CallResult.UNREACHABLE})


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
    calls: Calls
    call_store: CallStore
    counter: RequestCounter
    vault: Vault
    clock: Clock
    random: Random
    audit: AuditTrail
    issuer: str

    @property
    def offered(self) -> tuple[str, ...]:
        """By what a code can come to a new number; by nothing where no country is admitted."""
        on = {PhoneWay.MESSAGE: self.messages.policy.is_on, PhoneWay.CALL: self.calls.policy.is_on}
        return tuple(way.value for way, is_on in on.items() if is_on)

    def list(self, factors: CodeFactors) -> Sequence[PlacedPhone]:
        return [
            PlacedPhone(phone=phone, number=masked(self._opened(factors.user_id, phone)), position=position)
            for position, phone in enumerate(factors.phones, start=1)
        ]

    def add(self, claimant: Claimant, text: str, name: str | None, way: PhoneWay = PhoneWay.MESSAGE) -> AddedPhone:
        """Send a code to a number, or say it in a call. One number waits at a time: a newer one takes its place."""
        label = None if name is None else _checked_name(name)
        number = self._admitted(text, way)
        known = self._known(claimant.factors, number)
        _check_room(claimant.factors, known, way)
        phone_id = base64url(self.random.octets(PHONE_ID_OCTETS)) if known is None else known.phone_id
        recipient = self._counted(claimant, number, way)
        code = new_code(self.random.octets(_CODE_OCTETS))
        label = label or (DEFAULT_NAME if known is None else known.name)
        pending = replace(self._sealed(claimant.user_id, phone_id, label, number, code), way=way)
        try:
            self.phones.put_pending(pending)
        except ConditionRefusedError:
            raise NotFoundError("there is no such user") from None
        self._deliver(pending, recipient, code)
        shown = masked(number.e164)
        self._record(SubscriberEvent.PHONE_ADDED, claimant.user_id, phone_id, number=shown, by=way.value)
        return AddedPhone(phone_id=phone_id, name=label, number=shown, expires_at=pending.expires_at)

    def _deliver(self, pending: PendingPhone, recipient: Recipient, code: str) -> None:
        if pending.way is PhoneWay.CALL:
            self._call(pending, recipient)
            return
        delivery = self.messages.send(recipient, confirmation_text(code, issuer=self.issuer))
        if delivery.result in _TRY_LATER:
            raise UnavailableError(delivery.detail)
        if delivery.result not in {SmsResult.TAKEN, SmsResult.UNKNOWN}:
            raise MessageNotSentError

    def _call(self, pending: PendingPhone, recipient: Recipient) -> None:
        """The call asks for the code itself, once somebody has answered; what it is placed with holds none."""
        call = NumberCall(
            call_id=base64url(self.random.octets(CALL_ID_OCTETS)),
            user_id=pending.user_id,
            phone_id=pending.phone_id,
            expires_at=pending.expires_at,
        )
        self.call_store.put_number_call(call)
        wanted = WantedCall(
            call_id=call.call_id,
            purpose=CallPurpose.NUMBER,
            application=_APPLICATION,
            company=self.issuer,
            seconds=SENT_CODE_SECONDS,
        )
        placed = self.calls.place(recipient, wanted)
        if placed.result in _CALL_LATER:
            raise UnavailableError(placed.detail)
        if placed.result not in {CallResult.PLACED, CallResult.UNKNOWN}:
            raise CallNotPlacedError
        if placed.contact_id is not None:
            self.call_store.note_number_contact(call.call_id, placed.contact_id)

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
            raise WrongSentCodeError(MAX_MISSES - pending.tries)
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

    def _admitted(self, text: str, way: PhoneWay) -> PhoneNumber:
        countries = self._channel(way).policy.countries
        number = self.reader.read(text)
        if number is None:
            raise NumberRefusedError(NumberRefusal.NOT_A_NUMBER)
        refusal = refusal_of(number, countries, way)
        if refusal is not None:
            raise NumberRefusedError(refusal, way)
        return number

    def _known(self, present: CodeFactors, number: PhoneNumber) -> VerifiedPhone | None:
        same = (one for one in present.phones if self._opened(present.user_id, one) == number.e164)
        return next(same, None)

    def _channel(self, way: PhoneWay) -> Outbound:
        if way is PhoneWay.MESSAGE:
            return self.messages
        if not self.calls.policy.is_on:
            raise CallsNotDeployedError
        return self.calls

    def _counted(self, claimant: Claimant, number: PhoneNumber, way: PhoneWay) -> Recipient:
        """One ration for both ways, shared with logins; each time is a request of its own."""
        request_id = base64url(self.random.octets(PHONE_ID_OCTETS))
        now, user_id = self.clock.now(), claimant.user_id
        if self._too_many(user_id, now):
            raise MessageRefusedError
        recipient = Recipient(
            user_id=user_id, number=number.e164, region=number.region, client=ENROLLMENT, login_id=None
        )
        request = SmsRequest(
            login_id=request_id,
            client=ENROLLMENT,
            tag=request_id.encode(),
            now=now,
            successes=None,  # whoever holds the session can cause them at will: by trying out codes
            window_seconds=0,
        )
        if self._channel(way).refusal(request, recipient) is not None:
            raise MessageRefusedError
        return recipient

    def _too_many(self, user_id: str, now: float) -> bool:
        """Counts each try, also those that the ration refuses then: no race adds one."""
        day = floor(now / DAY)
        key = base64url(self.vault.digest("numbers-added", user_id.encode())[:_COUNTER_OCTETS])
        return self.counter.count(f"numbers-{key}", day, (day + 1) * DAY) > MOST_A_DAY

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
        before = next((one for one in seen.phones if one.phone_id == pending.phone_id), None)
        if before is None and len(seen.phones) >= MAX_PHONES:
            raise PhoneLimitError
        phone = VerifiedPhone(
            phone_id=pending.phone_id,
            name=pending.name,
            number=pending.number,
            region=pending.region,
            verified_at=now,
            ways=frozenset({pending.way}) | (frozenset() if before is None else before.ways),
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


def _check_room(present: CodeFactors, known: VerifiedPhone | None, way: PhoneWay) -> None:
    """A number that is there may be proven another way; a new one needs room."""
    if known is not None and way in known.ways:
        raise PhoneKnownError
    if known is None and len(present.phones) >= MAX_PHONES:
        raise PhoneLimitError


def _checked_name(name: str) -> str:
    """Short: it stands in the item that each login reads."""
    label = checked_label("name", name)
    if len(label.encode()) > MAX_NAME_OCTETS:
        raise InvalidInputError("label-refused", f"name must have 1 to {MAX_NAME_OCTETS} octets that are not blank")
    return label


def _checked_code(code: str) -> str:
    code = code.strip(" ")
    if len(code) != SENT_CODE_DIGITS or not is_code(code):
        raise InvalidInputError("not-a-code", f"code must be {SENT_CODE_DIGITS} digits, as you were told")
    return code
