"""TokenStore on DynamoDB: one partition holds the inventory, tokens and imports side by side.

Whether a token counts is written in its import alone: one write makes all tokens of a file count at once. How many
are there is counted in the transactions that put them, so that an import with a gap can never be completed.
"""

from collections.abc import Sequence
from typing import Any, Final

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.items import code_parameters, raw_factor, raw_parameters
from mfa.adapters.dynamodb.sealed_items import raw_sealed, sealed
from mfa.adapters.dynamodb.tables import Tables, TokenImportItem, TokenItem, plain, plain_or_none
from mfa.domain.factors import MAX_FACTORS, AcceptedCode, CodeFactor, FactorState, TotpFactor
from mfa.domain.tokens import ImportState, Token, TokenImport, TokenOwner, taken_back
from mfa.errors import ConditionRefusedError

_TRIES_KEPT_SECONDS: Final = 86_400  # after the last one: only to be cleaned up


class DynamoDbTokenStore:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._token = tables.token
        self._import = tables.token_import
        self._factors = tables.factors

    # ---- tokens that come in together

    def start_import(self, wanted: TokenImport) -> TokenImport:
        new = self._import(
            *keys.token_import(wanted.import_id),
            import_id=wanted.import_id,
            state=ImportState.OPEN.value,
            total=wanted.total,
            stored=0,
            started_at=wanted.started_at,
        )
        try:
            with door():
                new.save(condition=self._import.pk.does_not_exist())
        except ConditionRefusedError:
            return self._go_on(wanted)
        return _import(new)

    def _go_on(self, wanted: TokenImport) -> TokenImport:
        item = self._import(*keys.token_import(wanted.import_id))
        try:
            with door():
                item.update(actions=[self._import.total.set(wanted.total)], condition=self._is_open())
        except ConditionRefusedError:
            found = self.read_import(wanted.import_id)
            if found is None:  # abandoned just now
                raise
            return found
        return _import(item)

    def read_import(self, import_id: str) -> TokenImport | None:
        with door():
            try:
                return _import(self._import.get(*keys.token_import(import_id), consistent_read=True))
            except DoesNotExist:
                return None

    def imports(self) -> Sequence[TokenImport]:
        with door():
            found = self._import.query(
                keys.TOKENS, self._import.sk.startswith(keys.IMPORT_PREFIX), consistent_read=True
            )
            return [one for item in found if (one := _import(item)).state is ImportState.OPEN]

    def put(self, token: Token) -> None:
        before = self._stored(token.serial)
        with door(), self._transaction() as transaction:
            if before is not None and before.import_id == token.import_id:
                transaction.condition_check(
                    self._import, *keys.token_import(token.import_id), condition=self._is_open()
                )
            else:
                self._count(transaction, token.import_id, 1)
            if before is None:
                transaction.save(_item(self._token, token), condition=self._token.pk.does_not_exist())
            else:
                if before.import_id != token.import_id:
                    self._count(transaction, before.import_id, -1)
                transaction.save(_item(self._token, token), condition=self._token.import_id == before.import_id)

    def _count(self, transaction: TransactWrite, import_id: str, difference: int) -> None:
        """Only an open import gains or loses tokens."""
        transaction.update(
            self._import(*keys.token_import(import_id)),
            actions=[self._import.stored.set(self._import.stored + difference)],
            condition=self._is_open(),
        )

    def complete_import(self, import_id: str) -> None:
        whole = self._is_open() & (self._import.stored == self._import.total)
        with door():
            self._import(*keys.token_import(import_id)).update(
                actions=[self._import.state.set(ImportState.COMPLETE.value)], condition=whole
            )

    def abandon_import(self, import_id: str) -> None:
        """Its tokens go first: what is cut off leaves an open import, which can be abandoned again."""
        found = self.read_import(import_id)
        if found is None or found.state is not ImportState.OPEN:
            raise ConditionRefusedError("there is no open import of that id")
        for token in self._tokens():
            if token.import_id == import_id:
                with door(), self._transaction() as transaction:
                    self._count(transaction, import_id, -1)
                    transaction.delete(
                        self._token(*keys.token(token.serial)), condition=self._token.import_id == import_id
                    )
        with door():
            self._import(*keys.token_import(import_id)).delete(condition=self._is_open() & (self._import.stored == 0))

    # ---- tokens

    def read(self, serial: str) -> Token | None:
        token = self._stored(serial)
        if token is None:
            return None
        found = self.read_import(token.import_id)
        return token if found is not None and found.state is ImportState.COMPLETE else None

    def page(self, after: str | None, most: int) -> Sequence[Token]:
        unfinished = {one.import_id for one in self.imports()}
        found: list[Token] = []
        for token in self._tokens(after):
            if token.import_id not in unfinished:
                found.append(token)
            if len(found) == most:
                break
        return found

    def assign(self, seen: Token, factor: CodeFactor, user_id: str, now: int) -> None:
        token, hot = self._token, self._factors
        owner = {"user_id": user_id, "factor_id": factor.factor_id, "since": now}
        room = size(hot.factors) < MAX_FACTORS  # type: ignore[no-untyped-call] # PynamoDB leaves it untyped
        with door(), self._transaction() as transaction:
            transaction.condition_check(
                self._import,
                *keys.token_import(seen.import_id),
                condition=self._import.state == ImportState.COMPLETE.value,
            )
            transaction.update(
                token(*keys.token(seen.serial)),
                actions=[token.owner.set(owner)],
                condition=token.owner.does_not_exist() & (token.last_step == seen.last_moving_factor),
            )
            transaction.update(
                hot(*keys.factors(user_id)),
                actions=[hot.factors[factor.factor_id].set(raw_factor(factor))],
                condition=hot.pk.exists() & room,
            )

    def take_back(self, seen: Token, factor: CodeFactor | None) -> None:
        owner = seen.owner
        if owner is None:
            raise ConditionRefusedError("nobody has that token")
        with door(), self._transaction() as transaction:
            transaction.update(
                self._token(*keys.token(seen.serial)),
                actions=self._freed(taken_back(seen, factor)),
                condition=self._token.owner["factor_id"] == owner.factor_id,
            )
            self._remove_factor(transaction, owner, factor)

    def _freed(self, token: Token) -> list[Action]:
        return [
            self._token.owner.remove(),
            self._token.last_step.set(token.last_moving_factor),
            self._token.drift.set(token.drift),
        ]

    def _remove_factor(self, transaction: TransactWrite, owner: TokenOwner, factor: CodeFactor | None) -> None:
        hot = self._factors
        entry = hot.factors[owner.factor_id]
        if factor is None:
            transaction.condition_check(hot, *keys.factors(owner.user_id), condition=entry.does_not_exist())
            return
        transaction.update(
            hot(*keys.factors(owner.user_id)),
            actions=[entry.remove()],
            condition=entry["last_step"] == factor.last_moving_factor,
        )

    def use_up(self, user_id: str, code: AcceptedCode, now: int) -> None:
        factor = self._factors.factors[code.factor_id]
        actions = [
            factor["last_step"].set(code.moving_factor),
            factor["drift"].set(code.drift),
            factor["offset"].set(code.offset),
            factor["last_used_at"].set(now),
            factor["far"].remove(),
        ]
        unused = (factor["state"] == FactorState.ACTIVE.value) & (factor["last_step"] < code.moving_factor)
        with door():
            self._factors(*keys.factors(user_id)).update(actions=actions, condition=unused)

    def charge(self, subject: str, at: int, budget: int, seconds: int) -> None:
        """Within the time that was begun, else at the beginning of another, else within one that was begun just now."""
        item = self._tables.tries
        running, over = item.since > at - seconds, item.since <= at - seconds
        more = (item.spent.set(item.spent + 1), running & (item.spent < budget))
        first = (item.spent.set(1), item.pk.does_not_exist() | over)
        ttl = item.ttl.set(at + seconds + _TRIES_KEPT_SECONDS)
        tries = (([more[0], ttl], more[1]), ([first[0], item.since.set(at), ttl], first[1]), ([more[0], ttl], more[1]))
        for place, (actions, condition) in enumerate(tries, start=1):
            try:
                with door():
                    item(*keys.token_tries(subject)).update(actions=list(actions), condition=condition)
            except ConditionRefusedError:
                if place == len(tries):
                    raise
            else:
                return

    # ---- what both need

    def _tokens(self, after: str | None = None) -> Any:  # noqa: ANN401 -- PynamoDB's iterator, mapped
        start = keys.SERIAL_PREFIX if after is None else keys.token(after)[1] + "\0"
        # "$" follows "#": the end of the prefix. Nothing can be asked for that begins with a text and comes after one.
        behind = self._token.sk.between(start, keys.SERIAL_PREFIX.replace("#", "$"))
        with door():
            for item in self._token.query(keys.TOKENS, behind, consistent_read=True):
                yield _token(item)

    def _stored(self, serial: str) -> Token | None:
        with door():
            try:
                return _token(self._token.get(*keys.token(serial), consistent_read=True))
            except DoesNotExist:
                return None

    def _is_open(self) -> Condition:
        is_open: Condition = self._import.state == ImportState.OPEN.value
        return is_open

    def _transaction(self) -> TransactWrite:
        return TransactWrite(connection=self._tables.connection)


def carry_over(tables: Tables, user_id: str, factors: Sequence[CodeFactor]) -> None:
    """Note in the inventory how far the tokens are of a user who is about to be removed."""
    for factor in factors:
        if factor.serial is not None:
            token = tables.token
            drift = factor.drift if isinstance(factor, TotpFactor) else 0
            _if_owned(
                tables,
                user_id,
                factor.serial,
                [token.last_step.set(factor.last_moving_factor), token.drift.set(drift)],
            )


def free(tables: Tables, user_id: str, factors: Sequence[CodeFactor]) -> None:
    """Nobody has the tokens of that user any more."""
    for factor in factors:
        if factor.serial is not None:
            _if_owned(tables, user_id, factor.serial, [tables.token.owner.remove()])


def _if_owned(tables: Tables, user_id: str, serial: str, actions: list[Action]) -> None:
    try:
        with door():
            tables.token(*keys.token(serial)).update(
                actions=actions, condition=tables.token.owner["user_id"] == user_id
            )
    except ConditionRefusedError:  # somebody took it back meanwhile
        return


def _import(item: TokenImportItem) -> TokenImport:
    return TokenImport(
        import_id=item.import_id,
        state=ImportState(item.state),
        total=int(item.total),
        stored=int(item.stored),
        started_at=int(item.started_at),
    )


def _item(model: type[TokenItem], token: Token) -> TokenItem:
    """A token that nobody has: what is put is new."""
    return model(
        *keys.token(token.serial),
        serial=token.serial,
        parameters=raw_parameters(token.parameters),
        seed=raw_sealed(token.seed),
        last_step=token.last_moving_factor,
        drift=token.drift,
        import_id=token.import_id,
        imported_at=token.imported_at,
    )


def _token(item: TokenItem) -> Token:
    owner = plain_or_none(item.owner)
    return Token(
        serial=item.serial,
        parameters=code_parameters(plain(item.parameters)),
        seed=sealed(plain(item.seed)),
        last_moving_factor=int(item.last_step),
        drift=int(item.drift),
        import_id=item.import_id,
        imported_at=int(item.imported_at),
        owner=None if owner is None else TokenOwner(**owner),
    )
