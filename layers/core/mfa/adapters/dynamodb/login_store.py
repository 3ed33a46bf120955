"""LoginStore on DynamoDB: each method is one conditional UpdateItem, or one consistent GetItem."""

from collections.abc import Sequence
from contextlib import suppress

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.items import code_factors, raw_claimed, raw_far_code, raw_recent, used_mark
from mfa.adapters.dynamodb.tables import FactorsItem, Tables
from mfa.domain.factors import Accepted, AcceptedCode, CodeFactors, FactorState, RecentOutcome, SubscriberState
from mfa.domain.reasons import RejectReason
from mfa.domain.sent_codes import AcceptedMessage
from mfa.domain.throttle import GATE_STEP
from mfa.domain.user_names import Alias
from mfa.domain.verification import FoundFar
from mfa.errors import ConditionRefusedError
from mfa.ports import Attempt


class DynamoDbLoginStore:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._item = tables.factors

    def reserve(self, attempt: Attempt) -> CodeFactors:
        return self._count(attempt, [], self._item.tries < self._item.gate)

    def reserve_past_gate(self, attempt: Attempt, seen: CodeFactors, next_gate: int) -> CodeFactors:
        unchanged = (
            (self._item.tries == seen.throttle.tries)
            & (self._item.gate == seen.throttle.gate)
            & (self._item.successes == seen.throttle.successes)
            & (self._item.last_try_at == seen.throttle.last_try_at)
        )
        return self._count(attempt, [self._item.gate.set(next_gate)], unchanged)

    def read(self, user_id: str) -> CodeFactors | None:
        with door():
            try:
                item = self._item.get(*keys.factors(user_id), consistent_read=True)
            except self._item.DoesNotExist:
                return None
        return code_factors(user_id, item)

    def claim(self, attempt: Attempt, code: Accepted) -> None:
        claimed = self._item.recent[attempt.login_id]["claimed"].set(raw_claimed(code))
        actions = [*self._use_up(code, attempt.at), claimed]
        self._update(attempt.user_id, actions, self._may_be_accepted(attempt) & self._is_unused(code, attempt.at))

    def accept(
        self,
        attempt: Attempt,
        code: Accepted | None,
        forget: Sequence[str],
        *,
        refund: CodeFactors | None = None,
        leaves: AcceptedMessage | None = None,
    ) -> None:
        remember = self._remember(attempt, RecentOutcome.ACCEPT, None, forget)
        condition = self._may_be_accepted(attempt)
        if refund is not None:
            self._decide(attempt, remember, refund, condition)
            return
        actions = [
            self._item.tries.set(0),
            self._item.gate.set(GATE_STEP),
            self._item.successes.set(self._item.successes + 1),
            *remember,
        ]
        if code is not None:
            actions += self._use_up(code, attempt.at)
            condition &= self._is_unused(code, attempt.at)
        if isinstance(code, AcceptedMessage):
            actions += self._goes_on(code)
        elif leaves is not None:
            with suppress(ConditionRefusedError):  # perhaps only because a newer message took its place
                held = self._item.messages[leaves.code_id].exists()
                self._update(attempt.user_id, [*actions, *self._goes_on(leaves)], condition & held)
                return
        self._update(attempt.user_id, actions, condition)

    def challenge(self, attempt: Attempt, forget: Sequence[str], *, refund: CodeFactors | None = None) -> None:
        remember = self._remember(attempt, RecentOutcome.CHALLENGE, None, forget)
        self._decide(attempt, remember, refund, self._is_being_checked(attempt))

    def wait(self, attempt: Attempt, prompt: str, forget: Sequence[str], *, refund: CodeFactors) -> None:
        raw = {**raw_recent(attempt, RecentOutcome.PENDING), "prompt": prompt}
        remember = [self._item.recent[attempt.login_id].set(raw), *self._forget(forget)]
        self._decide(attempt, remember, refund, self._is_being_checked(attempt))

    def link(self, user_id: str, account: Alias) -> None:
        linked, owned = self._item.object_guid, self._tables.owned
        same = linked.does_not_exist() | (linked == account.name)
        with door(), TransactWrite(connection=self._tables.connection) as transaction:
            transaction.update(
                self._item(*keys.factors(user_id)),
                actions=[linked.set(account.name)],
                condition=self._item.pk.exists() & same,
            )
            transaction.save(
                owned(*keys.alias(account), user_id=user_id),
                condition=owned.pk.does_not_exist() | (owned.user_id == user_id),
            )

    def reject(
        self,
        attempt: Attempt,
        reason: RejectReason,
        forget: Sequence[str],
        *,
        refund: CodeFactors | None = None,
        far: FoundFar | None = None,
    ) -> None:
        remember = self._remember(attempt, RecentOutcome.REJECT, reason.value, forget)
        checking = self._is_being_checked(attempt)
        if far is None:
            self._decide(attempt, remember, refund, checking)
            return
        factor = self._item.factors[far.factor_id]
        try:
            self._decide(
                attempt, [*remember, factor["far"].set(raw_far_code(far.code))], refund, checking & factor.exists()
            )
        except ConditionRefusedError:  # perhaps only because the factor is gone
            self._decide(attempt, remember, refund, checking)

    def _decide(
        self, attempt: Attempt, remember: list[Action], refund: CodeFactors | None, condition: Condition
    ) -> None:
        """Store an outcome that ends no count; with ``refund`` give the try back, unless a success came in between."""
        if refund is not None:
            same_era = (self._item.successes == refund.throttle.successes) & (self._item.tries > 0)
            give_back = self._item.tries.set(self._item.tries - 1)
            try:
                self._update(attempt.user_id, [give_back, *remember], condition & same_era)
            except ConditionRefusedError:  # perhaps only because a success came in between
                self._update(attempt.user_id, remember, condition)
            return
        self._update(attempt.user_id, remember, condition)

    def _count(self, attempt: Attempt, actions: list[Action], at_the_gate: Condition) -> CodeFactors:
        item = self._item
        counted = [
            item.tries.set(item.tries + 1),
            item.last_try_at.set(attempt.at),
            item.recent[attempt.login_id].set(raw_recent(attempt, RecentOutcome.CHECKING)),
        ]
        active = item.state == SubscriberState.ACTIVE.value
        new = item.recent[attempt.login_id].does_not_exist()
        return code_factors(
            attempt.user_id, self._update(attempt.user_id, counted + actions, active & at_the_gate & new)
        )

    def _update(self, user_id: str, actions: list[Action], condition: Condition) -> FactorsItem:
        item = self._item(*keys.factors(user_id))
        with door():
            item.update(actions=actions, condition=condition)
        return item

    def _remember(
        self, attempt: Attempt, outcome: RecentOutcome, reason: str | None, forget: Sequence[str]
    ) -> list[Action]:
        stored = self._item.recent[attempt.login_id].set(raw_recent(attempt, outcome, reason))
        return [stored, *self._forget(forget)]

    def _forget(self, login_ids: Sequence[str]) -> list[Action]:
        return [self._item.recent[login_id].remove() for login_id in login_ids]

    def _use_up(self, code: Accepted, at: int) -> list[Action]:
        if not isinstance(code, AcceptedCode):
            return [self._item.messages[code.code_id][used_mark(code.place)].set(True)]
        factor = self._item.factors[code.factor_id]
        return [
            factor["last_step"].set(code.moving_factor),
            factor["drift"].set(code.drift),
            factor["offset"].set(code.offset),
            factor["last_used_at"].set(at),
            factor["far"].remove(),
        ]

    def _goes_on(self, code: AcceptedMessage) -> list[Action]:
        """What its message has left: this success is its own, and guesses are counted from here."""
        sent = self._item.messages[code.code_id]
        return [sent["n"].set(0), sent["era"].set(self._item.successes + 1)]

    def _is_unused(self, code: Accepted, at: int) -> Condition:
        unused: Condition
        if not isinstance(code, AcceptedCode):
            sent = self._item.messages[code.code_id]
            unused = sent[used_mark(code.place)].does_not_exist() & (sent["end"] > at)
            return unused
        factor = self._item.factors[code.factor_id]
        unused = (factor["state"] == FactorState.ACTIVE.value) & (factor["last_step"] < code.moving_factor)
        return unused

    def _may_be_accepted(self, attempt: Attempt) -> Condition:
        condition: Condition = (self._item.state == SubscriberState.ACTIVE.value) & self._is_being_checked(attempt)
        return condition

    def _is_being_checked(self, attempt: Attempt) -> Condition:
        condition: Condition = self._item.recent[attempt.login_id]["outcome"] == RecentOutcome.CHECKING.value
        return condition
