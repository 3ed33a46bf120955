"""SmsStore on DynamoDB: a ledger for each user, codes in the hot item, and counters that a condition keeps below
their limit."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import size

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.items import raw_sent_code
from mfa.adapters.dynamodb.tables import SmsLedgerItem, Tables, plain_or_none
from mfa.domain.factors import SubscriberState
from mfa.domain.ration import Ration
from mfa.domain.sent_codes import MAX_SENT_CODES, SentCode
from mfa.domain.sms_caps import Cap
from mfa.domain.sms_ledger import LastMessage, SmsLedger
from mfa.errors import ConditionRefusedError

_CLEANED_UP_AFTER_SECONDS: Final = 86_400


class DynamoDbSmsStore:
    def __init__(self, tables: Tables) -> None:
        self._hot = tables.factors
        self._ledger = tables.sms_ledger
        self._counter = tables.sms_counter

    def read(self, user_id: str) -> SmsLedger:
        with door():
            try:
                item = self._ledger.get(*keys.sms_ledger(user_id), consistent_read=True)
            except DoesNotExist:
                return SmsLedger(user_id=user_id)
        return _ledger(user_id, item)

    def save(self, ledger: SmsLedger) -> None:
        item = self._ledger(
            *keys.sms_ledger(ledger.user_id),
            version=ledger.version + 1,
            last=None if ledger.last is None else _raw_last(ledger.last),
            sent=list(ledger.ration.times),
            unanswered=ledger.ration.unanswered,
            successes=ledger.ration.successes,
        )
        unchanged = self._ledger.version == ledger.version if ledger.version else self._ledger.pk.does_not_exist()
        with door():
            item.save(condition=unchanged)

    def hold(self, user_id: str, code: SentCode, replaces: Sequence[str]) -> None:
        messages = self._hot.messages
        is_new = (self._hot.state == SubscriberState.ACTIVE.value) & messages[code.code_id].does_not_exist()
        condition = is_new & (size(messages) < MAX_SENT_CODES + len(replaces))  # type: ignore[no-untyped-call]
        actions = [messages[code.code_id].set(raw_sent_code(code))]
        for code_id in replaces:
            actions.append(messages[code_id].remove())
            condition &= messages[code_id].exists()
        with door():
            self._hot(*keys.factors(user_id)).update(actions=actions, condition=condition)

    def void(self, user_id: str, code_id: str) -> None:
        messages = self._hot.messages
        with suppress(ConditionRefusedError), door():
            self._hot(*keys.factors(user_id)).update(actions=[messages[code_id].remove()], condition=messages.exists())

    def count(self, cap: Cap) -> int:
        count = self._counter.messages
        item = self._counter(*keys.sms_counter(cap.channel.value, cap.name.value, cap.key, cap.begins_at, cap.seconds))
        below = count < cap.limit
        with door():
            item.update(
                actions=[count.add(1), self._counter.ttl.set(cap.ends_at + _CLEANED_UP_AFTER_SECONDS)],
                condition=below if cap.limit < 1 else below | count.does_not_exist(),
            )
        return int(item.messages)


def _ledger(user_id: str, item: SmsLedgerItem) -> SmsLedger:
    return SmsLedger(
        user_id=user_id,
        version=int(item.version),
        last=_last(plain_or_none(item.last)),
        ration=Ration(
            times=tuple(item.sent or ()), unanswered=int(item.unanswered or 0), successes=int(item.successes or 0)
        ),
    )


def _raw_last(last: LastMessage) -> dict[str, object]:
    return {"login_id": last.login_id, "client": last.client, "tag": last.tag, "at": last.at}


def _last(raw: Mapping[str, Any] | None) -> LastMessage | None:
    if raw is None:
        return None
    return LastMessage(login_id=raw["login_id"], client=raw["client"], tag=raw["tag"], at=float(raw["at"]))
