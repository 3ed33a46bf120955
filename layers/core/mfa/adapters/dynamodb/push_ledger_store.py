"""PushLedgerStore on DynamoDB: one item a user, written whole as the next version of what was read."""

from collections.abc import Mapping
from typing import Any

from pynamodb.exceptions import DoesNotExist

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import PushLedgerItem, Tables, plain_or_none
from mfa.domain.push_ledger import OpenPush, PushLedger


class DynamoDbPushLedgerStore:
    def __init__(self, tables: Tables) -> None:
        self._item = tables.push_ledger

    def read(self, user_id: str) -> PushLedger:
        with door():
            try:
                item = self._item.get(*keys.push_ledger(user_id), consistent_read=True)
            except DoesNotExist:
                return PushLedger(user_id=user_id)
        return _ledger(user_id, item)

    def save(self, ledger: PushLedger) -> None:
        item = self._item(
            *keys.push_ledger(ledger.user_id),
            version=ledger.version + 1,
            last=None if ledger.last is None else _raw_open(ledger.last),
            prompts=list(ledger.prompts),
            unanswered=ledger.unanswered,
            successes=ledger.successes,
            numbers=list(ledger.numbers),
            muted_at=ledger.muted_at,
        )
        unchanged = self._item.version == ledger.version if ledger.version else self._item.pk.does_not_exist()
        with door():
            item.save(condition=unchanged)

    def mute(self, user_id: str, at: int) -> None:
        """A version of its own: whoever has read the item before must read it again."""
        item = self._item
        with door():
            item(*keys.push_ledger(user_id)).update(actions=[item.muted_at.set(at), item.version.add(1)])

    def unmute(self, user_id: str) -> None:
        """What was counted goes with it; the last prompt stays, because it may still wait."""
        item = self._item
        with door():
            item(*keys.push_ledger(user_id)).update(
                actions=[item.muted_at.remove(), item.prompts.remove(), item.unanswered.remove(), item.version.add(1)]
            )


def _ledger(user_id: str, item: PushLedgerItem) -> PushLedger:
    return PushLedger(
        user_id=user_id,
        version=int(item.version),
        last=_open(plain_or_none(item.last)),
        prompts=tuple(item.prompts or ()),
        unanswered=int(item.unanswered or 0),
        successes=int(item.successes or 0),
        numbers=tuple(item.numbers or ()),
        muted_at=_seconds(item.muted_at),
    )


def _seconds(value: float | None) -> int | None:
    return None if value is None else int(value)


def _raw_open(value: OpenPush) -> dict[str, object]:
    return {
        "login_id": value.login_id,
        "client": value.client,
        "join_tag": value.join_tag,
        "expires_at": value.expires_at,
        "newest_packet_at": value.newest_packet_at,
        "joined": value.joined,
    }


def _open(raw: Mapping[str, Any] | None) -> OpenPush | None:
    if raw is None:
        return None
    return OpenPush(
        login_id=raw["login_id"],
        client=raw["client"],
        join_tag=raw["join_tag"],
        expires_at=raw["expires_at"],
        newest_packet_at=raw["newest_packet_at"],
        joined=raw["joined"],
    )
