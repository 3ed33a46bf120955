"""What the table holds, under one lock. ``calls`` lists every call by name. ``faults.before[name]`` makes the next
call of that name fail without effect, ``faults.after[name]`` lets it work and then fail (a lost answer); each is a
number of times.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock

from mfa.domain.accounting import AccountingRecord
from mfa.domain.challenges import Challenge
from mfa.domain.client_profile import ClientProfile
from mfa.domain.configuration import Configuration, CurrentRevision
from mfa.domain.directory_sync import SyncedUser
from mfa.domain.factors import CodeFactors
from mfa.domain.invitations import Invitation
from mfa.domain.login_transactions import LoginTransaction
from mfa.domain.notices import Notice
from mfa.domain.password_tries import PasswordTries
from mfa.domain.phone_calls import NumberCall
from mfa.domain.push_devices import PushDevice
from mfa.domain.push_ledger import PushLedger
from mfa.domain.receipts import Entry, EntryKind
from mfa.domain.recovery import RecoveryCodes
from mfa.domain.seals import Seal
from mfa.domain.sms_caps import CapName, Channel
from mfa.domain.sms_ledger import SmsLedger
from mfa.domain.subscribers import Subscriber
from mfa.domain.tokens import Token, TokenImport
from mfa.domain.user_names import Alias
from mfa.errors import UnavailableError
from mfa.ports import EnrollmentCode, EnrollmentSession
from mfa.sms_ports import PendingPhone


@dataclass
class Faults:
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)


@dataclass
class State:
    """All items. Values are frozen; a change replaces the value."""

    lock: RLock = field(default_factory=RLock)
    calls: list[str] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    aliases: dict[Alias, str] = field(default_factory=dict)
    profiles: dict[str, Subscriber] = field(default_factory=dict)
    factors: dict[str, CodeFactors] = field(default_factory=dict)
    confirmations: Counter[tuple[str, str]] = field(default_factory=Counter)
    codes: dict[bytes, EnrollmentCode] = field(default_factory=dict)
    sessions: dict[bytes, EnrollmentSession] = field(default_factory=dict)
    revisions: dict[int, Configuration] = field(default_factory=dict)
    current: CurrentRevision | None = None
    transactions: dict[str, LoginTransaction] = field(default_factory=dict)
    devices: dict[str, PushDevice] = field(default_factory=dict)
    accounting: dict[tuple[str, str], AccountingRecord] = field(default_factory=dict)
    pins: dict[str, frozenset[str]] = field(default_factory=dict)
    synced: dict[tuple[str, str], SyncedUser] = field(default_factory=dict)
    client_profiles: dict[str, ClientProfile] = field(default_factory=dict)
    password_tries: dict[str, PasswordTries] = field(default_factory=dict)
    challenges: dict[str, Challenge] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    push_ledgers: dict[str, PushLedger] = field(default_factory=dict)
    sms_ledgers: dict[str, SmsLedger] = field(default_factory=dict)
    sms_counters: Counter[tuple[Channel, CapName, str, int, int]] = field(default_factory=Counter)
    pending_phones: dict[str, PendingPhone] = field(default_factory=dict)
    number_calls: dict[str, NumberCall] = field(default_factory=dict)
    had_phones: set[str] = field(default_factory=set)
    tokens: dict[str, Token] = field(default_factory=dict)
    token_imports: dict[str, TokenImport] = field(default_factory=dict)
    tries: dict[str, tuple[int, int]] = field(default_factory=dict)
    notices: dict[str, dict[tuple[int, str], Notice]] = field(default_factory=dict)
    invitations: dict[str, Invitation] = field(default_factory=dict)
    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    recovery: dict[str, RecoveryCodes] = field(default_factory=dict)
    entries: dict[tuple[EntryKind, str, str], Entry] = field(default_factory=dict)
    seals: dict[int, Seal] = field(default_factory=dict)

    @contextmanager
    def call(self, name: str) -> Iterator[None]:
        """One call to the table: atomic, counted, and failing where a test asked for it."""
        with self.lock:
            self.calls.append(name)
            self._fail(self.faults.before, name)
            yield
            self._fail(self.faults.after, name)

    def _fail(self, faults: Counter[str], name: str) -> None:
        if faults[name] > 0:
            faults[name] -= 1
            raise UnavailableError(f"{name} did not answer")
