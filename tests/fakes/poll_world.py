"""Logins that wait, and the service that edges ask about them."""

from collections.abc import Sequence
from itertools import count

from mfa.contract.fields import base64url
from mfa.contract.login import LoginResponse
from mfa.contract.polls import PollRequest
from mfa.domain.login_transactions import LoginTransaction
from mfa.services.polls import PollService
from mfa.services.tickets import GOOD_AFTER_THE_END_SECONDS, Ticket, Tickets
from tests.fakes.audit import RecordingAudit
from tests.fakes.clock import FakeClock
from tests.fakes.store import InMemoryStore
from tests.fakes.vault import FakeVault

EDGE = "gatehouse-edge"
NONCE = b"the edge's nonce"
LIFE_SECONDS = 45


class PollWorld:
    def __init__(self) -> None:
        self.store = InMemoryStore()
        self.vault = FakeVault()
        self.clock = FakeClock()
        self.audit = RecordingAudit()
        self.tickets = Tickets(self.vault)
        self.faults: list[BaseException] = []
        self.service = PollService(
            transactions=self.store.transactions,
            push=self.store.transactions,
            tickets=self.tickets,
            audit=self.audit,
            clock=self.clock,
            report_fault=self.faults.append,
        )
        self._serial = count(1)

    def waiting(self, *, role: str | None = EDGE, client: str = "vpn") -> tuple[bytes, str]:
        """A login that waits from now on: its id, and the ticket of the edge with that role."""
        login_id = next(self._serial).to_bytes(16)
        transaction = LoginTransaction(
            login_id=base64url(login_id),
            client=client,
            user_id="u",
            username="CORP\\alice",
            source_ip="192.0.2.7",
            config_revision="7",
            created_at=int(self.clock.now()),
            expires_at=int(self.clock.now()) + LIFE_SECONDS,
            attributes=(("Filter-Id", "staff"),),
            hold_ms=1000,
        )
        self.store.transactions.put(transaction)
        return login_id, self.ticket(transaction, login_id, role)

    def ticket(self, transaction: LoginTransaction, login_id: bytes, role: str | None) -> str:
        """That of a packet that waits for this login: its own, or another that joined."""
        return self.tickets.seal(
            Ticket(
                login_id=login_id,
                nonce=NONCE,
                transaction=transaction.login_id,
                client=transaction.client,
                role=role,
                expires_at=int(transaction.expires_at) + GOOD_AFTER_THE_END_SECONDS,
            )
        )

    def poll(self, *tickets: str, role: str | None = EDGE) -> Sequence[LoginResponse]:
        return self.service.poll(PollRequest(tickets), role).results
