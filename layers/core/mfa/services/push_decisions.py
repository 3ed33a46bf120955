"""What a device is asked, and what it decides.

The signature of a decision is verified before anything is decided by it, and before the number is looked at: a bad one
changes nothing. There is one guess: a wrong number denies. The first decision stands, whoever sends another; from the
login's end on there is none. Looking at a prompt writes nothing, not even that its time is over.

The item decides. What follows (the record, waking the execution, noting the use) cannot take a decision back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hmac import compare_digest
from typing import Any

from mfa.domain.device_signatures import DeviceDecision, decision_octets, passkey_challenge
from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.domain.push import PushApproval, PushPrompt, number_context, token_context
from mfa.domain.push_devices import Passkey
from mfa.domain.reasons import RejectReason
from mfa.errors import (
    ConditionRefusedError,
    GatehouseError,
    NotFoundError,
    UnavailableError,
    UnreadableItemError,
)
from mfa.ports import AuditTrail, Clock, LoginTransactionStore, Vault
from mfa.push_ports import (
    PasskeyCeremony,
    PushDeviceStore,
    PushLedgerStore,
    PushTransactionStore,
    SignatureVerifier,
    StoredDecision,
    Waker,
)
from mfa.services.decision_records import decision_record
from mfa.services.device_authentication import PairedDevice
from mfa.services.enrollment_events import SUBSCRIBER_ACTOR, SubscriberEvent
from mfa.services.login_expiry import expire
from mfa.services.push_errors import (
    DecidedAlreadyError,
    DeviceRefusedError,
    NumberMissingError,
    PasskeyNeededError,
    SignatureRefusedError,
    TooLateError,
)

_DECIDED = frozenset({TransactionState.APPROVED, TransactionState.DENIED})
_REASONS: Mapping[DeviceDecision, RejectReason] = {
    DeviceDecision.DENY: RejectReason.DENIED,
    DeviceDecision.REPORT: RejectReason.REPORTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPrompt:
    """``state`` is what it is at this moment, whether or not anybody has noted the end."""

    transaction: LoginTransaction
    prompt: PushPrompt
    state: TransactionState


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedDecision:
    """``signature`` over the decision's octets, with ``number`` as the person entered it, or none. ``assertion`` is
    that of the device's passkey, as JSON."""

    decision: DeviceDecision
    number: str | None = field(repr=False)
    signature: bytes = field(repr=False)
    assertion: Mapping[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PushDecisions:
    transactions: LoginTransactionStore
    decisions: PushTransactionStore
    ledgers: PushLedgerStore
    devices: PushDeviceStore
    verifier: SignatureVerifier
    passkeys: PasskeyCeremony
    vault: Vault
    waker: Waker
    audit: AuditTrail
    clock: Clock
    report_fault: Callable[[BaseException], None]

    def waiting(self, device: PairedDevice) -> Sequence[ShownPrompt]:
        """What this device is asked now: at most one prompt, as a user has only one."""
        last = self.ledgers.read(device.user_id).last
        if last is None:
            return ()
        try:
            shown = self.show(device, last.login_id)
        except NotFoundError:  # another device is asked, or it is gone
            return ()
        return (shown,) if shown.state is TransactionState.PENDING else ()

    def show(self, device: PairedDevice, login_id: str) -> ShownPrompt:
        """Raises NotFoundError, also for the prompts of others."""
        transaction, prompt = self._own(device, login_id)
        has_run_out = transaction.has_run_out(self.clock.now())
        state = TransactionState.EXPIRED if has_run_out else transaction.state
        return ShownPrompt(transaction=transaction, prompt=prompt, state=state)

    def decide(self, device: PairedDevice, login_id: str, answer: SignedDecision) -> StoredDecision:
        """Raises NotFoundError, SignatureRefusedError, NumberMissingError, PasskeyNeededError, DecidedAlreadyError,
        TooLateError, DeviceRefusedError."""
        now = round(self.clock.now(), 3)
        transaction, prompt = self._own(device, login_id)
        octets = decision_octets(transaction, prompt, answer.decision, answer.number or "")
        if not self.verifier.verify_signature(device.device.public_key, octets, answer.signature):
            raise SignatureRefusedError
        if answer.decision is DeviceDecision.REPORT:
            self._mute(device, transaction, now)
        _check_open(self._noted(transaction, now))
        reason, used = self._judged(device, transaction, prompt, answer, octets)
        decision = StoredDecision(
            login_id=login_id,
            user_id=device.user_id,
            device_id=device.device_id,
            state=TransactionState.APPROVED if reason is None else TransactionState.DENIED,
            reason=reason,
            at=now,
        )
        self._store(decision)
        self._follow(decision, transaction, used)
        return decision

    def _own(self, device: PairedDevice, login_id: str) -> tuple[LoginTransaction, PushPrompt]:
        transaction = self._read(login_id)
        prompt = transaction.prompt
        if prompt is None or (transaction.user_id, prompt.device_id) != (device.user_id, device.device_id):
            raise NotFoundError("there is no such prompt")
        return transaction, prompt

    def _read(self, login_id: str) -> LoginTransaction:
        found = self.transactions.read([login_id]).get(login_id)
        if found is None:
            raise NotFoundError("there is no such prompt")
        if isinstance(found, UnreadableItemError):
            raise found
        return found

    def _mute(self, device: PairedDevice, transaction: LoginTransaction, now: float) -> None:
        """Before anything else, and however late: whoever asks in the user's name must not ask again."""
        self.ledgers.mute(device.user_id, int(now))
        details = {
            "device_id": device.device_id,
            "login_id": transaction.login_id,
            "client": transaction.client,
            "address": "" if transaction.prompt is None else transaction.prompt.address,
        }
        self.audit.subscriber_changed(SubscriberEvent.PUSH_REPORTED, device.user_id, details, SUBSCRIBER_ACTOR)

    def _noted(self, transaction: LoginTransaction, now: float) -> LoginTransaction:
        """As it is, with its end noted if its time is over."""
        if not transaction.has_run_out(now):
            return transaction
        try:
            return expire(self.transactions, self.audit, transaction, now)
        except ConditionRefusedError:  # somebody else has noted it, or it was decided just before
            return self._read(transaction.login_id)

    def _judged(
        self,
        device: PairedDevice,
        transaction: LoginTransaction,
        prompt: PushPrompt,
        answer: SignedDecision,
        octets: bytes,
    ) -> tuple[RejectReason | None, Passkey | None]:
        """Why the login is not approved, None if it is; and the passkey with its new count, if it was used."""
        if answer.decision is not DeviceDecision.APPROVE:
            return _REASONS[answer.decision], None
        if prompt.needs_number and answer.number is None:
            raise NumberMissingError
        used = self._asserted(device, answer, octets) if prompt.needs_passkey else None
        is_right = self._is_right(transaction.login_id, prompt, answer.number)
        return None if is_right else RejectReason.WRONG_NUMBER, used

    def _asserted(self, device: PairedDevice, answer: SignedDecision, octets: bytes) -> Passkey:
        passkey = device.device.passkey
        if answer.assertion is None or passkey is None:
            raise PasskeyNeededError
        sign_count = self.passkeys.verify_assertion(answer.assertion, passkey_challenge(octets), passkey)
        if sign_count is None:
            raise SignatureRefusedError
        return replace(passkey, sign_count=sign_count)

    def _is_right(self, login_id: str, prompt: PushPrompt, number: str | None) -> bool:
        if prompt.number is None:  # one that should have a number and has none is nobody's to approve
            return prompt.approval is not PushApproval.NUMBER
        typed = self.vault.open(prompt.number, number_context(login_id))
        return compare_digest(typed, (number or "").encode())

    def _store(self, decision: StoredDecision) -> None:
        try:
            self.decisions.decide(decision)
        except ConditionRefusedError:
            _check_open(self._noted(self._read(decision.login_id), decision.at))
            raise DeviceRefusedError from None  # it still waits: so it is the device, or its user, that does not count
        except UnavailableError:
            if not self._stands(decision):
                raise

    def _stands(self, decision: StoredDecision) -> bool:
        """Whether it was written although the answer was lost. Raises UnavailableError if nobody can tell."""
        found = self._read(decision.login_id)
        return (found.state, found.reason, found.decided_at) == (decision.state, decision.reason, decision.at)

    def _follow(self, decision: StoredDecision, before: LoginTransaction, used: Passkey | None) -> None:
        self.audit.login_decided(decision_record(before, decision.reason, decision.at))
        self._attempt(lambda: self._wake(before))
        self._attempt(lambda: self.devices.note_use(decision.user_id, decision.device_id, int(decision.at), used))

    def _attempt(self, follow_up: Callable[[], None]) -> None:
        try:
            follow_up()
        except GatehouseError as error:
            self.report_fault(error)

    def _wake(self, before: LoginTransaction) -> None:
        """Whoever answers faster than the prompt is sent finds no token at first; from the decision on none comes."""
        sealed = before.task_token or self._read(before.login_id).task_token
        if sealed is not None:
            token = self.vault.open(sealed, token_context(before.login_id))
            self.waker.wake(token.decode(), before.login_id)


def _check_open(transaction: LoginTransaction) -> None:
    if transaction.state in _DECIDED:
        raise DecidedAlreadyError
    if transaction.state is not TransactionState.PENDING:
        raise TooLateError
