"""PasswordTryStore on DynamoDB: conditional writes to one item of each account of a directory.

It is a limit, so it must hold whatever happens: a try is counted before the password is sent, and one whose end nobody
stored stays counted until the window is over.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.update import Action

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import PasswordTriesItem, Tables, plain
from mfa.contract.directory import MAX_KNOWN_WRONG, DirectoryResult
from mfa.domain.directory import PASSWORD_TRIES_WINDOW_SECONDS
from mfa.domain.login_replay import MAX_REPLAY_WINDOW_SECONDS
from mfa.domain.password_tries import KnownWrongPassword, PasswordTries, PasswordTry
from mfa.errors import ConditionRefusedError

_KEPT_SECONDS: Final = 86_400  # after the last try; the window was over long before


class DynamoDbPasswordTryStore:
    def __init__(self, tables: Tables) -> None:
        self._item = tables.password_tries
        self._remembered = size(tables.password_tries.known_wrong)  # type: ignore[no-untyped-call] # left so by PynamoDB

    def reserve(self, object_guid: str, login_id: str, at: int, budget: int) -> PasswordTries:
        try:
            return self._count_one(object_guid, login_id, at, budget)
        except ConditionRefusedError:
            if budget < 1 or self.read(object_guid) is not None:
                raise
        with suppress(ConditionRefusedError):  # nobody tried that account before; or another one does just now
            return self._begin(object_guid, login_id, at)
        return self._count_one(object_guid, login_id, at, budget)

    def start_over(self, object_guid: str, login_id: str, at: int, seen: PasswordTries) -> PasswordTries:
        item = self._item
        unchanged = (item.spent == seen.spent) & (item.since == seen.since)
        is_over = item.since <= at - PASSWORD_TRIES_WINDOW_SECONDS
        # What became of other logins may be stored at this moment, so only what is too old is touched.
        # This very login is refused below; DynamoDB wants no second action on its path.
        old = [known for known, one in seen.recent.items() if _is_old(one, at) and known != login_id]
        outdated = [one for one in seen.known_wrong if at - one.at > PASSWORD_TRIES_WINDOW_SECONDS]
        actions = [item.spent.set(1), item.since.set(at), *self._forget(old), *self._unlearn(outdated)]
        return self._count(object_guid, login_id, at, actions, unchanged & is_over)

    def read(self, object_guid: str) -> PasswordTries | None:
        with door():
            try:
                item = self._item.get(*keys.password_tries(object_guid), consistent_read=True)
            except self._item.DoesNotExist:
                return None
        return _password_tries(item)

    def settle(
        self,
        object_guid: str,
        login_id: str,
        result: DirectoryResult,
        *,
        give_back: bool,
        wrong: KnownWrongPassword | None,
        forget: Sequence[str],
    ) -> None:
        stored = self._result(login_id, result, forget)
        wished = stored
        if give_back:
            wished = wished & self._one_less(login_id)
        if wrong is not None:
            wished = wished & self._learned(wrong, None)
        try:
            self._write(object_guid, wished)
        except ConditionRefusedError:
            if wished is stored:
                raise
            self._settle_as_far_as_possible(object_guid, login_id, stored, give_back=give_back, wrong=wrong)

    def _settle_as_far_as_possible(
        self, object_guid: str, login_id: str, stored: "_Change", *, give_back: bool, wrong: KnownWrongPassword | None
    ) -> None:
        """The count began anew meanwhile, or there is no room for one more password. What the directory said is stored
        in any case: what cannot be done besides only costs another try."""
        seen = self.read(object_guid)
        known = None if seen is None else seen.recent.get(login_id)
        if seen is None or known is None:
            raise ConditionRefusedError("that login is not asking any more")
        possible = stored
        if give_back and known.at >= seen.since and seen.spent > 0:
            possible = possible & self._one_less(login_id)
        if wrong is not None:
            possible = possible & self._learned(wrong, _in_the_way(seen, wrong))
        try:
            self._write(object_guid, possible)
        except ConditionRefusedError:
            self._write(object_guid, stored)

    # ---- parts of a write

    def _result(self, login_id: str, result: DirectoryResult, forget: Sequence[str]) -> "_Change":
        login = self._item.recent[login_id]
        is_asking = login["at"].exists() & login["result"].does_not_exist()
        return _Change([login["result"].set(result.value), *self._forget(forget)], is_asking)

    def _one_less(self, login_id: str) -> "_Change":
        """The try given back, provided it was counted in this window."""
        item = self._item
        is_of_this_window = (item.recent[login_id]["at"] >= item.since) & (item.spent > 0)
        return _Change([item.spent.set(item.spent - 1)], is_of_this_window)

    def _learned(self, wrong: KnownWrongPassword, oldest: KnownWrongPassword | None) -> "_Change":
        slot = self._item.known_wrong[wrong.digest.hex()]
        learn = slot.set({"password_last_set": wrong.password_last_set, "at": wrong.at})
        if oldest is None:
            return _Change([learn], slot.exists() | (self._remembered < MAX_KNOWN_WRONG))
        is_there = self._item.known_wrong[oldest.digest.hex()].exists()
        return _Change([learn, *self._unlearn([oldest])], is_there)

    def _count_one(self, object_guid: str, login_id: str, at: int, budget: int) -> PasswordTries:
        item = self._item
        is_open = (item.spent < budget) & (item.since > at - PASSWORD_TRIES_WINDOW_SECONDS)
        return self._count(object_guid, login_id, at, [item.spent.set(item.spent + 1)], is_open)

    def _count(
        self, object_guid: str, login_id: str, at: int, actions: list[Action], condition: Condition
    ) -> PasswordTries:
        asking = self._item.recent[login_id]
        counted = [*actions, asking.set(_raw_try(at)), self._item.ttl.set(at + _KEPT_SECONDS)]
        return _password_tries(self._update(object_guid, counted, condition & asking.does_not_exist()))

    def _begin(self, object_guid: str, login_id: str, at: int) -> PasswordTries:
        item = self._item(
            *keys.password_tries(object_guid),
            spent=1,
            since=at,
            recent={login_id: _raw_try(at)},
            ttl=at + _KEPT_SECONDS,
        )
        with door():
            item.save(condition=self._item.pk.does_not_exist())
        return PasswordTries(spent=1, since=at, recent={login_id: PasswordTry(result=None, at=at)})

    def _forget(self, login_ids: Iterable[str]) -> list[Action]:
        return [self._item.recent[login_id].remove() for login_id in login_ids]

    def _unlearn(self, passwords: Iterable[KnownWrongPassword]) -> list[Action]:
        return [self._item.known_wrong[one.digest.hex()].remove() for one in passwords]

    def _write(self, object_guid: str, change: "_Change") -> None:
        self._update(object_guid, change.actions, change.condition)

    def _update(self, object_guid: str, actions: list[Action], condition: Condition) -> PasswordTriesItem:
        item = self._item(*keys.password_tries(object_guid))
        with door():
            item.update(actions=actions, condition=condition)
        return item


@dataclass(frozen=True, slots=True)
class _Change:
    """Something to be written, and on which condition."""

    actions: list[Action]
    condition: Condition

    def __and__(self, other: "_Change") -> "_Change":
        return _Change([*self.actions, *other.actions], self.condition & other.condition)


def _in_the_way(seen: PasswordTries, wrong: KnownWrongPassword) -> KnownWrongPassword | None:
    """The oldest password, where there is no room for another."""
    is_new = wrong.digest not in {known.digest for known in seen.known_wrong}
    return seen.known_wrong[0] if is_new and len(seen.known_wrong) >= MAX_KNOWN_WRONG else None


def _is_old(one: PasswordTry, at: int) -> bool:
    return at - one.at > MAX_REPLAY_WINDOW_SECONDS


def _raw_try(at: int) -> dict[str, object]:
    return {"at": at}


def _password_tries(item: PasswordTriesItem) -> PasswordTries:
    known_wrong = [_known_wrong(digest, raw) for digest, raw in plain(item.known_wrong).items()]
    return PasswordTries(
        spent=int(item.spent),
        since=int(item.since),
        recent={login_id: _try(raw) for login_id, raw in plain(item.recent).items()},
        known_wrong=tuple(sorted(known_wrong, key=lambda one: one.at)),
    )


def _try(raw: dict[str, Any]) -> PasswordTry:
    result = raw.get("result")
    return PasswordTry(result=None if result is None else DirectoryResult(result), at=raw["at"])


def _known_wrong(digest: str, raw: dict[str, Any]) -> KnownWrongPassword:
    return KnownWrongPassword(digest=bytes.fromhex(digest), password_last_set=raw["password_last_set"], at=raw["at"])
