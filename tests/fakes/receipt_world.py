"""Receipts and seals on fakes: lines of the real audit trail go in, a store with seals comes out."""

import json
from dataclasses import dataclass, field
from typing import Any

from mfa.domain.reasons import RejectReason
from mfa.domain.receipts import MARK
from mfa.ports import LoginRecord
from mfa.services.audit_verification import AuditVerification, Verification
from mfa.services.receipts import ReceiptService
from mfa.services.sealing import Sealing, SealReport
from tests.fakes.clock import FakeClock
from tests.fakes.receipts import RecordingBus
from tests.fakes.store import InMemoryStore
from tests.fakes.vault import FakeVault

START = 1_800_000_000.0  # the beginning of a minute
MINUTE = int(START) // 60


def login(number: int, **fields: Any) -> str:
    """A line of the log."""
    line = {
        MARK: "login",
        "message": "login decided",
        "emitter": "e1",
        "number": number,
        "at_ms": int(START * 1000) + number,
        "login_id": f"login-{number}",
        "client": "vpn",
        "source_ip": "10.0.1.5",
        "username": "alice",
        "user_id": "user-1",
        "outcome": "accept",
        "reason": "none",
        "typed": "code",
    }
    return json.dumps(line | fields)


def change(number: int, event: str, **fields: Any) -> str:
    line = {
        MARK: "change",
        "emitter": "e1",
        "number": number,
        "at_ms": int(START * 1000) + number,
        "event": event,
        "user_id": "user-1",
        "actor": "subscriber",
        "details": {},
    }
    return json.dumps(line | fields)


@dataclass
class ReceiptWorld:
    store: InMemoryStore = field(default_factory=InMemoryStore)
    bus: RecordingBus = field(default_factory=RecordingBus)
    clock: FakeClock = field(default_factory=lambda: FakeClock(START))
    vault: FakeVault = field(default_factory=FakeVault)
    faults: list[BaseException] = field(default_factory=list)
    retention_days: int = 365

    @property
    def service(self) -> ReceiptService:
        return ReceiptService(
            store=self.store.receipts,
            bus=self.bus,
            clock=self.clock,
            retention_days=self.retention_days,
            report_fault=self.faults.append,
        )

    def take(self, *lines: str) -> None:
        self.service.take(lines)

    def seal(self) -> SealReport:
        return Sealing(
            store=self.store.receipts, vault=self.vault, clock=self.clock, retention_days=self.retention_days
        ).seal()

    def seal_until(self, minute: int) -> None:
        """As if the sealer had run once a minute until that one is sealed."""
        while self.clock.now() < minute * 60 + 180:
            self.clock.advance(60)
            self.seal()

    def verify(self, first: int = MINUTE, last: int = MINUTE) -> Verification:
        return AuditVerification(
            store=self.store.receipts, vault=self.vault, clock=self.clock, retention_days=self.retention_days
        ).verify(first, last)

    def found(self, first: int = MINUTE, last: int = MINUTE) -> list[str]:
        return [finding.kind.value for finding in self.verify(first, last).findings]


def login_record(**fields: Any) -> LoginRecord:
    record: dict[str, Any] = {
        "login_id": "AAAAAAAAAAAAAAAAAAAAAA",
        "client": "vpn",
        "source_ip": "192.0.2.7",
        "username": "alice",
        "user_id": "user-1",
        "outcome": "reject",
        "reason": RejectReason.CODE_USED,
        "factor_id": None,
        "replayed": False,
        "config_revision": "1",
        "nas": {},
        "duration_ms": 12,
    }
    return LoginRecord(**record | fields)
