"""What limits messages and calls alike: a ration for each user, then counters from the narrowest to the widest.

Everything that limits is written before anything goes out, so a function that dies costs a message and never sends one
too many.
"""

from dataclasses import dataclass, field
from typing import Final

from mfa.contract.fields import base64url
from mfa.domain.phones import masked
from mfa.domain.reasons import RejectReason
from mfa.domain.sms_caps import Cap, CapName, SmsPolicy, caps_of, warns_at
from mfa.domain.sms_ledger import SmsRequest, admit
from mfa.errors import ConditionRefusedError, UnavailableError
from mfa.ports import Vault
from mfa.sms_ports import SmsEvent, SmsNote, SmsStore, SmsTrail

MAX_ADMISSIONS: Final = 4  # refused this often, too many packets of one user come at once: fail closed
NUMBER_DIGEST_OCTETS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """``number`` in E.164. ``login_id`` is None for what is no login, ``client`` what the number is counted under.
    ``apart``: what has counters of its own for number and prefix, so that codes do not use them up."""

    user_id: str
    number: str = field(repr=False)
    region: str
    client: str
    login_id: str | None
    apart: str = ""

    @property
    def is_login(self) -> bool:
        return self.login_id is not None


@dataclass(frozen=True, slots=True)
class Refused:
    """``fault`` says more than the reason, where there is more to say."""

    reason: RejectReason
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """In which words a channel refuses."""

    country: RejectReason
    capped: RejectReason
    spent: RejectReason


class Outbound:
    def __init__(self, *, store: SmsStore, policy: SmsPolicy, vault: Vault, trail: SmsTrail, reasons: Reasons) -> None:
        self._store = store
        self.policy = policy
        self._vault = vault
        self._trail = trail
        self._reasons = reasons
        # The breakers of logins and of the rest, as this instance knows them: a flood after it costs no more writes.
        self._spent_until = {True: 0, False: 0}

    def refusal(self, request: SmsRequest, recipient: Recipient) -> Refused | None:
        """Why there is none; None if there is one, which is counted from now on."""
        return self._refusal(request, recipient, request.now)

    def refusal_beyond_ration(self, recipient: Recipient, now: float) -> Refused | None:
        """The same for what another ration has admitted."""
        return self._refusal(None, recipient, now)

    def _refusal(self, request: SmsRequest | None, recipient: Recipient, now: float) -> Refused | None:
        if recipient.region not in self.policy.countries:
            return Refused(self._reasons.country, recipient.region)
        if now < self._spent_until[recipient.is_login]:
            return Refused(self._reasons.spent)
        reason = None if request is None else self._not_admitted(request, recipient)
        return self._capped(recipient, now) if reason is None else Refused(reason)

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
        digest = self._vault.digest(f"sms-number{recipient.apart}", recipient.number.encode())[:NUMBER_DIGEST_OCTETS]
        for cap in caps_of(
            self.policy,
            number=recipient.number,
            digest=base64url(digest),
            client=recipient.client,
            is_login=recipient.is_login,
            now=now,
            apart=recipient.apart,
        ):
            try:
                count = self._store.count(cap)
            except ConditionRefusedError:
                return self._at_the_limit(cap, recipient)
            if cap.name is CapName.DAY and count == warns_at(self.policy):
                self._note(SmsEvent.DAY_NEARLY_SPENT, recipient, detail=f"{count} of {cap.limit}")
        return None

    def _at_the_limit(self, cap: Cap, recipient: Recipient) -> Refused:
        told = f"{cap.name.value}: {cap.limit} in {cap.seconds} s"
        if cap.name is CapName.DAY:
            self._spent_until[recipient.is_login] = cap.ends_at
            self._note(SmsEvent.DAY_SPENT, recipient, detail=told)
            return Refused(self._reasons.spent, told)
        self._note(SmsEvent.CAPPED, recipient, detail=told)
        return Refused(self._reasons.capped, told)

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
