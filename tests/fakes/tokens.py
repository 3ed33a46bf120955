"""TokenStore in memory. The conditions are those of the real adapter, word for word."""

from collections.abc import Sequence
from dataclasses import replace

from mfa.domain.factors import MAX_FACTORS, AcceptedCode, CodeFactor, FactorState, used_up
from mfa.domain.tokens import ImportState, Token, TokenImport, TokenOwner, taken_back
from mfa.errors import ConditionRefusedError
from tests.fakes.state import State


class InMemoryTokens:
    def __init__(self, state: State) -> None:
        self._state = state

    def start_import(self, wanted: TokenImport) -> TokenImport:
        with self._state.call("tokens.start_import"):
            found = self._state.token_imports.get(wanted.import_id)
            if found is not None and found.state is ImportState.COMPLETE:
                return found
            stored = 0 if found is None else found.stored
            started_at = wanted.started_at if found is None else found.started_at
            started = replace(wanted, state=ImportState.OPEN, stored=stored, started_at=started_at)
            self._state.token_imports[wanted.import_id] = started
            return started

    def read_import(self, import_id: str) -> TokenImport | None:
        with self._state.call("tokens.read_import"):
            return self._state.token_imports.get(import_id)

    def imports(self) -> Sequence[TokenImport]:
        with self._state.call("tokens.imports"):
            return [one for one in self._state.token_imports.values() if one.state is ImportState.OPEN]

    def put(self, token: Token) -> None:
        with self._state.call("tokens.put"):
            self._open(token.import_id)
            before = self._state.tokens.get(token.serial)
            if before is not None:
                self._open(before.import_id)
                self._count(before.import_id, -1)
            self._count(token.import_id, 1)
            self._state.tokens[token.serial] = replace(token, owner=None)

    def complete_import(self, import_id: str) -> None:
        with self._state.call("tokens.complete_import"):
            found = self._open(import_id)
            if found.stored != found.total:
                raise ConditionRefusedError("tokens are missing")
            self._state.token_imports[import_id] = replace(found, state=ImportState.COMPLETE)

    def abandon_import(self, import_id: str) -> None:
        with self._state.call("tokens.abandon_import"):
            self._open(import_id)
            del self._state.token_imports[import_id]
            self._state.tokens = {
                serial: one for serial, one in self._state.tokens.items() if one.import_id != import_id
            }

    def read(self, serial: str) -> Token | None:
        with self._state.call("tokens.read"):
            token = self._state.tokens.get(serial)
            return token if token is not None and self._counts(token) else None

    def page(self, after: str | None, most: int) -> Sequence[Token]:
        with self._state.call("tokens.page"):
            serials = sorted(serial for serial in self._state.tokens if after is None or serial > after)
            counting = [token for serial in serials if self._counts(token := self._state.tokens[serial])]
            return counting[:most]

    def assign(self, seen: Token, factor: CodeFactor, user_id: str, now: int) -> None:
        with self._state.call("tokens.assign"):
            token, item = self._state.tokens.get(seen.serial), self._state.factors.get(user_id)
            if token is None or not self._counts(token) or token.owner is not None:
                raise ConditionRefusedError("the token is not there, or somebody has it")
            if token.last_moving_factor != seen.last_moving_factor:
                raise ConditionRefusedError("the token is not as it was seen")
            if item is None or len(item.factors) >= MAX_FACTORS:
                raise ConditionRefusedError("the user is gone, or has no room")
            owner = TokenOwner(user_id=user_id, factor_id=factor.factor_id, since=now)
            self._state.tokens[seen.serial] = replace(token, owner=owner)
            self._state.factors[user_id] = replace(item, factors={**item.factors, factor.factor_id: factor})

    def take_back(self, seen: Token, factor: CodeFactor | None) -> None:
        with self._state.call("tokens.take_back"):
            token, owner = self._state.tokens.get(seen.serial), seen.owner
            if owner is None or token is None or token.owner is None or token.owner.factor_id != owner.factor_id:
                raise ConditionRefusedError("somebody else has it, or nobody")
            item = self._state.factors.get(owner.user_id)
            known = None if item is None else item.factors.get(owner.factor_id)
            if (known and known.last_moving_factor) != (factor and factor.last_moving_factor):
                raise ConditionRefusedError("the factor is not as it was seen")
            self._state.tokens[seen.serial] = taken_back(token, factor)
            if item is not None:
                kept = {name: one for name, one in item.factors.items() if name != owner.factor_id}
                self._state.factors[owner.user_id] = replace(item, factors=kept)

    def use_up(self, user_id: str, code: AcceptedCode, now: int) -> None:
        with self._state.call("tokens.use_up"):
            item = self._state.factors.get(user_id)
            factor = None if item is None else item.factors.get(code.factor_id)
            if item is None or factor is None or factor.state is not FactorState.ACTIVE:
                raise ConditionRefusedError("the factor is gone")
            if factor.last_moving_factor >= code.moving_factor:
                raise ConditionRefusedError("that code was used")
            used = used_up(factor, code, now)
            self._state.factors[user_id] = replace(item, factors={**item.factors, code.factor_id: used})

    def charge(self, subject: str, at: int, budget: int, seconds: int) -> None:
        with self._state.call("tokens.charge"):
            spent, since = self._state.tries.get(subject, (0, at))
            if since <= at - seconds:
                spent, since = 0, at
            if spent >= budget:
                raise ConditionRefusedError("no try is left")
            self._state.tries[subject] = (spent + 1, since)

    def _open(self, import_id: str) -> TokenImport:
        found = self._state.token_imports.get(import_id)
        if found is None or found.state is not ImportState.OPEN:
            raise ConditionRefusedError("the import is not open")
        return found

    def _count(self, import_id: str, difference: int) -> None:
        found = self._state.token_imports[import_id]
        self._state.token_imports[import_id] = replace(found, stored=found.stored + difference)

    def _counts(self, token: Token) -> bool:
        return self._state.token_imports[token.import_id].state is ImportState.COMPLETE
