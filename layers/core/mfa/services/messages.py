"""One code by message: counted, kept, sent.

Everything that limits it is written before anything is sent, so a function that dies costs a message and never sends
one too many. A code is kept before it is sent; if the provider says that it will not be sent, the code is void.
"""

from dataclasses import dataclass, field
from typing import Final

from mfa.contract.fields import base64url
from mfa.domain.phones import masked
from mfa.domain.reasons import RejectReason
from mfa.domain.sms_caps import Cap, CapName, SmsPolicy, caps_of, warns_at
from mfa.domain.sms_ledger import SmsRequest, admit
from mfa.errors import ConditionRefusedError, UnavailableError
from mfa.ports import Clock, Vault
from mfa.sms_ports import SmsDelivery, SmsEvent, SmsNote, SmsResult, SmsSender, SmsStore, SmsTrail

MAX_ADMISSIONS: Final = 4  # refused this often, too many packets of one user come at once: fail closed
LEAST_SECONDS: Final = 1.0  # to hand a message over, and to answer
NUMBER_DIGEST_OCTETS: Final = 16
_EVENTS: Final = {SmsResult.TAKEN: SmsEvent.TAKEN, SmsResult.UNKNOWN: SmsEvent.UNCONFIRMED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """``number`` in E.164. ``login_id`` is None at enrolment, ``client`` what the number is counted under."""

    user_id: str
    number: str = field(repr=False)
    region: str
    client: str
    login_id: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """``fault`` says more than the reason, where there is more to say."""

    reason: RejectReason
    fault: str | None = None


class Messages:
    def __init__(
        self, *, store: SmsStore, sender: SmsSender, policy: SmsPolicy, vault: Vault, clock: Clock, trail: SmsTrail
    ) -> None:
        self._store = store
        self._sender = sender
        self.policy = policy
        self._vault = vault
        self._clock = clock
        self._trail = trail
        self._spent_until = 0  # the breaker, as this instance knows it: a flood after it costs no more writes

    def refusal(self, request: SmsRequest, recipient: Recipient) -> Refused | None:
        """Why there is no message; None if there is one, which is counted from now on."""
        if recipient.region not in self.policy.countries:
            return Refused(RejectReason.SMS_COUNTRY_REFUSED, recipient.region)
        if request.now < self._spent_until:
            return Refused(RejectReason.SMS_BUDGET_SPENT)
        reason = self._not_admitted(request, recipient)
        if reason is not None:
            return Refused(reason)
        return self._capped(recipient, request.now)

    def send(self, recipient: Recipient, text: str) -> SmsDelivery:
        delivery = self._sender.send(recipient.number, text)
        event = _EVENTS.get(delivery.result, SmsEvent.FAILED)
        detail = delivery.result.value + (f": {delivery.detail}" if delivery.detail else "")
        self._note(event, recipient, message_id=delivery.message_id, detail=detail)
        return delivery

    def _not_admitted(self, request: SmsRequest, recipient: Recipient) -> RejectReason | None:
        for _ in range(MAX_ADMISSIONS):
            admitted = admit(self._store.read(recipient.user_id), request)
            if isinstance(admitted, RejectReason):
                if admitted is RejectReason.SMS_RATIONED:
                    self._note(SmsEvent.RATIONED, recipient)
                return admitted
            try:
                self._store.save(admitted)
            except ConditionRefusedError:  # another packet of the user came in between
                continue
            return None
        raise UnavailableError("too many packets of one user ask for a message at once")

    def _capped(self, recipient: Recipient, now: float) -> Refused | None:
        digest = self._vault.digest("sms-number", recipient.number.encode())[:NUMBER_DIGEST_OCTETS]
        for cap in caps_of(
            self.policy, number=recipient.number, digest=base64url(digest), client=recipient.client, now=now
        ):
            try:
                count = self._store.count(cap)
            except ConditionRefusedError:
                return self._at_the_limit(cap, recipient)
            if cap.name is CapName.DAY and count == warns_at(cap):
                self._note(SmsEvent.DAY_NEARLY_SPENT, recipient, detail=f"{count} of {cap.limit} messages")
        return None

    def _at_the_limit(self, cap: Cap, recipient: Recipient) -> Refused:
        told = f"{cap.name.value}: {cap.limit} in {cap.seconds} s"
        if cap.name is CapName.DAY:
            self._spent_until = cap.ends_at
            self._note(SmsEvent.DAY_SPENT, recipient, detail=told)
            return Refused(RejectReason.SMS_BUDGET_SPENT, told)
        self._note(SmsEvent.CAPPED, recipient, detail=told)
        return Refused(RejectReason.SMS_CAPPED, told)

    def _note(self, event: SmsEvent, recipient: Recipient, *, message_id: str | None = None, detail: str = "") -> None:
        self._trail.noted(
            SmsNote(
                event=event,
                login_id=recipient.login_id,
                user_id=recipient.user_id,
                number=masked(recipient.number),
                client=recipient.client,
                message_id=message_id,
                detail=detail,
            )
        )
