"""RecoveryCodeStore on DynamoDB: one item for each user, and what the hot item knows of it.

A use is one conditional update, with the expiry in its condition. Changes of the codes themselves go with an update of
the hot item in one transaction.
"""

from collections.abc import Sequence
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import RecoveryItem, Tables, plain
from mfa.domain.factors import SubscriberState
from mfa.domain.recovery import BypassCode, CodeUse, RecoveryCodes


class DynamoDbRecoveryStore:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._item = tables.recovery

    def read(self, user_id: str) -> RecoveryCodes:
        with door():
            try:
                item = self._item.get(*keys.recovery(user_id), consistent_read=True)
            except self._item.DoesNotExist:
                return RecoveryCodes(user_id=user_id)
        return _recovery_codes(user_id, item)

    def use_recovery_code(self, user_id: str, digest: bytes, login_id: str, at: int) -> None:
        unused, used = self._item.unused[digest.hex()], self._item.used[digest.hex()]
        self._update(user_id, [unused.remove(), used.set({"login_id": login_id, "at": at})], unused.exists())

    def use_bypass_code(self, user_id: str, bypass_id: str, login_id: str, at: int) -> None:
        bypass = self._item.bypasses[bypass_id]
        is_usable = (bypass["left"] > 0) & (bypass["expires_at"] > at) & bypass["used_by"][login_id].does_not_exist()
        self._update(user_id, [bypass["left"].set(bypass["left"] - 1), bypass["used_by"][login_id].set(at)], is_usable)

    def renew(self, seen: RecoveryCodes, digests: Sequence[bytes], at: int) -> None:
        after = RecoveryCodes(user_id=seen.user_id, made_at=at, bypasses=seen.bypasses)
        unused = {digest.hex(): at for digest in digests}
        actions = [self._item.made_at.set(at), self._item.unused.set(unused), self._item.used.set({})]
        whole = self._item(*keys.recovery(seen.user_id), version=1, made_at=at, unused=unused)
        self._change(seen, actions, whole, after.until)

    def add_bypass(self, seen: RecoveryCodes, bypass: BypassCode, forget: Sequence[str]) -> None:
        kept = {known: one for known, one in seen.bypasses.items() if known not in forget}
        after = RecoveryCodes(user_id=seen.user_id, made_at=seen.made_at, bypasses={**kept, bypass.bypass_id: bypass})
        actions = [
            self._item.bypasses[bypass.bypass_id].set(_raw_bypass(bypass)),
            *(self._item.bypasses[bypass_id].remove() for bypass_id in forget),
        ]
        whole = self._item(
            *keys.recovery(seen.user_id), version=1, made_at=0, bypasses={bypass.bypass_id: _raw_bypass(bypass)}
        )
        self._change(seen, actions, whole, after.until)

    def revoke_bypass(self, seen: RecoveryCodes, bypass_id: str) -> None:
        kept = {known: one for known, one in seen.bypasses.items() if known != bypass_id}
        after = RecoveryCodes(user_id=seen.user_id, made_at=seen.made_at, bypasses=kept)
        removed = self._item.bypasses[bypass_id]
        self._change(seen, [removed.remove()], None, after.until, of_whom=self._tables.factors.pk.exists())

    def _change(
        self,
        seen: RecoveryCodes,
        actions: Sequence[Action],
        whole: RecoveryItem | None,
        until: int,
        of_whom: Condition | None = None,
    ) -> None:
        """``whole`` is the item where there is none yet."""
        hot, key = self._tables.factors, keys.recovery(seen.user_id)
        told = hot.recovery_until.set(until)
        is_active = hot.state == SubscriberState.ACTIVE.value if of_whom is None else of_whom
        with door(), TransactWrite(connection=self._tables.connection) as transaction:
            if seen.version == 0 and whole is not None:
                transaction.save(whole, condition=self._item.pk.does_not_exist())
            else:
                counted = self._item.version.set(seen.version + 1)
                unchanged = self._item.version == seen.version
                transaction.update(self._item(*key), actions=[counted, *actions], condition=unchanged)
            transaction.update(hot(*keys.factors(seen.user_id)), actions=[told], condition=is_active)

    def _update(self, user_id: str, actions: list[Action], condition: Condition) -> None:
        with door():
            self._item(*keys.recovery(user_id)).update(actions=actions, condition=condition)


def _recovery_codes(user_id: str, item: RecoveryItem) -> RecoveryCodes:
    used = plain(item.used)
    return RecoveryCodes(
        user_id=user_id,
        version=int(item.version),
        made_at=int(item.made_at),
        unused=frozenset(bytes.fromhex(digest) for digest in plain(item.unused)),
        used={bytes.fromhex(digest): CodeUse(raw["login_id"], raw["at"]) for digest, raw in used.items()},
        bypasses={bypass_id: _bypass(bypass_id, raw) for bypass_id, raw in plain(item.bypasses).items()},
    )


def _raw_bypass(bypass: BypassCode) -> dict[str, object]:
    return {
        "digest": bypass.digest,
        "uses": bypass.uses,
        "left": bypass.left,
        "expires_at": bypass.expires_at,
        "reason": bypass.reason,
        "created_at": bypass.created_at,
        "created_by": bypass.created_by,
        "used_by": {},
    }


def _bypass(bypass_id: str, raw: dict[str, Any]) -> BypassCode:
    return BypassCode(
        bypass_id=bypass_id,
        digest=raw["digest"],
        uses=raw["uses"],
        left=raw["left"],
        expires_at=raw["expires_at"],
        reason=raw["reason"],
        created_at=raw["created_at"],
        created_by=raw["created_by"],
        used_by=raw["used_by"],
    )
