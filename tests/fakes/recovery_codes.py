"""RecoveryCodeStore in memory. The conditions are those of the real adapter, word for word."""

from collections.abc import Sequence
from dataclasses import replace

from mfa.domain.factors import SubscriberState
from mfa.domain.recovery import BypassCode, CodeUse, RecoveryCodes
from mfa.errors import ConditionRefusedError
from tests.fakes.state import State


class InMemoryRecoveryCodes:
    def __init__(self, state: State) -> None:
        self._state = state

    def read(self, user_id: str) -> RecoveryCodes:
        with self._state.call("recovery.read"):
            return self._held(user_id)

    def use_recovery_code(self, user_id: str, digest: bytes, login_id: str, at: int) -> None:
        with self._state.call("recovery.use_recovery_code"):
            held = self._held(user_id)
            if digest not in held.unused:
                raise ConditionRefusedError("that code is not unused")
            self._state.recovery[user_id] = replace(
                held, unused=held.unused - {digest}, used={**held.used, digest: CodeUse(login_id, at)}
            )

    def use_bypass_code(self, user_id: str, bypass_id: str, login_id: str, at: int) -> None:
        with self._state.call("recovery.use_bypass_code"):
            held = self._held(user_id)
            bypass = held.bypasses.get(bypass_id)
            if bypass is None or not bypass.is_usable(at) or login_id in bypass.used_by:
                raise ConditionRefusedError("that code is used up, over or revoked, or that login has used it")
            used = replace(bypass, left=bypass.left - 1, used_by={**bypass.used_by, login_id: at})
            self._state.recovery[user_id] = replace(held, bypasses={**held.bypasses, bypass_id: used})

    def renew(self, seen: RecoveryCodes, digests: Sequence[bytes], at: int) -> None:
        with self._state.call("recovery.renew"):
            held = self._unchanged(seen)
            self._store(replace(held, made_at=at, unused=frozenset(digests), used={}))

    def add_bypass(self, seen: RecoveryCodes, bypass: BypassCode, forget: Sequence[str]) -> None:
        with self._state.call("recovery.add_bypass"):
            held = self._unchanged(seen)
            kept = {known: one for known, one in held.bypasses.items() if known not in forget}
            self._store(replace(held, bypasses={**kept, bypass.bypass_id: bypass}))

    def revoke_bypass(self, seen: RecoveryCodes, bypass_id: str) -> None:
        with self._state.call("recovery.revoke_bypass"):
            held = self._unchanged(seen, of_disabled=True)
            self._store(
                replace(held, bypasses={known: one for known, one in held.bypasses.items() if known != bypass_id})
            )

    def _held(self, user_id: str) -> RecoveryCodes:
        return self._state.recovery.get(user_id, RecoveryCodes(user_id=user_id))

    def _unchanged(self, seen: RecoveryCodes, *, of_disabled: bool = False) -> RecoveryCodes:
        held, item = self._held(seen.user_id), self._state.factors.get(seen.user_id)
        if item is None or (item.state is not SubscriberState.ACTIVE and not of_disabled):
            raise ConditionRefusedError("the user is unknown or not active")
        if held.version != seen.version or (of_disabled and held.version == 0):
            raise ConditionRefusedError("the codes were changed meanwhile")
        return held

    def _store(self, codes: RecoveryCodes) -> None:
        self._state.recovery[codes.user_id] = replace(codes, version=codes.version + 1)
        item = self._state.factors[codes.user_id]
        self._state.factors[codes.user_id] = replace(item, recovery_until=codes.until)
