"""Sending the prompt of a login that waits, or calling, and noting its end when nobody answers.

Sending is claimed before it is done: a prompt that is sent twice would be two prompts. What cannot be delivered decides
nothing: the open app asks by itself, and the login's own end comes in any case.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from mfa.contract.fields import encode_object
from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.domain.push import token_context
from mfa.domain.push_devices import PushDevice, PushSubscription
from mfa.errors import ConditionRefusedError, NotFoundError, UnavailableError, UnreadableItemError
from mfa.ports import AuditTrail, Clock, LoginTransactionStore, Pause, Vault
from mfa.push_ports import (
    PushDelivery,
    PushDeviceStore,
    PushEvent,
    PushMessage,
    PushNote,
    PushSender,
    PushTrail,
    PushTransactionStore,
    Waker,
)
from mfa.services.call_dispatch import CallDispatch
from mfa.services.login_expiry import expire

# How much too early the end may be noted: the execution counts whole seconds by a clock of its own.
MOST_EARLY_SECONDS: Final = 3.0
_UNANSWERED: Final = frozenset({TransactionState.EXPIRED, TransactionState.CANCELLED})


class PushDispatch:
    def __init__(
        self,
        *,
        transactions: LoginTransactionStore,
        sendings: PushTransactionStore,
        devices: PushDeviceStore,
        sender: PushSender,
        calls: CallDispatch,
        waker: Waker,
        vault: Vault,
        audit: AuditTrail,
        trail: PushTrail,
        clock: Clock,
        pause: Pause,
        report_fault: Callable[[BaseException], None],
    ) -> None:
        self._transactions = transactions
        self._sendings = sendings
        self._devices = devices
        self._sender = sender
        self._calls = calls
        self._waker = waker
        self._vault = vault
        self._audit = audit
        self._trail = trail
        self._clock = clock
        self._pause = pause
        self._report_fault = report_fault

    def send(self, login_id: str, task_token: str | None) -> None:
        """Ring the device that this login asks, or call, once. ``task_token`` wakes the execution that waits, None if
        none does. Raises UnavailableError."""
        transaction = self._waiting(login_id)
        if transaction is None:
            self._let_go(login_id, task_token)
            return
        device = self._device_of(transaction)
        try:
            self._claim(transaction, task_token)
        except ConditionRefusedError:
            self._refused(login_id, task_token)
            return
        if transaction.phone_id is None:
            self._ring(transaction, device)
        elif not self._calls.call(transaction):
            self._let_go(login_id, task_token)

    def expire(self, login_id: str) -> None:
        """Note that nobody answered, unless it is decided. Raises UnavailableError."""
        transaction = self._read(login_id)
        if transaction is None or transaction.state is not TransactionState.PENDING:
            self._hang_up(transaction)
            return
        left = transaction.expires_at - self._clock.now()
        if left > MOST_EARLY_SECONDS:
            return
        if left > 0:
            self._pause(left)
        self._note_end(transaction)

    def _waiting(self, login_id: str) -> LoginTransaction | None:
        """None if there is nothing to ask anybody any more; its end is noted then."""
        transaction = self._read(login_id)
        if transaction is None:
            self._note(PushEvent.UNKNOWN_LOGIN, login_id)
            return None
        if transaction.has_run_out(self._clock.now()):
            self._note_end(transaction)
            return None
        if transaction.state is not TransactionState.PENDING:
            self._note(PushEvent.ENDED_BEFORE, login_id)
            return None
        return transaction

    def _read(self, login_id: str) -> LoginTransaction | None:
        found = self._transactions.read([login_id]).get(login_id)
        if not isinstance(found, UnreadableItemError):
            return found
        self._report_fault(found)
        return None

    def _note_end(self, transaction: LoginTransaction) -> None:
        with suppress(ConditionRefusedError):  # it was decided just before
            expire(self._transactions, self._audit, transaction, max(self._clock.now(), transaction.expires_at))
            self._note(PushEvent.EXPIRED, transaction.login_id)
            self._hang_up(replace(transaction, state=TransactionState.EXPIRED))

    def _hang_up(self, transaction: LoginTransaction | None) -> None:
        """Whoever noted the end: a call that was answered in time ends by itself."""
        if transaction is not None and transaction.phone_id is not None and transaction.state in _UNANSWERED:
            self._calls.hang_up(transaction)

    def _device_of(self, transaction: LoginTransaction) -> PushDevice | None:
        """Whether it still counts is asked when it decides."""
        device = None if transaction.prompt is None else self._devices.read(transaction.prompt.device_id)
        return device if device is not None and device.user_id == transaction.user_id else None

    def _claim(self, transaction: LoginTransaction, task_token: str | None) -> None:
        sealed = None
        if task_token is not None:
            sealed = self._vault.seal(task_token.encode(), token_context(transaction.login_id))
        self._sendings.claim_sending(transaction.login_id, self._clock.now(), sealed)

    def _refused(self, login_id: str, task_token: str | None) -> None:
        """It was decided meanwhile, or somebody else has sent it. Then the execution goes on waiting: it notes the
        end if nobody answers."""
        transaction = self._read(login_id)
        if transaction is not None and transaction.state is TransactionState.PENDING:
            self._note(PushEvent.SENT_BEFORE, login_id)
            return
        self._note(PushEvent.ENDED_BEFORE, login_id)
        self._let_go(login_id, task_token)

    def _let_go(self, login_id: str, task_token: str | None) -> None:
        if task_token is not None:
            self._waker.wake(task_token, login_id)

    def _ring(self, transaction: LoginTransaction, device: PushDevice | None) -> None:
        if device is None:
            self._note(PushEvent.NO_DEVICE, transaction.login_id)
        elif device.subscription is None:
            self._note(PushEvent.NO_SUBSCRIPTION, transaction.login_id, device_id=device.device_id)
        else:
            self._deliver(transaction, device, device.subscription)

    def _deliver(self, transaction: LoginTransaction, device: PushDevice, subscription: PushSubscription) -> None:
        before = self._clock.now()
        delivery = self._sender.send(subscription, _message(transaction, before))
        if delivery.is_gone:
            self._forget(device, subscription)
        self._note(
            _event(delivery),
            transaction.login_id,
            device_id=device.device_id,
            detail=delivery.detail,
            milliseconds=round((self._clock.now() - before) * 1000),
        )

    def _forget(self, device: PushDevice, gone: PushSubscription) -> None:
        """Unless the app has made another one meanwhile. Nothing is lost if this fails: it is tried at the next
        prompt."""
        with suppress(NotFoundError, UnavailableError):
            now = self._devices.read(device.device_id)
            if now is not None and now.subscription == gone:
                self._devices.subscribe(device.user_id, device.device_id, None)

    def _note(
        self,
        event: PushEvent,
        login_id: str,
        *,
        device_id: str | None = None,
        detail: str = "",
        milliseconds: int | None = None,
    ) -> None:
        note = PushNote(event=event, login_id=login_id, device_id=device_id, detail=detail, milliseconds=milliseconds)
        self._trail.noted(note)


def _message(transaction: LoginTransaction, now: float) -> PushMessage:
    """It lives as long as the prompt does: a phone that was off must not ring for a login that has ended."""
    payload = encode_object({"id": transaction.login_id})
    return PushMessage(payload=payload, seconds=int(transaction.expires_at - now), topic=transaction.login_id)


def _event(delivery: PushDelivery) -> PushEvent:
    if delivery.was_taken:
        return PushEvent.TAKEN
    return PushEvent.GONE if delivery.is_gone else PushEvent.NOT_TAKEN
