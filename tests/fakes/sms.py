"""SmsStore, PhoneStore and SmsSender in memory, a trail in a list, and numbers that need no tables.

The conditions are those of the real adapters, word for word.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mfa.domain.factors import CodeFactors, SubscriberState
from mfa.domain.phones import LineType, PhoneNumber, VerifiedPhone, with_phone
from mfa.domain.sent_codes import MAX_SENT_CODES, SentCode
from mfa.domain.sms_caps import Cap
from mfa.domain.sms_ledger import SmsLedger
from mfa.errors import ConditionRefusedError
from mfa.sms_ports import PendingPhone, SmsAccount, SmsDelivery, SmsNote, SmsResult
from tests.fakes.state import State


class InMemorySms:
    def __init__(self, state: State) -> None:
        self._state = state

    def read(self, user_id: str) -> SmsLedger:
        with self._state.call("sms.read"):
            return self._stored(user_id)

    def save(self, ledger: SmsLedger) -> None:
        with self._state.call("sms.save"):
            if self._stored(ledger.user_id).version != ledger.version:
                raise ConditionRefusedError("somebody else wrote it meanwhile")
            self._state.sms_ledgers[ledger.user_id] = replace(ledger, version=ledger.version + 1)

    def hold(self, user_id: str, code: SentCode, replaces: Sequence[str]) -> None:
        with self._state.call("sms.hold"):
            item = self._state.factors.get(user_id)
            if item is None or item.state is not SubscriberState.ACTIVE or user_id not in self._state.had_phones:
                raise ConditionRefusedError("the user is not active, or never had a phone")
            known = {one.code_id for one in item.messages}
            if code.code_id in known or not set(replaces) <= known:
                raise ConditionRefusedError("that code is known, or one that it replaces is not")
            if len(known) >= MAX_SENT_CODES + len(replaces):
                raise ConditionRefusedError("there are too many codes")
            kept = [one for one in item.messages if one.code_id not in replaces]
            self._state.factors[user_id] = replace(item, messages=(*kept, code))

    def void(self, user_id: str, code_id: str) -> None:
        with self._state.call("sms.void"):
            item = self._state.factors.get(user_id)
            if item is not None:
                left = tuple(one for one in item.messages if one.code_id != code_id)
                self._state.factors[user_id] = replace(item, messages=left)

    def count(self, cap: Cap) -> int:
        with self._state.call("sms.count"):
            key = (cap.channel, cap.name, cap.key, cap.begins_at, cap.seconds)
            if self._state.sms_counters[key] >= cap.limit:
                raise ConditionRefusedError("the limit is reached")
            self._state.sms_counters[key] += 1
            return self._state.sms_counters[key]

    def _stored(self, user_id: str) -> SmsLedger:
        return self._state.sms_ledgers.get(user_id) or SmsLedger(user_id=user_id)


class InMemoryPhones:
    def __init__(self, state: State) -> None:
        self._state = state

    def put_pending(self, pending: PendingPhone) -> None:
        with self._state.call("phones.put_pending"):
            self._active(pending.user_id)
            self._state.pending_phones[pending.user_id] = pending

    def pending(self, user_id: str) -> PendingPhone | None:
        with self._state.call("phones.pending"):
            return self._state.pending_phones.get(user_id)

    def charge(self, user_id: str, phone_id: str, now: int, most: int) -> PendingPhone:
        with self._state.call("phones.charge"):
            pending = self._state.pending_phones.get(user_id)
            if pending is None or pending.phone_id != phone_id or pending.expires_at <= now or pending.tries >= most:
                raise ConditionRefusedError("no such number waits, or not any more")
            pending = replace(pending, tries=pending.tries + 1)
            self._state.pending_phones[user_id] = pending
            return pending

    def confirm(self, phone: VerifiedPhone, seen: CodeFactors) -> None:
        with self._state.call("phones.confirm"):
            pending, item = self._state.pending_phones.get(seen.user_id), self._active(seen.user_id)
            if pending is None or pending.phone_id != phone.phone_id or item.phones != seen.phones:
                raise ConditionRefusedError("it does not wait, or the user has other phones by now")
            del self._state.pending_phones[seen.user_id]
            self._state.had_phones.add(seen.user_id)
            self._state.factors[seen.user_id] = replace(item, phones=with_phone(item.phones, phone))

    def replace(self, seen: CodeFactors, phones: Sequence[VerifiedPhone]) -> None:
        with self._state.call("phones.replace"):
            item = self._state.factors.get(seen.user_id)
            if item is None or item.phones != seen.phones:
                raise ConditionRefusedError("the user has other phones by now")
            self._state.factors[seen.user_id] = replace(item, phones=tuple(phones))

    def _active(self, user_id: str) -> CodeFactors:
        item = self._state.factors.get(user_id)
        if item is None or item.state is not SubscriberState.ACTIVE:
            raise ConditionRefusedError("the user is unknown or not active")
        return item


@dataclass(frozen=True)
class SentMessage:
    number: str
    text: str

    @property
    def code(self) -> str:
        return self.text[:6]


@dataclass
class FakeSender:
    """Takes every message, unless ``result`` says otherwise."""

    sent: list[SentMessage] = field(default_factory=list)
    result: SmsResult = SmsResult.TAKEN

    def send(self, number: str, text: str) -> SmsDelivery:
        if self.result is SmsResult.TAKEN:
            self.sent.append(SentMessage(number, text))
            return SmsDelivery(result=SmsResult.TAKEN, message_id=f"message-{len(self.sent)}")
        if self.result is SmsResult.UNKNOWN:
            self.sent.append(SentMessage(number, text))
        return SmsDelivery(result=self.result, detail="as the test wants it")

    @property
    def code(self) -> str:
        """The newest."""
        return self.sent[-1].code


@dataclass
class RecordingSmsTrail:
    notes: list[SmsNote] = field(default_factory=list)

    def noted(self, note: SmsNote) -> None:
        self.notes.append(note)


@dataclass
class FakeProvider:
    account: SmsAccount = field(default_factory=lambda: SmsAccount(region="eu-central-1", is_in_sandbox=False))
    asked: list[str | None] = field(default_factory=list)

    def look(self, number: str | None) -> SmsAccount:
        self.asked.append(number)
        return self.account


def mobile(e164: str, region: str = "DE") -> PhoneNumber:
    return PhoneNumber(e164=e164, region=region, line_type=LineType.MOBILE)
