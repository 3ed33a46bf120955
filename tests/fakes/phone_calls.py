"""CallStore and PhoneCaller in memory. The conditions are those of the real adapter, word for word."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from mfa.call_ports import CallResult, PlacedCall, StoredCallDecision, WantedCall
from mfa.domain.factors import SubscriberState
from mfa.domain.login_transactions import TransactionState, check_move
from mfa.domain.phone_calls import NumberCall
from mfa.domain.phones import VerifiedPhone
from mfa.errors import ConditionRefusedError
from tests.fakes.state import State


class InMemoryCallStore:
    def __init__(self, state: State) -> None:
        self._state = state

    def note_contact(self, login_id: str, contact_id: str) -> None:
        with self._state.call("phone_calls.note_contact"):
            found = self._state.transactions.get(login_id)
            if found is None or found.state is not TransactionState.PENDING or found.contact_id is not None:
                raise ConditionRefusedError("no such login waits, or its call is known")
            self._state.transactions[login_id] = replace(found, contact_id=contact_id)

    def decide_by_call(self, decision: StoredCallDecision, phones: Sequence[VerifiedPhone]) -> None:
        check_move(TransactionState.PENDING, decision.state)
        with self._state.call("phone_calls.decide"):
            found, item = (
                self._state.transactions.get(decision.login_id),
                self._state.factors.get(decision.user_id),
            )
            if found is None or found.state is not TransactionState.PENDING or decision.at >= found.expires_at:
                raise ConditionRefusedError("that login is not pending")
            if (found.contact_id, found.phone_id) != (decision.contact_id, decision.phone_id):
                raise ConditionRefusedError("the call is another login's")
            if item is None or item.state is not SubscriberState.ACTIVE or item.phones != tuple(phones):
                raise ConditionRefusedError("the number does not count")
            self._state.transactions[decision.login_id] = replace(
                found, state=decision.state, decided_at=decision.at, reason=decision.reason
            )

    def put_number_call(self, call: NumberCall) -> None:
        with self._state.call("phone_calls.put_number_call"):
            if call.call_id in self._state.number_calls:
                raise ConditionRefusedError("that call is known")
            self._state.number_calls[call.call_id] = call

    def note_number_contact(self, call_id: str, contact_id: str) -> None:
        with self._state.call("phone_calls.note_number_contact"):
            found = self._state.number_calls.get(call_id)
            if found is None or found.contact_id is not None:
                raise ConditionRefusedError("no such call, or it is known")
            self._state.number_calls[call_id] = replace(found, contact_id=contact_id)

    def number_call(self, call_id: str) -> NumberCall | None:
        with self._state.call("phone_calls.number_call"):
            return self._state.number_calls.get(call_id)


@dataclass
class FakeCaller:
    """Places every call, unless ``result`` says otherwise. ``placed`` holds what rang, ``ended`` what was hung up.
    ``answered`` is called while the call is being placed, before its id is told: somebody who is very quick."""

    placed: list[tuple[str, WantedCall]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    result: CallResult = CallResult.PLACED
    answered: Callable[[str], None] | None = None

    def call(self, number: str, wanted: WantedCall) -> PlacedCall:
        if self.result is CallResult.UNKNOWN:
            self.placed.append((number, wanted))
        if self.result is not CallResult.PLACED:
            return PlacedCall(result=self.result, detail="as the test wants it")
        if wanted.call_id not in {one.call_id for _, one in self.placed}:
            self.placed.append((number, wanted))
        contact_id = f"contact-of-{wanted.call_id}"
        if self.answered is not None:
            self.answered(contact_id)
        return PlacedCall(result=CallResult.PLACED, contact_id=contact_id)

    def hang_up(self, contact_id: str) -> None:
        self.ended.append(contact_id)
