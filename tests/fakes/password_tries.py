"""PasswordTryStore in memory. The conditions are those of the real adapter, word for word."""

from collections.abc import Sequence
from dataclasses import replace

from mfa.contract.directory import MAX_KNOWN_WRONG, DirectoryResult
from mfa.domain.directory import PASSWORD_TRIES_WINDOW_SECONDS
from mfa.domain.login_replay import MAX_REPLAY_WINDOW_SECONDS
from mfa.domain.password_tries import KnownWrongPassword, PasswordTries, PasswordTry
from mfa.errors import ConditionRefusedError
from tests.fakes.state import State


class InMemoryPasswordTries:
    def __init__(self, state: State) -> None:
        self._state = state

    def reserve(self, object_guid: str, login_id: str, at: int, budget: int) -> PasswordTries:
        with self._state.call("password_tries.reserve"):
            item = self._state.password_tries.get(object_guid, PasswordTries(spent=0, since=at, recent={}))
            if item.spent >= budget or item.since + PASSWORD_TRIES_WINDOW_SECONDS <= at:
                raise ConditionRefusedError("the budget is spent, or its window is over")
            return self._count(object_guid, login_id, at, item)

    def start_over(self, object_guid: str, login_id: str, at: int, seen: PasswordTries) -> PasswordTries:
        with self._state.call("password_tries.start_over"):
            item = self._state.password_tries.get(object_guid)
            if item is None or (item.spent, item.since) != (seen.spent, seen.since):
                raise ConditionRefusedError("somebody was faster")
            if item.since + PASSWORD_TRIES_WINDOW_SECONDS > at:
                raise ConditionRefusedError("the window is not over")
            return self._count(object_guid, login_id, at, replace(_without_old(item, login_id, at), spent=0, since=at))

    def read(self, object_guid: str) -> PasswordTries | None:
        with self._state.call("password_tries.read"):
            return self._state.password_tries.get(object_guid)

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
        with self._state.call("password_tries.settle"):
            item = self._state.password_tries.get(object_guid)
            known = item and item.recent.get(login_id)
            if item is None or not known or known.result is not None:
                raise ConditionRefusedError("that login is not asking any more")
            kept = {one: login for one, login in item.recent.items() if one not in forget}
            is_of_this_window = known.at >= item.since and item.spent > 0
            self._state.password_tries[object_guid] = replace(
                item,
                spent=item.spent - 1 if give_back and is_of_this_window else item.spent,
                recent={**kept, login_id: replace(known, result=result)},
                known_wrong=_with(item.known_wrong, wrong),
            )

    def _count(self, object_guid: str, login_id: str, at: int, item: PasswordTries) -> PasswordTries:
        if login_id in item.recent:
            raise ConditionRefusedError("that login id is known")
        asking = PasswordTry(result=None, at=at)
        counted = replace(item, spent=item.spent + 1, recent={**item.recent, login_id: asking})
        self._state.password_tries[object_guid] = counted
        return counted


def _without_old(item: PasswordTries, keep: str, at: int) -> PasswordTries:
    recent = item.recent.items()
    return replace(
        item,
        recent={known: one for known, one in recent if at - one.at <= MAX_REPLAY_WINDOW_SECONDS or known == keep},
        known_wrong=tuple(one for one in item.known_wrong if at - one.at <= PASSWORD_TRIES_WINDOW_SECONDS),
    )


def _with(
    known_wrong: tuple[KnownWrongPassword, ...], wrong: KnownWrongPassword | None
) -> tuple[KnownWrongPassword, ...]:
    if wrong is None:
        return known_wrong
    others = [known for known in known_wrong if known.digest != wrong.digest]
    return tuple(sorted([*others[-(MAX_KNOWN_WRONG - 1) :], wrong], key=lambda one: one.at))
