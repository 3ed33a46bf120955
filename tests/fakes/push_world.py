"""Logins that ask a person: the company of ModeWorld with devices, and the edges that poll for them."""

from dataclasses import replace

from mfa.contract.fields import base64url
from mfa.contract.login import LoginRequest, LoginResponse
from mfa.contract.polls import PollRequest
from mfa.domain.configuration import ClientMode, ClientPolicy
from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.domain.push import PushApproval, PushWait
from mfa.domain.reasons import RejectReason
from mfa.ports import Vault
from mfa.push_ports import StoredDecision
from mfa.services.polls import PollService
from mfa.services.tickets import Tickets
from tests.fakes.clock import FakeClock
from tests.fakes.login_world import Answer, Stores, client
from tests.fakes.mode_world import ModeWorld

PHONE, TABLET = "alices-phone", "alices-tablet"
TIMEOUT, RETRIES = 10, 2
WAIT_MS = 9_000  # how long the edge waits for one packet
EDGE = "gatehouse-edge"


def policy(
    mode: ClientMode = ClientMode.SECOND_FACTOR,
    approval: PushApproval = PushApproval.NUMBER,
    wait: PushWait = PushWait.FIRST_PACKET,
    **named: object,
) -> ClientPolicy:
    vpn = client("vpn", "192.0.2.0/24", timeout_seconds=TIMEOUT, retries=RETRIES)
    return replace(vpn, mode=mode, push_approval=approval, push_wait=wait, **named)  # type: ignore[arg-type]


class PushWorld(ModeWorld):
    """``alice`` has a phone and a tablet beside her token."""

    def __init__(
        self, stores: Stores | None = None, *, vault: Vault | None = None, clock: FakeClock | None = None
    ) -> None:
        super().__init__(stores, vault=vault, clock=clock)
        self.configure(policy())
        self.pair(self.user_id, PHONE)
        self.pair(self.user_id, TABLET)
        self.polls = PollService(
            transactions=self.store.transactions,
            push=self.store.push_transactions,
            tickets=Tickets(self.vault),
            audit=self.audit,
            clock=self.clock,
            report_fault=self._faulty,
        )

    def request(self, text: str, **named: object) -> LoginRequest:
        return super().request(text, **{"deadline_ms": WAIT_MS, **named})

    def ask(self, text: str, **named: object) -> Answer:
        """A login at the edge with that role."""
        return self.send(self.request(text, **named), role=EDGE)

    def poll(self, answer: Answer) -> LoginResponse:
        assert answer.response.ticket is not None
        (result,) = self.polls.poll(PollRequest([answer.response.ticket]), EDGE).results
        return result

    def transaction(self, answer: Answer) -> LoginTransaction:
        """That of the login itself, not of one that it joined."""
        return self.transaction_of(base64url(answer.response.login_id))

    def transaction_of(self, login_id: str) -> LoginTransaction:
        found = self.store.transactions.read([login_id])[login_id]
        assert isinstance(found, LoginTransaction)
        return found

    def decide(self, login_id: str, state: TransactionState = TransactionState.APPROVED) -> None:
        """As the ``devices`` function does once a signature has been verified."""
        transaction = self.transaction_of(login_id)
        assert transaction.prompt is not None
        self.store.push_transactions.decide(
            StoredDecision(
                login_id=login_id,
                user_id=transaction.user_id,
                device_id=transaction.prompt.device_id,
                state=state,
                reason=None if state is TransactionState.APPROVED else RejectReason.DENIED,
                at=self.clock.now(),
            )
        )

    def _faulty(self, error: BaseException) -> None:
        raise AssertionError from error
