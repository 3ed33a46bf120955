"""How do the logins stand that an edge holds? One consistent read for all of them.

A ticket that is not the caller's gets no answer at all, as if it did not exist. A login whose time is over is expired
from that moment on; the first who notices writes it down. A login that is stored in a way that makes no sense is
rejected and reported, and all others are answered as usual.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace

from mfa.contract.errors import ContractError
from mfa.contract.fields import base64url
from mfa.contract.login import LoginResponse, Outcome
from mfa.contract.polls import PollRequest, PollResponse
from mfa.domain.login_transactions import LoginTransaction, TransactionState, poll_after_ms
from mfa.domain.reasons import RejectReason
from mfa.errors import ConditionRefusedError, UnavailableError, UnreadableItemError
from mfa.ports import AuditTrail, Clock, LoginTransactionStore
from mfa.push_ports import PushTransactionStore
from mfa.services.login_expiry import expire
from mfa.services.tickets import Ticket, Tickets

type Found = Mapping[str, LoginTransaction | UnreadableItemError]


class PollService:
    def __init__(
        self,
        *,
        transactions: LoginTransactionStore,
        push: PushTransactionStore,
        tickets: Tickets,
        audit: AuditTrail,
        clock: Clock,
        report_fault: Callable[[BaseException], None],
    ) -> None:
        self._transactions = transactions
        self._push = push
        self._tickets = tickets
        self._audit = audit
        self._clock = clock
        self._report_fault = report_fault

    def poll(self, request: PollRequest, role: str | None) -> PollResponse:
        """Raises UnavailableError; the edge asks again."""
        now = self._clock.now()
        opened = [self._tickets.open(text) for text in request.tickets]
        mine = [ticket for ticket in opened if ticket and ticket.role == role and now < ticket.expires_at]
        found = self._transactions.read(list(dict.fromkeys(ticket.transaction for ticket in mine)))
        return PollResponse(tuple(self._sound(self._result(ticket, found, now), ticket) for ticket in mine))

    def _result(self, ticket: Ticket, found: Found, now: float) -> LoginResponse:
        transaction = self._readable(found, ticket.transaction)
        if transaction is not None and transaction.has_run_out(now):
            transaction = self._expired(transaction, now)
        if transaction is None or transaction.client != ticket.client:  # a sealed ticket without its login: removed
            return _response(ticket, Outcome.REJECT)
        match transaction.state:
            case TransactionState.PENDING:
                return _response(ticket, Outcome.PENDING, poll_after_ms=poll_after_ms(transaction, now))
            case TransactionState.APPROVED:
                self._note_told(transaction, now)
                return replace(
                    _response(ticket, Outcome.ACCEPT, attributes=transaction.attributes), ms_chap=ticket.ms_chap
                )
            case TransactionState.DENIED:  # somebody was there, and has said no
                return _response(ticket, Outcome.REJECT)
            case TransactionState.CANCELLED if transaction.reason is RejectReason.CANCELLED:  # its device was removed
                return _response(ticket, Outcome.REJECT)
            case _:  # nobody was: held until all prompts of that client would have ended
                return _response(ticket, Outcome.REJECT, hold_ms=transaction.hold_ms)

    def _note_told(self, transaction: LoginTransaction, now: float) -> None:
        """An approval is told to the packets that wait for it; none that comes later joins it. If that cannot be noted,
        nobody is told: the edge asks again."""
        if transaction.told_at is None:
            with suppress(ConditionRefusedError):  # another edge was told in between
                self._push.note_told(transaction.login_id, now)

    def _readable(self, found: Found, login_id: str) -> LoginTransaction | None:
        transaction = found.get(login_id)
        if not isinstance(transaction, UnreadableItemError):
            return transaction
        self._report_fault(transaction)
        return None

    def _sound(self, response: LoginResponse, ticket: Ticket) -> LoginResponse:
        """An answer that breaks the contract would make the edge refuse all answers beside it, again and again."""
        try:
            return LoginResponse.from_message(response.to_message())
        except ContractError as error:
            self._report_fault(UnreadableItemError(f"login {base64url(ticket.login_id)} has no answer: {error}"))
            return _response(ticket, Outcome.REJECT)

    def _expired(self, transaction: LoginTransaction, now: float) -> LoginTransaction | None:
        """How a login stands whose time is over: expired, unless it was decided just before. If that cannot be
        written, it stays pending for this answer, and the edge asks again."""
        try:
            return expire(self._transactions, self._audit, transaction, now)
        except ConditionRefusedError:
            return self._readable(self._transactions.read([transaction.login_id]), transaction.login_id)
        except UnavailableError:
            return transaction


def _response(
    ticket: Ticket,
    outcome: Outcome,
    *,
    hold_ms: int = 0,
    attributes: tuple[tuple[str, str], ...] = (),
    poll_after_ms: int | None = None,
) -> LoginResponse:
    return LoginResponse(
        login_id=ticket.login_id,
        nonce=ticket.nonce,
        outcome=outcome,
        hold_ms=hold_ms,
        attributes=attributes,
        poll_after_ms=poll_after_ms,
    )
