"""What the services need from outside, as protocols. Adapters implement them; fakes in tests/ do too, and both
pass the same contract suite. Every method may raise UnavailableError; other errors are named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from mfa.contract.login import LoginRequest
from mfa.domain.client_profile import ClientProfile
from mfa.domain.configuration import ClientPolicy, Configuration, CurrentRevision
from mfa.domain.factors import Accepted, CodeFactor, CodeFactors, SubscriberState
from mfa.domain.factors import AcceptedCode as AcceptedCode  # noqa: PLC0414 -- re-exported: it is part of LoginStore
from mfa.domain.reasons import RejectReason
from mfa.domain.sealing import Sealed
from mfa.domain.sent_codes import AcceptedMessage
from mfa.domain.sessions import SessionKind
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, Realm
from mfa.domain.verification import FoundFar
from mfa.errors import UnreadableItemError

if TYPE_CHECKING:  # a login's cold start needs none of them
    from mfa.contract.directory import DirectoryAnswer, DirectoryResult
    from mfa.domain.accounting import AccountingRecord
    from mfa.domain.challenges import Challenge
    from mfa.domain.directory_sync import SyncedUser
    from mfa.domain.login_transactions import LoginTransaction, TransactionState
    from mfa.domain.password_tries import KnownWrongPassword, PasswordTries


class Clock(Protocol):
    def now(self) -> float:
        """Unix seconds."""
        ...


class Random(Protocol):
    def octets(self, count: int) -> bytes:
        """Octets from a cryptographic source."""
        ...


class Vault(Protocol):
    """Seals seeds and shared secrets and keys digests, under data keys that only KMS can unwrap."""

    def prepare(self) -> None:
        """Make the first data key of a new deployment, unless it is there. Nothing else ever makes one."""
        ...

    def seal(self, plaintext: bytes, context: bytes) -> Sealed: ...

    def open(self, sealed: Sealed, context: bytes) -> bytes:
        """Raises SealBrokenError if the octets, the key or the context are not those of ``seal``."""
        ...

    def digest(self, purpose: str, value: bytes) -> bytes:
        """32 octets, HMAC-SHA-256 under a key derived for that purpose; stable for the deployment's life."""
        ...


class SubscriberIndex(Protocol):
    def find(self, alias: Alias) -> str | None:
        """The user id behind a canonical name. May be up to 60 s old."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to be reserved. ``login_id`` is base64url; ``fingerprint`` a keyed digest of the typed text."""

    user_id: str
    login_id: str
    fingerprint: bytes = field(repr=False)
    at: int


class LoginStore(Protocol):
    """The hot item of a login. Each method is one conditional write, or one consistent read."""

    def reserve(self, attempt: Attempt) -> CodeFactors:
        """Count one try and mark the login id as being checked; return the item as it is after that.

        Raises ConditionRefusedError if the user is unknown or not active, the gate is reached, or the login id
        is known already. Read then to learn which."""
        ...

    def reserve_past_gate(self, attempt: Attempt, seen: CodeFactors, next_gate: int) -> CodeFactors:
        """Like reserve after a lock has run out: sets the next gate, provided nothing changed since ``seen``.

        Raises ConditionRefusedError."""
        ...

    def read(self, user_id: str) -> CodeFactors | None:
        """Strongly consistent."""
        ...

    def claim(self, attempt: Attempt, code: Accepted) -> None:
        """Use up the code, and note in the login, which goes on being checked, that it did: for a login that has
        to ask a directory as well. Raises ConditionRefusedError as ``accept`` does."""
        ...

    def accept(
        self,
        attempt: Attempt,
        code: Accepted | None,
        forget: Sequence[str],
        *,
        refund: CodeFactors | None = None,
        leaves: AcceptedMessage | None = None,
    ) -> None:
        """Use up the code, end the count, store the outcome and forget old login ids, in one write. Without
        ``code`` there is none to use up: it was claimed, or no code was asked for. In that last case ``refund`` gives
        the try back, as in ``reject``, and the count of wrong codes goes on: a password must not end it. ``leaves`` is
        the code of a message that was claimed: what that message has left goes on, as after an accept with the code.

        Raises ConditionRefusedError if that step or counter or a later one was used, the factor is gone, a code that
        was sent is used, expired or gone, the user is no longer active, or the login is not being checked any more:
        the first decision on a packet stands."""
        ...

    def challenge(self, attempt: Attempt, forget: Sequence[str], *, refund: CodeFactors | None = None) -> None:
        """Store that the user was challenged. With ``refund`` the try is given back, since the answer will cost one;
        as in ``reject``. Raises ConditionRefusedError if the login is not being checked any more."""
        ...

    def wait(self, attempt: Attempt, prompt: str, forget: Sequence[str], *, refund: CodeFactors) -> None:
        """Store that the login waits for the prompt of that login id, and give the try back: nothing was guessed.
        Raises ConditionRefusedError if the login is not being checked any more."""
        ...

    def link(self, user_id: str, account: Alias) -> None:
        """Note which account of the directory the user is, and that it is this user: ``account`` is of the kind GUID.
        Raises ConditionRefusedError if either is linked otherwise already, or the user is gone."""
        ...

    def reject(
        self,
        attempt: Attempt,
        reason: RejectReason,
        forget: Sequence[str],
        *,
        refund: CodeFactors | None = None,
        far: FoundFar | None = None,
    ) -> None:
        """Store the outcome. With ``refund`` the try is given back, provided no success came in between. ``far`` is
        remembered in its factor, if that is still there.

        Raises ConditionRefusedError if the login is not being checked any more: it was decided meanwhile."""
        ...


class ConfigurationStore(Protocol):
    def current(self) -> CurrentRevision | None: ...

    def load(self, revision: int) -> Configuration:
        """Raises NotFoundError. A revision never changes once written."""
        ...

    def load_realms(self, revision: int) -> tuple[Realm, ...]:
        """The realms of a revision, without opening the clients' shared secrets. Raises NotFoundError."""
        ...

    def apply(self, configuration: Configuration, now: int) -> None:
        """Write a new revision whole, then switch to it. Raises ConflictError if it is not current + 1."""
        ...


class Directory(Protocol):
    """Accounts and passwords of a realm's directory. Never raises: what failed is ``UNAVAILABLE``."""

    def look_up(self, realm: Realm, alias: Alias, deadline: float) -> "DirectoryAnswer":
        """``deadline`` in Unix seconds. ``FOUND`` with the account, or why not."""
        ...

    def verify_password(
        self,
        realm: Realm,
        alias: Alias,
        password: bytes,
        *,
        object_guid: str | None,
        known_wrong: Sequence[int],
        others_asking: int,
        deadline: float,
    ) -> "DirectoryAnswer":
        """``password`` is never empty. At most one bind with it is sent, and none if the account could be locked by it
        and by the ``others_asking`` passwords that are being asked about at this moment."""
        ...

    def list_members(self, realm: Realm, group: str, deadline: float) -> "DirectoryAnswer":
        """The accounts in a group, given by its SID: ``FOUND`` with ``members``, or why not."""
        ...


class PasswordTryStore(Protocol):
    """How many passwords of one account were sent to the directory lately, by objectGUID (R#ad#...). Each method is
    one conditional write, or one consistent read."""

    def reserve(self, object_guid: str, login_id: str, at: int, budget: int) -> "PasswordTries":
        """Count one try and note the login as asking; return the item as it is after that. Raises
        ConditionRefusedError if the budget is spent, its window is over, or the login is known already. Read then to
        learn which."""
        ...

    def start_over(self, object_guid: str, login_id: str, at: int, seen: "PasswordTries") -> "PasswordTries":
        """Like reserve, with a count that begins anew at ``at``, provided nothing was counted since ``seen``. Raises
        ConditionRefusedError."""
        ...

    def read(self, object_guid: str) -> "PasswordTries | None":
        """Strongly consistent."""
        ...

    def settle(
        self,
        object_guid: str,
        login_id: str,
        result: "DirectoryResult",
        *,
        give_back: bool,
        wrong: "KnownWrongPassword | None",
        forget: Sequence[str],
    ) -> None:
        """Store what the directory said, so that the same packet is not asked about again. ``give_back`` returns the
        try, ``wrong`` is remembered in place of the oldest. Raises ConditionRefusedError if the login is not asking
        any more."""
        ...


class ChallengeStore(Protocol):
    """Access-Challenges that wait for their answer (CH#login_id)."""

    def put(self, challenge: "Challenge") -> None:
        """Again is no error: the same packet at two edges is one challenge."""
        ...

    def answer(self, challenge_id: str, login_id: str, now: int) -> None:
        """Use it up for that login. Again for the same login is no error. Raises ConditionRefusedError if it is
        unknown or expired, or another login answered it."""
        ...


class Pause(Protocol):
    def __call__(self, seconds: float) -> None:
        """Wait. Only where another instance is at work on the same login."""
        ...


class Seen(Enum):
    """What becomes of a packet, as far as what is known of its sender decides."""

    PROCEED = auto()
    DROP = auto()  # a source that has proven Message-Authenticator sent none: somebody else may be speaking


class ClientObserver(Protocol):
    """Learns from every login how a client speaks."""

    def seen(self, request: LoginRequest, policy: ClientPolicy) -> Seen:
        """Before the decision. Never raises: a failure to learn must not decide logins."""
        ...

    def accepted(self, request: LoginRequest, policy: ClientPolicy) -> None:
        """After an Accept that this very request earned: it was no replay, so its source did prove itself. Never
        raises."""
        ...


class ObservationStore(Protocol):
    """What was learned of the RADIUS clients. It outlives revisions of the configuration."""

    def pins(self, client: str) -> frozenset[str]:
        """The source addresses that have proven a Message-Authenticator. Strongly consistent."""
        ...

    def all_pins(self) -> Mapping[str, frozenset[str]]:
        """The same of all clients that have any, by client."""
        ...

    def pin(self, client: str, source_ip: str, at: int) -> None:
        """Again is no error."""
        ...

    def unpin(self, client: str, source_ip: str) -> None:
        """Raises NotFoundError."""
        ...

    def profile(self, client: str) -> ClientProfile | None: ...

    def learn(self, profile: ClientProfile) -> None:
        """Write the next version of a profile. Raises ConditionRefusedError if it is not the one after that stored."""
        ...


class LoginTransactionStore(Protocol):
    """Logins that wait for a person. Reads are strongly consistent."""

    def put(self, transaction: "LoginTransaction") -> None:
        """Raises ConditionRefusedError if that login waits or waited already."""
        ...

    def read(self, login_ids: Sequence[str]) -> "Mapping[str, LoginTransaction | UnreadableItemError]":
        """Those that exist, by login id, or why one cannot be read; at most 100 are asked for at once."""
        ...

    def move(self, login_id: str, state: "TransactionState", now: float, reason: RejectReason | None = None) -> None:
        """From PENDING to ``state``. EXPIRED needs the login's time to be over, any other needs it not to be. Raises
        IllegalMoveError if nothing pending ever becomes ``state``, ConditionRefusedError if the login is not pending
        any more, does not exist, or its time forbids it."""
        ...


class AccountingStore(Protocol):
    def add(self, record: "AccountingRecord") -> None:
        """Raises ConditionRefusedError if that event was added before."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRecord:
    """The one record of a decision, joinable from packet (login_id) to reply. It holds no secret."""

    login_id: str
    client: str
    source_ip: str
    username: str
    user_id: str | None
    outcome: str
    reason: RejectReason | None
    factor_id: str | None
    replayed: bool
    config_revision: str
    nas: Mapping[str, str]
    duration_ms: int
    fault: str | None = None  # what failed, in words, where the reason does not tell
    trace_id: str | None = None  # of the edge's call; its log has the same
    protocol: str | None = None  # pap, chap, mschap or mschapv2
    rule: str | None = None  # the policy rule that decided, or "unenrolled"
    exemption: str | None = None  # by which the second factor was not asked for
    upstream: str | None = None  # the old server that the login was forwarded to
    directory: str | None = None  # the domain controller that was asked, if one was
    prompt: str | None = None  # the login whose prompt is waited for: this one, or one that it joined
    message_id: str | None = None  # the provider's id of the message that was sent
    typed: str | None = None  # what kind of text it was, such as "password+code"; never the text
    locks: bool = False  # after this failure the user is locked


class AuditTrail(Protocol):
    def login_decided(self, record: LoginRecord) -> None: ...

    def subscriber_changed(self, event: str, user_id: str, details: Mapping[str, str], actor: str) -> None: ...

    def accounting_kept(self, record: "AccountingRecord") -> None:
        """Once for each record, however often it is sent."""
        ...

    def configuration_changed(self, event: str, subject: str, details: Mapping[str, str], actor: str) -> None:
        """``subject`` is the RADIUS client, or the revision of the configuration."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentCode:
    """A one-time code, known only by its digest (E#digest). Times in Unix seconds."""

    digest: bytes = field(repr=False)
    user_id: str
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentSession:
    """What a redeemed code or a sign-in opens (S#digest), known only by its token's digest. One that was signed in
    moves its ``expires_at`` with every use, up to ``ends_at``, and is good for changes until ``fresh_until``."""

    digest: bytes = field(repr=False)
    user_id: str
    expires_at: int
    kind: SessionKind = SessionKind.CODE
    ends_at: int | None = None
    fresh_until: int = 0


class SyncStore(Protocol):
    """Which accounts of a directory a sync has made users of (SYNC#realm / objectGUID)."""

    def known(self, realm: str) -> "Sequence[SyncedUser]":
        """Strongly consistent."""
        ...

    def note(self, realm: str, user: "SyncedUser") -> None: ...


class SubscriberStore(Protocol):
    """Everything about subscribers but logins."""

    def create(self, subscriber: Subscriber) -> None:
        """Profile, empty factors and all aliases, all or nothing. Raises ConflictError if a name is taken."""
        ...

    def find(self, alias: Alias) -> Subscriber | None:
        """Strongly consistent."""
        ...

    def read(self, user_id: str) -> Subscriber | None: ...

    def remove(self, subscriber: Subscriber) -> None:
        """Names first, then factors, profile, codes, sessions, devices and the ledger of prompts: nobody can log
        in from the first write on.

        Raises NotFoundError if one of the names belongs to another user by now."""
        ...

    def rename(self, subscriber: Subscriber, aliases: tuple[Alias, ...], display_name: str) -> Subscriber:
        """Replace all names at once; return the subscriber as it is now. Raises ConflictError if one of the new names
        belongs to somebody else or the user is linked to another account, NotFoundError if the user is gone."""
        ...

    def set_state(self, user_id: str, state: SubscriberState) -> None:
        """Raises NotFoundError."""
        ...

    def set_email(self, user_id: str, email: str | None) -> None:
        """Raises NotFoundError."""
        ...

    def unlock(self, user_id: str) -> None:
        """Raises NotFoundError."""
        ...

    def factors(self, user_id: str) -> CodeFactors:
        """Strongly consistent. Raises NotFoundError."""
        ...

    def add_pending_factor(self, user_id: str, factor: CodeFactor, replaces: str | None) -> None:
        """Add, in place of an abandoned pending one if ``replaces`` names it. Raises ConditionRefusedError if
        the user is not active, has MAX_FACTORS, or has a pending one that is not ``replaces``."""
        ...

    def activate_factor(self, user_id: str, factor_id: str, used: AcceptedCode, now: int) -> None:
        """PENDING to ACTIVE, with the confirming step used up, in one write. Raises ConditionRefusedError if it
        is no longer pending."""
        ...

    def charge_confirmation(self, user_id: str, factor_id: str, at: int) -> int:
        """Count one try to confirm a pending factor; return the count. Raises ConditionRefusedError."""
        ...

    def rename_factor(self, user_id: str, factor_id: str, name: str) -> None:
        """Raises NotFoundError."""
        ...

    def remove_factor(self, user_id: str, factor_id: str) -> None:
        """Raises NotFoundError."""
        ...

    def add_enrollment_code(self, code: EnrollmentCode) -> None: ...

    def redeem_enrollment_code(self, digest: bytes, session: EnrollmentSession, now: int) -> None:
        """Delete the code and open the session in one transaction: a code works once. Raises
        ConditionRefusedError if the code is unknown, used, expired or another user's."""
        ...

    def read_enrollment_code(self, digest: bytes) -> EnrollmentCode | None: ...

    def read_session(self, digest: bytes) -> EnrollmentSession | None: ...

    def open_session(self, session: EnrollmentSession, replaces: bytes | None) -> None:
        """Without a code, in place of the session ``replaces`` if there is one. Raises ConditionRefusedError if the
        user is not active."""
        ...

    def keep_session_open(self, digest: bytes, expires_at: int, now: int) -> None:
        """Raises ConditionRefusedError if it is not open any more."""
        ...

    def end_session(self, digest: bytes) -> None: ...


class RequestCounter(Protocol):
    """How often something was asked for within a window of time, across all instances (R#requests#...)."""

    def count(self, key: str, window: int, ends_at: int) -> int:
        """One more in that window; how many there are now. It may be forgotten after ``ends_at`` (Unix seconds)."""
        ...
