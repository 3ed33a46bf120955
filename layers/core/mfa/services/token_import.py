"""Tokens into the inventory: looked at first, then stored, and counting only when all of them are there.

A seed comes in and is sealed at once. What is wrong with a token is told by its serial number, never by its seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest

from mfa.domain.sealing import token_context
from mfa.domain.tokens import ImportState, NewToken, Token, TokenImport, canonical_serial, seed_refusal
from mfa.errors import ConditionRefusedError, InvalidInputError
from mfa.ports import AuditTrail, Clock, Vault
from mfa.services.enrollment_events import InventoryEvent
from mfa.services.token_errors import ImportClosedError, ImportIncompleteError, ImportUnknownError
from mfa.token_ports import TokenStore


class TokenFate(StrEnum):
    NEW = "new"  # nothing is in its way
    STORED = "stored"
    EXISTS = "exists"  # that very token is in the inventory already
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class TokenResult:
    serial: str
    fate: TokenFate
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenImports:
    store: TokenStore
    vault: Vault
    clock: Clock
    audit: AuditTrail

    def check(self, tokens: Sequence[NewToken], *, accepts_short: bool) -> Sequence[TokenResult]:
        """What would become of them. Nothing is stored."""
        return [self._checked(token, accepts_short) for token in tokens]

    def start(self, import_id: str, total: int, actor: str) -> TokenImport:
        """Begin an import, or go on with it. One that is complete is only shown."""
        wanted = TokenImport(
            import_id=import_id, state=ImportState.OPEN, total=total, stored=0, started_at=int(self.clock.now())
        )
        try:
            started = self.store.start_import(wanted)
        except ConditionRefusedError:
            raise ImportClosedError from None
        if started.state is ImportState.OPEN:
            self._record(InventoryEvent.IMPORT_STARTED, started, actor)
        return started

    def add(self, import_id: str, tokens: Sequence[NewToken], *, accepts_short: bool) -> Sequence[TokenResult]:
        """Each is stored or refused by itself; the import is complete only if none was."""
        if self._found(import_id).state is not ImportState.OPEN:
            raise ImportClosedError
        return [self._added(import_id, token, accepts_short) for token in tokens]

    def complete(self, import_id: str, actor: str) -> TokenImport:
        found = self._found(import_id)
        if found.state is ImportState.COMPLETE:
            return found
        try:
            self.store.complete_import(import_id)
        except ConditionRefusedError:
            now = self._found(import_id)
            if now.state is not ImportState.COMPLETE:
                raise ImportIncompleteError(now.stored, now.total) from None
        complete = self._found(import_id)
        self._record(InventoryEvent.IMPORT_COMPLETED, complete, actor)
        return complete

    def abandon(self, import_id: str, actor: str) -> None:
        found = self._found(import_id)
        try:
            self.store.abandon_import(import_id)
        except ConditionRefusedError:
            raise ImportClosedError from None
        self._record(InventoryEvent.IMPORT_ABANDONED, found, actor)

    def unfinished(self) -> Sequence[TokenImport]:
        return self.store.imports()

    def _checked(self, token: NewToken, accepts_short: bool) -> TokenResult:
        try:
            serial = canonical_serial(token.serial)
        except InvalidInputError as error:
            return TokenResult(token.serial, TokenFate.REFUSED, str(error))
        refusal = seed_refusal(token.seed, accepts_short=accepts_short)
        if refusal is not None:
            return TokenResult(serial, TokenFate.REFUSED, refusal)
        present = self.store.read(serial)
        return TokenResult(serial, TokenFate.NEW) if present is None else self._compared(present, token)

    def _compared(self, present: Token, token: NewToken) -> TokenResult:
        seed = self.vault.open(present.seed, token_context(present.serial))
        if compare_digest(seed, token.seed) and present.parameters == token.parameters:
            return TokenResult(present.serial, TokenFate.EXISTS)
        text = "another token with this serial number is in the inventory already"
        return TokenResult(present.serial, TokenFate.REFUSED, text)

    def _added(self, import_id: str, token: NewToken, accepts_short: bool) -> TokenResult:
        checked = self._checked(token, accepts_short)
        if checked.fate is not TokenFate.NEW:
            return checked
        try:
            self.store.put(self._sealed(import_id, checked.serial, token))
        except ConditionRefusedError:
            return TokenResult(checked.serial, TokenFate.REFUSED, "another import took it at the same time")
        return TokenResult(checked.serial, TokenFate.STORED)

    def _sealed(self, import_id: str, serial: str, token: NewToken) -> Token:
        return Token(
            serial=serial,
            parameters=token.parameters,
            seed=self.vault.seal(token.seed, token_context(serial)),
            last_moving_factor=token.counter - 1,
            import_id=import_id,
            imported_at=int(self.clock.now()),
        )

    def _found(self, import_id: str) -> TokenImport:
        found = self.store.read_import(import_id)
        if found is None:
            raise ImportUnknownError
        return found

    def _record(self, event: InventoryEvent, one: TokenImport, actor: str) -> None:
        details = {"total": str(one.total), "stored": str(one.stored)}
        self.audit.configuration_changed(event, one.import_id, details, actor)
