"""What a call is about, and what its keys decide.

The contact flow asks here, for the contact that it runs in. That must be the very call which was placed for this login
or number: the id that came back from the provider then. The keys decide as a device does: one conditional write, with
the check that the number still counts. What follows cannot take a decision back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mfa.call_ports import CallStore, StoredCallDecision
from mfa.domain.factors import CodeFactors
from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.domain.phone_calls import CallPurpose, NumberCall, PressedKeys, read_out
from mfa.domain.push import token_context
from mfa.domain.reasons import RejectReason
from mfa.domain.sent_codes import code_context
from mfa.errors import ConditionRefusedError, GatehouseError, UnavailableError, UnreadableItemError
from mfa.ports import AuditTrail, Clock, LoginStore, LoginTransactionStore, Pause, Vault
from mfa.push_ports import PushLedgerStore, Waker
from mfa.services.decision_records import decision_record
from mfa.services.enrollment_events import SUBSCRIBER_ACTOR, SubscriberEvent
from mfa.services.login_expiry import expire
from mfa.sms_ports import PhoneStore

CONTACT_TRIES: Final = 4  # a person answers no faster than the id of the call is noted, but a machine does
CONTACT_PAUSE_SECONDS: Final = 0.5
_STATES: Final = {PressedKeys.APPROVE: TransactionState.APPROVED, PressedKeys.REPORT: TransactionState.DENIED}


class CallKind(StrEnum):
    """What is to be said."""

    LOGIN = "login"
    NUMBER = "number"
    ENDED = "ended"  # nothing waits for this call (any more)


class CallOutcome(StrEnum):
    APPROVED = "approved"
    REPORTED = "reported"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A call as the provider tells of it. ``call_id`` and ``purpose`` are what it was placed with."""

    contact_id: str
    call_id: str
    purpose: CallPurpose


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDecisions:
    transactions: LoginTransactionStore
    calls: CallStore
    logins: LoginStore
    phones: PhoneStore
    ledgers: PushLedgerStore
    vault: Vault
    waker: Waker
    audit: AuditTrail
    clock: Clock
    pause: Pause
    report_fault: Callable[[BaseException], None]

    def begin(self, contact: Contact) -> tuple[CallKind, str]:
        """What to say first, with the code of a number as it is read out."""
        if contact.purpose is CallPurpose.NUMBER:
            code = self._code(contact)
            return (CallKind.ENDED, "") if code is None else (CallKind.NUMBER, read_out(code))
        waits = self._waiting(contact) is not None
        return (CallKind.LOGIN if waits else CallKind.ENDED), ""

    def decide(self, contact: Contact, keys: PressedKeys) -> CallOutcome:
        if contact.purpose is not CallPurpose.LOGIN:
            return CallOutcome.ENDED
        transaction = self._own(contact)
        if transaction is None or transaction.phone_id is None:
            return CallOutcome.ENDED
        now = round(self.clock.now(), 3)
        if keys is PressedKeys.REPORT:
            self._mute(transaction, now)
        decision = StoredCallDecision(
            login_id=transaction.login_id,
            user_id=transaction.user_id,
            phone_id=transaction.phone_id,
            contact_id=contact.contact_id,
            state=_STATES[keys],
            reason=RejectReason.REPORTED if keys is PressedKeys.REPORT else None,
            at=now,
        )
        is_mine = self._is_pending(transaction, now) and self._store(decision)
        if is_mine:
            self._follow(decision, transaction)
        if keys is PressedKeys.REPORT:
            return CallOutcome.REPORTED  # also when it was too late: no prompt and no call comes any more
        return CallOutcome.APPROVED if is_mine else CallOutcome.ENDED

    def _waiting(self, contact: Contact) -> LoginTransaction | None:
        transaction = self._own(contact)
        now = round(self.clock.now(), 3)
        return transaction if transaction is not None and self._is_pending(transaction, now) else None

    def _own(self, contact: Contact) -> LoginTransaction | None:
        """The login that this very call was placed for."""
        found = self._once_called(lambda: self._read(contact.call_id))
        is_own = found is not None and found.phone_id is not None and found.contact_id == contact.contact_id
        return found if is_own else None

    def _once_called[Called: (LoginTransaction, NumberCall)](self, read: Callable[[], Called | None]) -> Called | None:
        """With the id of its call, for which a machine that answers at once may have to wait."""
        found = read()
        for _ in range(CONTACT_TRIES - 1):
            if found is None or found.contact_id is not None:
                break
            self.pause(CONTACT_PAUSE_SECONDS)
            found = read()
        return found

    def _read(self, login_id: str) -> LoginTransaction | None:
        found = self.transactions.read([login_id]).get(login_id)
        if isinstance(found, UnreadableItemError):
            raise found
        return found

    def _is_pending(self, transaction: LoginTransaction, now: float) -> bool:
        """Its end is noted if its time is over."""
        if transaction.has_run_out(now):
            self._attempt(lambda: expire(self.transactions, self.audit, transaction, now))
            return False
        return transaction.state is TransactionState.PENDING

    def _mute(self, transaction: LoginTransaction, now: float) -> None:
        """Before anything else, and however late: whoever asks in the user's name must not ask again."""
        self.ledgers.mute(transaction.user_id, int(now))
        details = {
            "phone_id": transaction.phone_id or "",
            "login_id": transaction.login_id,
            "client": transaction.client,
        }
        self.audit.subscriber_changed(SubscriberEvent.CALL_REPORTED, transaction.user_id, details, SUBSCRIBER_ACTOR)

    def _store(self, decision: StoredCallDecision) -> bool:
        """Whether it was decided by this. A number that was renamed meanwhile is looked at once more."""
        for _ in range(2):
            item = self.logins.read(decision.user_id)
            if item is None or not _counts(item, decision.phone_id):
                return False
            try:
                self.calls.decide_by_call(decision, item.phones)
            except ConditionRefusedError:
                continue
            except UnavailableError:
                if not self._stands(decision):
                    raise
            return True
        return False

    def _stands(self, decision: StoredCallDecision) -> bool:
        """Whether it was written although the answer was lost. Raises UnavailableError if nobody can tell."""
        found = self._read(decision.login_id)
        told = None if found is None else (found.state, found.reason, found.decided_at)
        return told == (decision.state, decision.reason, decision.at)

    def _follow(self, decision: StoredCallDecision, before: LoginTransaction) -> None:
        self.audit.login_decided(decision_record(before, decision.reason, decision.at))
        self._attempt(lambda: self._wake(before))

    def _attempt(self, follow_up: Callable[[], object]) -> None:
        try:
            follow_up()
        except ConditionRefusedError:  # somebody else did it, or the login was decided just before
            return
        except GatehouseError as error:
            self.report_fault(error)

    def _wake(self, before: LoginTransaction) -> None:
        if before.task_token is not None:
            token = self.vault.open(before.task_token, token_context(before.login_id))
            self.waker.wake(token.decode(), before.login_id)

    def _code(self, contact: Contact) -> str | None:
        """The code of the number that this very call is to prove, while it counts."""
        call = self._number_call(contact)
        if call is None or call.expires_at <= self.clock.now():
            return None
        pending = self.phones.pending(call.user_id)
        if pending is None or pending.phone_id != call.phone_id or pending.expires_at != call.expires_at:
            return None  # another number took its place
        return self.vault.open(pending.code, code_context(call.user_id, call.phone_id)).decode()

    def _number_call(self, contact: Contact) -> NumberCall | None:
        call = self._once_called(lambda: self.calls.number_call(contact.call_id))
        return call if call is not None and call.contact_id == contact.contact_id else None


def _counts(item: CodeFactors, phone_id: str) -> bool:
    return any(phone.phone_id == phone_id for phone in item.phones)
