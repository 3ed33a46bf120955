"""From a packet that asks for a message to the code that is kept and sent, or to the reason why none is."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from mfa.domain.factors import CodeFactors
from mfa.domain.phones import PhoneWay, VerifiedPhone, chosen_phone, number_context
from mfa.domain.reasons import RejectReason
from mfa.domain.sent_code_verification import is_live
from mfa.domain.sent_codes import SENT_CODE_SECONDS, SentCode, client_key, code_context, give_way, joined, new_code
from mfa.domain.sms_ledger import SmsRequest
from mfa.domain.sms_text import login_text
from mfa.domain.typed_text import FactorWord, TypedWord
from mfa.errors import ConditionRefusedError, UnavailableError
from mfa.ports import Clock, LoginStore, Random, Vault
from mfa.services.login_attempts import Reserved
from mfa.services.login_facts import Login
from mfa.services.messages import LEAST_SECONDS, Messages
from mfa.services.outbound import Recipient
from mfa.services.same_login import what_belongs_together
from mfa.sms_ports import SmsDelivery, SmsResult, SmsStore

_PLAIN: Final = TypedWord(FactorWord.SMS)
_HOLDING_TRIES: Final = 3
_CODE_OCTETS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of it. ``reason`` is never empty: also after a message the login is not decided by this packet.
    ``is_live`` tells whether there is a code now that would be accepted at this client."""

    reason: RejectReason
    is_live: bool = False
    phone_id: str | None = None
    message_id: str | None = None
    fault: str | None = None


class LoginMessages:
    """``issuer`` is the name that users know us by."""

    def __init__(
        self,
        *,
        messages: Messages,
        store: SmsStore,
        logins: LoginStore,
        vault: Vault,
        clock: Clock,
        random: Random,
        issuer: str,
    ) -> None:
        self._messages = messages
        self._store = store
        self._logins = logins
        self._vault = vault
        self._clock = clock
        self._random = random
        self._issuer = issuer

    def ask(self, login: Login, reserved: Reserved) -> Asked:
        """Send one code, or as many as the client's policy says, unless something speaks against it. Where an earlier
        one still counts, it goes on counting."""
        now, item = self._clock.now(), reserved.item
        phone = chosen_phone(item.phones, (login.shown.word or _PLAIN).device, PhoneWay.MESSAGE)
        if phone is None:
            return Asked(reason=RejectReason.NO_PHONE)
        if now + LEAST_SECONDS > login.claimant.deadline:
            return Asked(reason=RejectReason.TOO_LATE)
        recipient = self._recipient(login, phone)
        refused = self._messages.refusal(self._request(login, item, now), recipient)
        if refused is not None:
            client = login.claimant.request.client
            live = any(is_live(code, item, client, now) for code in item.messages)
            return Asked(reason=refused.reason, fault=refused.fault, is_live=live, phone_id=phone.phone_id)
        return self._sent(login, reserved, recipient, phone, now)

    def _sent(self, login: Login, reserved: Reserved, recipient: Recipient, phone: VerifiedPhone, now: float) -> Asked:
        codes = self._new_codes(login.claimant.policy.sms_codes)
        self._hold(login, reserved, phone, codes, now)
        text = login_text(codes, issuer=self._issuer, client=login.claimant.request.client)
        delivery = self._messages.send(recipient, text)
        if delivery.result not in {SmsResult.TAKEN, SmsResult.UNKNOWN}:
            self._store.void(login.attempt.user_id, login.attempt.login_id)
            return Asked(reason=RejectReason.SMS_FAILED, fault=_told(delivery), phone_id=phone.phone_id)
        is_taken = delivery.result is SmsResult.TAKEN
        return Asked(
            reason=RejectReason.SMS_SENT if is_taken else RejectReason.SMS_UNCONFIRMED,
            is_live=True,
            phone_id=phone.phone_id,
            message_id=delivery.message_id,
            fault=None if is_taken else _told(delivery),
        )

    def _new_codes(self, count: int) -> tuple[str, ...]:
        """All different: the same one twice would count twice."""
        codes: dict[str, None] = {}
        while len(codes) < count:
            codes[new_code(self._random.octets(_CODE_OCTETS))] = None
        return tuple(codes)

    def _hold(self, login: Login, reserved: Reserved, phone: VerifiedPhone, codes: tuple[str, ...], now: float) -> None:
        """The try of this very packet is no guess: it is given back."""
        user_id, client, item = login.attempt.user_id, login.claimant.request.client, reserved.item
        for _ in range(_HOLDING_TRIES):
            kept = SentCode(
                code_id=login.attempt.login_id,
                phone_id=phone.phone_id,
                client_key=client_key(client),
                code=self._vault.seal(joined(codes), code_context(user_id, login.attempt.login_id)),
                expires_at=round(now, 3) + SENT_CODE_SECONDS,
                tries=item.throttle.tries - 1,
                successes=item.throttle.successes,
                size=len(codes),
            )
            with suppress(ConditionRefusedError):  # another code came or went
                self._store.hold(user_id, kept, give_way(item.messages, client, now))
                return
            item = self._logins.read(user_id) or item
        raise UnavailableError("the codes of a user change too fast to keep another one")

    def _recipient(self, login: Login, phone: VerifiedPhone) -> Recipient:
        user_id = login.attempt.user_id
        return Recipient(
            user_id=user_id,
            number=self._vault.open(phone.number, number_context(user_id, phone.phone_id)).decode(),
            region=phone.region,
            client=login.claimant.request.client,
            login_id=login.attempt.login_id,
        )

    def _request(self, login: Login, item: CodeFactors, now: float) -> SmsRequest:
        word = login.shown.word or _PLAIN
        return SmsRequest(
            login_id=login.attempt.login_id,
            client=login.claimant.request.client,
            tag=self._vault.digest("sms-login", what_belongs_together(login, word)),
            now=now,
            successes=item.throttle.successes,
            window_seconds=login.claimant.policy.replay_window_seconds,
        )


def _told(delivery: SmsDelivery) -> str:
    return f"{delivery.result.value}: {delivery.detail}" if delivery.detail else delivery.result.value
