"""Calling the number that a waiting login asks.

It is called by whoever has claimed the sending, so once. The caps are counted here, just before the call: never for a
packet that rings nobody. Where no telephone rings, the login is cancelled at once, with its reason: its Reject is held
like that of a call that nobody answers.
"""

from contextlib import suppress
from typing import Final

from mfa.call_ports import CallResult, CallStore, WantedCall
from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.domain.phone_calls import CallPurpose
from mfa.domain.phones import PhoneWay, VerifiedPhone, number_context
from mfa.domain.reasons import RejectReason
from mfa.errors import ConditionRefusedError
from mfa.ports import AuditTrail, Clock, LoginStore, LoginTransactionStore, Vault
from mfa.services.calls import Calls, told
from mfa.services.decision_records import decision_record
from mfa.services.outbound import Recipient, Refused

_MAY_RING: Final = frozenset({CallResult.PLACED, CallResult.UNKNOWN})


class CallDispatch:
    """``company`` is the name that users know us by."""

    def __init__(
        self,
        *,
        calls: Calls,
        store: CallStore,
        transactions: LoginTransactionStore,
        logins: LoginStore,
        vault: Vault,
        clock: Clock,
        audit: AuditTrail,
        company: str,
    ) -> None:
        self._calls = calls
        self._store = store
        self._transactions = transactions
        self._logins = logins
        self._vault = vault
        self._clock = clock
        self._audit = audit
        self._company = company

    def call(self, transaction: LoginTransaction) -> bool:
        """Whether a telephone may ring now. Raises UnavailableError."""
        refused = self._placed(transaction)
        if refused is not None:
            self._cancel(transaction, refused)
        return refused is None

    def hang_up(self, transaction: LoginTransaction) -> None:
        """A telephone must not go on ringing for a login that has ended."""
        if transaction.contact_id is not None:
            self._calls.hang_up(transaction.contact_id)

    def _placed(self, transaction: LoginTransaction) -> Refused | None:
        phone = self._phone_of(transaction)
        if phone is None:  # removed since
            return Refused(RejectReason.NO_PHONE)
        recipient = self._recipient(transaction, phone)
        refused = self._calls.refusal_beyond_ration(recipient, self._clock.now())
        if refused is not None:
            return refused
        placed = self._calls.place(recipient, self._wanted(transaction))
        if placed.contact_id is not None:
            self._note_contact(transaction, placed.contact_id)
        return None if placed.result in _MAY_RING else Refused(RejectReason.CALL_FAILED, told(placed))

    def _note_contact(self, transaction: LoginTransaction, contact_id: str) -> None:
        try:
            self._store.note_contact(transaction.login_id, contact_id)
        except ConditionRefusedError:  # the login has ended just now
            self._calls.hang_up(contact_id)

    def _phone_of(self, transaction: LoginTransaction) -> VerifiedPhone | None:
        item = self._logins.read(transaction.user_id)
        phones = () if item is None else item.phones
        return next((one for one in phones if one.phone_id == transaction.phone_id and PhoneWay.CALL in one.ways), None)

    def _recipient(self, transaction: LoginTransaction, phone: VerifiedPhone) -> Recipient:
        number = self._vault.open(phone.number, number_context(transaction.user_id, phone.phone_id))
        return Recipient(
            user_id=transaction.user_id,
            number=number.decode(),
            region=phone.region,
            client=transaction.client,
            login_id=transaction.login_id,
        )

    def _wanted(self, transaction: LoginTransaction) -> WantedCall:
        return WantedCall(
            call_id=transaction.login_id,
            purpose=CallPurpose.LOGIN,
            application=transaction.client,
            company=self._company,
            seconds=transaction.expires_at - self._clock.now(),
        )

    def _cancel(self, transaction: LoginTransaction, refused: Refused) -> None:
        now = round(self._clock.now(), 3)
        with suppress(ConditionRefusedError):  # its time is over, and whoever notices writes that down
            self._transactions.move(transaction.login_id, TransactionState.CANCELLED, now, refused.reason)
            self._audit.login_decided(decision_record(transaction, refused.reason, now, fault=refused.fault))
